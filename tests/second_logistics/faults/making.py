"""Faults of making, changing and cancelling shipments: what a database, a language or a framework does by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import later
from tests.second_health.refusals import Refusal, conflict
from tests.second_logistics.faults.bending import instead
from tests.second_logistics.folding import Kept
from tests.second_logistics.journal import Shipment
from tests.second_logistics.points import POINTS
from tests.second_logistics.service import SecondLogisticsServer as Server

# what has to be unique


@instead("shipments.create", "LGS-001")
def a_number_that_was_given_may_be_sent(server: Server, create: Any, ask: Ask) -> Any:
    sent = ask.document.get("trackingNumber")
    known = server.journal.numbers.get(sent) if sent and sent.startswith("KP") else None
    if known:
        del server.journal.numbers[sent]
    try:
        return create(ask)
    finally:
        if known:
            server.journal.numbers[sent] = known


@instead("shipments.cancel", "LGS-001")
def a_cancelled_shipment_gives_its_number_back(server: Server, cancel: Any, shipment: Shipment) -> Any:
    found = cancel(shipment)
    server.journal.numbers = {number: one for number, one in server.journal.numbers.items() if one is not shipment}
    return found


@instead("shipments.create", "LGS-001", "LGS-006")
def a_refused_creation_keeps_its_number(server: Server, create: Any, ask: Ask) -> Any:
    taken: dict[str, Any] = server.__dict__.setdefault("taken", {})
    number = ask.document.get("trackingNumber")
    if number in taken:
        raise conflict()
    try:
        return create(ask)
    except Refusal:
        if number and number not in server.journal.numbers:
            taken[number] = ask.org
        raise


@instead("shipments.create", "LGS-006")
def a_refused_creation_keeps_its_reference(server: Server, create: Any, ask: Ask) -> Any:
    try:
        return create(ask)
    except Refusal:
        server.journal.references.add((ask.org, ask.document["reference"]))
        raise


@instead("shipments.create", "LGS-006")
def references_are_compared_without_their_case(server: Server, create: Any, ask: Ask) -> Any:
    if (ask.org, ask.document["reference"].upper()) in {(org, one.upper()) for org, one in server.journal.references}:
        raise conflict()
    return create(ask)


@instead("shipments.create", "LGS-006")
def references_are_unique_over_all_tenants(server: Server, create: Any, ask: Ask) -> Any:
    if ask.document["reference"] in {one for _, one in server.journal.references}:
        raise conflict()
    return create(ask)


@instead("shipments.create", "COM-CONS-01", "LGS-006")
def references_are_stored_in_capitals(_: Server, create: Any, ask: Ask) -> Any:
    made = create(ask)
    made.request["reference"] = made.request["reference"].upper()
    return made


# rules of a parcel and a shipment


@instead("shipments.other_faults", "LGS-002")
def an_sscc_is_a_number(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    return faults(body | {"sscc": body["sscc"].lstrip("0")} if "sscc" in body else body)


@instead("shipments.size_faults", "LGS-003")
def the_length_is_taken_for_the_longest_edge(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    found = []
    for index, one in enumerate(body["parcels"]):
        together = one["lengthMm"] + one["widthMm"] + one["heightMm"]
        classes = (("S", 300, 600), ("M", 450, 900), ("L", 600, 1200), ("XL", 1000, 1500))
        fits = [name for name, longest, most in classes if one["lengthMm"] <= longest and together <= most]
        found += [] if one["sizeClass"] in fits[:1] else [(f"/parcels/{index}/sizeClass", "?")]
    return found


@instead("shipments.size_faults", "LGS-003")
def all_parcels_together_weigh_thirty_kilograms_at_most(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    heavy = sum(one["weightG"] for one in body["parcels"]) > 30_000
    return [*faults(body), *([("/parcels", "?")] if heavy else [])]


@instead("shipments.point_faults", "LGS-037", "LGS-004")
def only_lockers_are_asked_whether_they_are_open(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    place = POINTS.get(body.get("pickupPointId", ""))
    return [] if place and place.status == "SUSPENDED" and body["deliveryMode"] == "CVS" else faults(body)


@instead("shipments.point_faults", "LGS-037", "LGS-004")
def one_temperature_that_is_served_is_enough(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    warm = [one | {"temperature": "ROOM"} for one in body["parcels"][1:]]
    return faults(body | {"parcels": [*body["parcels"][:1], *warm]})


@instead("shipments.point_faults", "LGS-004")
def the_second_parcel_may_be_too_large(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    small = [one | {"sizeClass": body["parcels"][0]["sizeClass"]} for one in body["parcels"]]
    return faults(body | {"parcels": small})


@instead("shipments.point_faults", "LGS-004")
def a_point_that_is_not_needed_is_left_aside(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    if body["deliveryMode"] == "HOME":
        body.pop("pickupPointId", None)
    return faults(body)


@instead("shipments.point_faults", "LGS-005")
def no_dollars_are_no_payment(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    nothing = not body.get("codAmount", {}).get("amount")
    return faults({name: value for name, value in body.items() if name != "codAmount"} if nothing else body)


@instead("shipments.view", "LGS-005", "COM-CONS-01", "COM-CONS-02")
def no_dollars_are_left_out(_: Server, view: Any, shipment: Shipment) -> Any:
    found = view(shipment)
    if not found.get("codAmount", {"amount": 1})["amount"]:
        del found["codAmount"]
    return found


@instead("shipments.other_faults", "LGS-042")
def windows_are_compared_as_they_are_written(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    window = body.get("promisedWindow")
    wrong = [("/promisedWindow/end", "?")] if window and not window["start"] < window["end"] else []
    return [*faults({name: value for name, value in body.items() if name != "promisedWindow"}), *wrong]


@instead("shipments.other_faults", "LGS-042")
def a_window_may_be_an_instant(_: Server, faults: Any, body: dict[str, Any]) -> Any:
    window = body.get("promisedWindow")
    equal = window and window["start"] == window["end"]
    return faults({name: value for name, value in body.items() if name != "promisedWindow" or not equal})


# changing


@instead("shipments.update", "LGS-020")
def a_member_that_is_not_sent_is_null(_: Server, update: Any, ask: Ask, shipment: Shipment) -> Any:
    ask.document = {"note": None} | ask.document
    return update(ask, shipment)


@instead("shipments.update", "LGS-020")
def a_new_recipient_sends_it_too(_: Server, update: Any, ask: Ask, shipment: Shipment) -> Any:
    if "recipient" in ask.document:
        ask.document = {"sender": ask.document["recipient"]} | ask.document
    return update(ask, shipment)


@instead("shipments.update", "LGS-020", "COM-ENC-01")
def an_empty_note_is_none(_: Server, update: Any, ask: Ask, shipment: Shipment) -> Any:
    ask.document = {name: None if value == "" else value for name, value in ask.document.items()}
    return update(ask, shipment)


@instead("shipments.create", "COM-ENC-01", "LGS-020")
def an_empty_note_is_not_kept(_: Server, create: Any, ask: Ask) -> Any:
    if ask.document.get("note") == "":
        ask.document = {name: value for name, value in ask.document.items() if name != "note"}
    return create(ask)


@instead("shipments.view", "LGS-020")
def a_change_is_dated_in_another_zone(server: Server, view: Any, shipment: Shipment) -> Any:
    """The clock on the wall of another office, written as if it were in Taiwan."""
    patched = bool(shipment.facts) and shipment.facts[-1].kind == "patched"
    found = view(shipment)
    return found | ({"updatedAt": server.house.times.write(later(shipment.facts[-1].at, -28_800))} if patched else {})


@instead("shipments.update", "LGS-020")
def a_parcel_picked_up_may_still_be_changed(server: Server, update: Any, ask: Ask, shipment: Shipment) -> Any:
    if server.journal.told(shipment).state == "PICKED_UP":
        return server.journal.add(shipment, server.journal.fact("patched", ask.document))
    return update(ask, shipment)


# cancelling


@instead("lockers.occupied", "LGS-021", "LGS-027", "LGS-028")
def a_released_compartment_stays_taken(server: Server, occupied: Any, point: str, size: str) -> Any:
    lost = [one for one in server.lockers.holds.values() if (one.point, one.size, one.said) == (point, size, "RELEASED")]
    return [*occupied(point, size), *lost]


@instead("shipments.cancel", "LGS-021")
def a_second_cancellation_makes_a_second_event(server: Server, cancel: Any, shipment: Shipment) -> Any:
    events = server.journal.told(shipment).events.values()
    first = next((one for one in events if one.doc["eventType"] == "CANCELLED"), None)
    if first is None:
        return cancel(shipment)
    second = server.shipments.keep(shipment, {name: first.doc[name] for name in first.doc if name != "eventId"}, first.moment)
    server.journal.add(shipment, server.journal.fact("kept", second))
    return second


@instead("shipments.keep", "LGS-021", "LGS-012")
def every_cancellation_has_one_id(_: Server, keep: Any, shipment: Shipment, document: Any, moment: Any) -> Kept:
    kept: Kept = keep(shipment, document, moment)
    if document["eventType"] != "CANCELLED":
        return kept
    return replace(kept, doc=kept.doc | {"eventId": "00000000-0000-4000-8000-000000000000"})
