"""The faults of the transport server by name. A fault is a class of one of the modules below that says what it `BREAKS`."""

from __future__ import annotations

from conformance.reference.manners import classes_of
from conformance.reference.transport import (
    faults_answered_writes,
    faults_answers,
    faults_booking,
    faults_collections,
    faults_corners,
    faults_filters,
    faults_holds,
    faults_interface,
    faults_leniency,
    faults_lives,
    faults_order,
    faults_parking,
    faults_rare,
    faults_refusals,
    faults_seldom,
    faults_spellings,
    faults_transit,
    faults_values,
    faults_writes,
)
from conformance.reference.transport.server import TransportServer

__all__ = ["all_faults"]

_MODULES = (
    faults_interface,
    faults_refusals,
    faults_collections,
    faults_filters,
    faults_writes,
    faults_values,
    faults_transit,
    faults_parking,
    faults_booking,
    faults_leniency,
    faults_corners,
    faults_holds,
    faults_answers,
    faults_answered_writes,
    faults_order,
    faults_lives,
    faults_seldom,
    faults_spellings,
    faults_rare,
)


def all_faults() -> dict[str, type[TransportServer]]:
    """The faults of the transport server, by name."""
    return classes_of(TransportServer, *_MODULES)
