"""Faults of the two lists: pages, cursors, filters and order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.health.records import Measurement, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.paging import Key
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Parameter

__all__: list[str] = []


class SecondPageSkipsOne(HealthServer):
    """A following page of measurements leaves out its first item."""

    BREAKS = ("COM-PAGE-01",)
    ALSO: Mapping[str, str] = {"COM-PAGE-03": "small pages lose items"}

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        return found + 1 if found and call.operation.id == "listMeasurements" else found


class SmallPagesOverlap(HealthServer):
    """In pages of at most two the last item of a page is the first of the next."""

    BREAKS = ("COM-PAGE-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-019": "small pages give an item twice"}

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        return found - 1 if found and self.limit_of(call) == 2 else found


class PagesHoldOneMore(HealthServer):
    """A page of care tasks holds one item more than it may."""

    BREAKS = ("COM-PAGE-02",)

    def page_of(self, call: Call, ordered: Sequence[Any], start: int, limit: int) -> tuple[Sequence[Any], bool]:
        more = limit + 1 if call.operation.id == "listCareTasks" and limit < 200 else limit
        return super().page_of(call, ordered, start, more)


class FullPagesPromiseMore(HealthServer):
    """A last page that is exactly full promises another one."""

    BREAKS = ("COM-PAGE-02",)
    SUBTLE = True

    def page_of(self, call: Call, ordered: Sequence[Any], start: int, limit: int) -> tuple[Sequence[Any], bool]:
        page, _ = super().page_of(call, ordered, start, limit)
        return page, len(page) == limit


class GoneItemsBeginAnew(HealthServer):
    """A cursor whose item has left the list begins at the first page."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        gone = "cursor" in call.sent and self.decode_cursor(call, call.sent["cursor"]) not in map(key, ordered)
        return 0 if gone else found


class GoneItemsEndTheList(HealthServer):
    """A cursor whose item has left the list leads to its end."""

    BREAKS = ("COM-PAGE-03",)
    SUBTLE = True

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        found = super().start_of(call, ordered, key)
        gone = "cursor" in call.sent and self.decode_cursor(call, call.sent["cursor"]) not in map(key, ordered)
        return len(ordered) if gone else found


class NextDropsThePatient(HealthServer):
    """The link to the next page has lost the filters but the patient."""

    BREAKS = ("COM-PAGE-04",)
    SUBTLE = True

    def next_href(self, call: Call, cursor: str) -> str:
        kept = {name: value for name, value in call.sent.items() if name in ("patientId", "limit", "sort")}
        return self.href(call, {**kept, "cursor": cursor})


class NextLeadsElsewhere(HealthServer):
    """The link to the next page has another base."""

    BREAKS = ("COM-PAGE-04",)

    def next_href(self, call: Call, cursor: str) -> str:
        return super().next_href(call, cursor).replace("/v1/", "/v2/")


class LargePagesAreCut(HealthServer):
    """A limit that is too large is cut to the largest."""

    BREAKS = ("COM-PAGE-05",)

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        large = parameter.name == "limit" and sent.isdecimal() and int(sent) > 200
        return 200 if large else super().parse_parameter(parameter, sent)


class NoLimitIsTheDefault(HealthServer):
    """A limit of nought is the default."""

    BREAKS = ("COM-PAGE-05",)
    SUBTLE = True

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        return 50 if parameter.name == "limit" and sent == "0" else super().parse_parameter(parameter, sent)


class BadCursorsBegin(HealthServer):
    """A cursor that is not good begins at the first page."""

    BREAKS = ("COM-PAGE-06",)
    ALSO: Mapping[str, str] = {
        "COM-TEN-02": "another tenant's cursor is answered with a page",
        "COM-ERR-06": "the schema excludes it",
    }

    def start_of(self, call: Call, ordered: Sequence[Any], key: Callable[[Any], Key]) -> int:
        try:
            return super().start_of(call, ordered, key)
        except Problem:
            return 0


class CursorsServeOtherFilters(HealthServer):
    """A cursor is good under other filters."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        return []


class PagesHaveNoSelf(HealthServer):
    """A page without items has no link to itself."""

    BREAKS = ("COM-PAGE-08",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "one link is required"}

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        found = super().envelope(call, items, page)
        return found if items else {**found, "links": []}


class SelfLeadsToTheStart(HealthServer):
    """The link of a page to itself leads to the landing page."""

    BREAKS = ("COM-PAGE-08",)

    def self_href(self, call: Call) -> str:
        return f"{call.base}{self.base_path}/"


class CodesBeginAlike(HealthServer):
    """The filter `code` keeps what begins alike."""

    BREAKS = ("COM-FILT-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-04", "HLT-025"), "the filter keeps too much")

    def has_code(self, measurement: Measurement, wanted: str) -> bool:
        return measurement.code[:1] == wanted[:1]


class StateKeepsTheDone(HealthServer):
    """The filter `state` keeps tasks that are rejected, too."""

    BREAKS = ("COM-FILT-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-04": "the filter keeps too much"}

    def is_in_state(self, task: Task, wanted: str) -> bool:
        return super().is_in_state(task, wanted) or task.state == "rejected"


class DevicesAreForgotten(HealthServer):
    """The filter `deviceId` keeps only measurements of heart rate."""

    BREAKS = ("COM-FILT-02",)
    SUBTLE = True

    def is_of_device(self, measurement: Measurement, wanted: str) -> bool:
        return super().is_of_device(measurement, wanted) and measurement.code == "8867-4"


class RequestedIsNoState(HealthServer):
    """The filter `state` finds no tasks that are requested."""

    BREAKS = ("COM-FILT-02",)

    def is_in_state(self, task: Task, wanted: str) -> bool:
        return wanted != "requested" and super().is_in_state(task, wanted)


class FiltersAreAlternatives(HealthServer):
    """Of several filters one is enough."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-05", "HLT-018", "HLT-043"), "one filter is enough")

    def combine(self, results: list[bool]) -> bool:
        return any(results) if len(results) > 1 else all(results)


class OnlyTheFirstFilterCounts(HealthServer):
    """Of several filters the first counts."""

    BREAKS = ("COM-FILT-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-05", "HLT-018", "HLT-043"), "one filter is enough")

    def combine(self, results: list[bool]) -> bool:
        return all(results[:1])


class NothingIsNotFound(HealthServer):
    """A list without items is answered 404."""

    BREAKS = ("COM-FILT-04",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "a 404 is not declared",
        "HLT-006": "an empty list is answered 404",
        "HLT-024": "an empty list is answered 404",
        "HLT-025": "an empty list is answered 404",
        "COM-TEN-02": "an empty list is answered 404",
        "COM-FILT-05": "an empty list is answered 404",
        "HLT-018": "an empty list is answered 404",
        "COM-PAGE-06": "an empty list is answered 404",
    }

    def collection(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key], render: Callable[[Any], Json]) -> Answer:
        if not rows:
            raise Problem("not-found")
        return super().collection(call, rows, key, render)


class UnknownPatientsAreNotFound(HealthServer):
    """The list of a patient who does not exist is answered 404."""

    BREAKS = ("COM-FILT-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "a 404 is not declared"}

    def require_patient(self, call: Call) -> str:
        found = super().require_patient(call)
        if found not in self.patients:
            raise Problem("not-found")
        return found


class TasksAreOrderedById(HealthServer):
    """Care tasks are ordered by their ids."""

    BREAKS = ("COM-SORT-01",)

    def task_key(self, task: Task) -> Key:
        return (task.id,)


class MeasurementsAreOrderedByEntry(HealthServer):
    """Measurements are ordered by when they were entered."""

    BREAKS = ("COM-SORT-01",)

    def measurement_key(self, measurement: Measurement) -> Key:
        return (int(self.patients[measurement.patient].id != ""), list(self.measurements).index(measurement.id))


class CursorsServeTheOtherOrder(HealthServer):
    """A cursor is good for the other order, too."""

    BREAKS = ("COM-PAGE-06",)
    SUBTLE = True

    def cursor_filters(self, call: Call) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().cursor_filters(call) if name != "sort"]


class NextLosesTheOrder(HealthServer):
    """The link to the next page does not say in which order the list was asked for, and the cursor does not mind."""

    BREAKS = ("COM-PAGE-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-PAGE-06", "HLT-019"), "what follows comes in the other order")

    def next_href(self, call: Call, cursor: str) -> str:
        plain = replace(call, sent={name: value for name, value in call.sent.items() if name not in ("sort", "cursor")})
        return self.href(call, {**plain.sent, "cursor": self.encode_cursor(plain, self.decode_cursor(call, cursor))})


class SecondsAreTheOrder(HealthServer):
    """Within one second measurements come in the other order."""

    BREAKS = ("COM-SORT-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-019": "the other order is that of whole seconds, too"}

    def measurement_key(self, measurement: Measurement) -> Key:
        return (int(measurement.start), -int(measurement.start * 1_000_000 // 1), measurement.id)
