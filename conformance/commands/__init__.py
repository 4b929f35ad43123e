"""The commands: the only place that prints or exits.

One module per group of commands; each turns words into calls of the floors below and their results into text or JSON. Errors of
the tree in `conformance.errors` end here, as one line on standard error and the exit code of their kind.
"""
