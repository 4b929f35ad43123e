"""The server of a later version: what it is made of, and how faults of the version before become faults of it.

A later version's server is a subclass that adds what its version adds. A fault of the earlier server is a subclass of that one; mixed with
the later server it is the later server with the same fault, since both change methods of one class and the fault comes first. What it breaks of
the version before, a client of that version may meet; and what the later version adds may be hit by it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.reference.house import HouseServer

__all__ = ["Later", "mixed"]

Kinds = dict[str, type[Any]]
_CLIENTS = {"COM-VER-02": "a client of the version before meets what that version forbids"}


@dataclass(frozen=True)
class Later:
    """A later version's server, the name of the one before, and the faults and variants that are its own. `stays`: which of the one before
    are its own, too; all of them, where it breaks nothing. `also`: what such a fault breaks of what is new, and why, by the fault's name.
    """

    server: type[HouseServer]
    before: str
    faults: Callable[[], Kinds]
    variants: Callable[[], Kinds]
    stays: Callable[[type[Any]], bool] = lambda _: True
    also: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def mixed(self, kinds: Mapping[str, type[Any]]) -> Kinds:
        """Those of the faults or variants of the earlier server that stay, as those of this one."""
        return mixed(self.server, {name: kind for name, kind in kinds.items() if self.stays(kind)}, self.also)

    @property
    def name(self) -> str:
        """`domain@version`."""
        return f"{self.server.domain}@{self.server.version}"


def mixed(
    server: type[HouseServer], kinds: Mapping[str, type[Any]], also: Mapping[str, Mapping[str, str]] | None = None
) -> Kinds:
    """The faults or variants of an earlier server as those of a later one."""
    return {name: type(name, (kind, server), _told(kind, (also or {}).get(name, {}))) for name, kind in kinds.items()}


def _told(kind: type[Any], more: Mapping[str, str]) -> dict[str, Any]:
    """What a class says of itself as one of a later version."""
    told = {"__doc__": kind.__doc__, "__module__": kind.__module__}
    if not (broken := getattr(kind, "BREAKS", ())):
        return told
    others = {**kind.ALSO, **_CLIENTS, **more}
    return {**told, "ALSO": {name: why for name, why in others.items() if name not in broken}}
