"""The faults of the health server by name. A fault is a class of one of the modules below that says what it `BREAKS`."""

from __future__ import annotations

from conformance.reference.health.server import HealthServer

__all__ = ["all_faults"]


def all_faults() -> dict[str, type[HealthServer]]:
    """The faults of the health server, by name."""
    return {}
