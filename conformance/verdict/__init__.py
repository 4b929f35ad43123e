"""What the evidence comes to. Pure, but for the folder at its end.

heard       which exchanges are words of the interface
ration      how much of a run is judged
seen        an exchange as a judge of single exchanges sees it
alike       what such judges said of exchanges that are alike
weighing    which witnesses count, by aspect, and what they make of a case
successes   which operations never did what they are for
causes      what was found wrong in a case, each cause once
traffic     how many requests went when, and how long operations took
unsent      what no request that succeeded had
judge       evidence → verdicts
beside      the same on several processors
report      verdicts → report, with counts and result
folder      the files of a run
"""
