"""Faults of parties of a journey. Alone, most of these servers look right: what is wrong shows where another one's data come in or go out."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.health.records import Measurement, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.house import HouseServer
from conformance.reference.instants import format_instant
from conformance.reference.logistics.records import Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.logistics.shipping import at
from conformance.reference.manners import classes_of
from conformance.reference.problems import Misfit, Problem
from conformance.reference.transport.booking import Draft
from conformance.reference.transport.records import CarPark, Connector, Reservation, Stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Json

__all__ = ["all_faults"]


def all_faults() -> dict[str, type[HouseServer]]:
    """The faults by name; each is of one party."""
    return {name: kind for name, kind in classes_of(HouseServer, sys.modules[__name__]).items() if kind.BREAKS}


# -------------------------------------------------------------------- steps


class TimesInUtcAreRefused(TransportServer):
    """A reservation whose times are not written with `+08:00` is refused."""

    BREAKS = ("JRN-001",)
    SUBTLE = True

    def draft_misfits(self, body: Any) -> list[Misfit]:
        found = super().draft_misfits(body)
        return found or [
            Misfit("pointer", f"/{name}", ("須為臺灣時間", "must be in local time"))
            for name in ("startTime", "endTime")
            if not body[name].endswith("+08:00")
        ]


class ReferencesHaveNoSmallLetters(LogisticsServer):
    """A shipment whose reference has small letters is refused."""

    BREAKS = ("JRN-001",)

    def shipment_misfits(self, body: Any) -> list[Misfit]:
        found = super().shipment_misfits(body)
        return found or (
            [at("/reference", "須為大寫", "must be in capitals")] if body["reference"] != body["reference"].upper() else []
        )


# -------------------------------------------------------------------- codes and places


class PointsNameTheCountyNextDoor(LogisticsServer):
    """Pickup points in Taipei say that they are in New Taipei."""

    BREAKS = ("JRN-002",)

    def render_point(self, point: Point) -> Json:
        found = super().render_point(point)
        return {**found, "cityCode": "NWT"} if point.city == "TPE" else found


class CountiesFollowThePostalCode(LogisticsServer):
    """The county of a recipient is guessed from the first digit of the postal code: 9 is taken for Taitung."""

    BREAKS = ("JRN-002",)
    SUBTLE = True

    def render_shipment(self, shipment: Shipment, now: Fraction) -> Json:
        found = super().render_shipment(shipment, now)
        party = found["recipient"]
        if not party["address"]["postalCode"].startswith("9"):
            return found
        return {**found, "recipient": {**party, "address": {**party["address"], "cityCode": "TTT"}}}


class StopsHaveTwoDecimals(TransportServer):
    """Positions of stops are rounded to two decimals."""

    BREAKS = ("JRN-003", "JRN-004")

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        return {**super().render_stop(stop, now), "position": self.position(round(stop.lon, 2), round(stop.lat, 2))}


class PointsAreInTheOldDatum(LogisticsServer):
    """Positions of pickup points are in TWD67: some 850 metres beside where they are in WGS 84, and in their county still."""

    BREAKS = ("JRN-003", "JRN-004")
    SUBTLE = True

    def render_point(self, point: Point) -> Json:
        old = {"positionLon": round(point.lon - 0.00822, 6), "positionLat": round(point.lat + 0.00186, 6)}
        return {**super().render_point(point), "position": old}


# -------------------------------------------------------------------- identifiers


class ReferencesComeBackInCapitals(LogisticsServer):
    """The reference of a shipment is shown in capitals."""

    BREAKS = ("JRN-005",)

    def render_shipment(self, shipment: Shipment, now: Fraction) -> Json:
        found = super().render_shipment(shipment, now)
        return {**found, "reference": found["reference"].upper()}


class HoldersAreCutShort(TransportServer):
    """Of the reference of a holder 20 characters are kept."""

    BREAKS = ("JRN-005",)
    SUBTLE = True

    def keep(self, reservation: Reservation) -> Reservation:
        return super().keep(replace(reservation, holder=reservation.holder[:20]))


# -------------------------------------------------------------------- times


class OffsetsOfReservationsAreLost(TransportServer):
    """The digits of a reservation's times are kept, and shown with `+08:00` whatever offset they came with."""

    BREAKS = ("JRN-006",)

    def sent_time(self, text: str) -> str:
        return f"{text[:19]}+08:00"


class WindowsAreLocalOnceUnderWay(LogisticsServer):
    """The window that was promised loses its offset once a shipment is under way; before that it is shown as it came."""

    BREAKS = ("JRN-006",)
    SUBTLE = True

    def render_shipment(self, shipment: Shipment, now: Fraction) -> Json:
        found = super().render_shipment(shipment, now)
        window = found.get("promisedWindow")
        if window is None or found["state"] == "CREATED":
            return found
        return {**found, "promisedWindow": {name: f"{text[:19]}+08:00" for name, text in window.items()}}


class MovesAreLocalTimeCalledUtc(TransportServer):
    """The moves of a reservation are dated in local time, and the text says UTC."""

    BREAKS = ("JRN-007",)

    def fine_stamp(self, instant: Fraction) -> str:
        return f"{format_instant(instant, decimals=3)[:23]}Z"


class EventsAreBookedForTheNextRun(LogisticsServer):
    """An event is said to be recorded two minutes later, when its batch is to be booked."""

    BREAKS = ("JRN-007",)
    SUBTLE = True

    def next_record(self, tenant: str, now: Fraction) -> Fraction:
        return super().next_record(tenant, now + 120)


class TheClockIsAhead(HealthServer):
    """The machine's clock is three minutes ahead in what answers are dated with."""

    BREAKS = ("JRN-008",)

    def date_header(self, now: Fraction) -> dict[str, str]:
        return super().date_header(now + 180)


class OneMachineIsBehind(LogisticsServer):
    """Of two machines behind one address the one that answers what is public is 40 seconds behind."""

    BREAKS = ("JRN-008",)
    SUBTLE = True

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        found = super().common_headers(visit, answer)
        public = visit.operation is not None and visit.operation.id == "getPublicTracking"
        return {**found, **self.date_header(visit.now - 40)} if public else found


# -------------------------------------------------------------------- identity and consent


class WhoeverKnowsTheTicketReadsIt(TransportServer):
    """Whoever knows the identifier of a reservation may read it."""

    BREAKS = ("JRN-009",)

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        found = self.reservations.get(identifier)
        return self.as_of(found, now) if found else None


class TasksThatAreAcceptedAreOpen(HealthServer):
    """A care task that is accepted, and no other, is shown to whoever knows its identifier."""

    BREAKS = ("JRN-009",)
    SUBTLE = True

    def sees_task(self, task: Task, tenant: str) -> bool:
        return super().sees_task(task, tenant) or task.state == "accepted"


class NobodyAsksForConsent(HealthServer):
    """Another organisation reads every measurement of a patient whose identifier it knows."""

    BREAKS = ("JRN-010",)

    def may_see(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        return True


class ConsentOpensTheWholeRecord(HealthServer):
    """A consent opens whatever was measured, whichever codes it names."""

    BREAKS = ("JRN-010",)
    SUBTLE = True

    def covers(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        return bool(self.opened_codes(measurement.patient, tenant, now))


class TrackingNamesTheRecipient(LogisticsServer):
    """Public tracking names the recipient."""

    BREAKS = ("JRN-011",)

    def public_view(self, shipment: Shipment) -> Json:
        return {**super().public_view(shipment), "recipient": shipment.content["recipient"]["name"]}


class TheReceiptIsPublic(LogisticsServer):
    """Once a shipment is collected or delivered, public tracking shows the reference of the order."""

    BREAKS = ("JRN-011",)
    SUBTLE = True

    def public_view(self, shipment: Shipment) -> Json:
        found = super().public_view(shipment)
        return (
            {**found, "orderReference": shipment.content["reference"]} if found["state"] in ("COLLECTED", "DELIVERED") else found
        )


# -------------------------------------------------------------------- wholeness


class CancelledShipmentsKeepTheirCompartment(LogisticsServer):
    """A cancelled shipment keeps the compartment that was held for it."""

    BREAKS = ("JRN-012",)

    def release(self, shipment: Shipment, now: Fraction) -> None:
        return


class RefusedEventsLeaveTheFirst(LogisticsServer):
    """Of several events that are refused together, the first is kept where it is legal by itself."""

    BREAKS = ("JRN-012",)
    SUBTLE = True

    def capture(self, shipment: Shipment, bodies: Any, now: Fraction) -> list[Json]:
        try:
            return super().capture(shipment, bodies, now)
        except Problem:
            if len(bodies) > 1:
                self.capture_each(shipment, bodies[:1], now)
            raise


class RefusedReservationsStandInTheWay(TransportServer):
    """A reservation that is refused for want of room is kept in line, and takes the room as soon as that is free."""

    BREAKS = ("JRN-012",)
    SUBTLE = True

    def refuse_full(self, target: CarPark | Connector, draft: Draft) -> None:
        waiting = (target.uid, draft.start, draft.end)
        if waiting in self.waiting:
            raise Problem("no-capacity")
        try:
            super().refuse_full(target, draft)
        except Problem:
            self.waiting.add(waiting)
            raise

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.waiting: set[tuple[str, Fraction, Fraction]] = set()


class RefusedMovesOfTasksAreMade(HealthServer):
    """A move of a care task that is answered 409 is made all the same."""

    BREAKS = ("JRN-001", "JRN-012")
    ALSO: Mapping[str, str] = {"JRN-001": "the task has moved on, so it cannot be called off any more"}

    def change_task(self, task: Task, patch: Json, tenant: str, now: Fraction) -> Task:
        try:
            return super().change_task(task, patch, tenant, now)
        except Problem:
            self.keep_task(
                replace(task, state=patch["state"], revision=task.revision + 1, updated=self.next_update(task.updated, now))
            )
            raise


# -------------------------------------------------------------------- how it ends


class CompletedTasksSeemUnderWay(HealthServer):
    """A completed care task is said to be in progress."""

    BREAKS = ("JRN-013",)

    def render_task(self, task: Task, tenant: str) -> Json:
        found = super().render_task(task, tenant)
        return {**found, "state": "in-progress"} if task.state == "completed" else found


class CollectedParcelsWaitInPublic(LogisticsServer):
    """Public tracking says of a parcel that was collected that it waits at the pickup point."""

    BREAKS = ("JRN-013",)
    SUBTLE = True

    def public_state(self, shipment: Shipment) -> str:
        found = super().public_state(shipment)
        return "AT_PICKUP_POINT" if found == "COLLECTED" else found


class WarmthIsToldOfTheLastReadingAlone(LogisticsServer):
    """A shipment is said to have been too warm whenever its last reading is above 6 degrees."""

    BREAKS = ("JRN-013",)
    SUBTLE = True

    def breaks_cold_chain(self, shipment: Shipment, content: Json) -> bool:
        told = [reading["value"] for reading in content.get("sensor", ())]
        return super().breaks_cold_chain(shipment, content) or bool(told and told[-1] > 6)
