"""What time it is for a script, which has no clock of its own: driven again with what was recorded, it has to ask the same.

It is the time of the server, where an answer tells it; else that at which the server was asked.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any

from conformance.given.templates import timed
from conformance.interface.dialect import Dialect
from conformance.model import Answer, Ask, Exchange, Request, Spec

__all__ = ["NO_TIME", "moment", "the_time", "told"]

NO_TIME = datetime.fromtimestamp(0, UTC)  # for what has no time in it


def told(exchange: Exchange, dialect: Dialect) -> datetime:
    """The time of an exchange, to the second as the server tells it, or to the millisecond as it was asked."""
    return dialect.server_time(exchange) or datetime.fromtimestamp(exchange.sent_at / 1000, UTC)


def the_time(spec: Spec) -> Generator[Ask, Answer, list[Exchange]]:
    """An answer of the server, which says what time it is there."""
    offered = (one for one in spec.operations.values() if not one.writes and not any(p.required for p in one.parameters))
    asked = next((one.request() for one in offered), Request("", "GET", "/"))
    exchange: Exchange = yield asked.with_step("given: the time")
    return [exchange]


def moment(spec: Spec, template: Any, now: datetime | None, dialect: Dialect) -> Generator[Ask, Answer, datetime]:
    """The time with which to fill a template: `now` where that is known, else the server's, asked for where the template has a time in it."""
    if now is not None or not timed(template):
        return now or NO_TIME
    seen = yield from the_time(spec)
    return told(seen[-1], dialect)
