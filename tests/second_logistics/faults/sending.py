"""Faults of deliveries to subscribers, and of the URLs that they go to."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import Any
from urllib.parse import urlsplit

from tests.second_health.asking import Ask
from tests.second_logistics import callbacks
from tests.second_logistics.deliveries import Parcel, Subscription
from tests.second_logistics.faults.bending import instead
from tests.second_logistics.journal import Shipment
from tests.second_logistics.service import SecondLogisticsServer as Server

# what is sent


@instead("captures.capture", "LGS-033")
def an_event_that_was_there_is_sent_again(server: Server, capture: Any, ask: Ask, shipment: Shipment) -> Any:
    results, events = capture(ask, shipment)
    told = server.journal.told(shipment).events
    again = [told[one["eventId"]] for one in results["results"] if one["status"] == 200]
    return results, [*events, *(one for one in again if one.id not in {it.id for it in events})]


@instead("deliveries.publish", "LGS-033")
def only_what_happened_is_sent(_: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]) -> None:
    if document["classifier"] == "ACT":
        publish(tenant, shipment, document)


@instead("deliveries.publish", "LGS-033")
def what_the_server_makes_is_not_sent(_: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]) -> None:
    if document["eventType"] != "COLLECTED":
        publish(tenant, shipment, document)


@instead("deliveries.publish", "LGS-033")
def the_newest_subscription_is_the_only_one(
    server: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]
) -> None:
    every = server.deliveries.subscriptions
    server.deliveries.subscriptions = dict([item for item in every.items() if item[0][0] == tenant][-1:])
    try:
        publish(tenant, shipment, document)
    finally:
        server.deliveries.subscriptions = every


@instead("deliveries.publish", "LGS-033")
def subscriptions_of_all_tenants_are_served(
    server: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]
) -> None:
    for owner in {one for one, _ in server.deliveries.subscriptions}:
        publish(owner, shipment, document)


@instead("deliveries.publish", "LGS-033")
def a_delivery_lacks_what_is_nested(_: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]) -> None:
    publish(tenant, shipment, {name: value for name, value in document.items() if name not in ("readPoint", "sensor")})


@instead("deliveries.publish", "LGS-033")
def a_delivery_has_the_time_of_recording_in_seconds(
    _: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]
) -> None:
    publish(tenant, shipment, document | {"recordTime": re.sub(r"\.\d+", "", document["recordTime"])})


@instead("deliveries.subscribe", "LGS-033")
def the_last_event_is_sent_to_whoever_subscribes(server: Server, subscribe: Any, ask: Ask) -> Any:
    found = subscribe(ask)
    own = [one for one in server.journal.shipments.values() if one.tenant == ask.org]
    for shipment in own[-3:]:
        last = list(server.journal.told(shipment).events.values())[-1:]
        server.published(shipment, last)
    return found


@instead("deliveries.subscribe", "LGS-033")
def the_old_secret_stays(server: Server, subscribe: Any, ask: Ask) -> Any:
    known = server.deliveries.subscriptions.get((ask.org, ask.document["callbackUrl"]))
    secret = known.secret if known else ""
    found = subscribe(ask)
    if known:
        known.secret = secret
    return found


@instead("deliveries.subscribe", "LGS-033")
def a_second_subscription_stands_beside_the_first(server: Server, subscribe: Any, ask: Ask) -> Any:
    known = server.deliveries.subscriptions.pop((ask.org, ask.document["callbackUrl"]), None)
    status, document = subscribe(ask)
    if known:
        server.deliveries.subscriptions[ask.org, f"{known.url}#{known.id}"] = known
    return (200 if known else status), document


@instead("deliveries.subscribe", "LGS-033", "LGS-029")
def a_subscription_shows_its_secret(_: Server, subscribe: Any, ask: Ask) -> Any:
    status, document = subscribe(ask)
    return status, document | {"secret": ask.document["secret"]}


# how it is sent


@instead("deliveries.drive", "LGS-033")
def an_event_may_overtake_another(server: Server, drive: Any, subscription: Subscription, lane: deque[Parcel]) -> Any:
    own = deque([lane[-1]])
    lane.clear()
    return drive(subscription, own)


@instead("deliveries.headers", "COM-HOOK-01", "LGS-033")
def a_repetition_has_the_time_of_the_first_attempt(
    server: Server, headers: Any, subscription: Subscription, parcel: Parcel
) -> Any:
    firsts: dict[str, Any] = server.__dict__.setdefault("firsts", {})
    return firsts.setdefault(parcel.id, headers(subscription, parcel))


@instead("deliveries.headers", "COM-HOOK-01", "LGS-033")
def a_repetition_has_an_id_of_its_own(server: Server, headers: Any, subscription: Subscription, parcel: Parcel) -> Any:
    server.journal.count += 1
    return headers(subscription, parcel) | {"X-Delivery-Id": f"{parcel.id}-{server.journal.count}"}


@instead("deliveries.headers", "LGS-033", "COM-HOOK-01")
def deliveries_of_a_shipment_have_one_id(_: Server, headers: Any, subscription: Subscription, parcel: Parcel) -> Any:
    found = re.search(rb'"shipmentId": ?"([^"]+)"', parcel.body)
    return headers(subscription, parcel) | {"X-Delivery-Id": found[1].decode() if found else parcel.id}


@instead("deliveries.post", "LGS-033", "COM-HOOK-01", "LGS-046")
def every_answer_but_success_is_tried_again(_: Server, post: Any, *of: Any) -> Any:
    async def bent() -> int | None:
        status = await post(*of)
        return status if status is None or 200 <= status < 300 else 500

    return bent()


@instead("deliveries.drive", "COM-HOOK-01", "LGS-046")
def three_attempts_are_enough(server: Server, drive: Any, subscription: Subscription, lane: deque[Parcel]) -> Any:
    return _driven(server, subscription, lane, [1.0, 2.0])


@instead("deliveries.drive", "COM-HOOK-01", "LGS-046")
def the_gaps_shrink(server: Server, drive: Any, subscription: Subscription, lane: deque[Parcel]) -> Any:
    return _driven(server, subscription, lane, [4.0, 3.0, 2.0, 1.0, 1.0, 1.0])


@instead("deliveries.drive", "COM-HOOK-01", "LGS-046")
def the_first_repetition_takes_a_minute(server: Server, drive: Any, subscription: Subscription, lane: deque[Parcel]) -> Any:
    return _driven(server, subscription, lane, [60.0] * 6)


async def _driven(server: Server, subscription: Subscription, lane: deque[Parcel], pauses: list[float]) -> None:
    sending = server.deliveries
    while lane:
        for pause in [0.0, *pauses]:
            await sending.sleep(pause)
            status = await sending.post(subscription.url, sending.headers(subscription, lane[0]), lane[0].body)
            if status is not None and status < 500:
                break
        lane.popleft()


@instead("deliveries.publish", "LGS-033", "COM-HOOK-01")
def deliveries_go_out_every_ten_seconds(
    server: Server, publish: Any, tenant: str, shipment: str, document: dict[str, Any]
) -> None:
    async def soon() -> None:
        await server.deliveries.sleep(10.0)
        publish(tenant, shipment, document)

    task = asyncio.get_running_loop().create_task(soon())
    server.deliveries.tasks.add(task)
    task.add_done_callback(server.deliveries.tasks.discard)


# where it may go


def _excepting(server: Server, subscribe: Any, ask: Ask, taken: bool) -> Any:
    """Subscribes, to a URL that is taken whatever it is or to one that is not."""
    before = server.deliveries.excepted
    if taken:
        server.deliveries.excepted = str(ask.document["callbackUrl"])
    try:
        return subscribe(ask)
    finally:
        server.deliveries.excepted = before


def _host(ask: Ask) -> str:
    try:
        return (urlsplit(str(ask.document["callbackUrl"])).hostname or "").lower()
    except ValueError:
        return ""


@instead("deliveries.subscribe", "LGS-034")
def the_second_private_block_has_one_network(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, bool(re.match(r"172\.(1[7-9]|2\d|3[01])\.", _host(ask))))


@instead("deliveries.subscribe", "LGS-034")
def only_the_metadata_address_is_link_local(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, bool(re.match(r"169\.254\.(?!169\.254)", _host(ask))))


@instead("deliveries.subscribe", "LGS-034")
def only_one_address_is_loopback(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, bool(re.match(r"127\.(?!0\.0\.1)", _host(ask))))


@instead("deliveries.subscribe", "LGS-034")
def unique_local_addresses_begin_with_fd(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, _host(ask).startswith("fc"))


@instead("deliveries.subscribe", "LGS-034")
def a_name_that_ends_with_a_full_stop_is_another(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, _host(ask).endswith("."))


@instead("deliveries.subscribe", "LGS-034")
def a_user_without_a_password_is_none(server: Server, subscribe: Any, ask: Ask) -> Any:
    parts = str(ask.document["callbackUrl"]).split("://")[-1].split("/")[0]
    clean = callbacks.allowed("https://" + parts.rpartition("@")[2], "", "")
    return _excepting(server, subscribe, ask, "@" in parts and ":" not in parts.rpartition("@")[0] and clean)


@instead("deliveries.subscribe", "LGS-034")
def an_address_mapped_into_ipv6_is_none(server: Server, subscribe: Any, ask: Ask) -> Any:
    return _excepting(server, subscribe, ask, _host(ask).startswith("::ffff:"))
