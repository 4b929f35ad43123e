"""Yance 驗測: an open-API conformance test suite.

The package is a tower of floors; a module imports only from the floors below its own (CONTRIBUTING.md draws them).
Start reading at `model` (the nouns), then `checks` (what is tested), `run` (how it is driven) and `judge` (how it is decided).
"""

__version__ = "0.1.0"
