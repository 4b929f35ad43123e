"""Faults of refusals: which status and type stands for what is wrong, and which of several faults is reported."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Answer, Call, Operation

__all__: list[str] = []


class BreaksOnBodiesThatAreNoObjects(HealthServer):
    """A new consent that is no object breaks the server."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the answer is 500"}

    def consent_misfits(self, body: Any, tenant: str) -> list[Misfit]:
        if not isinstance(body, dict):
            raise TypeError("list indices must be integers or slices, not str")
        return super().consent_misfits(body, tenant)


class BreaksOnModelsThatAreNoText(HealthServer):
    """A device whose model is no text breaks the server."""

    BREAKS = ("COM-ERR-06",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the answer is 500"}

    def device_misfits(self, body: Any, now: Fraction) -> list[Misfit]:
        if isinstance(body, dict) and "model" in body and not isinstance(body["model"], str):
            raise AttributeError("'int' object has no attribute 'strip'")
        return super().device_misfits(body, now)


class ConflictsAreAbout(HealthServer):
    """All conflicts have the blank type."""

    BREAKS = ("COM-ERR-07",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("HLT-027", "HLT-029", "HLT-037", "HLT-044"), "the refusal of a move has another type"
    )

    def problem_type(self, slug: str) -> str:
        return "about:blank" if slug in ("conflict", "illegal-transition", "key-in-use") else super().problem_type(slug)


class PreconditionsHaveOneType(HealthServer):
    """A missing tag and one that is not current have one type."""

    BREAKS = ("COM-ERR-07",)
    SUBTLE = True

    def problem_type(self, slug: str) -> str:
        return super().problem_type("precondition-failed" if slug == "precondition-required" else slug)


class LooksAtBodiesBeforeTags(HealthServer):
    """A change is refused for its body before its tag is looked at."""

    BREAKS = ("COM-ERR-08",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the fault that is reported is not the first"}

    async def update_consent(self, call: Call) -> Answer:
        if not isinstance(call.body, dict) or set(call.body) != {"status"}:
            raise Problem("invalid-body", [Misfit("pointer", "", ("本文不正確", "is not right"))])
        return await super().update_consent(call)


class StateBeforeRules(HealthServer):
    """An amendment is refused for its move before its body is looked at."""

    BREAKS = ("COM-ERR-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the fault that is reported is not the first"}

    async def amend_measurement(self, call: Call) -> Answer:
        self.check_precondition(call, self.etag_of(self.render_measurement(call.found)))
        wanted = call.body.get("status") if isinstance(call.body, dict) else None
        if isinstance(wanted, str) and not self.measurement_move_is_allowed(call.found.status, wanted):
            raise Problem("illegal-transition")
        return await super().amend_measurement(call)


class SchemasAre400(HealthServer):
    """A body that breaks its schema is answered 400."""

    BREAKS = ("COM-ERR-09",)
    ALSO: Mapping[str, str] = {
        f"HLT-{nth:03d}": "the refusal is 400" for nth in (1, 2, 3, 7, 8, 9, 10, 11, 12, 15, 21, 25, 28, 33, 38, 39, 41, 43)
    }

    def refuse_misfits(self, found: list[Misfit]) -> None:
        if found:
            raise Problem("malformed-body", found)


class KeysAreParameters(HealthServer):
    """A missing key is refused as an invalid parameter."""

    BREAKS = ("COM-ERR-09",)

    def require_key(self, operation: Operation, headers: Mapping[str, str]) -> None:
        try:
            super().require_key(operation, headers)
        except Problem as problem:
            raise Problem("invalid-parameter", problem.errors) from problem


class LongBodiesAreRefused(HealthServer):
    """A body of more than 50000 octets is not read."""

    BREAKS = ("COM-ERR-10",)
    SUBTLE = True

    def parse_body(self, raw: bytes) -> Any:
        if len(raw) > 50_000:
            raise Problem("malformed-body")
        return super().parse_body(raw)


class LongHeadersAreRefused(HealthServer):
    """Header fields of more than two thousand octets are refused."""

    BREAKS = ("COM-ERR-10",)
    ALSO: Mapping[str, str] = {"COM-ERR-02": "the refusal of a query names no parameter"}

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        if sum(map(len, headers.values())) > 2_000:
            raise Problem("malformed-body")
        super().negotiate(operation, headers)
