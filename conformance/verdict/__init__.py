"""What the evidence comes to. Pure, but for the folder at its end.

judge       evidence → verdicts
report      verdicts → report, with counts and result
folder      the files of a run
"""
