"""The server of the version that follows 1.0."""

from __future__ import annotations

from conformance.reference.later import Later
from conformance.reference.manners import classes_of
from conformance.reference.transport import faults_1_1, variants_1_1
from conformance.reference.transport.server_1_1 import TransportServer11

__all__ = ["LATER"]

LATER = Later(
    TransportServer11,
    "transport",
    lambda: classes_of(TransportServer11, faults_1_1),
    lambda: classes_of(TransportServer11, variants_1_1),
)
