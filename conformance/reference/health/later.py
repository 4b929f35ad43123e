"""The server of the version that follows 1.0."""

from __future__ import annotations

from conformance.reference.health import faults_1_1, variants_1_1
from conformance.reference.health.server_1_1 import HealthServer11
from conformance.reference.later import Later
from conformance.reference.manners import classes_of

__all__ = ["LATER"]

LATER = Later(
    HealthServer11,
    "health",
    lambda: classes_of(HealthServer11, faults_1_1),
    lambda: classes_of(HealthServer11, variants_1_1),
)
