"""The third domain: its reference server passes, its histories fold, its lockers are never overbooked, and its deliveries arrive."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import httpx
import pytest

from conformance import reference
from conformance.adequacy import START, reference_ixit, verdicts_of
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.clock import VirtualClock
from conformance.given.templates import fill
from conformance.load import data_folders, load_profile, load_spec
from conformance.model import Ics, Inputs, Outcome, Verdict
from conformance.plan import make_plan
from conformance.reference.calling import address_of
from conformance.reference.logistics.records import EVENTS, MOVES, TERMINAL
from conformance.reference.logistics.seeds import shipment_body
from conformance.reference.logistics.shipping import sscc_is_right
from conformance.wire import Receiver
from tests.test_health import told

BAD = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE)


@cache
def verdicts(profile: str = "full", variant: str = "") -> list[Verdict]:
    chosen, spec = load_profile(data_folders(), "logistics", profile)
    ixit, clock = reference_ixit("logistics"), VirtualClock(START)
    receiver = Receiver(RECEIVER, clock)
    plan = make_plan(spec, chosen, Ics("reference", "1.0.0"), ixit)
    app = reference.application("logistics", variant=variant or None, clock=clock.now, outgoing=outgoing_to(receiver, clock))
    return asyncio.run(verdicts_of(plan, spec, ixit, app, clock, receiver=receiver))[0]


def test_the_plain_server_passes_everything_that_is_tested() -> None:
    found = verdicts()
    assert [one.case for one in found if one.outcome in BAD] == []
    assert told(found)["COM-HOOK-01/createSubscription"] == "pass"


@pytest.mark.slow
@pytest.mark.heavy
@pytest.mark.parametrize("profile", ["shipping", "lockers", "events"])
def test_each_profile_can_be_passed_by_itself(profile: str) -> None:
    assert [one.case for one in verdicts(profile) if one.outcome in BAD] == []


@pytest.mark.parametrize(("profile", "expected"), [("tracking", Outcome.PASS), ("lockers", Outcome.FAIL), ("full", Outcome.FAIL)])
def test_a_declaration_is_truthful_for_the_profiles_that_it_names(profile: str, expected: Outcome) -> None:
    """A certificate needs its own profile among those that are declared, and no other."""
    chosen, spec = load_profile(data_folders(), "logistics", profile)
    clock, ixit = VirtualClock(START), reference_ixit("logistics")
    plan = make_plan(spec, chosen, Ics(), ixit, only=["COM-DOC-03"])
    server = reference.application("logistics", fault="DeclaresTrackingAlone", clock=clock.now)
    (verdict,) = asyncio.run(verdicts_of(plan, spec, ixit, server, clock))[0]
    assert verdict.outcome is expected


def test_at_most_a_twentieth_of_its_own_musts_is_not_tested() -> None:
    rows = [
        row for row in load_spec(data_folders(), "logistics").requirements if row.id.startswith("LGS") and row.level == "MUST"
    ]
    assert len(rows) >= 35
    assert sum(row.binding is None for row in rows) <= len(rows) / 20


# ------------------------------------------------------------------------------------------ a client


class Client:
    """A tenant of the reference server, in this process, on a virtual clock."""

    def __init__(self, http: httpx.AsyncClient, clock: VirtualClock, receiver: Receiver) -> None:
        self.http, self.clock, self.receiver, self.made = http, clock, receiver, 0

    async def ask(self, method: str, path: str, body: Any = None, *, tenant: str = "a", status: int = 200, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {reference.credentials('logistics')[tenant]}", **headers}
        answer = await self.http.request(method, "/v1" + path, json=body, headers=sent)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def shipment(self, **members: Any) -> dict[str, Any]:
        self.made += 1
        body = {**shipment_body("a", self.made), "reference": f"T-{self.made}", **members}
        made = await self.ask("POST", "/shipments", body, status=201, **{"Idempotency-Key": f"k-{self.made}"})
        return dict(made)

    def event(self, kind: str, back: float, **members: Any) -> dict[str, Any]:
        known = EVENTS[kind]
        step = {"bizStep": known.steps[0]} if known.steps[0] else {}
        moment = fill({"now": -back}, None, _utc(self.clock.now()), Inputs(), 0)
        base = {"eventTime": moment, "eventTimeZoneOffset": "+08:00", "eventType": kind, "action": "OBSERVE"}
        return {**base, **step, "disposition": known.dispositions[0], "classifier": "ACT", **members}

    async def capture(self, shipment: Mapping[str, Any], *events: Any, status: int = 200) -> Any:
        return await self.ask("POST", f"/shipments/{shipment['shipmentId']}/events", {"events": list(events)}, status=status)

    async def state(self, shipment: Mapping[str, Any]) -> str:
        return str((await self.ask("GET", f"/shipments/{shipment['shipmentId']}"))["state"])


def _utc(now: float) -> Any:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(now, UTC)


def scene(play: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        clock = VirtualClock(START)
        receiver = Receiver(RECEIVER, clock)
        app = reference.application("logistics", clock=clock.now, outgoing=outgoing_to(receiver, clock))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://reference.example") as http:
            await play(Client(http, clock, receiver))

    asyncio.run(run())


# ------------------------------------------------------------------------------------------ events


def _walk(chance: Random, most: int) -> list[str]:
    """The types of a history, in the order in which they happen."""
    types, state = list[str](), "CREATED"
    while len(types) < most and state not in TERMINAL:
        ways = [name for name, kind in EVENTS.items() if kind.state and (state, kind.state) in MOVES and name != "CANCELLED"]
        types.append(chance.choice(ways))
        state = EVENTS[types[-1]].state or state
    return types


@pytest.mark.parametrize("seed", range(12))
def test_a_history_that_is_captured_at_once_in_any_order_folds_to_its_last_state(seed: int) -> None:
    chance = Random(seed)
    types = _walk(chance, 1 + seed % 8)

    async def play(client: Client) -> None:
        made = await client.shipment()
        events = [client.event(kind, 100 * (len(types) - index)) for index, kind in enumerate(types)]
        chance.shuffle(events)
        await client.capture(made, *events)
        assert await client.state(made) == EVENTS[types[-1]].state
        listed = (await client.ask("GET", f"/shipments/{made['shipmentId']}/events"))["items"]
        assert [event["eventType"] for event in listed] == types

    scene(play)


def test_a_puller_misses_nothing_that_comes_late_and_gets_nothing_twice() -> None:
    async def play(client: Client) -> None:
        made = await client.shipment()
        seen, border, begin = list[str](), "", ""
        for batch in (("PICKED_UP", 5000), ("ARRIVED", 1000), ("DEPARTED", 3000), ("ARRIVED", 2000)):
            await client.capture(made, client.event(*batch))
            items = (await client.ask("GET", "/events?limit=200"))["items"]
            border, begin = items[-1]["recordTime"], border or items[0]["recordTime"]
            window = httpx.QueryParams({"recordFrom": begin, "recordTo": border, "limit": 200})
            seen += [event["eventId"] for event in (await client.ask("GET", f"/events?{window}"))["items"]]
            begin = border
        everything = [event["eventId"] for event in (await client.ask("GET", "/events?limit=200"))["items"]]
        assert seen == everything[:-1]

    scene(play)


# ------------------------------------------------------------------------------------------ lockers


def test_as_many_reservations_succeed_as_compartments_are_free() -> None:
    async def play(client: Client) -> None:
        body = {"pickupPointId": "pp-lk-03", "sizeClass": "M", "holdSeconds": 5}
        token = {"Authorization": f"Bearer {reference.credentials('logistics')['a']}"}
        race = [client.http.post("/v1/locker-reservations", json=body, headers=token) for _ in range(6)]
        answers = await asyncio.gather(*race)
        won = [answer.json() for answer in answers if answer.status_code == 201]
        assert len({one["compartmentNo"] for one in won}) == len(won) == 3
        assert {answer.json()["type"].rsplit("/", 1)[-1] for answer in answers if answer.status_code == 409} == {"no-capacity"}
        await client.clock.sleep(6)
        again = await client.ask("GET", "/pickup-points/pp-lk-03/availability")
        assert next(size for size in again["sizes"] if size["sizeClass"] == "M")["free"] == 3

    scene(play)


# ------------------------------------------------------------------------------------------ deliveries


def test_a_delivery_comes_again_ever_more_slowly_and_in_its_order() -> None:
    async def play(client: Client) -> None:
        url, secret = f"{RECEIVER}/hook/fail-3", "s" * 32
        subscription = {"callbackUrl": url, "eventTypes": ["PICKED_UP", "DEPARTED"], "secret": secret}
        made = await client.ask("POST", "/subscriptions", subscription, status=201)
        assert "secret" not in made
        shipment = await client.shipment()
        await client.capture(
            shipment, client.event("PICKED_UP", 900), client.event("DEPARTED", 600), client.event("ARRIVED", 300)
        )
        await client.clock.sleep(60)
        kept = client.receiver._kept
        ids = [dict(one.headers)["x-delivery-id"] for one in kept]
        assert ids[:4] == [ids[0]] * 4
        assert len(ids) == 5
        gaps = [after.at - before.at for before, after in pairwise(kept[:4])]
        assert gaps == sorted(gaps)
        assert [json.loads(one.body)["eventType"] for one in kept[3:]] == ["PICKED_UP", "DEPARTED"]
        for one in kept:
            headers = dict(one.headers)
            signed = headers["x-delivery-timestamp"].encode() + b"." + one.body
            assert headers["x-delivery-signature"] == "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()

    scene(play)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/a",
        "https://localhost/a",
        "https://127.1/a",
        "https://2130706433/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://169.254.169.254/a",
        "https://user@hooks.example.com/a",
        RECEIVER + "elsewhere",
    ],
)
def test_a_callback_to_a_private_place_is_refused(url: str) -> None:
    async def play(client: Client) -> None:
        body = {"callbackUrl": url, "eventTypes": ["PICKED_UP"], "secret": "s" * 32}
        refused = await client.ask("POST", "/subscriptions", body, status=422)
        assert refused["errors"][0]["pointer"] == "/callbackUrl"

    scene(play)


def test_addresses_are_known_however_they_are_written() -> None:
    assert {str(address_of(text)) for text in ("127.1", "2130706433", "0x7f000001", "::ffff:127.0.0.1")} == {"127.0.0.1"}
    assert address_of("hooks.example.com") is None


def test_check_digits_of_containers_are_those_of_gs1() -> None:
    assert sscc_is_right("123456789012345675")
    assert sscc_is_right("106141411234567897")
    assert not sscc_is_right("123456789012345765")
