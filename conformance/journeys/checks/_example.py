"""Records to show a check by: a journey of a shop and a courier, which no interface knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.journeys.record import Record, Taken
from conformance.model import Exchange, Request, Response, json_bytes

__all__ = ["answered", "record", "step"]

NOON = 1_772_337_600_000  # 2026-03-01T04:00:00Z, in milliseconds


def answered(
    number: int, status: int = 200, body: Any = None, *, date: str = "Sun, 01 Mar 2026 04:00:00 GMT", actor: str | None = "a"
) -> Exchange:
    """An exchange with this answer."""
    headers = (("date", date), ("content-type", "application/json"))
    content = b"" if body is None else json_bytes(body)
    request = Request("getOrder", "GET", "/orders/1", actor=actor)
    return Exchange(number, "example", request, Response(status, headers, content, size=len(content)), sent_at=NOON, elapsed=40)


def step(
    name: str,
    exchange: Exchange,
    *,
    source: str = "shop",
    outputs: Mapping[str, Any] | None = None,
    expected: str = "",
    refused: bool = False,
) -> Taken:
    """A step that came to an exchange. `expected` is the condition that it did not meet."""
    unmet = str(exchange.status) if expected else ""
    return Taken(name, source, "getOrder", (exchange,), outputs or {}, unmet, expected, refused)


def record(*steps: Taken, ended: str = "", **inputs: Any) -> Record:
    """A workflow with these steps."""
    return Record("example", inputs, {one.id: one for one in steps}, ended)
