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
    also={
        "ConflictsAreAbout": {"LGS-052": "a reading that contradicts another is a conflict, too"},
        "TokensAreConflicts": dict.fromkeys(("LGS-050", "LGS-052"), "a longer reservation and readings have a schema, too"),
        "ShipmentsAreReadByEverybody": dict.fromkeys(("LGS-051", "LGS-052"), "conditions and readings are found by the shipment"),
        "EventsAreForEverybody": dict.fromkeys(("LGS-051", "LGS-052"), "conditions and readings are found as events are"),
        "NothingIsNotFound": {"LGS-053": "the events are listed before there are any"},
        "ReadingIsCounted": {"LGS-053": "the shipment is read before and after the readings of devices"},
    },
)
