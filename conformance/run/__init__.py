"""A run: from a plan to recorded evidence and a report.

pump        scripts → exchanges, side by side, within limits; all that a script may ask for
finished    what the files of a run say, and the report that its evidence comes to
conduct     one run, from plan to report, in a run folder
telling     what each case shows by itself, told as it ends; foretold says how long a run has still to go
shrink      smaller inputs for a failure on a drawn one
likeness    whether a recorded request is the one that a script asks for
retrace     every script driven again with the recorded answers; attempt holds one attempt of a case, order whose turn it was
replay      one case again; a recorder in memory
"""
