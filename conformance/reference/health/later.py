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
    also={
        "FaultsAreNotLocated": dict.fromkeys(("HLT-050", "HLT-051"), "subscriptions are refused with a place, too"),
        "SchemasAre400": dict.fromkeys(("HLT-049", "HLT-050", "HLT-051"), "subscriptions have a schema, too"),
        "RepeatedKeysMakeAnother": {"HLT-048": "the other one is told of, too"},
        "BatchesKeepTwins": {"HLT-048": "the twin is told of, too"},
        "VersionStandsStill": {"HLT-048": "an alert names the version"},
        "ChangesLackOffset": {"COM-ERR-06": "issued cannot be read back when a measurement is amended without it"},
        "NoNameForAnswers": {"HLT-047": "the audit trail is searched for an answer by its name"},
        "ListsTheOneBeforeToo": {"HLT-046": "figures are drawn from what is listed"},
    },
)
