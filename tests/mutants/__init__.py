"""Mutants of the two transport servers, drawn by rule, each under the suite: how much it catches of what nobody thought of.

    python -m tests.mutants [--seed N] [--each N] [--server reference|second] [--only TEXT] [--json FILE]     (make mutants)

The faults of the reference server were thought of by those who wrote the checks. These were not: `rules` changes one place of a
source, `subjects` imports it in the place of the plain one, `trials` runs the suite on it in this process and on a virtual clock, and
`__main__` says by family how many were caught. A mutant that survives is explained in `explained.yaml`: it answers as the plain server
does, or otherwise in what no document speaks of, or it is a gap of the suite. Whatever has no explanation, or has one that is not true
any more, ends the command with 1.

Which mutants are drawn is decided by a digest of what each changes, so that another line elsewhere does not draw others. They are
drawn where the suite leads the plain server: a line that it never reaches is counted apart.

There are tools for this (mutmut, cosmic-ray). They run a command of tests on a copy of the tree for each mutant, know nothing of a
virtual clock, and draw neither swapped arguments nor stale reads; the standard library's `ast` does what is needed here.
"""
