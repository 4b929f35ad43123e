"""Variants of the transport server: other ways of doing it that the interface permits. Every check has to pass on each."""

from __future__ import annotations

import asyncio
import gzip
import re
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from conformance.reference.answers import Visit
from conformance.reference.frame import give_way, secret_text
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.manners import classes_of, mannered
from conformance.reference.paging import Key
from conformance.reference.problems import Problem
from conformance.reference.transport import variants_latitude, variants_live
from conformance.reference.transport.records import (
    Connector,
    Network,
    Reservation,
    Route,
    RouteStop,
    Stop,
)
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json, Operation

__all__ = ["all_variants"]

# -------------------------------------------------------------------- bytes and headers


class HeadersInTitleCase(TransportServer):
    """Header names are in title case."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        response = super().deliver(visit, status, headers, payload)
        response.raw_headers = [(name.title(), value) for name, value in response.raw_headers]
        return response


class BodiesInChunks(TransportServer):
    """Bodies are sent in chunks of unequal length, without Content-Length, and cut through characters."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        if payload is None:
            return super().deliver(visit, status, headers, payload)
        return StreamingResponse(self.pieces(payload), status, headers)

    async def pieces(self, payload: bytes) -> AsyncIterator[bytes]:
        step = max(7, len(payload) // 5)
        for start in range(0, len(payload), step):
            yield payload[start : start + step]
            await asyncio.sleep(0)


class BodiesAreCompressed(TransportServer):
    """Bodies are compressed for clients that accept it."""

    def deliver(self, visit: Visit, status: int, headers: dict[str, str], payload: bytes | None) -> Response:
        if payload and "gzip" in visit.request.headers.get("accept-encoding", ""):
            headers = {**headers, "Content-Encoding": "gzip", "Vary": headers["Vary"] + ", Accept-Encoding"}
            payload = gzip.compress(payload, mtime=0)
        return super().deliver(visit, status, headers, payload)


class AnswersTakeTheirTime(TransportServer):
    """Every answer takes its time, those at short paths more than others, so that answers overtake each other."""

    async def respond(self, request: Request) -> Response:
        await give_way(5 + 600 // (1 + len(request.url.path)))
        return await super().respond(request)


class CachesMayKeepLonger(TransportServer):
    """Public data may be kept for ten minutes, and tenants' data in private caches for none."""

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        public = operation is not None and operation.public and status in (200, 304)
        return {"Cache-Control": "max-age=600, stale-if-error=3600, public" if public else "private, no-store"}


class NoQuotaIsPublished(TransportServer):
    """The headers about quotas, which are optional, are not sent."""

    def rate_headers(self, visit: Visit, remaining: int) -> dict[str, str]:
        return {}


class HeadIsNotServed(TransportServer):
    """HEAD, which is optional, is refused with a truthful Allow."""

    def methods_of(self, known: Operation) -> list[str]:
        return [known.method]


# -------------------------------------------------------------------- links, pages and tags


class RelativeLinks(TransportServer):
    """Links are relative to the URL of the request."""

    def href(self, call: Call, query: Mapping[str, str]) -> str:
        return f"?{urlencode(query)}" if query else call.url_path


class LinksWithoutHost(TransportServer):
    """Links are paths from the root of the host."""

    def href(self, call: Call, query: Mapping[str, str]) -> str:
        return super().href(call, query)[len(call.base) :]


class AbsoluteLocation(TransportServer):
    """The Location of a new reservation is an absolute URL."""

    def location_of(self, call: Call, made: Reservation) -> str:
        return call.base + super().location_of(call, made)


class NothingIsCounted(TransportServer):
    """totalCount, which is optional, is not sent."""

    def page_member(self, call: Call, limit: int, cursor: str | None, rows: Sequence[Any]) -> Json:
        return {"limit": limit, "nextCursor": cursor}


class CursorsAreTickets(TransportServer):
    """A cursor is a ticket whose meaning the server keeps."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.tickets: dict[str, tuple[str, Key]] = {}

    def encode_cursor(self, call: Call, last: Key) -> str:
        scope = self.cursor_scope(call)
        ticket = secret_text(scope, repr(last))[:12]
        self.tickets[ticket] = (scope, last)
        return ticket

    def decode_cursor(self, call: Call, cursor: str) -> Key:
        scope, last = self.tickets.get(cursor, ("", ()))
        return last if scope == self.cursor_scope(call) else self.refuse_cursor(call)


class TagsNameTheVersion(TransportServer):
    """The entity tag of a reservation is made of its id and version."""

    def etag_of(self, body: Any) -> str:
        if "reservationId" in body:
            return f'"{body["reservationId"]}.{body["versionId"]}"'
        return super().etag_of(body)


# -------------------------------------------------------------------- words and times


class ProblemsInOtherWords(TransportServer):
    """Problem types have another host and path, and details are worded otherwise."""

    def problem_type(self, slug: str) -> str:
        return f"https://developer.transport.example/docs/errors/v1/{slug}"

    def problem_detail(self, visit: Visit, problem: Problem) -> str:
        return f"無法處理您的請求：{super().problem_detail(visit, problem)}"


class ProblemsAreTerse(TransportServer):
    """Problem documents have only the members that are needed, and are in English for everybody."""

    def problem_body(self, visit: Visit, problem: Problem) -> Json:
        body = super().problem_body(visit, problem)
        return {**{name: body[name] for name in body if name not in ("detail", "instance")}, "title": problem.kind.title[1]}


class TimesAreUtc(TransportServer):
    """Times are written in UTC with fractions of a second, those that the client sent, too."""

    def stamp(self, instant: Fraction | int) -> str:
        return format_instant(instant, zone=UTC, decimals=3)

    def fine_stamp(self, instant: Fraction) -> str:
        return format_instant(instant, zone=UTC, decimals=6)

    def sent_time(self, text: str) -> str:
        try:
            whole = format_instant(parse_instant(text) // 1, zone=UTC)
        except OverflowError:
            return text
        fraction = re.search(r"\.\d+", text)
        return f"{whole[:19]}{fraction.group() if fraction else ''}Z"


# -------------------------------------------------------------------- data


class OptionalMembersAreLeftOut(TransportServer):
    """Members that are optional are left out, and no tariff has a daily maximum."""

    def seed(self) -> Network:
        network = super().seed()
        return replace(
            network,
            car_parks=tuple(replace(park, daily_max=None) for park in network.car_parks),
            stations=tuple(replace(station, address=None) for station in network.stations),
        )

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        return _without(super().render_stop(stop, now), "stationGroupId")

    def render_route(self, route: Route, now: Fraction) -> Json:
        return _without(super().render_route(route, now), "updateTime")

    def render_route_stop(self, row: RouteStop, now: Fraction) -> Json:
        return _without(super().render_route_stop(row, now), "distanceM")

    def render_arrival(self, row: Any, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        optional = ("plateNumb", "scheduledTime", *(("estimateMeaning",) if body["stopStatus"] == 0 else ()))
        return _without(body, *optional)

    def render_connector(self, connector: Connector, now: Fraction) -> Json:
        return _without(super().render_connector(connector, now), "priceTwdPerKwh")

    def licence(self) -> Json:
        return {"license": "OGDL-Taiwan-1.0"}


class SmallTown(TransportServer):
    """There are fewer data: a few routes with their stops, six car parks and five charging stations."""

    ROUTES = frozenset({"TPE10281", "TPE15312", "ILA0935", "TXG300"})
    PARKS = frozenset({"TPE0147", "TPE0733", "TPE0901", "TXG0318", "TXG0527", "ILA0011"})
    STATIONS = frozenset({"TPEEV034", "TPEEV058", "TXGEV041", "ILAEV003", "ILAEV029"})

    def seed(self) -> Network:
        network = super().seed()
        routes = tuple(route for route in network.routes if route.uid in self.ROUTES)
        served = {uid for route in routes for pattern in route.patterns for uid in pattern.stops}
        return Network(
            stops=tuple(stop for stop in network.stops if stop.uid in served),
            routes=routes,
            car_parks=tuple(park for park in network.car_parks if park.uid in self.PARKS),
            stations=tuple(station for station in network.stations if station.uid in self.STATIONS),
        )


class SilentSourceIsMarked(TransportServer):
    """The source of stops has been silent for hours, and every item says so."""

    def source_tick(self, family: str, now: Fraction) -> int:
        return super().source_tick(family, now - 3 * 3600 if family == "stops" else now)


class FreshDataAreMarked(TransportServer):
    """Items say that they are not stale, and arrivals that they were not counted down."""

    def stale_mark(self, family: str, now: Fraction) -> Json:
        return {"stale": False, **super().stale_mark(family, now)}


# -------------------------------------------------------------------- reservations


class ConfirmsAtOnce(TransportServer):
    """A reservation is confirmed when it is made."""

    def first_state(self) -> str:
        return "CONFIRMED"


class ExpiryIsKept(TransportServer):
    """expiresAt keeps its value when the reservation is no longer pending."""

    def expiry_stamp(self, reservation: Reservation) -> str | None:
        return self.fine_stamp(reservation.expires)


class SimultaneousKeyIsInUse(TransportServer):
    """Of simultaneous requests with one key all but the first are answered 409."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.under_way: set[tuple[str, ...]] = set()

    async def create_reservation(self, call: Call) -> Answer:
        place = self.memory_place(call)
        if place in self.under_way:
            raise Problem("key-in-use", headers={"Retry-After": "1"})
        self.under_way.add(place)
        try:
            await give_way()
            return await super().create_reservation(call)
        finally:
            self.under_way.discard(place)


class RefusalsBindTheirKey(TransportServer):
    """A refused creation binds its key, too: another request under the key is refused as a reuse."""

    async def create_reservation(self, call: Call) -> Answer:
        try:
            return await super().create_reservation(call)
        except Problem as problem:
            if problem.slug != "key-reused":
                self.remember(call, Answer(problem.kind.status))
            raise

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        return known if known is None or known.body is not None else None


class MoveToPresentStateSucceeds(TransportServer):
    """A move to the present state is answered 200 and changes nothing."""

    def move(self, reservation: Reservation, wanted: str, now: Fraction) -> Reservation:
        return reservation if wanted == reservation.state else super().move(reservation, wanted, now)


class ConnectorInUseIsOccupied(TransportServer):
    """A connector whose reservation is in use is shown as occupied."""

    def reserved_status(self, held: Reservation) -> str:
        return "OCCUPIED" if held.state == "IN_USE" else super().reserved_status(held)


class LapseIsWritten(TransportServer):
    """A reservation that lapsed is written as expired at the next reading, with the time of that reading."""

    def as_of(self, reservation: Reservation, now: Fraction) -> Reservation:
        known = super().as_of(reservation, now)
        if known.state != reservation.state:
            known = replace(known, updated=max(known.updated, now))
            self.reservations[known.id] = known
        return known


def _without(body: Json, *names: str) -> Json:
    return {name: value for name, value in body.items() if name not in names}


def all_variants() -> dict[str, type[TransportServer]]:
    """The variants of the transport server, by name."""
    return mannered(TransportServer) | classes_of(TransportServer, sys.modules[__name__], variants_live, variants_latitude)
