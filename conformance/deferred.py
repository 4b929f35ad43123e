"""Names of a package that are looked up in its modules when somebody asks for them, and not before (PEP 562).

A command imports what it needs and nothing else: who lists certificates needs no validator, and who refuses a file draws nothing. A package
that gathers names of its modules would undo that, since whoever imports one module imports the package, and the package all of them. So it
says where each name lies. To a type checker it imports them; `tests/test_imports.py` holds the two against each other.

A name cannot be that of a module of the package, too: once that module is imported, it is what the package has under this name.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["deferred"]


def deferred(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package, by the names that each of its modules has."""
    home = {name: module for module, names in homes.items() for name in names}

    def found(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(f"{package}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)  # the next one who asks finds it there
        return value

    return found
