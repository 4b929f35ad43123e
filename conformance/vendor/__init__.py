"""What a vendor needs before and between runs.

preflight   a few plain requests before anything is tested: is the path right, are credentials accepted, are there data
settled     what the settings alone tell against a profile: actors that lack, claims that contradict
baseline    what is known not to pass, held against a report
compare     two runs side by side
starting    the files with which a vendor begins: yance.toml, a step for a CI
building    whether a target is another build than it was
notices     what preflight says: a key of the catalogue, what fills it, and whether a run stops for it
session     the run behind the tests of a project
"""
