"""What preflight says: one thing that is wrong, with its mend, in words of the catalogue (`preflight.<key>`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Notice"]


@dataclass(frozen=True)
class Notice:
    """One thing that was noticed. `stops`: a run that began all the same could not end as conformant, for no fault of the interface's."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)
    stops: bool = False
