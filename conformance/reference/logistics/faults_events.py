"""Faults of events: how they are captured, kept and folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.instants import parse_instant
from conformance.reference.logistics.records import EVENTS, Event, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Json

__all__: list[str] = []


class StateIsOfTheLastToArrive(LogisticsServer):
    """The state follows the order in which events arrived."""

    BREAKS = ("LGS-007", "LGS-015")
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-019", "LGS-032", "LGS-024", "LGS-008", "LGS-030"), "a state is another")

    def state_of(self, shipment: Shipment) -> str:
        events = (self.events[name] for name in self.events_of.get(shipment.id, ()))
        led = [EVENTS[event.kind].state for event in events if event.counts]
        return next((state for state in reversed(led) if state), "CREATED")


class DeclaredEventsStillCount(LogisticsServer):
    """An event that was declared erroneous still counts for the state."""

    BREAKS = ("LGS-007", "LGS-010")
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-024", "LGS-035"), "the declaration changes nothing"),
        "LGS-045": "the state does not go back",
    }
    SUBTLE = True

    def state_of(self, shipment: Shipment) -> str:
        return self.fold([replace(event, declaration=None) for event in self.history(shipment.id)])


class IllegalEventsAreKept(LogisticsServer):
    """What makes no declared move is kept, and moves nothing."""

    BREAKS = ("LGS-008",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-019", "LGS-021"), "nothing is refused for its move"),
        "LGS-010": "what is not legal refuses nothing",
        "LGS-035": "what is not legal refuses nothing",
    }

    def is_legal(self, events: Iterable[Event]) -> bool:
        return True


class LateEventsAreNotJudged(LogisticsServer):
    """An event that comes late is kept, whether it fits or not."""

    BREAKS = ("LGS-008",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "LGS-021": "a pick-up that comes late is taken after a cancellation",
        "LGS-010": "what is not legal refuses nothing",
    }

    def is_legal(self, events: Iterable[Event]) -> bool:
        counting = self.counting(events)
        late = counting and counting[-1].recorded
        return bool(late) or super().is_legal(events)


class EventsCanBeDeleted(LogisticsServer):
    """DELETE is served where events are listed."""

    BREAKS = ("LGS-009",)
    ALSO: Mapping[str, str] = {"COM-ERR-04": "DELETE is not declared", "COM-DOC-02": "DELETE is not declared"}

    def methods_of(self, known: Any) -> list[str]:
        found = super().methods_of(known)
        return [*found, "DELETE"] if known.id == "listShipmentEvents" else found


class LaterEventsRewriteEarlierOnes(LogisticsServer):
    """The reason of an event is gone once another one came."""

    BREAKS = ("LGS-009",)
    SUBTLE = True

    def keep_event(self, shipment: Shipment, event: Event, now: Fraction) -> Event:
        for name in self.events_of.get(shipment.id, ()):
            known = self.events[name]
            content = {member: value for member, value in known.content.items() if member != "reasonCode"}
            self.events[name] = replace(known, content=content)
        return super().keep_event(shipment, event, now)


class DeclaredEventsDisappear(LogisticsServer):
    """An event that was declared erroneous is no longer listed."""

    BREAKS = ("LGS-010",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-007",), "an event that was captured is not listed"),
        "LGS-043": "what was declared is not there to compare",
        "LGS-039": "what was declared is not there to compare",
        "LGS-033": "what was declared is not there to compare",
    }

    def history(self, shipment: str) -> list[Event]:
        return [event for event in super().history(shipment) if event.declaration is None]


class DeclarationsAreRecordedAnew(LogisticsServer):
    """A declaration gives the event a new time of recording."""

    BREAKS = ("LGS-010",)
    ALSO: Mapping[str, str] = {
        "LGS-043": "a declared event is recorded at another time",
        "LGS-033": "a declared event is recorded at another time",
    }
    SUBTLE = True

    def declared(self, known: Event, declaration: Json) -> Event:
        found = super().declared(known, declaration)
        return replace(found, recorded=self.next_record(known.tenant, found.recorded))


class RepeatedEventsAreKeptAgain(LogisticsServer):
    """An event that is captured again becomes another one."""

    BREAKS = ("LGS-011",)
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-007", "LGS-010", "LGS-024", "LGS-032", "LGS-035"), "a repetition is refused")

    def answered(self, shipment: Shipment, body: Json, known: Event | None) -> tuple[int, Event]:
        if known is not None and "errorDeclaration" not in body and self.same_content(known, body):
            return 201, self.as_event(shipment, {name: value for name, value in body.items() if name != "eventId"})
        return super().answered(shipment, body, known)


class OtherTimesAreTheSameEvent(LogisticsServer):
    """An event that is captured again at another time is taken for the same."""

    BREAKS = ("LGS-011",)
    SUBTLE = True

    def same_content(self, known: Event, body: Json) -> bool:
        return super().same_content(known, {**body, "eventTime": known.content["eventTime"]})


class ResultsAreSorted(LogisticsServer):
    """The results of a capture are in the order in which the events happened."""

    BREAKS = ("LGS-012",)
    ALSO: Mapping[str, str] = {"LGS-038": "the results do not tell what was kept first"}

    def kept_all(self, shipment: Shipment, planned: Sequence[tuple[int, Event]], now: Fraction) -> list[Json]:
        found = super().kept_all(shipment, planned, now)
        order = sorted(range(len(found)), key=lambda index: self.place_of(planned[index][1]))
        return [{**found[index], "index": place} for place, index in enumerate(order)]


class OwnIdsAreReplaced(LogisticsServer):
    """The id that was sent with an arrival is replaced."""

    BREAKS = ("LGS-012",)
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-007",), "an event is not listed under its id")
    SUBTLE = True

    def as_event(self, shipment: Shipment, body: Json) -> Event:
        found = super().as_event(shipment, body)
        return replace(found, id=self.new_event_id()) if body.get("eventType") == "ARRIVED" else found


class RecordTimesAreTaken(LogisticsServer):
    """A time of recording that is sent is accepted and left out of account."""

    BREAKS = ("LGS-013",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-ERR-06", "COM-ERR-09"), "the schema excludes it")

    async def capture_events(self, call: Any) -> Any:
        return await super().capture_events(replace(call, body=_without(call.body, "recordTime")))


class RecordTimesAreTakenOfOne(LogisticsServer):
    """A capture of one event alone may tell its time of recording."""

    BREAKS = ("LGS-013",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-ERR-06", "COM-ERR-09"), "the schema excludes it")
    SUBTLE = True

    async def capture_events(self, call: Any) -> Any:
        events = call.body.get("events") if isinstance(call.body, dict) else None
        alone = isinstance(events, list) and len(events) == 1
        return await super().capture_events(replace(call, body=_without(call.body, "recordTime")) if alone else call)


def _without(body: Any, name: str) -> Any:
    if not isinstance(body, dict) or not isinstance(body.get("events"), list):
        return body
    events = [
        {key: value for key, value in one.items() if key != name} if isinstance(one, dict) else one for one in body["events"]
    ]
    return {**body, "events": events}


class RecordTimesAreOfTheSecond(LogisticsServer):
    """The events of one second have one time of recording."""

    BREAKS = ("LGS-038",)
    ALSO: Mapping[str, str] = dict.fromkeys(("LGS-016", "LGS-039"), "what is recorded at one time cannot be told apart")

    def next_record(self, tenant: str, now: Fraction) -> Fraction:
        return Fraction(now // 1)


class EachShipmentHasItsClock(LogisticsServer):
    """Times of recording increase within a shipment alone."""

    BREAKS = ("LGS-038",)
    ALSO: Mapping[str, str] = {"LGS-039": "what the query begins with is another event"}
    SUBTLE = True

    def keep_event(self, shipment: Shipment, event: Event, now: Fraction) -> Event:
        known = [self.events[name].recorded for name in self.events_of.get(shipment.id, ())]
        self.last_record[shipment.tenant] = max(known, default=Fraction(0))
        return super().keep_event(shipment, event, now)


class TheFutureHappens(LogisticsServer):
    """Events may happen in the future."""

    BREAKS = ("LGS-014",)

    def is_ahead(self, moment: Fraction, now: Fraction) -> bool:
        return False


class ReadingsComeLater(LogisticsServer):
    """A reading may be taken after its event."""

    BREAKS = ("LGS-014",)
    SUBTLE = True

    def is_measured_late(self, measured: Fraction, moment: Fraction) -> bool:
        return False


class LateEventsAreRefused(LogisticsServer):
    """An event that is older than the last one is refused."""

    BREAKS = ("LGS-015",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(
            ("LGS-007", "LGS-009", "LGS-012", "LGS-016", "LGS-024", "LGS-033", "LGS-038", "LGS-010"),
            "what comes late is not kept",
        ),
        "LGS-035": "a late report is refused",
    }

    def planned(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[tuple[int, Event]]:
        last = max((event.time for event in self.counting(self.history(shipment.id))), default=Fraction(0))
        for body in bodies:
            moment = parse_instant(body["eventTime"])
            if body.get("eventId") not in self.events and body["classifier"] == "ACT" and moment < last:
                raise Problem("illegal-transition")
            last = max(last, moment) if body["classifier"] == "ACT" else last
        return super().planned(shipment, bodies, now)


class OffsetsOrderEvents(LogisticsServer):
    """Events come in the order of their times as text, whatever the offset."""

    BREAKS = ("LGS-015",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("COM-SORT-01", "LGS-014"), "the order is not that of instants"),
        "LGS-031": "a collection is not the last event",
    }
    SUBTLE = True

    def place_of(self, event: Event) -> Any:
        return (event.content["eventTime"][:19], event.id)
