"""Faults of lists, lockers and deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.second_logistics import callbacks
from tests.second_logistics.faults.bending import fault, put
from tests.second_logistics.journal import Shipment
from tests.second_logistics.points import POINTS
from tests.second_logistics.service import SecondLogisticsServer


@fault("LGS-016", "COM-FILT-05", "COM-FILT-01")
def the_end_of_recording_is_included(server: SecondLogisticsServer) -> None:
    def queried(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(values: dict[str, Any], shipment: Shipment) -> Any:
            rows = original({name: value for name, value in values.items() if name != "recordTo"}, shipment)
            return [row for row in rows if "recordTo" not in values or row[0][0] <= values["recordTo"]]

        return bent

    put(server.lists, "queried", queried)


@fault("LGS-039")
def the_query_leaves_declared_events_out(server: SecondLogisticsServer) -> None:
    put(
        server.lists,
        "late",
        lambda original: lambda shipment: [one for one in original(shipment) if "errorDeclaration" not in one.doc],
    )


@fault("LGS-025")
def closed_points_are_shown_in_a_box(server: SecondLogisticsServer) -> None:
    def of_points(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(values: dict[str, Any]) -> Any:
            rows = original(values)
            closed = [one.doc for one in POINTS.values() if one.status == "CLOSED"] if "bbox" in values else []
            return sorted([*rows, *(((doc["pickupPointId"],), lambda doc=doc: doc) for doc in closed)], key=lambda row: row[0])

        return bent

    put(server.lists, "of_points", of_points)


# lockers


@fault("LGS-026", "LGS-030", "LGS-028")
def what_is_overdue_is_not_counted(server: SecondLogisticsServer) -> None:
    def occupied(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *of: [one for one in original(*of) if one.state(server.house.now()) != "OVERDUE"]

    put(server.lockers, "occupied", occupied)


@fault("LGS-027")
def every_compartment_is_the_first(server: SecondLogisticsServer) -> None:
    put(
        server.lockers,
        "reserve",
        lambda original: lambda ask: original(ask) | {"compartmentNo": f"{ask.document['sizeClass']}-01"},
    )


@fault("LGS-041")
def codes_follow_from_one_another(server: SecondLogisticsServer) -> None:
    def reserve(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(ask: Any) -> Any:
            found = original(ask)
            code = f"{len(server.lockers.holds) * 7919 % 1_000_000:06d}"
            hold = server.lockers.holds[found["reservationId"]]
            server.lockers.holds[hold.id] = replace(hold, code=code)
            return found | {"pickupCode": code}

        return bent

    put(server.lockers, "reserve", reserve)


@fault("LGS-030")
def the_right_code_opens_what_is_locked(server: SecondLogisticsServer) -> None:
    def opened(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(hold: Any, code: str) -> None:
            if code == hold.code:
                server.lockers.locked.pop(hold.id, None)
            original(hold, code)

        return bent

    put(server.lockers, "opened", opened)


@fault("LGS-028")
def a_parcel_needs_no_hold(server: SecondLogisticsServer) -> None:
    def after(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda hold, event, locker: original(hold, event, locker=locker and hold is not None)

    put(server.lockers, "after", lambda original: lambda hold, event, *, locker: after(original)(hold, event, locker))


@fault("LGS-028")
def one_shipment_holds_two(server: SecondLogisticsServer) -> None:
    put(server.lockers, "refuse_second", lambda _: lambda _: None)


@fault("LGS-031")
def the_collection_is_dated_now(server: SecondLogisticsServer) -> None:
    put(
        server.captures.house.times,
        "following",
        lambda original: lambda moment, present: max(present, original((0, ""), present)),
    )


# deliveries


@fault("LGS-033")
def the_old_types_stay(server: SecondLogisticsServer) -> None:
    def subscribe(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(ask: Any) -> Any:
            known = server.deliveries.subscriptions.get((ask.org, ask.document["callbackUrl"]))
            before = list(known.types) if known else []
            found = original(ask)
            if known:
                known.types = list(dict.fromkeys([*before, *known.types]))
            return found

        return bent

    put(server.deliveries, "subscribe", subscribe)


@fault("LGS-033")
def declarations_are_not_sent(server: SecondLogisticsServer) -> None:
    def publish(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda tenant, shipment, document: "errorDeclaration" in document or original(tenant, shipment, document)

    put(server.deliveries, "publish", publish)


@fault("LGS-033", "COM-HOOK-01")
def what_fails_once_is_given_up(server: SecondLogisticsServer) -> None:
    def post(original: Callable[..., Any]) -> Callable[..., Any]:
        async def bent(*of: Any) -> int:
            await original(*of)
            return 200

        return bent

    put(server.deliveries, "post", post)


@fault("LGS-034")
def octal_numbers_are_taken_for_names(server: SecondLogisticsServer) -> None:
    def subscribe(original: Callable[..., Any]) -> Callable[..., Any]:
        def bent(ask: Any) -> Any:
            url = str(ask.document["callbackUrl"])
            if callbacks.allowed(url, "", "") or not url.startswith("https://0"):
                return original(ask)
            excepted, server.deliveries.excepted = server.deliveries.excepted, url
            try:
                return original(ask)
            finally:
                server.deliveries.excepted = excepted

        return bent

    put(server.deliveries, "subscribe", subscribe)
