"""Faults of collections: pages, cursors, filters and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conformance.reference.frame import secret_text
from conformance.reference.paging import Key
from conformance.reference.problems import Problem, invalid_parameter
from conformance.reference.transport.records import Connector, Reservation, Route
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json, Parameter

__all__: list[str] = []

# -------------------------------------------------------------------- traversal


class DropsLastItemOfFullPage(TransportServer):
    """The last item of every page but the last is left out."""

    BREAKS = ("COM-PAGE-01",)
    ALSO: Mapping[str, str] = {
        "COM-PAGE-07": "the traversal has fewer items than are counted",
        "COM-FILT-02": "items of the unpaged set are missing from a filtered one",
        "COM-CONS-01": "a new reservation may be among the items left out",
        "TRN-016": "arrivals on page boundaries are missing from one of the two views",
        "TRN-021": "a car park may be missing from its filtered list",
        "TRN-026": "a station may be missing from its filtered list",
    }

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        return super().envelope(call, items[:-1] if page["nextCursor"] and len(items) > 1 else items, page)


class SkipsItemBetweenSmallPages(TransportServer):
    """With fewer than ten items per page, one item is lost between two pages."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-PAGE-03": "the item was there throughout the traversal",
        "COM-PAGE-07": "the traversal has fewer items than are counted",
    }

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        start = super().start_of(call, ordered, key)
        return start + 1 if start and self.limit_of(call) < 10 else start


class SmallPagesOverlapByOne(TransportServer):
    """With two to nine items per page, each page begins with the last item of the one before."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-PAGE-02": "there is a page beyond the one that ends with the last item",
        "COM-PAGE-03": "an item that was there throughout is repeated",
        "COM-PAGE-07": "the traversal has more items than are counted",
        "COM-SORT-01": "an item follows itself",
    }

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        start = super().start_of(call, ordered, key)
        return start - 1 if start and 1 < self.limit_of(call) < 10 else start


class CursorComparesNumbersAsText(TransportServer):
    """A cursor compares stop sequences as text, so that after stop 2 of a long route stop 10 counts as served."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-PAGE-07": "the traversal has another number of items than are counted"}

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        if "cursor" not in call.sent or call.operation.id != "listRouteStops":
            return super().start_of(call, ordered, key)
        last = [str(part) for part in self.decode_cursor(call, call.sent["cursor"])]
        return sum(1 for row in ordered if [str(part) for part in key(row)] <= last)


class PageHoldsOneMore(TransportServer):
    """A page holds one item more than was asked for."""

    BREAKS = ("COM-PAGE-02",)

    def page_of(self, call: Call, ordered: Sequence[Any], start: int, limit: int) -> tuple[Sequence[Any], bool]:
        return super().page_of(call, ordered, start, limit + 1)


class SmallestPageHoldsFive(TransportServer):
    """Pages of fewer than five items are not made."""

    BREAKS = ("COM-PAGE-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-PAGE-05": "a smaller limit is corrected in silence"}

    def limit_of(self, call: Call) -> int:
        return max(5, super().limit_of(call))


class LastPageLinksToItself(TransportServer):
    """The last page has a next link that leads to itself."""

    BREAKS = ("COM-PAGE-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-PAGE-01": "a client that follows links never comes to an end",
        "COM-PAGE-04": "the link leads to no next page",
    }

    def links_of(self, call: Call, cursor: str | None) -> list[Json]:
        links = super().links_of(call, cursor)
        return links if cursor else [*links, {"rel": "next", "href": self.self_href(call)}]


class ReservationsArePagedByOffset(TransportServer):
    """A cursor of reservations counts the items served, so that one that leaves a filtered list shifts the next page."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if call.operation.public:
            return super().collection(call, rows, key, render)
        start = int(self.decode_cursor(call, call.sent["cursor"])[0]) if "cursor" in call.sent else 0
        page, more = self.page_of(call, self.in_order(call, rows, key), start, self.limit_of(call))
        cursor = self.encode_cursor(call, (start + len(page),)) if more else None
        member = self.page_member(call, self.limit_of(call), cursor, rows)
        return Answer(200, self.envelope(call, [render(row) for row in page], member))


class ReservationsArePagedFromTheEnd(TransportServer):
    """A cursor of reservations counts the items that remain, so that a new one shifts the next page."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if call.operation.public:
            return super().collection(call, rows, key, render)
        remaining = int(self.decode_cursor(call, call.sent["cursor"])[0]) if "cursor" in call.sent else len(rows)
        start = max(0, len(rows) - remaining)
        page, more = self.page_of(call, self.in_order(call, rows, key), start, self.limit_of(call))
        cursor = self.encode_cursor(call, (len(rows) - start - len(page),)) if more else None
        member = self.page_member(call, self.limit_of(call), cursor, rows)
        return Answer(200, self.envelope(call, [render(row) for row in page], member))


class NextLinkDropsFilters(TransportServer):
    """The next link keeps the limit and the cursor, but no filter."""

    BREAKS = ("COM-PAGE-04",)

    def next_href(self, call: Call, cursor: str) -> str:
        kept = {name: value for name, value in call.sent.items() if name == "limit"}
        return self.href(call, {**kept, "cursor": cursor})


class NextLinkDropsLimit(TransportServer):
    """The next link keeps the filters, but not the limit."""

    BREAKS = ("COM-PAGE-04",)

    def next_href(self, call: Call, cursor: str) -> str:
        kept = {name: value for name, value in call.sent.items() if name != "limit"}
        return self.href(call, {**kept, "cursor": cursor})


class NextLinkLeadsElsewhere(TransportServer):
    """The next link leads to a host inside the vendor's network."""

    BREAKS = ("COM-PAGE-04",)

    def next_href(self, call: Call, cursor: str) -> str:
        return super().next_href(call, cursor).replace(call.base, "http://transport-backend.internal:8080", 1)


class ClampsLargeLimits(TransportServer):
    """A limit above 200 is taken for 200."""

    BREAKS = ("COM-PAGE-05",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "input outside the schema is accepted"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        large = parameter.name == "limit" and sent.isascii() and sent.isdigit() and int(sent[:9]) > 200
        return 200 if large else super().parse_parameter(parameter, sent)


class ZeroLimitMeansDefault(TransportServer):
    """A limit of 0 is taken for the default."""

    BREAKS = ("COM-PAGE-05",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "input outside the schema is accepted"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        return 50 if parameter.name == "limit" and sent == "0" else super().parse_parameter(parameter, sent)


class UnreadableLimitMeansDefault(TransportServer):
    """A limit that is no number is taken for the default."""

    BREAKS = ("COM-PAGE-05",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "input outside the schema is accepted"}

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        unreadable = parameter.name == "limit" and not sent.lstrip("-").isdecimal()
        return 50 if unreadable else super().parse_parameter(parameter, sent)


class BadCursorIsFirstPage(TransportServer):
    """A cursor that was tampered with is answered with the first page."""

    BREAKS = ("COM-PAGE-06",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-02": "so is another tenant's cursor",
        "COM-ERR-06": "so is one that the schema excludes",
    }

    def refuse_cursor(self, call: Call) -> Key:
        return ()


class CursorForgetsFilters(TransportServer):
    """A cursor that was made with filters is good with others."""

    BREAKS = ("COM-PAGE-06",)

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        return []


class CursorForgetsOperation(TransportServer):
    """A cursor that was made by one operation is good in others whose items have the same kind of key."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def cursor_operation(self, call: Call) -> list[str]:
        return []


class BadCursorIsInvalidParameter(TransportServer):
    """A bad cursor is refused like any parameter, and a client cannot tell that it has to begin again."""

    BREAKS = ("COM-PAGE-06",)
    ALSO: Mapping[str, str] = {"COM-TEN-02": "another tenant's cursor is refused with the wrong problem, too"}

    def refuse_cursor(self, call: Call) -> Key:
        raise invalid_parameter("cursor", ("游標無效", "is not valid"))


class CountsThePage(TransportServer):
    """totalCount is the number of items on the page."""

    BREAKS = ("COM-PAGE-07",)

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        return min(super().total_count(call, rows), self.limit_of(call))


class CountsUnfilteredStops(TransportServer):
    """totalCount of stops counts those that the filters leave out, too."""

    BREAKS = ("COM-PAGE-07",)
    SUBTLE = True

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        return len(self.network.stops) if call.operation.id == "listStops" else super().total_count(call, rows)


# -------------------------------------------------------------------- order


class RoutesAreOrderedByName(TransportServer):
    """Routes are in the order of their names."""

    BREAKS = ("COM-SORT-01",)

    def route_key(self, route: Route) -> Key:
        return (route.zh, route.uid)


class ConnectorsAreOrderedByType(TransportServer):
    """Connectors are in the order of their types."""

    BREAKS = ("COM-SORT-01",)

    def connector_key(self, connector: Connector) -> Key:
        return (connector.kind, connector.uid)


class RoutesComeInNoOrder(TransportServer):
    """Routes come in another order in every answer, and a cursor counts the items served."""

    BREAKS = ("COM-SORT-01", "COM-PAGE-01")

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if call.operation.id != "listRoutes":
            return super().collection(call, rows, key, render)
        self.turns["routes"] += 1
        ordered = sorted(rows, key=lambda row: secret_text(row.uid, str(self.turns["routes"])))
        start = int(self.decode_cursor(call, call.sent["cursor"])[0]) if "cursor" in call.sent else 0
        page, more = self.page_of(call, ordered, start, self.limit_of(call))
        cursor = self.encode_cursor(call, (start + len(page),)) if more else None
        member = self.page_member(call, self.limit_of(call), cursor, rows)
        return Answer(200, self.envelope(call, [render(row) for row in page], member))


class ReservationsAreOrderedById(TransportServer):
    """Reservations are in the order of their ids and not in that of their creation."""

    BREAKS = ("COM-SORT-01",)

    def reservation_key(self, reservation: Reservation) -> Key:
        return (reservation.id,)


class NoMatchIsNotFound(TransportServer):
    """When no item satisfies the filters, the answer is 404."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "404 is not declared for lists",
        "COM-FILT-05": "a time range without items is answered 404",
    }

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if not rows and call.query and "cursor" not in call.sent:
            raise Problem("not-found")
        return super().collection(call, rows, key, render)
