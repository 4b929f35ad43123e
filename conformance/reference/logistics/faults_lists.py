"""Faults of lists: pages, cursors, filters and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance.reference.logistics.records import Event, Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.paging import Key
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Parameter

__all__: list[str] = []


class SecondPageSkipsOne(LogisticsServer):
    """A following page of shipments leaves out its first item."""

    BREAKS = ("COM-PAGE-01",)
    ALSO: Mapping[str, str] = {"COM-PAGE-03": "small pages lose items"}

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        return found + 1 if found and call.operation.id == "listShipments" else found


class SmallPagesOverlap(LogisticsServer):
    """In pages of at most two the last item of a page is the first of the next."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-015", "LGS-016"), "a pull in pages of two gets an event twice"),
        "COM-PAGE-03": "an item comes twice also while others come and go",
    }

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        return found - 1 if found and self.limit_of(call) == 2 else found


class PagesHoldOneMore(LogisticsServer):
    """A page of shipments holds one item more than it may."""

    BREAKS = ("COM-PAGE-02",)

    def page_of(self, call: Call, ordered: Sequence[Any], start: int, limit: int) -> tuple[Sequence[Any], bool]:
        more = limit + 1 if call.operation.id == "listShipments" and limit < 200 else limit
        return super().page_of(call, ordered, start, more)


class FullPagesPromiseMore(LogisticsServer):
    """A last page that is exactly full promises another one."""

    BREAKS = ("COM-PAGE-02",)
    SUBTLE = True

    def page_of(self, call: Call, ordered: Sequence[Any], start: int, limit: int) -> tuple[Sequence[Any], bool]:
        page, _ = super().page_of(call, ordered, start, limit)
        return page, len(page) == limit


class GrowingListsLoseOne(LogisticsServer):
    """When the list of shipments has grown since the page before, the next one leaves out its first."""

    BREAKS = ("COM-PAGE-03",)

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found, place = super().start_of(call, ordered, key), f"{call.tenant} {call.operation.id}"
        grown, self.turns[place] = len(ordered) > self.turns[place], len(ordered)
        return found + 1 if grown and "cursor" in call.sent and call.operation.id == "listShipments" else found


class GrowingListsRepeatOne(LogisticsServer):
    """When the list of shipments has grown since the page before, the next one repeats the last."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found, place = super().start_of(call, ordered, key), f"{call.tenant} {call.operation.id}"
        grown, self.turns[place] = len(ordered) > self.turns[place], len(ordered)
        return found - 1 if grown and found and "cursor" in call.sent and call.operation.id == "listShipments" else found


class NextLeadsElsewhere(LogisticsServer):
    """The link to the next page has another base."""

    BREAKS = ("COM-PAGE-04",)
    SUBTLE = True

    def next_href(self, call: Call, cursor: str) -> str:
        return super().next_href(call, cursor).replace("/v1/", "/v2/")


class LargePagesAreCut(LogisticsServer):
    """A limit that is too large is cut to the largest."""

    BREAKS = ("COM-PAGE-05",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-ERR-06", "COM-ERR-09"), "the schema excludes it")

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        large = parameter.name == "limit" and sent.isdecimal() and int(sent) > 200
        return 200 if large else super().parse_parameter(parameter, sent)


class NoLimitIsTheDefault(LogisticsServer):
    """A limit of nought is the default."""

    BREAKS = ("COM-PAGE-05",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-ERR-06", "COM-ERR-09"), "the schema excludes it")
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        return 50 if parameter.name == "limit" and sent == "0" else super().parse_parameter(parameter, sent)


class BadCursorsBegin(LogisticsServer):
    """A cursor that is not good begins at the first page."""

    BREAKS = ("COM-PAGE-06",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-02": "another tenant's cursor is answered with a page",
        **dict.fromkeys(("COM-ERR-06", "COM-ERR-09"), "the schema excludes it"),
    }

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        try:
            return super().start_of(call, ordered, key)
        except Problem:
            return 0


class CursorsServeOtherFilters(LogisticsServer):
    """A cursor is good under other filters."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        return []


class PagesHaveNoSelf(LogisticsServer):
    """A page without items has no link to itself."""

    BREAKS = ("COM-PAGE-08",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "one link is required"}
    SUBTLE = True

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        found = super().envelope(call, items, page)
        return found if items else {**found, "links": []}


class SelfLeadsToTheStart(LogisticsServer):
    """The link of a page to itself leads to the landing page."""

    BREAKS = ("COM-PAGE-08",)

    def self_href(self, call: Call) -> str:
        return f"{call.base}{self.base_path}/"


class FiltersAreAlternatives(LogisticsServer):
    """Of several filters one is enough."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-05", "COM-FILT-04"), "one filter is enough") | {
        "LGS-005": "points and events are found by several filters",
        "LGS-016": "points and events are found by several filters",
        "LGS-037": "points and events are found by several filters",
        "LGS-039": "points and events are found by several filters",
        "LGS-021": "the cancelled are among the created",
        "LGS-044": "another locker is chosen than was asked for",
        "LGS-045": "another locker is chosen than was asked for",
    }

    def combine(self, results: list[bool]) -> bool:
        return any(results) if len(results) > 1 else all(results)


class OnlyTheFirstFilterCounts(LogisticsServer):
    """Of several filters the first counts."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-05", "COM-FILT-04"), "one filter is enough") | {
        "LGS-005": "the locker that takes no payment is found by several filters",
        "LGS-016": "points and events are found by several filters",
        "LGS-037": "points and events are found by several filters",
        "LGS-039": "points and events are found by several filters",
        "LGS-021": "the cancelled are among the created",
    }
    SUBTLE = True

    def combine(self, results: list[bool]) -> bool:
        return all(results[:1])


class NothingIsNotFound(LogisticsServer):
    """A list without items is answered 404."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "a 404 is not declared",
        "COM-TEN-02": "an empty list is answered 404",
        "COM-FILT-05": "an empty list is answered 404",
    } | {
        "COM-PAGE-06": "that nothing was kept is answered 404",
        "LGS-008": "that nothing was kept is answered 404",
        "LGS-021": "that nothing is among the created is answered 404",
        "LGS-028": "that nothing was recorded is answered 404",
        "LGS-011": "that nothing was kept is answered 404",
        "LGS-013": "that nothing was kept is answered 404",
        "LGS-018": "that nothing was kept is answered 404",
        "LGS-019": "that nothing was kept is answered 404",
        "LGS-036": "that nothing was kept is answered 404",
        "LGS-039": "that nothing was kept is answered 404",
    }
    SUBTLE = True

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if not rows:
            raise Problem("not-found")
        return super().collection(call, rows, key, render)


class NextDropsTheFilters(LogisticsServer):
    """The link to the next page has lost the filters but the first."""

    BREAKS = ("COM-PAGE-04",)
    ALSO: Mapping[str, str] = {"COM-PAGE-01": "a following page is refused", "LGS-016": "a following page is refused"}

    def next_href(self, call: Call, cursor: str) -> str:
        kept = {name: value for name, value in call.sent.items() if name == "limit"}
        return self.href(call, {**kept, "cursor": cursor})


class NothingIsUnknown(LogisticsServer):
    """A reference that no shipment has is answered 404."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-DOC-02", "COM-TEN-01", "LGS-021"), "an empty list is answered 404")

    async def list_shipments(self, call: Call) -> Answer:
        answer = await super().list_shipments(call)
        if "reference" in call.query and not answer.body["items"]:
            raise Problem("not-found")
        return answer


class StatesAreFilteredLoosely(LogisticsServer):
    """The filter state keeps what was delivered, too."""

    BREAKS = ("COM-FILT-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-03", "COM-FILT-04"), "the filter keeps too much")

    def is_in_state(self, shipment: Shipment, wanted: str) -> bool:
        return super().is_in_state(shipment, wanted) or self.state_of(shipment) == "DELIVERED"


class ReferencesBegin(LogisticsServer):
    """The filter readPoint keeps places that begin so."""

    BREAKS = ("COM-FILT-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-03", "COM-FILT-04"), "the filter keeps too much") | {
        "LGS-036": "the filter keeps too much",
        "LGS-039": "the filter keeps too much",
    }
    SUBTLE = True

    def was_read_at(self, event: Event, wanted: str) -> bool:
        return str(event.content.get("readPoint", {}).get("locationId", "")).startswith(wanted[:5])


class LockersAreForgotten(LogisticsServer):
    """The filter sizeClass keeps no locker points."""

    BREAKS = ("COM-FILT-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-03",), "a filter keeps too little")

    def takes_size(self, point: Point, size: str) -> bool:
        return super().takes_size(point, size) and point.type != "LOCKER"


class TheLastServiceIsForgotten(LogisticsServer):
    """The filter service does not look at the last service of a point."""

    BREAKS = ("COM-FILT-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-03", "COM-FILT-04"), "a filter keeps too little")
    SUBTLE = True

    def offers(self, point: Point, service: str) -> bool:
        return service in (point.services[:-1] or point.services)


class RangesHoldTheirEnds(LogisticsServer):
    """The end of a range belongs to it."""

    BREAKS = ("COM-FILT-05",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-FILT-01", "COM-FILT-04", "COM-FILT-03", "LGS-016", "LGS-039"), "the end belongs to it"
    )

    def is_before(self, moment: Fraction, until: Fraction) -> bool:
        return moment <= until


class RangesBeginLater(LogisticsServer):
    """The very beginning of a range does not belong to it."""

    BREAKS = ("COM-FILT-05",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-FILT-02", "COM-FILT-03", "LGS-016", "LGS-039"), "the beginning does not belong to it"
    )
    SUBTLE = True

    def is_not_before(self, moment: Fraction, since: Fraction) -> bool:
        return moment > since


class ShipmentsComeById(LogisticsServer):
    """Shipments come in the order of their ids."""

    BREAKS = ("COM-SORT-01",)

    def shipment_key(self, shipment: Shipment) -> Key:
        return (shipment.id,)


class ShipmentsOfSomeHoursAreShuffled(LogisticsServer):
    """Shipments of the same six hours come in the order of their ids."""

    BREAKS = ("COM-SORT-01",)
    SUBTLE = True

    def shipment_key(self, shipment: Shipment) -> Key:
        return (int(shipment.created // 21_600), shipment.id)


class PointsAreTurned(LogisticsServer):
    """Longitude and latitude of a pickup point are exchanged."""

    BREAKS = ("COM-GEO-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-GEO-02", "COM-GEO-03", "COM-FILT-01", "COM-FILT-02", "COM-FILT-03"), "the position is another"
    ) | {"COM-PAGE-06": "a box round such a position is none"}

    def render_point(self, point: Point) -> Json:
        return {**super().render_point(point), "position": {"positionLon": point.lat, "positionLat": point.lon}}


class IslandsAreNowhere(LogisticsServer):
    """Pickup points of Kinmen lie at nought."""

    BREAKS = ("COM-GEO-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-GEO-02", "COM-GEO-03", "COM-FILT-01", "COM-FILT-02", "COM-FILT-03"), "the position is another"
    )
    SUBTLE = True

    def render_point(self, point: Point) -> Json:
        found = super().render_point(point)
        return {**found, "position": {"positionLon": 0, "positionLat": 0}} if point.city == "KIN" else found


class BoxesHaveNoEdges(LogisticsServer):
    """What lies on the edge of a box is outside."""

    BREAKS = ("COM-GEO-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-02", "COM-FILT-03"), "a filter keeps too little")
    SUBTLE = True

    def in_bbox(self, point: Point, area: tuple[float, float, float, float]) -> bool:
        return area[0] < point.lon < area[2] and area[1] < point.lat < area[3]


class BoxesAreAlwaysWhole(LogisticsServer):
    """A box keeps every point."""

    BREAKS = ("COM-GEO-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-03", "COM-FILT-04"), "a filter keeps too much")

    def in_bbox(self, point: Point, area: tuple[float, float, float, float]) -> bool:
        return True


class CitiesAreWrong(LogisticsServer):
    """Pickup points of Hualien are said to be in Taichung."""

    BREAKS = ("COM-GEO-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "COM-FILT-04"), "the city is another")
    SUBTLE = True

    def render_point(self, point: Point) -> Json:
        return {**super().render_point(point), "cityCode": "TXG" if point.city == "HUA" else point.city}


class AllIsInTaipei(LogisticsServer):
    """All pickup points are said to be in Taipei."""

    BREAKS = ("COM-GEO-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "COM-FILT-04"), "the city is another")

    def render_point(self, point: Point) -> Json:
        return {**super().render_point(point), "cityCode": "TPE"}
