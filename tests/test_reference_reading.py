"""Collections of the reference transport server, and who may read what, shown without the suite's checks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.reference.instants import parse_instant
from tests.reference_client import (
    LISTS,
    Api,
    scene,
    slug,
)


@pytest.mark.parametrize(
    "path", [*LISTS, "/arrivals?routeUid=TPE10281", "/routes/TPE10281/stops", "/ev-stations/TPEEV021/connectors"]
)
def test_pages_of_any_size_hold_every_item_once_and_in_order(path: str) -> None:
    async def play(api: Api) -> None:
        whole = await api.everything(path, 200)
        for limit in (1, 2, 7, len(whole)):
            assert await api.everything(path, limit) == whole
        assert (await api.get(path)).json()["page"]["totalCount"] == len(whole)

    scene(play)


def test_a_cursor_is_good_for_its_own_query_only() -> None:
    async def play(api: Api) -> None:
        cursor = (await api.get("/stops?limit=2&cityCode=TPE")).json()["page"]["nextCursor"]
        assert (await api.get(f"/stops?limit=5&cityCode=TPE&cursor={cursor}")).status_code == 200
        for path in (
            f"/stops?limit=2&cursor={cursor}",
            f"/stops?limit=2&cityCode=ILA&cursor={cursor}",
            f"/routes?limit=2&cityCode=TPE&cursor={cursor}",
            f"/stops?limit=2&cityCode=TPE&cursor={cursor[:-1]}",
            f"/stops?limit=2&cityCode=TPE&cursor={'A' if cursor[0] != 'A' else 'B'}{cursor[1:]}",
            f"/stops?limit=2&cityCode=TPE&cursor={cursor}=",
            "/stops?cursor=",
            "/stops?cursor=%F0%9F%98%80",
        ):
            assert slug(await api.get(path)) == (400, "invalid-cursor")

    scene(play)


def test_reservations_that_come_or_leave_shift_no_page() -> None:
    async def play(api: Api) -> None:
        made = [await api.book(targetUid="TPE0388", holderRef=f"m{each}") for each in range(6)]
        first = (await api.get("/reservations?limit=2&state=PENDING", "a")).json()
        api.clock.now += 0.5
        await api.move(made[0], "CANCELLED")
        await api.book(targetUid="TPE0388")
        rest, url = [], first["links"][-1]["href"]
        while url:
            page = (await api.get(url, "a")).json()
            rest += page["items"]
            url = page["links"][-1]["href"] if page["page"]["nextCursor"] else ""
        seen = [item["reservationId"] for item in (*first["items"], *rest)]
        assert len(seen) == len(set(seen)) == 7
        assert {each.json()["reservationId"] for each in made} <= set(seen)

    scene(play)


@pytest.mark.parametrize(
    ("query", "keeps"),
    [
        ("/stops?cityCode=NWT", lambda item: item["cityCode"] == "NWT"),
        ("/stops?updatedSince=2025-05-20T00:00:00Z", lambda item: parse_instant(item["updateTime"]) >= 1_747_699_200),
        ("/routes?operatorId=53120285", lambda item: "53120285" in item["operatorIds"]),
        ("/carparks?spaceType=4", lambda item: any(space["spaceType"] == 4 for space in item["spaces"])),
        ("/carparks?cityCode=ILA&spaceType=3", lambda item: item["carParkUid"] in ("ILA0024", "ILA0050")),
        ("/ev-stations?minPowerKw=350", lambda item: item["stationUid"] in ("TPEEV058", "TXGEV025", "ILAEV029")),
        (
            "/ev-stations?connectorType=TYPE1&minPowerKw=100",
            lambda item: item["stationUid"] in ("TPEEV021", "TXGEV025", "ILAEV003"),
        ),
        ("/stops?cityCode=KIN", lambda item: False),
        ("/stops?routeUid=TPE9999", lambda item: False),
    ],
)
def test_a_filter_keeps_what_it_says_and_nothing_else(query: str, keeps: Callable[[Any], bool]) -> None:
    async def play(api: Api) -> None:
        everything = await api.everything(query.split("?", maxsplit=1)[0], 200)
        assert await api.everything(query, 200) == [item for item in everything if keeps(item)]

    scene(play)


@pytest.mark.parametrize("path", ["/stops", "/carparks", "/ev-stations"])
def test_a_box_holds_its_edges(path: str) -> None:
    async def play(api: Api) -> None:
        everything = await api.everything(path, 200)
        for item in everything[::9]:
            lon, lat = item["position"]["positionLon"], item["position"]["positionLat"]
            for box in (
                f"{lon},{lat},{lon + 1:.6f},{lat + 1:.6f}",
                f"{lon - 1:.6f},{lat - 1:.6f},{lon},{lat}",
                f"{lon},{lat},{lon},{lat}",
            ):
                assert item in await api.everything(f"{path}?bbox={box}", 200)

    scene(play)


def test_the_stops_of_a_route_are_those_that_it_lists() -> None:
    async def play(api: Api) -> None:
        for route in await api.everything("/routes", 200):
            listed = await api.everything(f"/routes/{route['routeUid']}/stops", 200)
            stops = await api.everything(f"/stops?routeUid={route['routeUid']}", 200)
            assert {item["stopUid"] for item in listed} == {item["stopUid"] for item in stops}
            for direction in (0, 1, 2):
                part = await api.everything(f"/routes/{route['routeUid']}/stops?direction={direction}", 200)
                assert part == [item for item in listed if item["direction"] == direction]

    scene(play)


@pytest.mark.parametrize(
    "path",
    [
        "/stops?bbox=121,25,120,26",
        "/stops?bbox=1,2,3",
        "/stops?bbox=1,2,3,4,5,6,7",
        "/stops?bbox=a,b,c,d",
        "/stops?bbox=-181,0,0,1",
        "/stops?cityCode=XXX",
        "/stops?limit=-1",
        "/stops?limit=1.5",
        "/stops?limit=%D9%A3",
        "/stops?updatedSince=2025-05-20",
        "/stops?updatedSince=2025-05-20T00:00:00+08:00",
        "/stops?stale=true",
        "/stops/TPE10110?x=1",
        "/arrivals",
        "/arrivals?direction=0",
        "/carparks?hasAvailability=TRUE",
        "/carparks?spaceType=7",
        "/ev-stations?minPowerKw=NaN",
        "/stops?%FF=1",
        "/stops?=1",
    ],
)
def test_a_query_that_is_not_valid_is_refused_by_name(path: str) -> None:
    async def play(api: Api) -> None:
        answer = await api.get(path)
        assert slug(answer) == (400, "invalid-parameter")
        assert all(error["parameter"] for error in answer.json()["errors"])

    scene(play)


# ------------------------------------------------------------------------------------------ access


def test_who_may_do_what() -> None:
    async def play(api: Api) -> None:
        made = await api.book()
        where = f"/reservations/{made.json()['reservationId']}"
        for actor in ("expired", "wrong-audience"):
            for answer in (await api.get(where, actor), await api.get("/reservations", actor), await api.book(actor)):
                assert slug(answer) == (401, "unauthorized")
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert slug(await api.get("/reservations")) == (401, "unauthorized")
        assert (await api.get(where, "limited")).json() == made.json()
        for answer in (await api.book("limited"), await api.move(made, "CONFIRMED", "limited")):
            assert slug(answer) == (403, "forbidden")
        assert slug(await api.get("/reservations/rsv-0", "expired")) == (401, "unauthorized")
        plain = await api.get("/stops?limit=3")
        assert (await api.get("/stops?limit=3", "expired")).json() == plain.json()

    scene(play)


def test_another_tenants_reservation_does_not_exist() -> None:
    async def play(api: Api) -> None:
        made = await api.book(key="shared")
        where = f"/reservations/{made.json()['reservationId']}"
        never = (await api.get("/reservations/rsv-00000000000000000000", "b")).json()
        for answer in (await api.get(where, "b"), await api.move(made, "CONFIRMED", "b")):
            assert slug(answer) == (404, "not-found")
            assert {**answer.json(), "instance": ""} == {**never, "instance": ""}
        assert (await api.get("/reservations", "b")).json()["page"]["totalCount"] == 0
        other = await api.book("b", key="shared")
        assert other.status_code == 201
        assert other.json()["reservationId"] != made.json()["reservationId"]
        await api.book()
        cursor = (await api.get("/reservations?limit=1", "a")).json()["page"]["nextCursor"]
        assert slug(await api.get(f"/reservations?limit=1&cursor={cursor}", "b")) == (400, "invalid-cursor")
        assert (await api.get(f"/reservations?limit=1&cursor={cursor}", "limited")).status_code == 200

    scene(play)


def test_refusals_come_in_their_order() -> None:
    async def play(api: Api) -> None:
        made = await api.book()
        where = f"/reservations/{made.json()['reservationId']}"
        right = {"Content-Type": "application/merge-patch+json", "If-Match": made.headers["ETag"]}

        async def patch(actor: str | None, path: str, content: str, query: str = "", **headers: str) -> tuple[int, str]:
            return slug(await api.ask("PATCH", path + query, actor, content=content, headers={**right, **headers}))

        assert slug(await api.ask("PUT", where)) == (405, "method-not-allowed")
        assert await patch(None, "/reservations/none", "{") == (401, "unauthorized")
        assert await patch("limited", "/reservations/none", "{") == (403, "forbidden")
        assert await patch("a", "/reservations/none", "{", Accept="text/csv") == (404, "not-found")
        assert await patch("a", where, "{", Accept="text/csv", **{"Content-Type": "text/csv"}) == (406, "not-acceptable")
        assert await patch("a", where, "{", **{"Content-Type": "application/json"}) == (415, "unsupported-media-type")
        assert await patch("a", where, "{", **{"If-Match": '"old"'}) == (400, "malformed-body")
        assert await patch("a", where, "{}", "?x=1", **{"If-Match": '"old"'}) == (400, "invalid-parameter")
        assert await patch("a", where, "{}", **{"If-Match": '"old"'}) == (412, "precondition-failed")
        assert await patch("a", where, "{}") == (422, "invalid-body")
        assert await patch("a", where, '{"state": "IN_USE"}') == (409, "illegal-transition")
        del right["If-Match"]
        assert await patch("a", where, "{}") == (428, "precondition-required")

    scene(play)


def test_allow_is_truthful() -> None:
    async def play(api: Api) -> None:
        for path in ("/", "/stops", "/reservations", "/reservations/rsv-0", "/carparks/TPE0147/availability"):
            allowed = (await api.ask("BREW", path)).headers["Allow"].split(", ")
            for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
                assert ((await api.ask(method, path)).status_code != 405) == (method in allowed), (path, method)

    scene(play)
