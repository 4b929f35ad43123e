"""Health servers that differ legally from the plain one; each must pass."""

from __future__ import annotations

from conformance.reference.health.server import HealthServer

__all__ = ["all_variants"]


def all_variants() -> dict[str, type[HealthServer]]:
    """The variants of the health server, by name."""
    return {}
