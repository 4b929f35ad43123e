"""Reservations on the reference transport server: states, capacity, prices, repetitions, shown without the suite's checks."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.reference.transport.records import MOVES, STATES
from tests.reference_client import (
    Api,
    pointers,
    scene,
    slug,
)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wanted", STATES)
def test_only_the_moves_of_the_state_machine_succeed(state: str, wanted: str) -> None:
    ways = {
        "PENDING": (),
        "CONFIRMED": ("CONFIRMED",),
        "IN_USE": ("CONFIRMED", "IN_USE"),
        "COMPLETED": ("CONFIRMED", "IN_USE", "COMPLETED"),
        "CANCELLED": ("CANCELLED",),
        "EXPIRED": (),
    }

    async def play(api: Api) -> None:
        now = await api.book()
        for step in ways[state]:
            moved = await api.move(now, step)
            assert moved.status_code == 200
            assert moved.json()["updatedAt"] > now.json()["updatedAt"]
            assert moved.json()["versionId"] == now.json()["versionId"] + 1
            now = moved
        if state == "EXPIRED":
            api.clock.now += 5
            now = await api.get(f"/reservations/{now.json()['reservationId']}", "a")
        assert now.json()["state"] == state
        answer = await api.move(now, wanted)
        after = await api.get(f"/reservations/{now.json()['reservationId']}", "a")
        if (state, wanted) in MOVES:
            assert (answer.status_code, after.json()["state"]) == (200, wanted)
            assert after.headers["ETag"] == answer.headers["ETag"] != now.headers["ETag"]
        else:
            assert slug(answer) == (409, "illegal-transition")
            assert (after.json(), after.headers["ETag"]) == (now.json(), now.headers["ETag"])

    scene(play)


def test_a_pending_reservation_lapses_and_its_unit_is_free_again() -> None:
    async def play(api: Api) -> None:
        crowd = [await api.book(holderRef=f"m{each}") for each in range(4)]
        assert [each.status_code for each in crowd] == [201] * 4
        assert slug(await api.book()) == (409, "no-capacity")
        api.clock.now += 4.9
        assert slug(await api.book()) == (409, "no-capacity")
        api.clock.now += 0.1
        lapsed = await api.get(f"/reservations/{crowd[0].json()['reservationId']}", "a")
        assert (lapsed.json()["state"], lapsed.json()["versionId"]) == ("EXPIRED", 2)
        assert lapsed.json()["updatedAt"] == crowd[0].json()["expiresAt"]
        assert (await api.book()).status_code == 201

    scene(play)


def test_a_confirmed_reservation_lapses_at_its_end() -> None:
    async def play(api: Api) -> None:
        made = await api.book()
        await api.move(made, "CONFIRMED")
        where = f"/reservations/{made.json()['reservationId']}"
        api.clock.now += 2 * 3600 - 1
        assert (await api.get(where, "a")).json()["state"] == "CONFIRMED"
        api.clock.now += 1
        assert (await api.get(where, "a")).json()["state"] == "EXPIRED"

    scene(play)


@pytest.mark.parametrize("target", ["TPE0147", "TPEEV034-01"])
def test_simultaneous_bookings_never_exceed_what_is_free(target: str) -> None:
    async def play(api: Api) -> None:
        body = api.booking() if target == "TPE0147" else api.connector()
        crowd = await asyncio.gather(*(api.book(body={**body, "holderRef": f"m{each}"}) for each in range(9)))
        made = [each for each in crowd if each.status_code == 201]
        assert len(made) == (4 if target == "TPE0147" else 1)
        assert all(slug(each) == (409, "no-capacity") for each in crowd if each not in made)

    scene(play)


def test_availability_follows_reservations() -> None:
    async def play(api: Api) -> None:
        async def free() -> tuple[int, int]:
            body = (await api.get("/carparks/TPE0147/availability")).json()
            return body["availableSpaces"], body["spaces"][0]["availableSpaces"]

        assert await free() == (5, 4)
        made = await api.book()
        assert await free() == (4, 3)
        await api.book(startTime=api.at(1), endTime=api.at(2))
        assert await free() == (4, 3)
        await api.move(made, "CANCELLED")
        assert await free() == (5, 4)

    scene(play)


def test_a_reserved_connector_shows_it() -> None:
    async def play(api: Api) -> None:
        async def status() -> str:
            connectors = (await api.get("/ev-stations/TPEEV034/connectors")).json()["items"]
            return str(connectors[0]["status"])

        assert await status() == "AVAILABLE"
        made = await api.book(body=api.connector())
        assert made.json()["price"] is None
        assert await status() == "RESERVED"
        used = await api.move(await api.move(made, "CONFIRMED"), "IN_USE")
        assert await status() == "CHARGING"
        await api.move(used, "COMPLETED")
        assert await status() == "AVAILABLE"
        assert slug(await api.book(body={**api.connector(), "targetUid": "ILAEV029-01"})) == (409, "not-in-service")

    scene(play)


def test_bookings_of_a_connector_may_touch_but_not_overlap() -> None:
    async def play(api: Api) -> None:
        async def book(start: float, end: float) -> int:
            return (await api.book(body=api.connector(startTime=api.at(start), endTime=api.at(end)))).status_code

        assert await book(2, 3) == 201
        assert [await book(*hours) for hours in ((1.5, 2.5), (2.5, 3.5), (1, 4), (2.2, 2.8), (2, 3))] == [409] * 5
        assert [await book(*hours) for hours in ((1, 2), (3, 4))] == [201, 201]

    scene(play)


@pytest.mark.parametrize(
    ("target", "hours", "amount"),
    [("TPE0147", 2, 120), ("TPE0147", 2.01, 180), ("TPE0147", 24, 480), ("TPE0562", 24, 720), ("ILA0050", 3, 0)],
)
def test_the_price_follows_the_fare(target: str, hours: float, amount: int) -> None:
    async def play(api: Api) -> None:
        made = await api.book(targetUid=target, endTime=api.at(hours))
        assert made.json()["price"] == {"amount": amount, "currency": "TWD"}

    scene(play)


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"startTime": 2, "endTime": 2}, "/endTime"),
        ({"startTime": 3, "endTime": 2}, "/endTime"),
        ({"startTime": -0.02}, "/startTime"),
        ({"endTime": 24.01}, "/endTime"),
        ({"targetUid": "TPE9999"}, "/targetUid"),
        ({"targetUid": "TPEEV034-01"}, "/targetUid"),
        ({"targetType": "EV_CONNECTOR"}, "/spaceType"),
        ({"spaceType": None}, ""),
        ({"holderRef": None}, ""),
        ({"holderRef": "王小明"}, "/holderRef"),
        ({"note": "字" * 201}, "/note"),
        ({"spaceType": True}, "/spaceType"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"x" * 900: 1}, ""),
    ],
)
def test_a_booking_that_breaks_a_rule_is_refused_with_a_pointer(changed: dict[str, Any], where: str) -> None:
    async def play(api: Api) -> None:
        timed = {name: api.at(value) if name.endswith("Time") else value for name, value in changed.items()}
        answer = await api.book(**timed)
        assert slug(answer) == (422, "invalid-body")
        assert where in pointers(answer)
        assert (await api.get("/reservations", "a")).json()["items"] == []

    scene(play)


def test_capacity_of_a_type_that_the_car_park_lacks_is_none() -> None:
    async def play(api: Api) -> None:
        assert slug(await api.book(spaceType=5)) == (409, "no-capacity")
        assert slug(await api.book(targetUid="TXG0527")) == (409, "not-in-service")

    scene(play)


def test_a_repeated_request_is_answered_as_at_first() -> None:
    async def play(api: Api) -> None:
        body = api.booking(note="e\u0301 \U00020000 😀 \u202eabc\u202c")
        first = await api.book(key="once", body=body)
        assert first.json()["note"] == body["note"]
        await api.move(first, "CONFIRMED")
        api.clock.now += 3600
        again = await api.book(key="once", body=dict(reversed(body.items())))
        assert (again.status_code, again.content, again.headers["ETag"]) == (201, first.content, first.headers["ETag"])
        assert slug(await api.book(key="once", body={**body, "holderRef": "other"})) == (422, "key-reused")
        assert (await api.get("/reservations", "a")).json()["page"]["totalCount"] == 1
        crowd = await asyncio.gather(*(api.book(key="at-once", holderRef="m") for _ in range(5)))
        assert len({each.json()["reservationId"] for each in crowd}) == 1
        for key in ("", "x" * 256, "with space"):
            assert slug(await api.book(key=key)) == (400, "missing-idempotency-key")

    scene(play)


def test_of_two_moves_on_one_tag_one_succeeds() -> None:
    async def play(api: Api) -> None:
        made = await api.book()
        answers = await asyncio.gather(api.move(made, "CONFIRMED"), api.move(made, "CANCELLED"))
        assert sorted(each.status_code for each in answers) == [200, 412]
        for tag in (f"W/{made.headers['ETag']}", "*", "nonsense", '"other"'):
            assert slug(await api.move(made, "CANCELLED", tag=tag)) == (412, "precondition-failed")

    scene(play)
