"""Other logistics servers that conform as well: what the interface leaves to a server, decided otherwise."""

from __future__ import annotations

from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.manners import mannered

__all__ = ["all_variants"]


def all_variants() -> dict[str, type[LogisticsServer]]:
    """The variants of the logistics server, by name."""
    return mannered(LogisticsServer)
