"""The servers of the versions that follow 1.0."""

from __future__ import annotations

from typing import Any

from conformance.reference.later import Later
from conformance.reference.manners import classes_of
from conformance.reference.transport import faults_1_1, faults_2_0, variants_1_1, variants_2_0
from conformance.reference.transport.server_1_1 import TransportServer11
from conformance.reference.transport.server_2_0 import TransportServer20

__all__ = ["BREAKING", "LATER"]

LATER = Later(
    TransportServer11,
    "transport",
    lambda: classes_of(TransportServer11, faults_1_1),
    lambda: classes_of(TransportServer11, variants_1_1),
    also={
        "PointersLackTheSlash": {"TRN-051": "a callback that is refused has a pointer, too"},
        "TypesAreBlank": {"TRN-051": "a callback that is refused has a type, too"},
        "CarParkYearsAreRepublican": dict.fromkeys(("COM-FILT-01", "COM-FILT-04"), "car parks are filtered by these years"),
        "TwoRoutesShareUid": dict.fromkeys(("TRN-045", "TRN-047"), "alerts and vehicles name the route by its own identifier"),
    },
)

_GONE = frozenset(  # what 2.0 demands no more, or tests not yet
    f"TRN-0{number:02}" for number in (9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 28, 29, 33, 34, 35, 36, 37, 38, 43, 50)
) | {"COM-VER-02"}
_ANOTHER = frozenset(  # what 2.0 does in a way of its own, or no more: a fault in its place would bring back what 1.x answered
    [
        "render_arrival",
        "run_of",
        "render_price",
        "estimates_of",
        "render_estimate",
        "first_estimate",
        "next_bus_time",
        "estimate_meaning",
        "has_availability",
        "render_availability",
        "full_status",
        "collected_at",
        "get_car_park_availability",
    ]
)
_NOWHERE = frozenset(  # whose operation, parameter or code 2.0 does not have, so that nothing would be otherwise
    ["AvailabilityInAnotherMediaType", "FlagIsOne", "AnswerNamesTheFirstType"]
)


def _stays(kind: type[Any]) -> bool:
    """Whether a fault or variant of 1.1 is one of 2.0: it breaks what 2.0 demands, too, and has a part in it, but none in what 2.0 does
    otherwise.
    """
    if kind.__name__ in _NOWHERE:
        return False
    own = {name for one in kind.__mro__ if not issubclass(TransportServer20, one) for name in vars(one)}
    return not own & _ANOTHER and not set(getattr(kind, "BREAKS", ())) & _GONE


BREAKING = Later(
    TransportServer20,
    "transport@1.1.0",
    lambda: classes_of(TransportServer20, faults_2_0),
    lambda: classes_of(TransportServer20, variants_2_0),
    _stays,
    also={
        "ThirdFilterIsIgnored": {"COM-FILT-05": "listOccupancy has three filters, and the third is the end of its range"},
        "LargeLimitsAreTheLargest": {"COM-ERR-06": "the limit is drawn as a value out of its bounds, too"},
    },
)
