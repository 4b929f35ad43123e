"""Events: appended and never changed, judged as a whole, and folded into the state of their shipment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any
from uuid import UUID

from conformance.reference.frame import secret_text
from conformance.reference.instants import parse_instant
from conformance.reference.logistics.delivering import Delivering
from conformance.reference.logistics.lockers import Lockers
from conformance.reference.logistics.records import BOUNDS, EVENTS, MOVES, TERMINAL, Event, Reservation, Shipment
from conformance.reference.logistics.shipping import at
from conformance.reference.logistics.views import MICROSECONDS
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Json

__all__ = ["Happening"]

AHEAD = 300  # seconds by which the clock of a carrier may be ahead
MICROSECOND = Fraction(1, MICROSECONDS)
_RANGES: Mapping[str, tuple[str, float, float]] = {"TEMP": ("CEL", -40, 60), "HUM": ("P1", 0, 100)}


class Happening(Lockers, Delivering):
    """The event store, and what follows from it."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.events: dict[str, Event] = {}
        self.events_of: dict[str, list[str]] = {}
        self.last_record: dict[str, Fraction] = {}

    # ---------------------------------------------------------------- the fold

    def place_of(self, event: Event) -> tuple[int, str]:
        """Where an event stands among those of its shipment."""
        return (int(event.time * MICROSECONDS // 1), event.id)

    def history(self, shipment: str) -> list[Event]:
        """The events of a shipment, in the order in which they happened."""
        return sorted((self.events[identifier] for identifier in self.events_of.get(shipment, ())), key=self.place_of)

    def counting(self, events: Iterable[Event]) -> list[Event]:
        """Those of some events that count for the fold, in order."""
        return sorted((event for event in events if event.counts), key=self.place_of)

    def move_is_declared(self, present: str, wanted: str) -> bool:
        """Whether the state machine has a move."""
        return (present, wanted) in MOVES

    def fold(self, events: Iterable[Event]) -> str:
        """The state that follows from some events."""
        state = "CREATED"
        for event in self.counting(events):
            wanted = EVENTS[event.kind].state
            if wanted and self.move_is_declared(state, wanted):
                state = wanted
        return state

    def is_legal(self, events: Iterable[Event]) -> bool:
        """Whether each event that counts makes a declared move."""
        state = "CREATED"
        for event in self.counting(events):
            wanted = EVENTS[event.kind].state
            if wanted and not self.move_is_declared(state, wanted):
                return False
            state = wanted or state
        return True

    def state_of(self, shipment: Shipment) -> str:
        """The state of a shipment."""
        return self.fold(self.history(shipment.id))

    def estimate_of(self, shipment: Shipment) -> str | None:
        """When a shipment is expected to be delivered; None when nobody says, or it is over."""
        events = self.history(shipment.id)
        told = [event for event in events if event.kind == "ESTIMATED_DELIVERY" and event.declaration is None]
        if not told or self.fold(events) in TERMINAL:
            return None
        last = max(told, key=lambda event: event.recorded)
        if any(event.time > last.time for event in self.counting(events)):
            return None
        return str(last.content["eventTime"])

    def render_shipment(self, shipment: Shipment, now: Fraction) -> Json:
        """A shipment."""
        reservation = self.reservation_member(shipment, now)
        return self.shipment_members(shipment, self.state_of(shipment), self.estimate_of(shipment), reservation)

    # ---------------------------------------------------------------- rules of one event

    def event_misfits(self, body: Json, now: Fraction, where: str) -> list[Misfit]:
        """What is wrong with an event whose form is right."""
        return self.step_misfits(body, where) + self.time_misfits(body, now, where) + self.sensor_misfits(body, where)

    def step_misfits(self, body: Json, where: str) -> list[Misfit]:
        """What is wrong between the type, the step, the disposition and the classifier."""
        kind = EVENTS[body["eventType"]]
        if not self.step_goes_with(body.get("bizStep"), body["eventType"]):
            return [at(f"{where}/bizStep" if "bizStep" in body else where, "與 eventType 不符", "does not go with eventType")]
        if body["disposition"] not in kind.dispositions:
            return [at(f"{where}/disposition", "與 eventType 不符", "does not go with eventType")]
        if body["eventType"] == "ESTIMATED_DELIVERY" and body["classifier"] != "EST":
            return [at(f"{where}/classifier", "須為 EST", "must be EST")]
        return []

    def step_goes_with(self, step: str | None, kind: str) -> bool:
        """Whether a step is one of an event type."""
        return step in EVENTS[kind].steps

    def time_misfits(self, body: Json, now: Fraction, where: str) -> list[Misfit]:
        """What is wrong with the times of an event."""
        moment = parse_instant(body["eventTime"])
        if body["classifier"] == "ACT" and self.is_ahead(moment, now):
            return [at(f"{where}/eventTime", "不得在未來", "must not be in the future")]
        return [
            at(f"{where}/sensor/{index}/time", "不得晚於 eventTime", "must not be later than eventTime")
            for index, reading in enumerate(body.get("sensor", ()))
            if self.is_measured_late(parse_instant(reading["time"]), moment)
        ]

    def is_ahead(self, moment: Fraction, now: Fraction) -> bool:
        """Whether something is said to have happened later than any clock can be ahead."""
        return moment > now + AHEAD

    def is_measured_late(self, measured: Fraction, moment: Fraction) -> bool:
        """Whether a reading was taken after the event that it belongs to."""
        return measured > moment

    def sensor_misfits(self, body: Json, where: str) -> list[Misfit]:
        """What is wrong with the readings of an event."""
        found: list[Misfit] = []
        for index, reading in enumerate(body.get("sensor", ())):
            uom, least, most = _RANGES[reading["type"]]
            if reading["uom"] != uom:
                found.append(at(f"{where}/sensor/{index}/uom", "與項目不符", "is not the unit of the type"))
            elif not least <= reading["value"] <= most:
                found.append(at(f"{where}/sensor/{index}/value", "超出範圍", "is out of range"))
        return found

    def breaks_cold_chain(self, shipment: Shipment, content: Json) -> bool:
        """Whether an event has a temperature outside the range of a parcel."""
        if content["classifier"] != "ACT":
            return False
        told = [reading["value"] for reading in content.get("sensor", ()) if reading["type"] == "TEMP"]
        classes = {parcel["temperature"] for parcel in shipment.content["parcels"]} & BOUNDS.keys()
        return any(not self.is_cold_enough(value, BOUNDS[name]) for value in told for name in classes)

    def is_cold_enough(self, value: float, bounds: tuple[float, float]) -> bool:
        """Whether a temperature is in the range of a class, ends included."""
        return bounds[0] <= value <= bounds[1]

    # ---------------------------------------------------------------- capturing

    def new_event_id(self) -> str:
        """An event id that nobody has."""
        self.issued += 1
        return str(UUID(secret_text(self.domain, "event", str(self.issued))[:32], version=4))

    def same_content(self, known: Event, body: Json) -> bool:
        """Whether a body is the event that is there."""
        sent = {name: value for name, value in body.items() if name not in ("eventId", "errorDeclaration")}
        return {**sent, "eventTime": ""} == {**known.content, "eventTime": ""} and parse_instant(sent["eventTime"]) == known.time

    def as_event(self, shipment: Shipment, body: Json) -> Event:
        """The event that a body would be; when it is recorded is not known yet."""
        content = {name: value for name, value in body.items() if name not in ("eventId", "errorDeclaration")}
        identifier = body.get("eventId") or self.new_event_id()
        return Event(identifier, shipment.id, shipment.tenant, content, parse_instant(body["eventTime"]), Fraction(0))

    def answered(self, shipment: Shipment, body: Json, known: Event | None) -> tuple[int, Event]:
        """What a body makes of the event that is there under its id: a new one (201), or one that is there (200), perhaps declared
        wrong from now on. Refuses what contradicts it.
        """
        declaration = body.get("errorDeclaration")
        if known is None:
            if declaration is not None:
                raise Problem("conflict")
            return 201, self.as_event(shipment, body)
        if known.shipment != shipment.id or not self.same_content(known, body):
            raise Problem("conflict")
        if declaration is None or known.declaration == declaration:
            return 200, known
        if known.declaration is not None:
            raise Problem("conflict")
        return 201, self.declared(known, declaration)

    def declared(self, known: Event, declaration: Json) -> Event:
        """The event with the declaration that it is wrong."""
        return replace(known, declaration=declaration)

    def planned(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[tuple[int, Event]]:
        """What capturing some events together would do. Refuses what is not legal as a whole."""
        after = {event.id: event for event in self.history(shipment.id)}
        found: list[tuple[int, Event]] = []
        for body in bodies:
            identifier = body.get("eventId", "")
            status, event = self.answered(shipment, body, after.get(identifier) or self.events.get(identifier))
            after[event.id] = event
            found.append((status, event))
        if any(status == 201 for status, _ in found):
            self.refuse_illegal(after.values())
            for event in (event for status, event in found if status == 201 and event.counts):
                self.refuse_without_compartment(shipment, event, now)
        return found

    def refuse_illegal(self, events: Iterable[Event]) -> None:
        """Refuses a history in which an event makes a move that there is not."""
        if not self.is_legal(events):
            raise Problem("illegal-transition")

    def refuse_without_compartment(self, shipment: Shipment, event: Event, now: Fraction) -> None:
        """Refuses what a locker has no place for, and a collection that has to be made with the code."""
        if shipment.content["deliveryMode"] != "LOCKER":
            return
        known = self.reservation_of(shipment)
        state = self.state_now(known, now) if known else ""
        if event.kind == "AT_PICKUP_POINT" and not (known and state == "HELD" and self.is_there(event, known)):
            raise Problem("conflict")
        if event.kind == "COLLECTED" and state == "DEPOSITED":
            raise Problem("conflict")

    def is_there(self, event: Event, reservation: Reservation) -> bool:
        """Whether an event happened at the point of a reservation."""
        return bool(event.content.get("readPoint", {}).get("locationId") == reservation.point)

    def capture(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[Json]:
        """Keeps some events together; refuses all when one is wrong."""
        faults = [fault for index, body in enumerate(bodies) for fault in self.event_misfits(body, now, f"/events/{index}")]
        self.refuse_misfits(faults[:50])
        return self.kept_all(shipment, self.planned(shipment, bodies, now), now)

    def kept_all(self, shipment: Shipment, planned: Sequence[tuple[int, Event]], now: Fraction) -> list[Json]:
        """Keeps what is new of some events, and says what became of each."""
        for status, event in planned:
            if status == 201:
                self.keep_event(self.shipments[shipment.id], event, now)
        return [{"index": index, "status": status, "eventId": event.id} for index, (status, event) in enumerate(planned)]

    def capture_each(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[Json]:
        """Keeps each event that is right, one after the other."""
        return [self.captured_alone(shipment, index, body, now) for index, body in enumerate(bodies)]

    def captured_alone(self, shipment: Shipment, index: int, body: Json, now: Fraction) -> Json:
        """What becomes of one event by itself."""
        faults = self.event_misfits(body, now, "")
        try:
            self.refuse_misfits(faults)
            (result,) = self.kept_all(shipment, self.planned(shipment, [body], now), now)
        except Problem as problem:
            told = [{"pointer": fault.at, "detail": fault.detail[0]} for fault in problem.errors]
            errors = told or [{"pointer": "", "detail": problem.kind.detail[0]}]
            return {"index": index, "status": problem.kind.status, "errors": errors}
        return {**result, "index": index}

    # ---------------------------------------------------------------- the store

    def next_record(self, tenant: str, now: Fraction) -> Fraction:
        """When an event is recorded: now, but later than every one that the tenant has."""
        self.last_record[tenant] = max(now, self.last_record.get(tenant, Fraction(0)) + MICROSECOND)
        return self.last_record[tenant]

    def keep_event(self, shipment: Shipment, event: Event, now: Fraction) -> Event:
        """Appends an event, or the declaration that one is wrong, with all that follows from it."""
        if event.id not in self.events:
            event = replace(event, recorded=self.next_record(shipment.tenant, now))
            self.events_of.setdefault(shipment.id, []).append(event.id)
        self.events[event.id] = event
        breach = shipment.breach or self.breaks_cold_chain(shipment, event.content)
        self.keep_shipment(replace(shipment, breach=breach, updated=self.next_update(shipment.updated, now)))
        if event.counts:
            self.move_compartment(shipment, event, now)
        self.notify(event)
        return event

    def move_compartment(self, shipment: Shipment, event: Event, now: Fraction) -> None:
        """What an event does to the compartment of its shipment."""
        known = self.reservation_of(shipment)
        if known is None:
            return
        state = self.state_now(known, now)
        if event.kind == "AT_PICKUP_POINT" and state == "HELD" and self.is_there(event, known):
            self.keep_reservation(replace(known, state="DEPOSITED", expires=now + known.hold))
        elif event.kind in ("RETURNING", "LOST", "DAMAGED") and state in ("DEPOSITED", "OVERDUE"):
            self.move_reservation(known, "REMOVED")
        elif event.kind == "COLLECTED" and state in ("DEPOSITED", "OVERDUE"):
            self.move_reservation(known, "COLLECTED")

    def own_event(self, shipment: Shipment, kind: str, now: Fraction) -> Event:
        """An event that the server makes itself: later than every other."""
        last = max((event.time for event in self.counting(self.history(shipment.id))), default=Fraction(0))
        moment = self.next_update(last, now)
        content: Json = {
            "eventTime": self.stamp_exactly(moment),
            "eventTimeZoneOffset": "+08:00",
            "eventType": kind,
            "action": "OBSERVE",
            "bizStep": EVENTS[kind].steps[0],
            "disposition": EVENTS[kind].dispositions[0],
            "classifier": "ACT",
        }
        return self.as_event(shipment, content)

    def cancel(self, shipment: Shipment, now: Fraction) -> Shipment:
        """Cancels a shipment; refuses one that is no longer waiting to be picked up."""
        if not self.may_cancel(self.state_of(shipment)):
            raise Problem("illegal-transition")
        self.keep_event(shipment, self.own_event(shipment, "CANCELLED", now), now)
        self.release(shipment, now)
        return self.shipments[shipment.id]

    def may_cancel(self, state: str) -> bool:
        """Whether a shipment in this state can be cancelled."""
        return state == "CREATED"

    async def collect(self, reservation: Reservation, now: Fraction) -> Reservation:
        """Opens the compartment once; the event, the shipment and the reservation change together."""
        if not self.may_collect(reservation, now):
            raise Problem("conflict")
        shipment = self.shipments[reservation.shipment]
        self.keep_event(shipment, self.own_event(shipment, "COLLECTED", now), now)
        return self.reservations[reservation.id]
