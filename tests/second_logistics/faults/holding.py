"""Faults of lockers: of who may hold what, of counts, of codes, and of what events and clocks do to a reservation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.refusals import Refusal, conflict
from tests.second_logistics.faults.bending import instead
from tests.second_logistics.journal import Shipment
from tests.second_logistics.lockers import Hold
from tests.second_logistics.points import POINTS
from tests.second_logistics.service import SecondLogisticsServer as Server

# who may hold what


@instead("lockers.reserve", "LGS-044", "LGS-028")
def a_suspended_locker_can_be_reserved(_: Server, reserve: Any, ask: Ask) -> Any:
    name = ask.document["pickupPointId"]
    place = POINTS.get(name)
    if not place or place.status != "SUSPENDED":
        return reserve(ask)
    POINTS[name] = replace(place, status="OPEN")
    try:
        return reserve(ask)
    finally:
        POINTS[name] = place


@instead("lockers.named", "LGS-044", "LGS-028")
def the_compartment_may_be_too_small(_: Server, named: Any, tenant: str, body: dict[str, Any]) -> Any:
    return named(tenant, body | {"sizeClass": "XL"})


@instead("lockers.named", "LGS-044", "LGS-028")
def only_the_first_parcel_has_to_fit(server: Server, named: Any, tenant: str, body: dict[str, Any]) -> Any:
    shipment = server.journal.shipments.get(body["shipmentId"])
    if shipment and len(shipment.request["parcels"]) > 1:
        first = shipment.request["parcels"][0]["sizeClass"]
        return named(tenant, body | {"sizeClass": "XL" if body["sizeClass"] == first else body["sizeClass"]})
    return named(tenant, body)


@instead("lockers.named", "LGS-044", "LGS-028")
def the_locker_may_be_another(server: Server, named: Any, tenant: str, body: dict[str, Any]) -> Any:
    shipment = server.journal.shipments.get(body["shipmentId"])
    own = shipment.request.get("pickupPointId") if shipment else None
    return named(tenant, body | ({"pickupPointId": own} if own else {}))


@instead("lockers.named", "LGS-044", "LGS-028")
def a_shipment_to_the_door_may_have_a_locker(server: Server, named: Any, tenant: str, body: dict[str, Any]) -> Any:
    shipment = server.journal.shipments.get(body["shipmentId"])
    home = shipment and shipment.tenant == tenant and shipment.request["deliveryMode"] == "HOME"
    return shipment if home else named(tenant, body)


@instead("lockers.refuse_second", "LGS-044", "LGS-028")
def what_is_over_may_have_a_locker(server: Server, refuse: Any, shipment: Shipment) -> Any:
    last = server.lockers.last(shipment)
    if last and last.state(server.house.now()) in ("HELD", "DEPOSITED", "OVERDUE"):
        raise conflict()


@instead("lockers.reserve", "LGS-027")
def a_full_locker_is_any_conflict(_: Server, reserve: Any, ask: Ask) -> Any:
    try:
        return reserve(ask)
    except Refusal as refusal:
        raise conflict() if refusal.slug == "no-capacity" else refusal from None


@instead("lockers.reserve", "LGS-044", "LGS-028")
def a_hold_lasts_an_hour_by_default(server: Server, reserve: Any, ask: Ask) -> Any:
    ask.document.setdefault("holdSeconds", 3600)
    return reserve(ask)


@instead("lockers.until", "LGS-028", "LGS-044")
def a_hold_lasts_minutes(server: Server, until: Any, seconds: int) -> Any:
    return until(seconds * 60)


@instead("lockers.last", "LGS-028", "LGS-030")
def the_first_reservation_is_shown(server: Server, last: Any, shipment: Shipment) -> Any:
    found = server.journal.told(shipment).holds
    return server.lockers.holds[found[0]] if found else None


# counts


@instead("lockers.occupied", "LGS-027", "LGS-028", "LGS-026")
def what_has_lapsed_is_never_swept(server: Server, occupied: Any, point: str, size: str) -> Any:
    now = server.house.now()
    lapsed = [one for one in server.lockers.holds.values() if (one.point, one.size) == (point, size)]
    return [*occupied(point, size), *(one for one in lapsed if one.state(now) == "EXPIRED")]


@instead("lockers.availability", "LGS-026", "LGS-045")
def what_is_overdue_counts_as_held(server: Server, availability: Any, identifier: str) -> Any:
    found, now = availability(identifier), server.house.now()
    for one in found["sizes"]:
        late = sum(it.state(now) == "OVERDUE" for it in server.lockers.occupied(identifier, one["sizeClass"]))
        one["held"], one["deposited"] = one["held"] + late, one["deposited"] - late
    return found


@instead("lockers.availability", "LGS-026", "LGS-045")
def deposits_are_counted_as_held(server: Server, availability: Any, identifier: str) -> Any:
    found = availability(identifier)
    for one in found["sizes"]:
        one["held"], one["deposited"] = one["held"] + one["deposited"], 0
    return found


@instead("lockers.availability", "LGS-026")
def what_is_broken_is_free(_: Server, availability: Any, identifier: str) -> Any:
    found = availability(identifier)
    for one in found["sizes"]:
        one["free"] += one["outOfService"]
    return found


# what events do


@instead("lockers.after", "LGS-028")
def any_read_point_is_the_locker(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    if hold and event["eventType"] == "AT_PICKUP_POINT":
        event = event | {"readPoint": {"locationId": hold.point}}
    return after(hold, event, locker=locker)


@instead("lockers.after", "LGS-028", "LGS-045")
def a_plan_fills_a_locker(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    if hold and hold.said == "HELD" and event["eventType"] == "AT_PICKUP_POINT" and event["classifier"] == "PLN":
        return replace(hold, said="DEPOSITED")
    return after(hold, event, locker=locker)


@instead("captures.declared", "LGS-028", "LGS-010", "LGS-045")
def a_declaration_takes_the_parcel_out_again(_: Server, declared: Any, draft: Any, known: Any, event: Any) -> Any:
    after = declared(draft, known, event)
    if after.hold and after.hold.said == "DEPOSITED" and event["eventType"] == "AT_PICKUP_POINT":
        return replace(after, hold=replace(after.hold, said="HELD"))
    return after


@instead("lockers.after", "LGS-045", "LGS-030")
def a_deposit_ends_when_the_hold_would_have(
    _: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool
) -> Any:
    found = after(hold, event, locker=locker)
    return replace(found, expires=hold.expires) if hold and found else found


@instead("lockers.after", "LGS-031", "LGS-045")
def a_carrier_may_collect(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    if hold and event["eventType"] == "COLLECTED" and event["classifier"] == "ACT":
        return replace(hold, said="COLLECTED")
    return after(hold, event, locker=locker)


@instead("lockers.after", "LGS-028", "LGS-045")
def a_return_leaves_the_compartment_full(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    return hold if event["eventType"] == "RETURNING" else after(hold, event, locker=locker)


@instead("lockers.after", "LGS-028", "LGS-045")
def a_loss_leaves_the_compartment_full(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    return hold if event["eventType"] in ("LOST", "DAMAGED") else after(hold, event, locker=locker)


@instead("lockers.after", "LGS-030", "LGS-045")
def what_is_overdue_stays_so(_: Server, after: Any, hold: Hold | None, event: dict[str, Any], *, locker: bool) -> Any:
    return hold if event["eventType"] == "COLLECTED" else after(hold, event, locker=locker)


# codes


@instead("lockers.opened", "LGS-030")
def codes_are_numbers(_: Server, opened: Any, hold: Hold, code: str) -> None:
    opened(hold, hold.code if code.isdecimal() and int(code) == int(hold.code) else code)


@instead("lockers.opened", "LGS-030")
def blanks_round_a_code_are_cut(_: Server, opened: Any, hold: Hold, code: str) -> None:
    opened(hold, code.strip())


@instead("lockers.opened", "LGS-030")
def the_beginning_of_a_code_is_enough(_: Server, opened: Any, hold: Hold, code: str) -> None:
    opened(hold, hold.code if hold.code.startswith(code) else code)


@instead("lockers.opened", "LGS-030")
def a_lock_lasts_ten_seconds(server: Server, opened: Any, hold: Hold, code: str) -> None:
    was = server.lockers.locked.get(hold.id)
    try:
        opened(hold, code)
    finally:
        if was is None and hold.id in server.lockers.locked:
            server.lockers.locked[hold.id] = server.house.unix() + 10


@instead("lockers.opened", "LGS-030")
def only_the_right_code_is_told_of_the_lock(_: Server, opened: Any, hold: Hold, code: str) -> None:
    try:
        opened(hold, code)
    except Refusal as refusal:
        raise (Refusal("wrong-code") if refusal.slug == "locked" and code != hold.code else refusal) from None


@instead("lockers.opened", "LGS-030")
def a_wrong_code_is_told_what_is_left(server: Server, opened: Any, hold: Hold, code: str) -> None:
    try:
        opened(hold, code)
    except Refusal as refusal:
        if refusal.slug == "wrong-code":
            raise Refusal("wrong-code", members={"attemptsLeft": str(5 - server.lockers.wrong[hold.id])}) from None
        raise


@instead("lockers.opened", "LGS-030")
def the_state_is_looked_at_before_the_code(server: Server, opened: Any, hold: Hold, code: str) -> None:
    if hold.state(server.house.now()) in ("COLLECTED", "EXPIRED", "OVERDUE"):
        raise conflict()
    opened(hold, code)


@instead("lockers.opened", "LGS-030")
def an_empty_locker_opens_for_wrong_codes_alike(server: Server, opened: Any, hold: Hold, code: str) -> None:
    """Before the parcel is there nothing is counted."""
    if hold.state(server.house.now()) == "HELD" and code != hold.code:
        raise Refusal("wrong-code")
    opened(hold, code)


@instead("captures.collect", "LGS-029")
def the_collection_shows_the_code(_: Server, collect: Any, ask: Ask, hold: Hold) -> Any:
    document, shipment, kept = collect(ask, hold)
    return document | {"pickupCode": hold.code}, shipment, kept


@instead("shipments.event", "LGS-029")
def the_reason_of_a_collection_is_the_code(server: Server, event: Any, shipment: Shipment, kept: Any) -> Any:
    found, hold = event(shipment, kept), server.lockers.last(shipment)
    return found | ({"reasonCode": hold.code} if hold and found["eventType"] == "COLLECTED" else {})


@instead("lockers.view", "LGS-029")
def a_reservation_shows_what_opens_it(_: Server, view: Any, hold: Hold, *, code: bool = False) -> Any:
    found = view(hold, code=code)
    return found if code else found | {"kiosk": {"opensWith": [hold.code]}}


@instead("lockers.reserve", "LGS-029")
def the_id_of_a_reservation_ends_with_its_code(server: Server, reserve: Any, ask: Ask) -> Any:
    found = reserve(ask)
    hold = server.lockers.holds.pop(found["reservationId"])
    renamed = replace(hold, id=f"box-{hold.code}")
    server.lockers.holds[renamed.id] = renamed
    for shipment in server.journal.shipments.values():
        facts = [replace(one, data=renamed.id) if one.data == hold.id else one for one in shipment.facts]
        if facts != shipment.facts:
            shipment.facts = facts
            server.journal.remembered.pop(shipment.id, None)
    return found | {"reservationId": renamed.id}


@instead("lockers.reserve", "LGS-041")
def codes_are_taken_from_the_clock(server: Server, reserve: Any, ask: Ask) -> Any:
    return _coded(server, reserve(ask), int(server.house.unix()) % 1_000_000)


@instead("lockers.reserve", "LGS-041")
def codes_are_a_congruential_sequence(server: Server, reserve: Any, ask: Ask) -> Any:
    last = server.__dict__.setdefault("last", 4711)
    server.__dict__["last"] = (last * 1_103_515_245 + 12_345) % 1_000_000
    return _coded(server, reserve(ask), server.__dict__["last"])


@instead("lockers.reserve", "LGS-041")
def codes_are_those_of_the_compartment(server: Server, reserve: Any, ask: Ask) -> Any:
    found = reserve(ask)
    digits = int("".join(one for one in found["compartmentNo"] if one.isdecimal()) or "0")
    return _coded(server, found, digits * 10_007)


def _coded(server: Server, found: dict[str, Any], number: int) -> dict[str, Any]:
    hold, code = server.lockers.holds[found["reservationId"]], f"{number % 1_000_000:06d}"
    server.lockers.holds[hold.id] = replace(hold, code=code)
    return found | {"pickupCode": code}
