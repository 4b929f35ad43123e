"""Faults in corners: right at first sight, wrong on the second page, with a third filter, in another offset or after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, TypeVar

from conformance.reference.filtering import Tests
from conformance.reference.paging import Key
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.records import CarPark, Reservation, Station
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []

Row = TypeVar("Row")

# -------------------------------------------------------------------- pages


class FiltersHoldOnTheFirstPage(TransportServer):
    """The pages of stops after the first are not filtered."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "the pages hold what the filters leave out"}

    async def list_stops(self, call: Call) -> Answer:
        unfiltered = {name: value for name, value in call.query.items() if name == "limit"}
        return await super().list_stops(replace(call, query=unfiltered) if "cursor" in call.sent else call)


class VanishedItemRestartsTheTraversal(TransportServer):
    """When the last item served has left the list of reservations meanwhile, the next page is the first one."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def start_of(self, call: Call, ordered: Sequence[Row], key: Callable[[Row], Key]) -> int:
        start = super().start_of(call, ordered, key)
        if start == 0 or call.operation.id != "listReservations":
            return start
        return start if key(ordered[start - 1]) == self.decode_cursor(call, call.sent["cursor"]) else 0


class VanishedItemEndsTheTraversal(TransportServer):
    """When the last item served has left the list of reservations meanwhile, the cursor is refused."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def start_of(self, call: Call, ordered: Sequence[Row], key: Callable[[Row], Key]) -> int:
        start = super().start_of(call, ordered, key)
        if "cursor" in call.sent and call.operation.id == "listReservations":
            last = self.decode_cursor(call, call.sent["cursor"])
            if start == 0 or key(ordered[start - 1]) != last:
                self.refuse_cursor(call)
        return start


class SecondLinkDropsFilters(TransportServer):
    """From the second page on the next link keeps no filter."""

    BREAKS = ("COM-PAGE-04",)
    SUBTLE = True

    def next_href(self, call: Call, cursor: str) -> str:
        if "cursor" not in call.sent:
            return super().next_href(call, cursor)
        return self.href(call, {"limit": call.sent.get("limit", "50"), "cursor": cursor})


class CursorIsNotSigned(TransportServer):
    """The signature of a cursor does not cover the place that it holds: whoever reads it can write another."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-ERR-06": "a place that nobody wrote cannot be compared: 500",
        "COM-DOC-02": "that 500 is not declared",
    }

    def seal(self, call: Call, content: bytes) -> bytes:
        return super().seal(call, b"")


class CursorForgetsValues(TransportServer):
    """A cursor that was made with one value of a filter is good with another."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        return [(name, "") for name, _ in super().cursor_filters(call)]


class CursorEndIsIgnored(TransportServer):
    """What follows a cursor is ignored."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def decode_cursor(self, call: Call, cursor: str) -> Key:
        try:
            return super().decode_cursor(call, cursor)
        except Problem:
            return super().decode_cursor(call, cursor[:-1])


class BoxedStopsAreOrderedByPlace(TransportServer):
    """With a bbox stops come from west to east."""

    BREAKS = ("COM-SORT-01",)
    SUBTLE = True

    async def list_stops(self, call: Call) -> Answer:
        if "bbox" not in call.query:
            return await super().list_stops(call)
        rows = [stop for stop in self.network.stops if self.keeps_stop(stop, call.query)]
        return self.collection(call, rows, lambda stop: (stop.lon, stop.uid), lambda stop: self.render_stop(stop, call.now))


class LaterPagesHaveNoLicence(TransportServer):
    """Only the first page says under which licence the data are."""

    BREAKS = ("COM-LIC-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the licence is a required member"}

    def meta_of(self, call: Call) -> Json:
        meta = super().meta_of(call)
        return {name: value for name, value in meta.items() if name != "license" or "cursor" not in call.sent}


# -------------------------------------------------------------------- filters


class ThirdFilterIsIgnored(TransportServer):
    """Of three filters or more only the first two are applied."""

    BREAKS = ("COM-FILT-03",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "what comes does not satisfy the third"}

    def keeps(self, query: Mapping[str, Any], tests: Tests) -> bool:
        return self.combine([test(query[name]) for name, test in tests.items() if name in query][:2])


class SinceComparesTexts(TransportServer):
    """updatedSince compares the texts of two instants, whatever offset they are written in."""

    BREAKS = ("COM-FILT-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "in an offset that makes a text smaller, earlier stops are kept"}

    async def list_stops(self, call: Call) -> Answer:
        sent = call.sent.get("updatedSince", "")
        kept = tuple(stop for stop in self.network.stops if self.stamp(self.edited(stop.age)) >= sent)
        whole, self.network = self.network, replace(self.network, stops=kept)
        try:
            return await super().list_stops(replace(call, query={k: v for k, v in call.query.items() if k != "updatedSince"}))
        finally:
            self.network = whole


class RangesForgetFractions(TransportServer):
    """`from` is cut off at the second."""

    BREAKS = ("COM-FILT-01",)
    SUBTLE = True

    def starts_from(self, reservation: Reservation, since: Fraction) -> bool:
        return super().starts_from(reservation, Fraction(since // 1))


class RangeEndComparesEnds(TransportServer):
    """`to` leaves out reservations that begin before it and end after it."""

    BREAKS = ("COM-FILT-02",)
    ALSO: Mapping[str, str] = {"COM-FILT-05": "a range of one second has none of those that begin in it"}

    def starts_before(self, reservation: Reservation, until: Fraction) -> bool:
        return reservation.end <= until


class RangeOrderComparesTexts(TransportServer):
    """Whether a range begins after its end is told from the texts of the two."""

    BREAKS = ("COM-FILT-05",)
    SUBTLE = True

    def require_time_order(self, call: Call) -> None:
        super().require_time_order(replace(call, query=call.sent))


class PowerIsCutToWholeKilowatts(TransportServer):
    """minPowerKw is cut off at the whole kilowatt."""

    BREAKS = ("TRN-026",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "weaker stations are kept"}

    def has_power(self, station: Station, wanted: float) -> bool:
        return super().has_power(station, int(wanted))


class UnknownOperatorIsNotFound(TransportServer):
    """Routes of an operator that has none are answered 404."""

    BREAKS = ("COM-FILT-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "404 is not declared"}

    async def list_routes(self, call: Call) -> Answer:
        known = {operator for route in self.network.routes for operator in route.operators}
        if call.query.get("operatorId", next(iter(known))) not in known:
            raise Problem("not-found")
        return await super().list_routes(call)


class NothingIsNull(TransportServer):
    """A page without items has null instead of a list."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "items is a list"}

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        return {**super().envelope(call, items, page), "items": items or None}


# -------------------------------------------------------------------- tags and keys


class AnyTagIsPresent(TransportServer):
    """`If-Match: *` permits every change."""

    BREAKS = ("COM-COND-02",)
    SUBTLE = True

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return sent.strip() == "*" or super().if_match_holds(sent, tag)


class TagsNeedNoQuotes(TransportServer):
    """If-Match takes a tag without its quotes."""

    BREAKS = ("COM-COND-02",)

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return sent.strip('"') == tag.strip('"')


class RepetitionAfterAMoveMakesAnother(TransportServer):
    """A key is forgotten as soon as its reservation has moved on."""

    BREAKS = ("COM-IDEM-01",)
    SUBTLE = True

    def idempotent_answer(self, call: Call) -> Answer | None:
        known = super().idempotent_answer(call)
        return known if known is None or self.reservations[known.body["reservationId"]].revision == 1 else None


class PrintIgnoresTheNote(TransportServer):
    """Two bookings that differ only in their note count as the same request."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the answer shows the other note"}

    def fingerprint(self, body: Any) -> str:
        return super().fingerprint({name: value for name, value in body.items() if name != "note"})


class RefusedKeyBooksAllTheSame(TransportServer):
    """A key that was used with another body is refused, and books all the same where a unit is free."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True

    def idempotent_answer(self, call: Call) -> Answer | None:
        try:
            return super().idempotent_answer(call)
        except Problem:
            draft = self.draft_of(call)
            target = self.check_target(draft)
            if self.free_units(target, draft):
                self.enter(target, draft)
            raise


class KeysIgnoreCase(TransportServer):
    """Keys that differ in upper and lower case are one key."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True

    def memory_place(self, call: Call) -> tuple[str, ...]:
        return tuple(part.lower() for part in super().memory_place(call))


# -------------------------------------------------------------------- texts


class NoteIsTrimmed(TransportServer):
    """A note loses the spaces at its ends."""

    BREAKS = ("COM-ENC-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the answer to the creation shows it so"}

    def kept_note(self, note: str) -> str:
        return note.strip()


class NoteIsCountedInUnits(TransportServer):
    """The length of a note is counted in units of UTF-16, so that emoji count double."""

    BREAKS = ("COM-ENC-01",)
    SUBTLE = True

    def draft_misfits(self, body: Any) -> list[Misfit]:
        found = super().draft_misfits(body)
        if not found and len(body.get("note", "").encode("utf-16-le")) > 400:
            found = [Misfit("pointer", "/note", ("過長", "is too long"))]
        return found


class NameHasMadeUpCharacter(TransportServer):
    """The name of a car park holds a character of the private use area, which only its maker's font can show."""

    BREAKS = ("COM-I18N-01",)
    SUBTLE = True

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        return {**super().render_car_park(park, now), "name": self.localized(f"{park.zh}\ue123", park.en)}
