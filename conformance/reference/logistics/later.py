"""The server of the version that follows 1.0."""

from __future__ import annotations

from conformance.reference.later import Later
from conformance.reference.logistics import faults_1_1, variants_1_1
from conformance.reference.logistics.server_1_1 import LogisticsServer11
from conformance.reference.manners import classes_of

__all__ = ["LATER"]

LATER = Later(
    LogisticsServer11,
    "logistics",
    lambda: classes_of(LogisticsServer11, faults_1_1),
    lambda: classes_of(LogisticsServer11, variants_1_1),
)
