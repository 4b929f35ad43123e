"""Faults of what every answer has: a body that says why, a type, a challenge, a date, links, and words on caching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conformance.reference.answers import Visit
from conformance.reference.problems import Problem
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer

__all__: list[str] = []

# -------------------------------------------------------------------- bodies


class RefusalsHaveNoBody(TransportServer):
    """A request that is not admitted is refused with a bare status."""

    BREAKS = ("COM-ERR-01",)
    ALSO: Mapping[str, str] = {"COM-ERR-02": "nothing says what is wrong", "COM-PAGE-06": "nothing says that it is the cursor"}

    def problem(self, visit: Visit, problem: Problem) -> Answer:
        answer = super().problem(visit, problem)
        return replace(answer, body=None) if answer.status in (400, 401, 403) else answer


class MethodIsRefusedBarely(TransportServer):
    """A 405 has Allow and no body."""

    BREAKS = ("COM-ERR-01",)

    def problem(self, visit: Visit, problem: Problem) -> Answer:
        answer = super().problem(visit, problem)
        return replace(answer, body=None) if answer.status == 405 else answer
