"""The logistics interface's operations: each finds its rows, and leaves the rest to the parts below."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.bodies import misfits
from conformance.reference.instants import HOUR, format_instant
from conformance.reference.logistics.forms import CAPTURE, CITIES, COLLECT, ID, PATCH, RESERVATION, SUBSCRIPTION
from conformance.reference.logistics.happening import Happening
from conformance.reference.logistics.records import (
    BIZ_STEPS,
    EVENTS,
    SERVICES,
    SIZES,
    STATES,
    TERMINAL,
    TYPES,
    Event,
    Point,
    Shipment,
)
from conformance.reference.logistics.seeds import HISTORIES, shipment_body
from conformance.reference.logistics.views import MICROSECONDS
from conformance.reference.paging import Key
from conformance.reference.problems import Problem, invalid_parameter
from conformance.reference.wire import CURSOR, LIMIT, Answer, Box, Call, Json, Operation, box, choice, instant, operation, text

__all__ = ["LogisticsServer"]

PAGE = (LIMIT, CURSOR)
MOST_MISSES = 110  # tracking numbers that are not there, for one client in a minute
MISS_WINDOW = 60
_ENDS = (("from", "to"), ("createdFrom", "createdTo"), ("recordFrom", "recordTo"))


class LogisticsServer(Happening):
    """The reference server of the logistics interface, correct in every detail."""

    def __init__(self, *, clock: Callable[[], float], **settings: Any) -> None:
        super().__init__(clock=clock, **settings)
        self.misses: dict[str, list[Fraction]] = {}  # of each client, those of the last minute
        self.seed(self.now())

    def seed(self, now: Fraction) -> None:
        """Writes the standing data."""
        for nth, (tenant, kinds) in enumerate(HISTORIES):
            made = self.enter_shipment(tenant, shipment_body(tenant, nth), now - (20 - nth) * HOUR)
            for index, kind in enumerate(kinds):
                content: Json = {
                    "eventTime": format_instant(Fraction(int(now) - (12 - index) * HOUR)),
                    "eventTimeZoneOffset": "+08:00",
                    "eventType": kind,
                    "action": "OBSERVE",
                    "bizStep": EVENTS[kind].steps[0],
                    "disposition": EVENTS[kind].dispositions[0],
                    "readPoint": {"locationId": f"hub-{index + 1}"},
                    "classifier": "ACT",
                }
                self.keep_event(self.shipments[made.id], self.as_event(made, content), now - (12 - index) * HOUR)

    # ---------------------------------------------------------------- shipments

    def shipment_key(self, shipment: Shipment) -> Key:
        """The order of shipments."""
        return (shipment.made, shipment.id)

    def require_time_order(self, call: Call) -> None:
        """Refuses a time range that ends before it begins."""
        for start, end in _ENDS:
            if start in call.query and end in call.query and call.query[start] > call.query[end]:
                raise invalid_parameter(end, (f"不得早於 {start}", f"must not be earlier than {start}"))

    def is_not_before(self, moment: Fraction, since: Fraction) -> bool:
        """The beginning of a range: the instant itself belongs to it."""
        return moment >= since

    def is_before(self, moment: Fraction, until: Fraction) -> bool:
        """The end of a range: the instant itself does not belong to it."""
        return moment < until

    def keeps_shipment(self, shipment: Shipment, query: Mapping[str, Any]) -> bool:
        """Items of listShipments."""
        return self.keeps(
            query,
            {
                "state": lambda wanted: self.is_in_state(shipment, wanted),
                "reference": lambda wanted: self.has_reference(shipment, wanted),
                "createdFrom": lambda since: self.is_not_before(shipment.created, since),
                "createdTo": lambda until: self.is_before(shipment.created, until),
            },
        )

    def is_in_state(self, shipment: Shipment, wanted: str) -> bool:
        """Filter state."""
        return self.state_of(shipment) == wanted

    def has_reference(self, shipment: Shipment, wanted: str) -> bool:
        """Filter reference."""
        return bool(shipment.content["reference"] == wanted)

    @operation(
        "GET",
        "/shipments",
        scope="shipment:read",
        query=(choice("state", *STATES), text("reference", r"[!-~]{1,60}"), instant("createdFrom"), instant("createdTo"), *PAGE),
    )
    async def list_shipments(self, call: Call) -> Answer:
        """The shipments of the tenant."""
        self.require_time_order(call)
        ours = [one for one in self.shipments.values() if self.is_ours(one, call.tenant)]
        rows = [one for one in ours if self.keeps_shipment(one, call.query)]
        return self.collection(call, rows, self.shipment_key, lambda one: self.render_shipment(one, call.now))

    @operation("POST", "/shipments", scope="shipment:write", takes="application/json", idempotent_key=True)
    async def create_shipment(self, call: Call) -> Answer:
        """Makes a shipment."""
        known = self.idempotent_answer(call)
        if known is not None:
            return known
        self.refuse_misfits(self.shipment_misfits(call.body))
        self.refuse_taken(call.tenant, call.body)
        made = self.enter_shipment(call.tenant, call.body, call.now)
        headers = {"Location": f"{self.base_path}/shipments/{made.id}"}
        return self.remember(call, self.tagged(call, Answer(201, self.render_shipment(made, call.now), headers)))

    @operation("GET", "/shipments/{shipmentId}", scope="shipment:read", find="find_shipment")
    async def get_shipment(self, call: Call) -> Answer:
        """One shipment."""
        return self.tagged(call, Answer(200, self.render_shipment(call.found, call.now)))

    @operation(
        "PATCH", "/shipments/{shipmentId}", scope="shipment:write", find="find_shipment", takes="application/merge-patch+json"
    )
    async def update_shipment(self, call: Call) -> Answer:
        """Changes a shipment before it is picked up."""
        self.check_precondition(call, self.etag_of(self.render_shipment(call.found, call.now)))
        self.refuse_misfits(misfits(call.body, PATCH))
        if not self.may_change(self.state_of(call.found)):
            raise Problem("conflict")
        return self.tagged(call, Answer(200, self.render_shipment(self.patched(call.found, call.body, call.now), call.now)))

    def may_change(self, state: str) -> bool:
        """Whether a shipment in this state may be changed."""
        return state == "CREATED"

    @operation("POST", "/shipments/{shipmentId}/cancel", scope="shipment:write", find="find_shipment")
    async def cancel_shipment(self, call: Call) -> Answer:
        """Cancels a shipment."""
        return Answer(200, self.render_shipment(self.cancel(call.found, call.now), call.now))

    # ---------------------------------------------------------------- events

    def record_key(self, event: Event) -> Key:
        """The order of queried events."""
        return (int(event.recorded * MICROSECONDS // 1), event.id)

    def keeps_event(self, event: Event, query: Mapping[str, Any]) -> bool:
        """Items of listShipmentEvents and of queryEvents."""
        return self.keeps(
            query,
            {
                "eventType": lambda wanted: self.is_of_kind(event, wanted),
                "from": lambda since: self.is_not_before(event.time, since),
                "to": lambda until: self.is_before(event.time, until),
                "recordFrom": lambda since: self.is_recorded_from(event, since),
                "recordTo": lambda until: self.is_recorded_before(event, until),
                "bizStep": lambda wanted: self.has_step(event, wanted),
                "readPoint": lambda wanted: self.was_read_at(event, wanted),
            },
        )

    def is_of_kind(self, event: Event, wanted: str) -> bool:
        """Filter eventType."""
        return event.kind == wanted

    def is_recorded_from(self, event: Event, since: Fraction) -> bool:
        """Filter recordFrom."""
        return self.is_not_before(event.recorded, since)

    def is_recorded_before(self, event: Event, until: Fraction) -> bool:
        """Filter recordTo."""
        return self.is_before(event.recorded, until)

    def has_step(self, event: Event, wanted: str) -> bool:
        """Filter bizStep."""
        return event.content.get("bizStep") == wanted

    def was_read_at(self, event: Event, wanted: str) -> bool:
        """Filter readPoint."""
        return bool(event.content.get("readPoint", {}).get("locationId") == wanted)

    @operation(
        "GET",
        "/shipments/{shipmentId}/events",
        scope="event:read",
        find="find_shipment",
        query=(choice("eventType", *EVENTS), instant("from"), instant("to"), *PAGE),
    )
    async def list_shipment_events(self, call: Call) -> Answer:
        """The events of a shipment."""
        self.require_time_order(call)
        rows = [event for event in self.history(call.found.id) if self.keeps_event(event, call.query)]
        return self.collection(call, rows, self.place_of, self.render_event)

    @operation("POST", "/shipments/{shipmentId}/events", scope="event:write", find="find_shipment", takes="application/json")
    async def capture_events(self, call: Call) -> Answer:
        """Captures events of a shipment."""
        proceed = self.behaviour_of(call) == "proceed"
        self.refuse_misfits(misfits(call.body, CAPTURE))
        capture = self.capture_each if proceed else self.capture
        return Answer(200, {"results": capture(call.found, call.body["events"], call.now)})

    def behaviour_of(self, call: Call) -> str:
        """What is to become of the rest when one event is wrong."""
        sent = call.headers.get("capture-error-behaviour", "rollback")
        if sent not in ("rollback", "proceed"):
            raise invalid_parameter("Capture-Error-Behaviour", ("須為 rollback 或 proceed", "must be rollback or proceed"))
        return sent

    @operation(
        "GET",
        "/events",
        scope="event:read",
        query=(instant("recordFrom"), instant("recordTo"), choice("bizStep", *BIZ_STEPS), text("readPoint", ID), *PAGE),
    )
    async def query_events(self, call: Call) -> Answer:
        """The events of all shipments of the tenant."""
        self.require_time_order(call)
        rows = [event for event in self.events_seen(call.tenant) if self.keeps_event(event, call.query)]
        return self.collection(call, rows, self.record_key, self.render_queried_event)

    def events_seen(self, tenant: str) -> list[Event]:
        """The events of a tenant's shipments."""
        return [event for event in self.events.values() if event.tenant == tenant]

    # ---------------------------------------------------------------- public tracking

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        """The resource that the path names; who asks for too many that are not there is refused first."""
        if known.id != "getPublicTracking":
            return super().find(known, path, tenant, visit)
        found = self.find_tracked(path["trackingNumber"], tenant, visit.now)
        if found is None:
            client = visit.request.client.host if visit.request.client else ""
            recent = [moment for moment in self.misses.get(client, ()) if visit.now - moment <= MISS_WINDOW]
            self.misses[client] = [*recent, visit.now]
            if self.asks_too_often(len(recent) + 1):
                raise Problem("too-many-requests", headers={"Retry-After": str(1 + int(recent[0] + MISS_WINDOW - visit.now))})
            raise Problem("not-found")
        return found

    def asks_too_often(self, misses: int) -> bool:
        """Whether so many misses within a minute are too many."""
        return misses > MOST_MISSES

    @operation("GET", "/tracking/{trackingNumber}", find="find_tracked")
    async def get_public_tracking(self, call: Call) -> Answer:
        """What everybody may know of a shipment."""
        return Answer(200, self.public_view(call.found))

    def public_view(self, shipment: Shipment) -> Json:
        """What everybody may know of a shipment."""
        point = self.point_of(shipment.content)
        return {
            "trackingNumber": shipment.tracking,
            "state": self.public_state(shipment),
            "events": [self.render_public_event(event) for event in self.counting(self.history(shipment.id))],
            **({"pickupPoint": self.render_public_point(point)} if point else {}),
        }

    def public_state(self, shipment: Shipment) -> str:
        """The state that everybody sees."""
        return self.state_of(shipment)

    # ---------------------------------------------------------------- pickup points and lockers

    def point_key(self, point: Point) -> Key:
        """The order of pickup points."""
        return (point.id,)

    def in_bbox(self, point: Point, area: Box) -> bool:
        """Filter bbox: the edges belong to it."""
        west, south, east, north = area
        return west <= point.lon <= east and south <= point.lat <= north

    def offers(self, point: Point, service: str) -> bool:
        """Filter service."""
        return service in point.services

    def takes_size(self, point: Point, size: str) -> bool:
        """Filter sizeClass."""
        return size in point.sizes

    def is_listed(self, point: Point) -> bool:
        """Whether a pickup point is shown: those that are closed are not."""
        return point.status != "CLOSED"

    def keeps_point(self, point: Point, query: Mapping[str, Any]) -> bool:
        """Items of listPickupPoints."""
        return self.keeps(
            query,
            {
                "bbox": lambda area: self.in_bbox(point, area),
                "cityCode": lambda wanted: point.city == wanted,
                "type": lambda wanted: point.type == wanted,
                "service": lambda wanted: self.offers(point, wanted),
                "sizeClass": lambda wanted: self.takes_size(point, wanted),
            },
        )

    @operation(
        "GET",
        "/pickup-points",
        query=(
            box("bbox"),
            choice("cityCode", *CITIES),
            choice("type", *TYPES),
            choice("service", *SERVICES),
            choice("sizeClass", *SIZES),
            *PAGE,
        ),
    )
    async def list_pickup_points(self, call: Call) -> Answer:
        """The pickup points that are not closed."""
        rows = [point for point in self.points.values() if self.is_listed(point) and self.keeps_point(point, call.query)]
        return self.collection(call, rows, self.point_key, self.render_point)

    @operation("GET", "/pickup-points/{pickupPointId}/availability", find="find_point")
    async def get_pickup_point_availability(self, call: Call) -> Answer:
        """The compartments of a pickup point."""
        return Answer(200, self.availability_of(call.found, call.now))

    @operation("POST", "/locker-reservations", scope="locker:write", takes="application/json")
    async def create_locker_reservation(self, call: Call) -> Answer:
        """Holds a compartment."""
        self.refuse_misfits(misfits(call.body, RESERVATION))
        self.refuse_misfits(self.reservation_misfits(call.body, call.tenant, call.now))
        if "shipmentId" in call.body:
            shipment = self.shipments[call.body["shipmentId"]]
            if self.state_of(shipment) in TERMINAL:
                raise Problem("conflict")
            self.refuse_second(shipment, call.now)
        made = await self.enter_reservation(call.tenant, call.body, call.now)
        return Answer(201, {**self.render_reservation(made, self.state_now(made, call.now)), "pickupCode": made.code})

    @operation(
        "POST",
        "/locker-reservations/{reservationId}/collect",
        scope="locker:write",
        find="find_reservation",
        takes="application/json",
    )
    async def collect_parcel(self, call: Call) -> Answer:
        """Collects a parcel."""
        self.refuse_misfits(misfits(call.body, COLLECT))
        self.check_code(call.found, call.body["pickupCode"], call.now)
        collected = await self.collect(self.reservations[call.found.id], call.now)
        return Answer(200, self.render_reservation(collected, self.state_now(collected, call.now)))

    # ---------------------------------------------------------------- subscriptions

    @operation("POST", "/subscriptions", scope="subscription:write", takes="application/json")
    async def create_subscription(self, call: Call) -> Answer:
        """Subscribes to events."""
        self.refuse_misfits(misfits(call.body, SUBSCRIPTION))
        body = call.body
        self.refuse_misfits(self.callback_misfits(body["callbackUrl"]))
        status, made = self.subscribe(call.tenant, body["callbackUrl"], tuple(body["eventTypes"]), body["secret"])
        return Answer(status, self.render_subscription(made))
