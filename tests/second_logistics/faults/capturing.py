"""Faults of events: of their order, of what counts, of captures that are kept in part, and of what is told from them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import later
from tests.second_health.refusals import Refusal, conflict, wrong_body
from tests.second_logistics import folding
from tests.second_logistics.faults.bending import instead
from tests.second_logistics.folding import TERMINAL, Kept, fold
from tests.second_logistics.journal import Shipment
from tests.second_logistics.service import SecondLogisticsServer as Server


def folded(server: Server, shipment: Shipment, found: dict[str, Any], made: Any) -> dict[str, Any]:
    """What is shown of a shipment whose events are folded as `made` makes them."""
    events = server.journal.told(shipment).events.values()
    return found | {"state": fold(made(one) for one in events)[0]}


# the fold


@instead("shipments.view", "LGS-007", "LGS-015")
def events_are_folded_as_they_were_recorded(server: Server, view: Any, shipment: Shipment) -> Any:
    return folded(server, shipment, view(shipment), lambda one: replace(one, moment=one.record))


@instead("shipments.view", "LGS-007")
def equal_times_are_folded_as_they_were_recorded(server: Server, view: Any, shipment: Shipment) -> Any:
    found = view(shipment)
    events = sorted(server.journal.told(shipment).events.values(), key=lambda one: (one.moment, one.record))
    places = [replace(one, doc=one.doc | {"eventId": f"{index:05d}"}) for index, one in enumerate(events)]
    return found | {"state": fold(places)[0]}


@instead("shipments.view", "LGS-007")
def times_are_folded_to_the_second(server: Server, view: Any, shipment: Shipment) -> Any:
    return folded(server, shipment, view(shipment), lambda one: replace(one, moment=(one.moment[0], "")))


@instead("shipments.view", "LGS-007")
def times_are_folded_as_they_are_written(server: Server, view: Any, shipment: Shipment) -> Any:
    return folded(server, shipment, view(shipment), lambda one: replace(one, moment=(0, one.doc["eventTime"])))


@instead("shipments.view", "LGS-007", "LGS-024", "LGS-014")
def plans_are_folded_too(server: Server, view: Any, shipment: Shipment) -> Any:
    def made(one: Kept) -> Kept:
        return replace(one, doc=one.doc | {"classifier": "ACT"}) if one.doc["classifier"] == "PLN" else one

    return folded(server, shipment, view(shipment), made)


@instead("captures.together", "LGS-015", "LGS-008")
def what_is_over_takes_no_event(server: Server, together: Any, draft: Any, events: Any) -> Any:
    if fold(draft.events.values())[0] in TERMINAL and any("errorDeclaration" not in one for one in events):
        raise conflict("illegal-transition")
    return together(draft, events)


@instead("captures.together", "LGS-008", "LGS-007")
def only_the_last_move_is_looked_at(server: Server, _: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    now = server.house.now()
    faults = [
        one for at, event in enumerate(events) for one in folding.event_faults(event, f"/events/{at}", server.house.times, now)
    ]
    if faults:
        raise wrong_body(faults)
    for event in events:
        draft = server.captures.tried(draft, event)
        newest = max(draft.events.values(), key=lambda one: (one.moment, one.id))
        if newest.counts and not fold(draft.events.values())[1] and newest.doc["eventTime"] == event["eventTime"]:
            raise conflict("illegal-transition")
    return draft


@instead("captures.together", "LGS-010", "LGS-008", "LGS-007")
def a_declaration_is_never_refused(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    if all("errorDeclaration" in one for one in events):
        for event in events:
            draft = server.captures.tried(draft, event)
        return draft
    return together(draft, events)


@instead("shipments.view", "LGS-024", "LGS-007")
def a_damaged_parcel_cannot_be_lost(server: Server, view: Any, shipment: Shipment) -> Any:
    found = view(shipment)
    kinds = {one.doc["eventType"] for one in server.journal.told(shipment).events.values() if one.counts}
    return found | ({"state": "DAMAGED"} if {"DAMAGED", "LOST"} <= kinds else {})


# what is kept of an event


@instead("captures.echoed", "LGS-043", "LGS-009", "LGS-010")
def the_offset_of_the_place_is_that_of_taiwan(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    return found | {"eventTimeZoneOffset": "+08:00"} if isinstance(found, dict) and "eventTimeZoneOffset" in found else found


@instead("captures.echoed", "LGS-043", "LGS-009")
def readings_are_kept_as_whole_degrees(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    if isinstance(found, dict) and "sensor" in found:
        found["sensor"] = [one | {"value": int(one["value"])} for one in found["sensor"]]
    return found


@instead("captures.echoed", "LGS-043", "LGS-009")
def the_position_of_a_read_point_is_not_kept(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    if isinstance(found, dict) and "readPoint" in found:
        found["readPoint"] = {"locationId": found["readPoint"]["locationId"]}
    return found


@instead("captures.echoed", "LGS-043", "LGS-009")
def the_reason_of_an_event_is_not_kept(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    return {name: one for name, one in found.items() if name != "reasonCode"} if isinstance(found, dict) else found


@instead("captures.echoed", "LGS-010", "LGS-043")
def a_declaration_forgets_what_corrects_it(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    return {name: one for name, one in found.items() if name != "correctiveEventIds"} if isinstance(found, dict) else found


@instead("captures.echoed", "LGS-043", "LGS-007", "LGS-009")
def times_are_kept_to_the_second(_: Server, echoed: Any, value: Any) -> Any:
    found = echoed(value)
    if isinstance(found, dict) and "." in str(found.get("eventTime", "")):
        whole, _, rest = found["eventTime"].partition(".")
        found["eventTime"] = whole + rest.lstrip("0123456789")
    return found


@instead("captures.same", "LGS-011")
def the_read_point_is_no_content(_: Server, same: Any, kept: dict[str, Any], sent: dict[str, Any]) -> bool:
    return bool(same({**kept, "readPoint": 0}, {**sent, "readPoint": 0}))


@instead("captures.same", "LGS-011")
def the_readings_are_no_content(_: Server, same: Any, kept: dict[str, Any], sent: dict[str, Any]) -> bool:
    return bool(same({**kept, "sensor": []}, {**sent, "sensor": []}))


@instead("captures.tried", "LGS-011", "LGS-019")
def an_event_twice_in_one_capture_is_two(server: Server, tried: Any, draft: Any, event: dict[str, Any]) -> Any:
    known = {one.data.id for one in draft.facts if one.kind == "kept"}
    if event.get("eventId") in known and "errorDeclaration" not in event:
        raise conflict()
    return tried(draft, event)


@instead("captures.tried", "LGS-011")
def an_event_of_another_shipment_is_taken(server: Server, tried: Any, draft: Any, event: dict[str, Any]) -> Any:
    owners, server.journal.owners = server.journal.owners, {}
    try:
        return tried(draft, event)
    finally:
        server.journal.owners = owners


# captures in part


@instead("captures.each", "LGS-019")
def each_is_judged_by_what_was_there_before_all(server: Server, each: Any, draft: Any, event: dict[str, Any]) -> Any:
    kept = {one.data.id for one in draft.facts if one.kind == "kept"}
    before = {name: one for name, one in draft.events.items() if name not in kept}
    alone = each(replace(draft, events=before), event)
    if alone.results[-1]["status"] != 201:
        return replace(draft, results=alone.results)
    return replace(alone, events=draft.events | alone.events)


@instead("captures.capture", "LGS-019")
def what_was_kept_is_told_first(_: Server, capture: Any, ask: Ask, shipment: Shipment) -> Any:
    results, events = capture(ask, shipment)
    ordered = sorted(results["results"], key=lambda one: one["status"])
    return {"results": [one | {"index": index} for index, one in enumerate(ordered)]}, events


@instead("captures.each", "LGS-019")
def the_pointer_of_a_result_begins_at_the_body(_: Server, each: Any, draft: Any, event: dict[str, Any]) -> Any:
    after = each(draft, event)
    at, last = len(draft.results), after.results[-1]
    if "errors" not in last:
        return after
    errors = [one | {"pointer": f"/events/{at}{one['pointer']}"} for one in last["errors"]]
    return replace(after, results=(*after.results[:-1], last | {"errors": errors}))


@instead("captures.together", "LGS-019", "LGS-011")
def a_refused_capture_keeps_its_ids(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    burnt: set[str] = server.__dict__.setdefault("burnt", set())
    if any(one.get("eventId") in burnt for one in events):
        raise conflict()
    try:
        return together(draft, events)
    except Refusal:
        burnt |= {one["eventId"] for one in events if "eventId" in one} - set(draft.events)
        raise


@instead("captures.together", "LGS-019", "LGS-035")
def a_refused_capture_breaks_the_cold_chain(server: Server, together: Any, draft: Any, events: Any) -> Any:
    try:
        return together(draft, events)
    except Refusal:
        warm = [one for one in events if folding.breaches(one, draft.shipment.request["parcels"])]
        if warm:
            broken: set[str] = server.__dict__.setdefault("broken", set())
            broken.add(draft.shipment.id)
            view = server.shipments.view
            setattr(  # noqa: B010 - a method gives way
                server.shipments, "view", lambda one: view(one) | ({"coldChainBreach": True} if one.id in broken else {})
            )
        raise


# times


@instead("captures.together", "LGS-014")
def an_hour_ahead_is_taken(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    return _later(server, 3300, together, draft, events)


@instead("captures.together", "LGS-014")
def six_minutes_ahead_are_taken(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    return _later(server, 60, together, draft, events)


def _later(server: Server, seconds: int, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    house = server.captures.house
    object.__setattr__(house, "now", lambda: later(house.times.own(house.unix()), seconds))
    try:
        return together(draft, events)
    finally:
        object.__delattr__(house, "now")


@instead("captures.together", "LGS-014", "LGS-032")
def an_estimate_in_the_past_is_refused(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    read = server.house.times.read
    for index, one in enumerate(events):
        if one["classifier"] != "ACT" and (read(one["eventTime"]) or (0, "")) < server.house.now():
            raise wrong_body([(f"/events/{index}/eventTime", "?")])
    return together(draft, events)


@instead("captures.together", "LGS-014")
def clocks_on_the_wall_are_compared(server: Server, together: Any, draft: Any, events: list[dict[str, Any]]) -> Any:
    """An event of another offset counts with its digits, as if they were Taiwan's."""
    local = [one | {"eventTime": one["eventTime"][:19] + "+08:00"} for one in events]
    now = server.house.now()
    for index, (one, event) in enumerate(zip(local, events, strict=True)):
        if event["classifier"] == "ACT" and (server.house.times.read(one["eventTime"]) or (0, "")) > later(now, 300):
            raise wrong_body([(f"/events/{index}/eventTime", "?")])
    return together(draft, events)


@instead("captures.added", "LGS-013", "LGS-038", "LGS-016")
def times_of_recording_have_whole_seconds(_: Server, added: Any, draft: Any, event: dict[str, Any]) -> Any:
    after = added(draft, event)
    fact = after.facts[-1]
    whole = replace(fact.data, record=(fact.data.record[0], ""))
    facts = (*after.facts[:-1], replace(fact, data=whole))
    return replace(after, events=after.events | {whole.id: whole}, facts=facts)


@instead("captures.added", "LGS-013", "LGS-038")
def times_of_recording_rise_within_a_shipment(server: Server, added: Any, draft: Any, event: dict[str, Any]) -> Any:
    last = max((one.record for one in draft.events.values()), default=(0, ""))
    return added(replace(draft, record=last), event)


# what is told from events


@instead("shipments.view", "LGS-032")
def an_estimate_that_was_wrong_holds(server: Server, view: Any, shipment: Shipment) -> Any:
    return _expected(server, shipment, view(shipment), lambda one: one.doc["eventType"] == "ESTIMATED_DELIVERY")


@instead("shipments.view", "LGS-032")
def what_was_wrong_overtakes_an_estimate(server: Server, view: Any, shipment: Shipment) -> Any:
    now = server.journal.told(shipment)
    acts = [one.moment for one in now.events.values() if one.doc["classifier"] == "ACT"]
    found = view(shipment)
    expected = server.house.times.read(found["estimatedDeliveryTime"] or "")
    return found | ({"estimatedDeliveryTime": None} if expected and acts and max(acts) > expected else {})


@instead("shipments.view", "LGS-032")
def a_plan_overtakes_an_estimate(server: Server, view: Any, shipment: Shipment) -> Any:
    found, now = view(shipment), server.journal.told(shipment)
    plans = [one.moment for one in now.events.values() if one.doc["classifier"] == "PLN"]
    expected = server.house.times.read(found["estimatedDeliveryTime"] or "")
    return found | ({"estimatedDeliveryTime": None} if expected and plans and max(plans) > expected else {})


@instead("shipments.view", "LGS-032")
def what_was_lost_is_still_expected(server: Server, view: Any, shipment: Shipment) -> Any:
    found = view(shipment)
    if found["state"] not in ("LOST", "RETURNED"):
        return found
    return _expected(server, shipment, found, lambda one: one.doc["eventType"] == "ESTIMATED_DELIVERY")


@instead("shipments.view", "LGS-032")
def the_promised_window_is_an_estimate(_: Server, view: Any, shipment: Shipment) -> Any:
    found = view(shipment)
    promised = found.get("promisedWindow", {}).get("end") if found["state"] == "PICKED_UP" else None
    return found | {"estimatedDeliveryTime": found["estimatedDeliveryTime"] or promised}


def _expected(server: Server, shipment: Shipment, found: dict[str, Any], named: Any) -> dict[str, Any]:
    estimates = [one for one in server.journal.told(shipment).events.values() if named(one)]
    last = max(estimates, key=lambda one: one.record, default=None)
    return found | ({"estimatedDeliveryTime": last.doc["eventTime"]} if last else {})


@instead("shipments.view", "LGS-035")
def what_is_chilled_may_freeze(server: Server, view: Any, shipment: Shipment) -> Any:
    found, parcels = view(shipment), shipment.request["parcels"]
    events = [one.doc for one in server.journal.told(shipment).events.values()]
    warm = [one | {"sensor": [it for it in one.get("sensor", []) if it["value"] >= 0 or it["value"] < -18]} for one in events]
    chilled = {one["temperature"] for one in parcels} == {"CHILLED"}
    return found | ({"coldChainBreach": any(folding.breaches(one, parcels) for one in warm)} if chilled else {})


@instead("shipments.view", "LGS-035")
def humidity_breaks_the_cold_chain(server: Server, view: Any, shipment: Shipment) -> Any:
    events = [one.doc for one in server.journal.told(shipment).events.values()]
    damp = [one | {"sensor": [it | {"type": "TEMP"} for it in one.get("sensor", [])]} for one in events]
    found = view(shipment)
    return found | {"coldChainBreach": found["coldChainBreach"] or any(map(_cold(shipment), damp))}


def _cold(shipment: Shipment) -> Any:
    return lambda document: folding.breaches(document, shipment.request["parcels"])


@instead("shipments.view", "LGS-035")
def only_condition_reports_break_the_cold_chain(server: Server, view: Any, shipment: Shipment) -> Any:
    events = [one.doc for one in server.journal.told(shipment).events.values() if one.doc["eventType"] == "CONDITION"]
    return view(shipment) | {"coldChainBreach": any(map(_cold(shipment), events))}


@instead("shipments.view", "LGS-035")
def a_late_report_breaks_no_cold_chain(server: Server, view: Any, shipment: Shipment) -> Any:
    """What was measured before the newest event is history."""
    broken, newest = False, (0, "")
    for one in sorted(server.journal.told(shipment).events.values(), key=lambda kept: kept.record):
        broken = broken or (one.moment >= newest and _cold(shipment)(one.doc))
        newest = max(newest, one.moment) if one.doc["classifier"] == "ACT" else newest
    return view(shipment) | {"coldChainBreach": broken}
