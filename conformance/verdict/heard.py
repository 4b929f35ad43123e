"""What of the evidence is heard: not every exchange is a word of the interface.

    asked again     an answer of one moment, in whose place the answer to the same request stands that came later (`askedAgain`)
    unsettled       an answer of one moment to what could not be asked again without harm, or whose repetition told nothing
    fronted         the refusal of a web server that stands before the interface, to a request that no client sends
    locked out      credentials that are to be accepted were not: nothing more is to be learned from the case

All are recorded, and nobody is judged by them: the first two are left out, the third is kept from those that listen to every exchange (a
check that sends such a request to be taken may judge its answer), and at the last the case ends (`Exchange.locked_out`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from conformance.model import MOMENTARY, Exchange, Request
from conformance.text.media import is_json

__all__ = ["asked_again", "fronted", "hearable", "is_apart"]

_AGAIN = "askedAgain"
_ASKED = MOMENTARY | {401, 412, 429}  # also for the end of a token and for a quota; a 412 tells that a change was made
_FRONT = frozenset((400, 414, 431))  # what web servers answer by themselves to a request that they do not take
_NUL = re.compile("%00|\0")
_SEGMENT = 255  # bytes of a path segment; some web servers take no more than a file name may have
_TARGET = 4000  # bytes of path and query, and of one header field: half of what common web servers take
_FIELD = 4000


def asked_again(one: Exchange) -> bool:
    """Whether an exchange is one after which the same request was sent once more."""
    return one.attributes.get(_AGAIN) is True and one.status in _ASKED


def hearable(trace: Sequence[Exchange]) -> list[Exchange]:
    """The exchanges of a case that say something of the interface, in order.

    An answer gives way to a later one only where that is there, to the same request.
    """
    if not any(one.status in _ASKED for one in trace):  # as nearly always
        return list(trace)
    return [one for place, one in enumerate(trace) if not (_gave_way(one, trace, place) or one.unsettled)]


def _gave_way(one: Exchange, trace: Sequence[Exchange], place: int) -> bool:
    return _AGAIN in one.attributes and asked_again(one) and any(later.request == one.request for later in trace[place + 1 :])


def is_apart(one: Exchange) -> bool:
    """Whether an exchange is kept from those that listen to every exchange: nobody of the interface spoke, or nobody was let in."""
    return one.locked_out or fronted(one)


def fronted(one: Exchange) -> bool:
    """Whether a web server refused a request that no client sends, in words that are none of the interface's: no JSON."""
    if one.status not in _FRONT or one.response is None or is_json(one.response.content_type):
        return False
    return _sent_by_none(one.request)


def _sent_by_none(request: Request) -> bool:
    """Whether there is a NUL in the target, or a part that is longer than web servers take."""
    target = request.target
    if _NUL.search(target) or len(target) > _TARGET:
        return True
    if any(len(segment) > _SEGMENT for segment in request.path.split("/")):
        return True
    return any(len(value.encode("utf-8", "surrogatepass")) > _FIELD for _, value in request.headers)
