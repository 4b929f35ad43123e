"""The faults of the health server by name. A fault is a class of one of the modules below that says what it `BREAKS`."""

from __future__ import annotations

from conformance.reference.health import (
    faults_access,
    faults_amending,
    faults_care,
    faults_interface,
    faults_lists,
    faults_patients,
    faults_records,
    faults_refusals,
    faults_reports,
    faults_sharing,
    faults_subtle,
    faults_values,
    faults_writes,
)
from conformance.reference.health.server import HealthServer
from conformance.reference.manners import classes_of

__all__ = ["all_faults"]

_MODULES = (
    faults_interface,
    faults_refusals,
    faults_access,
    faults_lists,
    faults_writes,
    faults_patients,
    faults_values,
    faults_records,
    faults_reports,
    faults_amending,
    faults_sharing,
    faults_care,
    faults_subtle,
)


def all_faults() -> dict[str, type[HealthServer]]:
    """The faults of the health server, by name."""
    return {name: kind for name, kind in classes_of(HealthServer, *_MODULES).items() if kind.BREAKS}
