"""Faults of lists, tenants, tags, keys and public tracking."""

from __future__ import annotations

from collections import deque
from typing import Any

from tests.second_health.asking import Answer, Ask
from tests.second_health.refusals import Refusal
from tests.second_logistics import folding
from tests.second_logistics.faults.bending import instead
from tests.second_logistics.journal import Shipment
from tests.second_logistics.points import POINTS
from tests.second_logistics.service import SecondLogisticsServer as Server

# lists


@instead("lists.queried", "LGS-016", "LGS-039")
def a_window_is_one_of_event_times(server: Server, queried: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    bare = {name: value for name, value in values.items() if name not in ("recordFrom", "recordTo")}
    events = {one.id: one.moment for one in server.journal.told(shipment).events.values()}
    start, end = values.get("recordFrom", (-(10**12), "")), values.get("recordTo", (10**12, ""))
    return [row for row in queried(bare, shipment) if start <= events[row[0][1]] < end]


@instead("lists.queried", "LGS-016", "COM-FILT-05")
def the_beginning_of_recording_is_left_out(_: Server, queried: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    return [row for row in queried(values, shipment) if row[0][0] != values.get("recordFrom")]


@instead("lists.queried", "LGS-039", "LGS-016")
def the_query_leaves_the_servers_own_events_out(server: Server, queried: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    events = {one.id: one.doc["eventType"] for one in server.journal.told(shipment).events.values()}
    return [row for row in queried(values, shipment) if events[row[0][1]] not in ("CANCELLED", "COLLECTED")]


@instead("lists.queried", "COM-FILT-01", "COM-FILT-02")
def a_read_point_is_looked_for_by_its_beginning(server: Server, queried: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    sought = values.get("readPoint")
    events = server.journal.told(shipment).events
    rows = queried({name: value for name, value in values.items() if name != "readPoint"}, shipment)
    places = {row[0][1]: events[row[0][1]].doc.get("readPoint", {}).get("locationId", "") for row in rows}
    return [row for row in rows if sought is None or places[row[0][1]].startswith(sought)]


@instead("lists.queried", "COM-FILT-01")
def an_event_without_a_step_is_of_every_step(server: Server, queried: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    sought, events = values.get("bizStep"), server.journal.told(shipment).events
    rows = queried({name: value for name, value in values.items() if name != "bizStep"}, shipment)
    return [row for row in rows if sought is None or events[row[0][1]].doc.get("bizStep") in (None, sought)]


@instead("lists.of_shipments", "COM-FILT-01", "COM-FILT-02", "LGS-021")
def the_state_that_is_filtered_is_that_of_events_captured(server: Server, of_shipments: Any, ask: Ask) -> Any:
    wanted = ask.values.get("state")
    ask.values = {name: value for name, value in ask.values.items() if name != "state"}
    try:
        rows = of_shipments(ask)
    finally:
        ask.values |= {"state": wanted} if wanted else {}
    return [row for row in rows if wanted is None or _captured(server, row[0][1]) == wanted]


def _captured(server: Server, identifier: str) -> str:
    events = server.journal.told(server.journal.shipments[identifier]).events.values()
    return folding.fold(one for one in events if one.doc["eventType"] not in ("CANCELLED", "COLLECTED"))[0]


@instead("lists.of_shipments", "COM-FILT-01")
def references_are_sought_without_their_case(server: Server, of_shipments: Any, ask: Ask) -> Any:
    sought = ask.values.pop("reference", None)
    rows = of_shipments(ask)
    ask.values |= {"reference": sought} if sought else {}
    known = server.journal.shipments
    return [row for row in rows if sought in (None, "") or known[row[0][1]].request["reference"].lower() == sought.lower()]


@instead("lists.of_shipments", "COM-FILT-05", "COM-FILT-01")
def the_day_of_the_end_is_included(server: Server, of_shipments: Any, ask: Ask) -> Any:
    end = ask.values.get("createdTo")
    whole = {"createdTo": ((end[0] + 28_800) // 86_400 * 86_400 + 57_600, "")} if end else {}
    values, ask.values = ask.values, ask.values | whole
    try:
        return of_shipments(ask)
    finally:
        ask.values = values


@instead("lists.of_shipments", "COM-CONS-02", "LGS-028")
def a_list_shows_no_reservation(server: Server, of_shipments: Any, ask: Ask) -> Any:
    def bare(item: Any) -> Any:
        return lambda: {name: value for name, value in item().items() if name != "lockerReservation"}

    return [(key, bare(item)) for key, item in of_shipments(ask)]


@instead("lists.of_events", "COM-SORT-01", "LGS-015")
def events_are_listed_as_they_were_recorded(server: Server, of_events: Any, values: dict[str, Any], shipment: Shipment) -> Any:
    events = server.journal.told(shipment).events
    return sorted(of_events(values, shipment), key=lambda row: events[row[0][1]].record)


@instead("lists.of_events", "COM-SORT-01", "LGS-015", "LGS-007")
def events_are_listed_as_their_times_are_written(
    server: Server, of_events: Any, values: dict[str, Any], shipment: Shipment
) -> Any:
    events = server.journal.told(shipment).events
    rows = [((0, events[row[0][1]].doc["eventTime"] + row[0][1]), row[1]) for row in of_events(values, shipment)]
    return sorted(rows, key=lambda row: row[0])


@instead("lists.page", "COM-PAGE-03", "LGS-015")
def pages_are_counted_from_the_front(server: Server, page: Any, ask: Ask, shipment: Shipment | None) -> Any:
    passed: dict[str, int] = server.__dict__.setdefault("turned", {})
    token = ask.values.get("cursor")
    if token is None or token not in server.lists.tickets or shipment is None:
        found = page(ask, shipment)
    else:
        server.lists.opened(token, server.lists.traversal(ask, ask.values.get("limit", 50)))
        original = server.lists.rows
        server.lists.rows = lambda *of: original(*of)[passed.get(token, 0) :]  # type: ignore[method-assign]
        opened = server.lists.opened
        server.lists.opened = lambda *_: ((-(10**12), ""), "")  # type: ignore[method-assign,assignment,return-value]
        try:
            found = page(ask, shipment)
        finally:
            server.lists.rows, server.lists.opened = original, opened  # type: ignore[method-assign]
    if found["page"]["nextCursor"]:
        passed[found["page"]["nextCursor"]] = passed.get(token or "", 0) + len(found["items"])
    return found


@instead("lists.traversal", "COM-PAGE-06")
def a_cursor_serves_every_shipment(_: Server, traversal: Any, ask: Ask, limit: int) -> str:
    segment, ask.segment = ask.segment, ""
    try:
        return str(traversal(ask, limit))
    finally:
        ask.segment = segment


@instead("lists.of_points", "COM-FILT-01", "COM-FILT-02")
def a_service_is_sought_in_the_first_two(_: Server, of_points: Any, values: dict[str, Any]) -> Any:
    wanted = values.get("service")
    return [row for row in of_points(values) if wanted is None or wanted in POINTS[row[0][0]].doc["services"][:2]]


# tenants


@instead("lists.rows", "LGS-036", "COM-TEN-01")
def a_read_point_is_looked_for_among_all_tenants(server: Server, rows: Any, ask: Ask, shipment: Shipment | None) -> Any:
    if ask.operation != "queryEvents" or "readPoint" not in ask.values:
        return rows(ask, shipment)
    found = [row for one in server.journal.shipments.values() for row in server.lists.queried(ask.values, one)]
    return sorted(found, key=lambda row: row[0])


@instead("lists.of_shipments", "COM-TEN-01")
def a_reference_is_looked_for_among_all_tenants(server: Server, of_shipments: Any, ask: Ask) -> Any:
    sought = ask.values.get("reference")
    own = of_shipments(ask)
    others = [
        ((one.created, one.id), lambda one=one: server.shipments.view(one))
        for one in server.journal.shipments.values()
        if one.tenant != ask.org and one.request["reference"] == sought
    ]
    return [*own, *others]


@instead("subject", "LGS-036", "COM-TEN-01")
def another_tenants_shipment_is_forbidden(server: Server, subject: Any, ask: Ask, client: str) -> Any:
    known = server.journal.shipments.get(ask.segment)
    if ask.operation == "cancelShipment" and known and known.tenant != ask.org:
        raise Refusal("forbidden")
    return subject(ask, client)


# tags and keys


@instead("tag", "COM-COND-01", "COM-COND-02", "LGS-020")
def a_tag_is_of_what_the_client_wrote(server: Server, tag: Any, document: dict[str, Any]) -> Any:
    beside = ("state", "lockerReservation", "estimatedDeliveryTime", "coldChainBreach", "updatedAt")
    return tag({name: value for name, value in document.items() if name not in beside})


@instead("once", "COM-IDEM-01")
def a_repeated_creation_shows_what_became_of_it(server: Server, once: Any, ask: Ask, key: str) -> Any:
    async def bent() -> Answer:
        answer: Answer = await once(ask, key)
        now = server.shipments.view(server.journal.shipments[answer.document["shipmentId"]])
        return Answer(answer.status, now, answer.headers)

    return bent()


# public tracking


@instead("shipments.public", "LGS-024")
def the_public_sees_estimates(server: Server, public: Any, shipment: Shipment) -> Any:
    events = folding.in_order(one for one in server.journal.told(shipment).events.values() if "errorDeclaration" not in one.doc)
    shown = [{"eventType": one.doc["eventType"], "eventTime": one.doc["eventTime"]} for one in events]
    return public(shipment) | {"events": shown}


@instead("shipments.public", "LGS-024")
def the_public_sees_events_as_they_were_recorded(server: Server, public: Any, shipment: Shipment) -> Any:
    counting = [one for one in server.journal.told(shipment).events.values() if one.counts]
    events = sorted(counting, key=lambda one: one.record)
    shown = [{"eventType": one.doc["eventType"], "eventTime": one.doc["eventTime"]} for one in events]
    return public(shipment) | {"events": shown}


@instead("shipments.public", "LGS-024")
def the_public_never_hears_of_a_cancellation(_: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    return found | ({"state": "CREATED"} if found["state"] == "CANCELLED" else {})


@instead("shipments.public", "LGS-024", "LGS-031")
def the_public_never_hears_of_a_collection(_: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    return found | ({"state": "AT_PICKUP_POINT"} if found["state"] == "COLLECTED" else {})


@instead("shipments.public", "LGS-024")
def damage_is_hidden_from_the_public(_: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    return found | ({"state": "IN_TRANSIT"} if found["state"] in ("DAMAGED", "HELD") else {})


@instead("shipments.public", "LGS-022")
def the_public_sees_the_name_of_the_point(_: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    if "pickupPoint" in found:
        found["pickupPoint"]["label"] = POINTS[shipment.request["pickupPointId"]].doc["name"]["zh-Hant"]
    return found


@instead("shipments.public", "LGS-022")
def the_public_sees_who_signed(_: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    if found["state"] == "DELIVERED" and found["events"]:
        found["events"][-1]["signedBy"] = (
            shipment.request["recipient"]["name"][:1] + "○" + shipment.request["recipient"]["name"][-1:]
        )
    return found


@instead("shipments.public", "LGS-022")
def the_public_sees_the_reason_of_a_failure(server: Server, public: Any, shipment: Shipment) -> Any:
    found = public(shipment)
    counting = folding.in_order(one for one in server.journal.told(shipment).events.values() if one.counts)
    for shown, one in zip(found["events"], counting, strict=False):
        if one.doc["eventType"] == "DELIVERY_FAILED" and "reasonCode" in one.doc:
            shown["reasonCode"] = one.doc["reasonCode"]
    return found


@instead("tracked", "LGS-040")
def numbers_are_found_in_small_letters(_: Server, tracked: Any, number: str, client: str) -> Any:
    return tracked(number.upper(), client)


@instead("tracked", "LGS-040")
def blanks_round_a_number_are_cut(_: Server, tracked: Any, number: str, client: str) -> Any:
    return tracked(number.strip(), client)


@instead("tracked", "LGS-023")
def a_number_that_is_there_forgives_the_others(server: Server, tracked: Any, number: str, client: str) -> Any:
    found = tracked(number, client)
    server.missed[client] = deque()
    return found


@instead("tracked", "LGS-023")
def a_token_lifts_the_bound(server: Server, tracked: Any, number: str, client: str) -> Any:
    if len(server.missed.get(client, ())) > 100:
        server.missed[client].popleft()
    return tracked(number, client)
