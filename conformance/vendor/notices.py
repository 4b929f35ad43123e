"""What preflight says: one thing that is wrong, with its mend, in words of the catalogue (`preflight.<key>`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["Notice", "few"]

_SHOWN = 4  # names of a list; of the rest, how many


@dataclass(frozen=True)
class Notice:
    """One thing that was noticed. `stops`: a run that began all the same could not end as conformant, for no fault of the interface's."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    stops: bool = False


def few(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    found = list(dict.fromkeys(names))
    more = len(found) - _SHOWN
    return ", ".join(found[:_SHOWN]) + (f" (+{more})" if more > 0 else "")
