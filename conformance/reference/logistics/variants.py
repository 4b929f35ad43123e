"""Other logistics servers that conform as well: what the interface leaves to a server, decided otherwise."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC
from fractions import Fraction
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.calling import Parcelled
from conformance.reference.frame import give_way, secret_text
from conformance.reference.instants import format_instant
from conformance.reference.logistics import variants_live
from conformance.reference.logistics.records import Event, Point, Reservation, Shipment, Subscription
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.manners import classes_of, mannered
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__ = ["all_variants"]


class LinksAreRelative(LogisticsServer):
    """The links of a page are relative to it."""

    def href(self, call: Call, query: dict[str, str] | Any) -> str:
        found = super().href(call, query)
        return found.removeprefix(call.base)


class PagesHaveNoTotals(LogisticsServer):
    """Pages do not say how many items there are."""

    def page_member(self, call: Call, limit: int, cursor: str | None, rows: Any) -> Json:
        return {"limit": limit, "nextCursor": cursor}


class QuotasAreNotTold(LogisticsServer):
    """No answer tells what remains of the quota."""

    def rate_headers(self, visit: Visit, remaining: int) -> dict[str, str]:
        return {}


class HeadIsNotServed(LogisticsServer):
    """HEAD is answered 405."""

    def methods_of(self, known: Operation) -> list[str]:
        return [known.method]


class ProblemsAreTerse(LogisticsServer):
    """Problem documents have neither a detail nor an instance."""

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        return {name: value for name, value in super().problem_body(visit, problem).items() if name not in ("detail", "instance")}


class ProblemsAreElsewhere(LogisticsServer):
    """The types of problems are at the vendor's."""

    def problem_type(self, slug: str) -> str:
        return f"https://docs.vendor.example/errors/v1/{slug}"


class TimesAreInUtc(LogisticsServer):
    """Times are told in UTC."""

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=6)


class SecondCancellationsSucceed(LogisticsServer):
    """Cancelling again is answered with the cancelled shipment."""

    def cancel(self, shipment: Shipment, now: Fraction) -> Shipment:
        return shipment if self.state_of(shipment) == "CANCELLED" else super().cancel(shipment, now)


class CursorsKnowTheirLimit(LogisticsServer):
    """A cursor is good for the limit alone under which it was given."""

    def cursor_scope(self, call: Call) -> str:
        return f"{super().cursor_scope(call)} {self.limit_of(call)}"


class FewGuessesAreTooMany(LogisticsServer):
    """Sixty tracking numbers that are not there are too many for one minute."""

    def asks_too_often(self, misses: int) -> bool:
        return misses > 60


class RepetitionsComeSoon(LogisticsServer):
    """A delivery is repeated every second, and then more slowly."""

    def gaps(self) -> Iterator[float]:
        yield from (1.0, 1.0, 1.0, 2.0, 4.0, 8.0, 16.0)


class DeliveriesOfAShipmentAreNamedAfterIt(LogisticsServer):
    """The name of a delivery is made of the subscription and the event."""

    def delivery_id(self, subscription: Subscription, event: Event) -> str:
        return secret_text(subscription.id, event.id, str(event.declaration))[:40]


class DeliveriesSayMore(LogisticsServer):
    """A delivery has more headers, and its signature stands beside others."""

    def delivery_headers(self, one: Parcelled) -> Mapping[str, str]:
        return {**super().delivery_headers(one), "User-Agent": "vendor-hooks/3", "X-Attempt": "1"}


class TheLastCompartmentIsTakenFirst(LogisticsServer):
    """Of the free compartments the last is taken."""

    def free_at(self, point: Point, size: str, now: Fraction) -> list[str]:
        return super().free_at(point, size, now)[::-1]


class CodesHaveSixDigits(LogisticsServer):
    """Pickup codes have six digits."""

    def new_code(self) -> str:
        return super().new_code()[:6]


class LocksLast(LogisticsServer):
    """After five wrong codes a reservation stays locked for a day."""

    def after_wrong(self, reservation: Reservation, now: Fraction) -> Reservation:
        return super().after_wrong(reservation, now + 86_340)


class PointsAreOld(LogisticsServer):
    """The source of the pickup points has been silent for an hour, and they say so."""

    def source_tick(self, now: Fraction) -> Fraction:
        return super().source_tick(now) - 3600

    def render_point(self, point: Point) -> Json:
        return {**super().render_point(point), "stale": True}


class PublicEventsTellTheCity(LogisticsServer):
    """The events of public tracking tell the city."""

    def render_public_event(self, event: Event) -> Json:
        return {**super().render_public_event(event), "cityCode": "TPE"}


class PublicViewsTellNoPoint(LogisticsServer):
    """Public tracking says nothing of the pickup point."""

    def public_view(self, shipment: Shipment) -> Json:
        return {name: value for name, value in super().public_view(shipment).items() if name != "pickupPoint"}


class TrackingNumbersAreLong(LogisticsServer):
    """Tracking numbers have thirty characters."""

    def new_tracking(self) -> str:
        return f"{super().new_tracking():Z<30}"


class NothingIsThereAtFirst(LogisticsServer):
    """There are no standing shipments."""

    def seed(self, now: Fraction) -> None:
        return None


class FaultsAreToldOneAtATime(LogisticsServer):
    """Of several faults of a body the first is told."""

    def refuse_misfits(self, found: Any) -> None:
        super().refuse_misfits(list(found)[:1])


class AnswersHaveNames(LogisticsServer):
    """Every answer has a name, and says what made it."""

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return {**super().common_headers(visit, answer), "X-Request-Id": "req-1", "Server": "vendor"}


class AnswersTakeTheirTime(LogisticsServer):
    """Between its arrival and its answer a request gives way to others."""

    async def respond(self, request: Request) -> Response:
        await give_way(7)
        return await super().respond(request)


class CachesAreForbiddenTwice(LogisticsServer):
    """What may not be kept says so in several words."""

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        found = super().cache_control(operation, status)
        return {"Cache-Control": found["Cache-Control"].replace("no-store", "private, no-cache, no-store, max-age=0")}


def all_variants() -> dict[str, type[LogisticsServer]]:
    """The variants of the logistics server, by name."""
    return mannered(LogisticsServer) | classes_of(LogisticsServer, sys.modules[__name__], variants_live)
