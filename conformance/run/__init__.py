"""A run: from a plan to recorded evidence and a report.

pump        scripts → exchanges, side by side, within limits; all that a script may ask for
finished    what the files of a run say, and the report that its evidence comes to
conduct     one run, from plan to report, in a run folder
shrink      smaller inputs for a failure on a drawn one
replay      one case again; a recorder in memory
"""
