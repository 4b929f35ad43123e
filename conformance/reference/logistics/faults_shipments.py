"""Faults of shipments: what a new one has to be, what may be changed, and who sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.instants import parse_instant
from conformance.reference.logistics.records import Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.logistics.shipping import at
from conformance.reference.problems import Misfit
from conformance.reference.wire import Json

__all__: list[str] = []


class TrackingNumbersRepeat(LogisticsServer):
    """A tracking number that a shipment has may be given to another."""

    BREAKS = ("LGS-001",)
    ALSO: Mapping[str, str] = {"LGS-006": "a number that is taken refuses nothing"}

    def tracking_is_taken(self, tracking: str) -> bool:
        return False


class TrackingNumbersAreUniquePerTenant(LogisticsServer):
    """A tracking number of another tenant's shipment is accepted."""

    BREAKS = ("LGS-001",)
    SUBTLE = True

    def refuse_taken(self, tenant: str, body: Json) -> None:
        known = self.shipments.get(self.tracked.get(body.get("trackingNumber", ""), ""))
        own = known is None or known.tenant == tenant
        super().refuse_taken(tenant, body if own else {**body, "trackingNumber": ""})


class CheckDigitsAreNotTested(LogisticsServer):
    """Container codes with a wrong check digit are accepted."""

    BREAKS = ("LGS-002",)

    def sscc_misfits(self, body: Json) -> list[Misfit]:
        return []


class CheckDigitsAreSums(LogisticsServer):
    """A container code that is right once the two digits before its check digit change places is accepted."""

    BREAKS = ("LGS-002",)
    SUBTLE = True

    def sscc_misfits(self, body: Json) -> list[Misfit]:
        found = super().sscc_misfits(body)
        code = body.get("sscc", "")
        return super().sscc_misfits({"sscc": code[:-3] + code[-2] + code[-3] + code[-1]}) if found else []


class SizesAreBelieved(LogisticsServer):
    """The size class of a parcel is whatever was sent."""

    BREAKS = ("LGS-003",)
    ALSO: Mapping[str, str] = {"LGS-006": "a class that does not fit refuses nothing"}

    def parcel_misfits(self, parcel: Json, where: str) -> list[Misfit]:
        return []


class LargerSizesAreAccepted(LogisticsServer):
    """A size class larger than the smallest that fits is accepted."""

    BREAKS = ("LGS-003",)
    ALSO: Mapping[str, str] = {"LGS-006": "a class that does not fit refuses nothing"}
    SUBTLE = True

    def parcel_misfits(self, parcel: Json, where: str) -> list[Misfit]:
        found = super().parcel_misfits(parcel, where)
        edges = [parcel[name] for name in ("lengthMm", "widthMm", "heightMm")]
        order = ["S", "M", "L", "XL"]
        smallest = self.smallest_size(edges)
        return [] if smallest and order.index(parcel["sizeClass"]) >= order.index(smallest) else found


class AnyPointWillDo(LogisticsServer):
    """A pickup point of any type, or none, goes with every mode."""

    BREAKS = ("LGS-004",)
    ALSO: Mapping[str, str] = {"LGS-037": "the point is not tested"}

    def point_misfits(self, body: Json) -> list[Misfit]:
        return [] if self.point_of(body) or "pickupPointId" not in body else super().point_misfits(body)


class OnlyTheFirstParcelHasToFit(LogisticsServer):
    """Of several parcels only the first is tested against the pickup point."""

    BREAKS = ("LGS-004",)
    ALSO: Mapping[str, str] = {"LGS-037": "nor has a second parcel to be served"}
    SUBTLE = True

    def point_serves(self, point: Point, body: Json) -> bool:
        return super().point_serves(point, {**body, "parcels": body["parcels"][:1]})


class SuspendedPointsTakeParcels(LogisticsServer):
    """A pickup point that is suspended is accepted."""

    BREAKS = ("LGS-037",)
    ALSO: Mapping[str, str] = {"LGS-044": "they can be reserved, too"}

    def is_open(self, point: Point) -> bool:
        return point.status != "CLOSED"


class FrozenGoesWithChilled(LogisticsServer):
    """Parcels of any temperature are accepted everywhere."""

    BREAKS = ("LGS-037",)
    SUBTLE = True

    def keeps_cold(self, point: Point, temperature: str) -> bool:
        return True


class CashIsUnbounded(LogisticsServer):
    """Any amount may be collected."""

    BREAKS = ("LGS-005",)

    def cash_fits(self, amount: float) -> bool:
        return True


class LockersTakeCash(LogisticsServer):
    """Cash on delivery of any amount goes with every locker, also those that take no payment."""

    BREAKS = ("LGS-005",)
    SUBTLE = True

    def money_misfits(self, body: Json) -> list[Misfit]:
        return [] if body["deliveryMode"] == "LOCKER" else super().money_misfits(body)


class ReferencesRepeat(LogisticsServer):
    """A reference may be used again."""

    BREAKS = ("LGS-006",)
    ALSO: Mapping[str, str] = {"LGS-001": "a reference that is taken refuses nothing"}

    def reference_is_taken(self, tenant: str, reference: str) -> bool:
        return False


class CancelledReferencesAreFree(LogisticsServer):
    """The reference of a cancelled shipment may be used again."""

    BREAKS = ("LGS-006",)
    SUBTLE = True

    def cancel(self, shipment: Shipment, now: Fraction) -> Shipment:
        found = super().cancel(shipment, now)
        self.references.discard((shipment.tenant, shipment.content["reference"]))
        return found


class ChangesAfterPickup(LogisticsServer):
    """A shipment may be changed after it was picked up, and while it is in transit."""

    BREAKS = ("LGS-020",)

    def may_change(self, state: str) -> bool:
        return state in ("CREATED", "PICKED_UP", "IN_TRANSIT")


class PatchesForgetTheRest(LogisticsServer):
    """A patch of the recipient takes the note away when both are sent."""

    BREAKS = ("LGS-020",)
    SUBTLE = True

    def patched(self, shipment: Shipment, body: Json, now: Fraction) -> Shipment:
        return super().patched(shipment, {**body, "note": None} if {"note", "recipient"} <= body.keys() else body, now)


class CancelsOnTheWay(LogisticsServer):
    """A shipment that was picked up can be cancelled."""

    BREAKS = ("LGS-021",)
    ALSO: Mapping[str, str] = {"LGS-009": "the cancellation succeeds where it is tried"}

    def may_cancel(self, state: str) -> bool:
        return state in ("CREATED", "PICKED_UP")


class CancellingKeepsTheLocker(LogisticsServer):
    """Cancelling does not free the compartment that is held."""

    BREAKS = ("LGS-021",)
    ALSO: Mapping[str, str] = {"LGS-044": "the reservation is not released"}
    SUBTLE = True

    def release(self, shipment: Shipment, now: Fraction) -> None:
        return None


class EventsAreForEverybody(LogisticsServer):
    """Who knows a shipment's id may read and capture its events, and cancel it."""

    BREAKS = ("LGS-036",)

    def find(self, known: Any, path: Mapping[str, str], tenant: str, visit: Any) -> Any:
        if known.path.startswith("/shipments/{shipmentId}/"):
            found = self.shipments.get(path["shipmentId"])
            if found is not None:
                return found
        return super().find(known, path, tenant, visit)


class EventsAreQueriedByEverybody(LogisticsServer):
    """queryEvents gives the events of all tenants when it is asked from a time of recording on."""

    BREAKS = ("LGS-036",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {
        "COM-FILT-02": "the filter shows what is not listed without it",
        "COM-FILT-03": "the filter shows what is not listed without it",
    }

    async def query_events(self, call: Any) -> Any:
        if "recordFrom" in call.query and "recordTo" not in call.query:
            rows = [event for event in self.events.values() if self.keeps_event(event, call.query)]
            return self.collection(call, rows, self.record_key, self.render_queried_event)
        return await super().query_events(call)


class ForeignShipmentsCanBeReserved(LogisticsServer):
    """A compartment may be held for another tenant's shipment."""

    BREAKS = ("LGS-036",)
    SUBTLE = True

    def reservation_misfits(self, body: Json, tenant: str, now: Fraction) -> list[Misfit]:
        known = self.shipments.get(body.get("shipmentId", ""))
        return super().reservation_misfits(body, known.tenant if known else tenant, now)


class PublicViewsShowTheReference(LogisticsServer):
    """Public tracking shows the reference of the shipper."""

    BREAKS = ("LGS-022",)

    def public_view(self, shipment: Shipment) -> Json:
        return {**super().public_view(shipment), "reference": shipment.content["reference"]}


class PublicViewsNameTheLocker(LogisticsServer):
    """While a parcel is in a locker, public tracking names the compartment."""

    BREAKS = ("LGS-022",)
    SUBTLE = True

    def public_view(self, shipment: Shipment) -> Json:
        found, known = super().public_view(shipment), self.reservation_of(shipment)
        return {**found, "locker": known.compartment} if known and found["state"] == "AT_PICKUP_POINT" else found


class PublicEventsHaveTheirIds(LogisticsServer):
    """The events of public tracking carry their ids."""

    BREAKS = ("LGS-022",)

    def render_public_event(self, event: Any) -> Json:
        return {**super().render_public_event(event), "eventId": event.id}


class MissesAreNotCounted(LogisticsServer):
    """Everybody may guess tracking numbers for ever."""

    BREAKS = ("LGS-023",)

    def asks_too_often(self, misses: int) -> bool:
        return False


class MissesAreBoundedTooLate(LogisticsServer):
    """A thousand guesses a minute are permitted."""

    BREAKS = ("LGS-023",)
    SUBTLE = True

    def asks_too_often(self, misses: int) -> bool:
        return misses > 1_000


class MalformedNumbersAreToldApart(LogisticsServer):
    """A number with a hyphen is refused with another text."""

    BREAKS = ("LGS-040",)

    def problem_body(self, visit: Any, problem: Any) -> Json:
        found = super().problem_body(visit, problem)
        odd = "/tracking/" in visit.url_path and "-" in visit.url_path.rsplit("/", 1)[-1]
        return {**found, "detail": "格式不正確"} if odd and problem.slug == "not-found" else found


class ShortNumbersAreToldApart(LogisticsServer):
    """A tracking number that is too short is refused with another title."""

    BREAKS = ("LGS-040",)
    SUBTLE = True

    def problem_body(self, visit: Any, problem: Any) -> Json:
        found = super().problem_body(visit, problem)
        short = "/tracking/" in visit.url_path and len(visit.url_path.rsplit("/", 1)[-1]) < 8
        return {**found, "title": "查無此號碼"} if short and problem.slug == "not-found" else found


class PublicStatesLagBehind(LogisticsServer):
    """Public tracking shows the state before the last event."""

    BREAKS = ("LGS-024",)
    ALSO: Mapping[str, str] = {"LGS-022": "the state that is tracked is another", "LGS-031": "a collection shows late"}

    def public_state(self, shipment: Shipment) -> str:
        return self.fold(self.counting(self.history(shipment.id))[:-1])


class PublicStatesIgnoreDeclarations(LogisticsServer):
    """Public tracking counts events that were declared erroneous."""

    BREAKS = ("LGS-024",)
    SUBTLE = True

    def public_state(self, shipment: Shipment) -> str:
        return self.fold([replace(event, declaration=None) for event in self.history(shipment.id)])


class ClosedPointsAreListed(LogisticsServer):
    """Pickup points that are closed are listed, too."""

    BREAKS = ("LGS-025",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the status is not declared"}

    def is_listed(self, point: Point) -> bool:
        return True


class ClosedPointsAreListedByType(LogisticsServer):
    """Pickup points that are closed are listed when a type is asked for."""

    BREAKS = ("LGS-025",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-FILT-01", "COM-FILT-03", "COM-FILT-04"), "a filter shows what is not listed without it"
    ) | {"COM-FILT-02": "the filter shows what is not listed without it"}
    SUBTLE = True

    def in_order(self, call: Any, rows: Sequence[Any], key: Any) -> list[Any]:
        found = super().in_order(call, rows, key)
        if call.operation.id == "listPickupPoints" and "type" in call.query:
            closed = [one for one in self.points.values() if one.status == "CLOSED" and one.type == call.query["type"]]
            return sorted([*found, *closed], key=key)
        return found


class WindowsAreComparedAsTheyAreWritten(LogisticsServer):
    """The ends of a promised window are compared as texts, whatever their offsets."""

    BREAKS = ("LGS-042",)

    def window_misfits(self, body: Json) -> list[Misfit]:
        window = body.get("promisedWindow")
        if window is None or window["start"] < window["end"]:
            return []
        return [at("/promisedWindow/end", "必須晚於 start", "must be later than start")]


class WindowsMayBeAnInstant(LogisticsServer):
    """A promised window may end at the instant at which it begins."""

    BREAKS = ("LGS-042",)
    SUBTLE = True

    def window_misfits(self, body: Json) -> list[Misfit]:
        window = body.get("promisedWindow")
        same = window is not None and parse_instant(window["start"]) == parse_instant(window["end"])
        return [] if same else super().window_misfits(body)
