"""What the evidence comes to. Pure, but for the folder at its end.

heard       which exchanges are words of the interface
weighing    which witnesses count, by aspect, and what they make of a case
successes   which operations never did what they are for
judge       evidence → verdicts
report      verdicts → report, with counts and result
folder      the files of a run
"""
