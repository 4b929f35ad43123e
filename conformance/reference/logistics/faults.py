"""The faults of the logistics server by name. A fault is a class of one of the modules below that says what it `BREAKS`."""

from __future__ import annotations

from conformance.reference.logistics import (
    faults_access,
    faults_capturing,
    faults_clocks,
    faults_events,
    faults_interface,
    faults_lists,
    faults_lockers,
    faults_reserving,
    faults_shipments,
    faults_writes,
)
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.manners import classes_of

__all__ = ["all_faults"]

_MODULES = (
    faults_interface,
    faults_access,
    faults_lists,
    faults_writes,
    faults_clocks,
    faults_shipments,
    faults_events,
    faults_capturing,
    faults_lockers,
    faults_reserving,
)


def all_faults() -> dict[str, type[LogisticsServer]]:
    """The faults of the logistics server, by name."""
    return {name: kind for name, kind in classes_of(LogisticsServer, *_MODULES).items() if kind.BREAKS}
