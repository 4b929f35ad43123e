"""The faults of the health server by name. A fault is a class of one of the modules below that says what it `BREAKS`."""

from __future__ import annotations

from types import ModuleType

from conformance.reference.health import (
    faults_access,
    faults_interface,
    faults_lists,
    faults_patients,
    faults_records,
    faults_refusals,
    faults_sharing,
    faults_values,
    faults_writes,
)
from conformance.reference.health.server import HealthServer

__all__ = ["all_faults", "classes_of"]

_MODULES = (
    faults_interface,
    faults_refusals,
    faults_access,
    faults_lists,
    faults_writes,
    faults_patients,
    faults_values,
    faults_records,
    faults_sharing,
)


def classes_of(*modules: ModuleType) -> dict[str, type[HealthServer]]:
    """The server classes that modules define, by name, in the order of their definition."""
    return {
        name: member
        for module in modules
        for name, member in vars(module).items()
        if isinstance(member, type) and issubclass(member, HealthServer) and member.__module__ == module.__name__
    }


def all_faults() -> dict[str, type[HealthServer]]:
    """The faults of the health server, by name."""
    return {name: kind for name, kind in classes_of(*_MODULES).items() if kind.BREAKS}
