"""Faults of shipments, their events and what everybody sees of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.second_health.refusals import Refusal
from tests.second_logistics import folding
from tests.second_logistics.faults.bending import fault, put
from tests.second_logistics.folding import Kept
from tests.second_logistics.journal import Shipment
from tests.second_logistics.service import SecondLogisticsServer


@fault("LGS-006")
def cancellation_frees_the_reference(server: SecondLogisticsServer) -> None:
    def cancel(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found = original(shipment)
            server.journal.references.discard((shipment.tenant, shipment.request["reference"]))
            return found

        return bent

    put(server.shipments, "cancel", cancel)


@fault("LGS-001")
def numbers_are_unique_within_a_tenant(server: SecondLogisticsServer) -> None:
    def create(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(ask: Any) -> Any:
            others = {number: one for number, one in server.journal.numbers.items() if one.tenant != ask.org}
            for number in others:
                del server.journal.numbers[number]
            try:
                return original(ask)
            finally:
                server.journal.numbers.update(others)

        return bent

    put(server.shipments, "create", create)


@fault("LGS-002")
def a_check_digit_may_be_five_too_large(server: SecondLogisticsServer) -> None:
    def faults(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(body: dict[str, Any]) -> Any:
            last = str((int(body["sscc"][-1]) + 5) % 10) if "sscc" in body else ""
            return original(body) and (original(body | {"sscc": body["sscc"][:-1] + last}) if last else original(body))

        return bent

    put(server.shipments, "other_faults", faults)


@fault("LGS-003")
def the_sum_of_edges_has_no_limit(server: SecondLogisticsServer) -> None:
    def faults(_: Callable[..., Any]) -> Callable[..., Any]:
        def bent(body: dict[str, Any]) -> Any:
            found = []
            for index, one in enumerate(body["parcels"]):
                longest = max(one["lengthMm"], one["widthMm"], one["heightMm"])
                fitting = next(name for name, most in (("S", 300), ("M", 450), ("L", 600), ("XL", 1000)) if longest <= most)
                found += [] if one["sizeClass"] == fitting else [(f"/parcels/{index}/sizeClass", "?")]
            return found

        return bent

    put(server.shipments, "size_faults", faults)


@fault("LGS-004", "LGS-037", "LGS-005")
def the_second_parcel_is_never_looked_at(server: SecondLogisticsServer) -> None:
    put(server.shipments, "point_faults", lambda original: lambda body: original(body | {"parcels": body["parcels"][:1]}))


@fault("LGS-020")
def a_patch_is_taken_until_the_end(server: SecondLogisticsServer) -> None:
    def update(_: Callable[..., Any]) -> Callable[..., Any]:
        return lambda ask, shipment: server.journal.add(shipment, server.journal.fact("patched", ask.document))

    put(server.shipments, "update", update)


@fault("LGS-020")
def null_keeps_the_note(server: SecondLogisticsServer) -> None:
    def update(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(ask: Any, shipment: Shipment) -> Any:
            ask.document = {name: value for name, value in ask.document.items() if value is not None}
            return original(ask, shipment)

        return bent

    put(server.shipments, "update", update)


@fault("LGS-021")
def cancellation_leaves_the_locker_held(server: SecondLogisticsServer) -> None:
    def cancel(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            before = dict(server.lockers.holds)
            found = original(shipment)
            server.lockers.holds.update(before)
            return found

        return bent

    put(server.shipments, "cancel", cancel)


# events


@fault("LGS-007", "LGS-015", "LGS-008")
def every_history_is_legal(server: SecondLogisticsServer) -> None:
    put(server.captures, "together", lambda _: lambda draft, events: _blindly(server, draft, events))


def _blindly(server: SecondLogisticsServer, draft: Any, events: list[dict[str, Any]]) -> Any:
    for event in events:
        draft = server.captures.tried(draft, event)
    return draft


@fault("LGS-019", "LGS-008")
def what_came_before_the_wrong_one_is_kept(server: SecondLogisticsServer) -> None:
    def together(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(draft: Any, events: list[dict[str, Any]]) -> Any:
            try:
                return original(draft, events)
            except Refusal:
                for event in events:
                    draft = server.captures.each(draft, event)
                server.captures.keep(draft)
                raise

        return bent

    put(server.captures, "together", together)


@fault("LGS-010", "LGS-009", "LGS-013")
def a_declaration_sets_the_time_of_recording_anew(server: SecondLogisticsServer) -> None:
    def declared(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(draft: Any, known: Kept | None, event: dict[str, Any]) -> Any:
            after = original(draft, known, event)
            if known and len(after.facts) > len(draft.facts):
                renewed = replace(known, record=server.house.times.following(after.record, server.house.dated()))
                facts = (*draft.facts, server.journal.fact("kept", renewed), after.facts[-1])
                after = replace(after, facts=facts, record=renewed.record)
            return after

        return bent

    put(server.captures, "declared", declared)


@fault("LGS-011")
def content_is_only_what_happened_and_when(server: SecondLogisticsServer) -> None:
    def same(_: Callable[..., Any]) -> Callable[..., Any]:
        return lambda kept, sent: (kept["eventType"], kept["eventTime"]) == (sent["eventType"], sent["eventTime"])

    put(server.captures, "same", same)


@fault("LGS-013", "LGS-038")
def events_of_one_capture_are_recorded_at_once(server: SecondLogisticsServer) -> None:
    def added(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(draft: Any, event: dict[str, Any]) -> Any:
            after = original(draft, event)
            return replace(after, record=draft.record)

        return bent

    put(server.captures, "added", added)


@fault("LGS-032")
def the_estimate_is_the_latest_time(server: SecondLogisticsServer) -> None:
    def view(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found, now = original(shipment), server.journal.told(shipment)
            events = {name: replace(one, record=one.moment) for name, one in now.events.items()}
            return found | {"estimatedDeliveryTime": replace(now, events=events).estimate()}

        return bent

    put(server.shipments, "view", view)


@fault("LGS-035")
def a_declaration_takes_the_breach_back(server: SecondLogisticsServer) -> None:
    def view(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found = original(shipment)
            events = server.journal.told(shipment).events.values()
            parcels = shipment.request["parcels"]
            found["coldChainBreach"] = any(one.counts and folding.breaches(one.doc, parcels) for one in events)
            return found

        return bent

    put(server.shipments, "view", view)


@fault("LGS-035")
def only_the_first_reading_breaks_the_cold_chain(server: SecondLogisticsServer) -> None:
    def view(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found = original(shipment)
            events = server.journal.told(shipment).events.values()
            firsts = [one.doc | {"sensor": one.doc.get("sensor", [])[:1]} for one in events]
            found["coldChainBreach"] = any(folding.breaches(one, shipment.request["parcels"]) for one in firsts)
            return found

        return bent

    put(server.shipments, "view", view)


@fault("LGS-024")
def the_public_sees_declared_events(server: SecondLogisticsServer) -> None:
    def public(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found = original(shipment)
            events = folding.in_order(server.journal.told(shipment).events.values())
            shown = [one.doc for one in events if one.doc["classifier"] == "ACT"]
            found["events"] = [{"eventType": one["eventType"], "eventTime": one["eventTime"]} for one in shown]
            return found

        return bent

    put(server.shipments, "public", public)


@fault("LGS-022")
def the_public_sees_the_point_as_read_point(server: SecondLogisticsServer) -> None:
    def public(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(shipment: Shipment) -> Any:
            found = original(shipment)
            if found["events"]:
                last = folding.in_order(server.journal.told(shipment).events.values())[-1]
                found["events"][-1]["place"] = last.doc.get("readPoint", {}).get("locationId", "")
            return found

        return bent

    put(server.shipments, "public", public)
