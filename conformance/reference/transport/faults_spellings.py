"""Faults of libraries: numbers that wrap around, names that every object has, paths that decode to nothing, weights of nought, leap days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.problems import Misfit
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Call, Operation, Parameter, acceptable

__all__: list[str] = []

_OF_EVERY_OBJECT = ("__proto__", "constructor", "toString", "hasOwnProperty", "__class__")


class LimitsWrapAround(TransportServer):
    """A limit is read into 32 bits, so that 4294967297 is 1."""

    BREAKS = ("COM-PAGE-05",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        wraps = parameter.name == "limit" and sent.isdecimal()
        return super().parse_parameter(parameter, str(int(sent) % 2**32) if wraps else sent)


class LargeLimitsAreTheLargest(TransportServer):
    """A limit that 63 bits do not hold is taken for the largest."""

    BREAKS = ("COM-PAGE-05",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        large = parameter.name == "limit" and sent.isdecimal() and 2**63 <= int(sent) < 2**64
        return super().parse_parameter(parameter, "200" if large else sent)


class CodesWrapAround(TransportServer):
    """A space type is read into 32 bits, so that 4294967297 is 1."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {
        "COM-FILT-01": "what comes has another code than the one asked for",
    }

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        wraps = parameter.name == "spaceType" and sent.isdecimal()
        return super().parse_parameter(parameter, str(int(sent) % 2**32) if wraps else sent)


class DirectionsAreRounded(TransportServer):
    """A direction that a number of 53 bits does not hold ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "that 500 is not declared"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        if parameter.name == "direction" and sent.isdecimal() and int(sent) > 2**53:
            raise ArithmeticError(sent)
        return super().parse_parameter(parameter, sent)


class WeightOfNoughtIsAWeight(TransportServer):
    """Accept is searched for a media type, whatever its weight."""

    BREAKS = ("COM-ERR-04",)

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        sent = headers.get("accept", "").split(";")[0]
        super().negotiate(operation, {**headers, "accept": sent} if sent else headers)


class RangeBesideNoughtAdmits(TransportServer):
    """Accept is satisfied by a range that would admit JSON, though JSON itself has a weight of nought."""

    BREAKS = ("COM-ERR-04",)

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if not any(acceptable(part, "application/json") for part in headers.get("accept", "*/*").split(",")):
            super().negotiate(operation, headers)


class NamesOfObjectsAreParameters(TransportServer):
    """A query parameter passes for known when every object of the language has a member of its name."""

    BREAKS = ("COM-ERR-05",)

    def refuse_unknown(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> None:
        super().refuse_unknown(operation, [(name, value) for name, value in pairs if name not in _OF_EVERY_OBJECT])


class PrototypesAreMembers(TransportServer):
    """A booking may have a member `__proto__`; the reader of JSON drops it."""

    BREAKS = ("COM-ERR-06",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        known = {name: value for name, value in body.items() if name != "__proto__"} if isinstance(body, dict) else body
        return super().draft_misfits(known)


class ConstructorsAreMembers(TransportServer):
    """A booking may have a member `constructor`, since the set of known members has one."""

    BREAKS = ("COM-ERR-06",)

    def draft_misfits(self, body: Any) -> list[Misfit]:
        known = {name: value for name, value in body.items() if name != "constructor"} if isinstance(body, dict) else body
        return super().draft_misfits(known)


class PathsThatAreNoTextAreThePage(TransportServer):
    """A path that does not decode to UTF-8 is answered with the framework's own page."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "400 in HTML is not declared"}

    async def respond(self, request: Request) -> Response:
        if b"%C0" in request.scope.get("raw_path", b"").upper():
            return Response("<h1>Bad Request</h1>", 400, {**self._marks, "API-Version": self.version}, "text/html")
        return await super().respond(request)

    _marks: Mapping[str, str] = {"Date": "Sun, 06 Nov 1994 08:49:37 GMT"}


class PathsThatAreNoTextBreak(TransportServer):
    """A path that does not decode to UTF-8 ends in a server error."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "that 500 is not declared"}

    def route(self, request: Request) -> Any:
        if b"%C0" in request.scope.get("raw_path", b"").upper():
            raise UnicodeDecodeError("utf-8", b"\xc0", 0, 1, "invalid start byte")
        return super().route(request)


# -------------------------------------------------------------------- days that there are, and are not


class LeapDayIsLost(TransportServer):
    """A reservation on 29 February is kept on 1 March."""

    BREAKS = ("COM-CONS-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-02"), "it is not found by its time")

    def draft_of(self, call: Call) -> Draft:
        draft = super().draft_of(call)
        start, end = (text.replace("-02-29T", "-03-01T") for text in (draft.start_text, draft.end_text))
        return replace(draft, start_text=start, end_text=end)


class ThirtiethOfFebruaryRollsOver(TransportServer):
    """30 February is taken for 1 March in what is booked, as some readers of dates do."""

    BREAKS = ("COM-ERR-06",)
    SUBTLE = True

    def parse_body(self, raw: bytes) -> Any:
        return super().parse_body(raw.replace(b"-02-30T", b"-03-01T"))
