"""The reference transport server: what it promises, shown on its own terms and without the suite's checks.

Everything runs in-process on a clock that the test turns. `tour` asks for a bit of everything; every answer in it is compared with
the published document, and every fault has to change some answer in it.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from conformance import schema
from conformance.load import data_folders, load_profile
from conformance.reference import application, credentials, faults, server, variants
from conformance.reference.house import HouseServer
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.transport.records import MOVES, STATES
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import acceptable, prefers_english

NOON = 1_790_000_040.0
TOKENS = credentials("transport")
LISTS = ("/stops", "/routes", "/carparks", "/ev-stations")


class Clock:
    """A clock that stands still until it is turned."""

    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Api:
    """A client of one server, with the clock that the server goes by."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        self.app = application("transport", clock=self.clock, **settings)
        self.server: TransportServer = self.app.state.server
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://api.test/v1")
        self.heard: list[tuple[str, httpx.Response]] = []
        self.keys = itertools.count()

    async def ask(self, method: str, url: str, actor: str | None = None, **more: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {TOKENS[actor]}"} if actor else {}), **more.pop("headers", {})}
        answer = await self.client.request(method, url, headers=headers, **more)
        self.heard.append((method, answer))
        return answer

    async def get(self, url: str, actor: str | None = None, **more: Any) -> httpx.Response:
        return await self.ask("GET", url, actor, **more)

    def at(self, hours: float) -> str:
        return format_instant(parse_instant(format_instant(int(self.clock.now))) + int(hours * 3600))

    def booking(self, **members: Any) -> dict[str, Any]:
        body = {
            "targetType": "CAR_SPACE",
            "targetUid": "TPE0147",
            "spaceType": 1,
            "startTime": self.at(0),
            "endTime": self.at(2),
            "holderRef": "member-1",
        }
        return {name: value for name, value in {**body, **members}.items() if value is not None}

    def connector(self, **members: Any) -> dict[str, Any]:
        return self.booking(**{"targetType": "EV_CONNECTOR", "targetUid": "TPEEV034-01", "spaceType": None, **members})

    async def book(self, actor: str = "a", key: str | None = None, body: Any = None, **members: Any) -> httpx.Response:
        sent = self.booking(**members) if body is None else body
        key = f"key-{next(self.keys)}" if key is None else key
        return await self.ask("POST", "/reservations", actor, json=sent, headers={"Idempotency-Key": key})

    async def move(self, made: httpx.Response, state: str, actor: str = "a", tag: str | None = "") -> httpx.Response:
        headers = {"Content-Type": "application/merge-patch+json"}
        if tag is not None:
            headers["If-Match"] = tag or made.headers["ETag"]
        where = f"/reservations/{made.json()['reservationId']}"
        return await self.ask("PATCH", where, actor, content=f'{{"state": "{state}"}}', headers=headers)

    async def everything(self, url: str, limit: int, actor: str | None = None) -> list[Any]:
        found: list[Any] = []
        following = f"{url}{'&' if '?' in url else '?'}limit={limit}"
        while following:
            page = (await self.get(following, actor)).json()
            assert len(page["items"]) <= limit
            found += page["items"]
            links = {link["rel"]: link["href"] for link in page["links"]}
            assert ("next" in links) == (page["page"]["nextCursor"] is not None)
            following = links.get("next", "")
        return found


def scene(play: Callable[[Api], Awaitable[Any]], **settings: Any) -> Any:
    """Plays a scene on a fresh server."""

    async def run() -> Any:
        api = Api(**settings)
        async with api.client:
            return await play(api)

    return asyncio.run(run())


def slug(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert body["status"] == answer.status_code
    return answer.status_code, body["type"].rsplit("/", 1)[-1]


def pointers(answer: httpx.Response) -> list[str]:
    return [error.get("pointer", error.get("parameter")) for error in answer.json()["errors"]]


# ------------------------------------------------------------------------------------------ the tour


async def public_tour(api: Api) -> None:
    for path in ("/", "", "/openapi.json", "/conformance", "/nowhere"):
        await api.get(path)
    for path in LISTS:
        for query in (
            "",
            "?limit=1",
            "?limit=7",
            "?limit=200",
            "?cityCode=TPE",
            "?cityCode=NWT",
            "?cityCode=KIN",
            "?nonsense=1",
            "?limit=2&limit=3",
            "?limit=0",
            "?limit=201",
            "?limit=x",
            "?cursor=abc",
        ):
            await api.get(path + query)
        for limit in (2, 7):
            first = (await api.get(f"{path}?limit={limit}")).json()
            links = {link["rel"]: link["href"] for link in first["links"]}
            await api.get(httpx.URL(f"http://api.test/v1{path}?limit={limit}").join(links.get("next", "")).__str__())
            cursor = first["page"]["nextCursor"]
            for query in (f"?limit={limit}&cursor={cursor}", f"?cityCode=TXG&cursor={cursor}", f"?cursor={cursor}&limit=9"):
                await api.get(path + query)
            await api.get(f"/{'stops' if path != '/stops' else 'routes'}?cursor={cursor}")


async def standing_tour(api: Api) -> None:
    for box in ("121.5,25.0,121.6,25.1", "121.6,25.1,121.5,25.0", "1,2,3", "121.45,24.9,121.7,25.2,3,4,5", "119,22,122.1,26"):
        for path in ("/stops", "/carparks", "/ev-stations"):
            for more in ("", "&cityCode=TXG"):
                await api.get(f"{path}?bbox={box}{more}")
    for path in ("/carparks", "/ev-stations"):
        for item in (await api.get(path)).json()["items"]:
            lon, lat = item["position"]["positionLon"], item["position"]["positionLat"]
            await api.get(f"{path}?bbox={lon - 0.01:.4f},{lat},{lon},{lat + 0.01:.4f}")
    await api.get("/stops?updatedSince=2025-05-20T00:00:00Z")
    stop = (await api.get("/stops/TPE10110")).json()
    await api.get("/stops", params={"updatedSince": stop["updateTime"]})
    for path in ("/stops/TPE10110", "/stops/TPE0", "/stops/%E7%AB%99", "/carparks/TPE0147", "/carparks/ILA0050"):
        answer = await api.get(path)
        await api.get(path, headers={"If-None-Match": answer.headers.get("ETag", '"none"')})
        await api.get(path)
        await api.get(f"{path}?nonsense=1")


async def bus_tour(api: Api) -> None:
    for query in (
        "",
        "?routeUid=TPE0000",
        "?stopUid=TPE10110",
        "?stopUid=TPE10110&routeUid=TPE10281",
        "?stopUid=TPE10264",
        "?stopUid=TPE10264&direction=0",
        "?stopUid=TPE10264&routeUid=TPE15312",
    ):
        await api.get(f"/arrivals{query}")
    for route in (await api.get("/routes")).json()["items"]:
        uid = route["routeUid"]
        await api.get(f"/arrivals?routeUid={uid}")
        await api.get(f"/stops?routeUid={uid}")
        await api.get(f"/routes?operatorId={route['operatorIds'][-1]}")
        for query in ("", "?direction=0", "?direction=2", "?limit=3"):
            answer = await api.get(f"/routes/{uid}/stops{query}")
        cursor = answer.json().get("page", {}).get("nextCursor")
        await api.get(f"/routes/{uid}/stops?limit=3&cursor={cursor}")
    api.clock.now += 7
    await api.get("/arrivals?routeUid=TPE10281")
    await api.get("/routes?limit=3", headers={"Accept-Language": "en"})
    api.clock.now += 60
    await api.get("/arrivals?routeUid=TPE10281")


async def parking_tour(api: Api) -> None:
    for query in ("hasAvailability=true", "hasAvailability=false", "spaceType=4", "spaceType=6", "hasAvailability=yes"):
        await api.get(f"/carparks?{query}")
    for query in ("connectorType=CCS2", "connectorType=TYPE1&minPowerKw=100", "minPowerKw=43", "minPowerKw=22", "minPowerKw=-1"):
        await api.get(f"/ev-stations?{query}")
    for park in (await api.get("/carparks")).json()["items"]:
        for _ in range(2):
            await api.get(f"/carparks/{park['carParkUid']}/availability")
    for station in (await api.get("/ev-stations")).json()["items"]:
        for limit in (3, 200):
            await api.get(f"/ev-stations/{station['stationUid']}/connectors?limit={limit}")


async def refusal_tour(api: Api) -> None:
    body = api.booking()
    for actor in (None, "limited", "expired", "wrong-audience"):
        await api.get("/reservations", actor)
        await api.book("a") if actor is None else await api.book(actor)
    for token in ("Bearer never-issued", "Bearer", "Basic YTpi", f"bearer {TOKENS['a']}", f"Bearer {TOKENS['a']}x"):
        await api.get("/reservations", headers={"Authorization": token})
        await api.get("/stops", headers={"Authorization": token})
    for method in ("DELETE", "PUT", "OPTIONS", "HEAD", "BREW"):
        for path in ("/stops", "/reservations", "/reservations/rsv-0"):
            await api.ask(method, path)
    for media_type in ("text/plain", "application/json", "application/json; charset=big5"):
        headers = {"Idempotency-Key": "refused", "Content-Type": media_type}
        for content in ("{", "[]", "null", "{}", '{"note": "\\ud800"}', "\xff".encode("latin-1"), "[" * 5000):
            await api.ask("POST", "/reservations", "a", content=content, headers=headers)
    await api.get("/stops", headers={"Accept": "text/html"})
    await api.ask("POST", "/reservations", "a", json=body)
    for changed in (
        {"note": "x" * 201},
        {"a/b~c": 1},
        {"spaceType": None},
        {"targetUid": "TPE9999"},
        {"startTime": api.at(2)},
        {"startTime": api.at(3)},
        {"startTime": api.at(-1)},
        {"endTime": api.at(25)},
        {"targetUid": "TXG0527"},
        {"targetUid": "TPE0733"},
        {"spaceType": 5},
        {"endTime": "9999-12-31T23:59:59+08:00"},
        {"endTime": "2026-02-30T00:00:00Z"},
    ):
        await api.book(**changed)


async def reservation_tour(api: Api) -> None:
    made = await api.book(key="first", note="車高 e\u0301 \U00020000 😀", startTime=api.at(0), endTime=api.at(2.51))
    await api.book(key="first", note="車高 e\u0301 \U00020000 😀", startTime=api.at(0), endTime=api.at(2.51))
    await api.book(key="first", holderRef="member-2", body=None)
    await api.book("b", key="first")
    simultaneous = api.booking(holderRef="same")
    await asyncio.gather(*(api.book(key="at-once", body=simultaneous) for _ in range(3)))
    if made.status_code != 201:
        return
    where = made.headers["Location"]
    for actor in ("a", "b", "limited"):
        await api.get(httpx.URL("http://api.test/").join(where).__str__(), actor)
        await api.get("/reservations", actor)
        for state in ("CONFIRMED", "EXPIRED"):
            await api.move(made, state, actor, '"stale"' if actor == "a" else "")
    await api.get(f"/reservations/{made.json()['reservationId']}", "a")
    await api.move(made, "CONFIRMED", tag=None)
    await api.move(made, "CONFIRMED", tag=f"W/{made.headers.get('ETag')}")
    for state in ("IN_USE", "EXPIRED", "CONFIRMED", "IN_USE", "CANCELLED", "COMPLETED", "CONFIRMED"):
        api.clock.now += 0.01
        now = await api.get(f"/reservations/{made.json()['reservationId']}", "a")
        await api.move(now, state)
        await api.move(now, state)
    await api.get(f"/reservations/{made.json()['reservationId']}", "a", headers={"If-None-Match": made.headers.get("ETag", "")})


async def capacity_tour(api: Api) -> None:
    await api.get("/carparks/TPE0147/availability")
    crowd = await asyncio.gather(*(api.book(holderRef=f"m{each}") for each in range(7)))
    await api.get("/carparks/TPE0147/availability")
    for query in ("state=PENDING", "state=CONFIRMED", "state=IN_USE", "limit=2", "from=x"):
        await api.get(f"/reservations?{query}", "a")
    first = (await api.get("/reservations?limit=2", "a")).json()
    params = {"limit": "2", "cursor": first["page"]["nextCursor"] or ""}
    await api.get("/reservations", "b", params=params)
    pending = (await api.get("/reservations?limit=2&state=PENDING", "a")).json()
    later = await api.book(startTime=api.at(30), endTime=api.at(52), holderRef="later")
    assert later.status_code == 201
    await api.get("/reservations", "a", params=params)
    made = [each for each in crowd if each.status_code == 201]
    if made and made[0].json()["state"] == "PENDING":
        for wanted in ("CONFIRMED", "IN_USE", "COMPLETED"):
            now = await api.get(f"/reservations/{made[0].json()['reservationId']}", "a")
            await asyncio.gather(*(api.move(now, wanted) for _ in range(2)))
        await api.move(made[1], "CANCELLED")
        again = await api.get(f"/reservations/{made[1].json()['reservationId']}", "a")
        await api.move(again, "CONFIRMED")
        await api.move(await api.get(f"/reservations/{made[2].json()['reservationId']}", "a"), "CONFIRMED")
        confirmed = await api.get(f"/reservations/{made[2].json()['reservationId']}", "a")
        await api.move(confirmed, "EXPIRED")
    cursor = pending["page"]["nextCursor"]
    await api.get("/reservations", "a", params={"limit": "2", "state": "PENDING", **({"cursor": cursor} if cursor else {})})
    for span in (
        {"from": api.at(0), "to": api.at(30)},
        {"from": api.at(30), "to": api.at(31)},
        {"from": api.at(2), "to": api.at(1)},
    ):
        await api.get("/reservations", "a", params=span)
    await api.ask("DELETE", f"/reservations/{later.json()['reservationId']}", "a")
    await api.book(startTime=api.at(1), endTime=api.at(1.5))
    api.clock.now += 6
    await api.get("/reservations", "a")
    await api.get("/carparks/TPE0147/availability")
    await api.book(startTime=api.at(0), endTime=api.at(20))


async def connector_tour(api: Api) -> None:
    for start, end in ((0, 1), (2, 3), (1.5, 2.5), (2.5, 3.5), (3, 4)):
        await api.book(body=api.connector(startTime=api.at(start), endTime=api.at(end)))
    await api.get("/ev-stations/TPEEV034/connectors")
    await api.book(body=api.connector(targetUid="TPEEV034-01"))
    await api.book(body={**api.connector(), "targetUid": "ILAEV029-01"})
    await api.book(body=api.connector(spaceType=1))


TOURS = (public_tour, standing_tour, bus_tour, parking_tour, refusal_tour, reservation_tour, capacity_tour, connector_tour)


def heard_on(tour: Callable[[Api], Awaitable[None]], **settings: Any) -> list[tuple[str, httpx.Response]]:
    async def play(api: Api) -> list[tuple[str, httpx.Response]]:
        await tour(api)
        return api.heard

    found: list[tuple[str, httpx.Response]] = scene(play, **settings)
    return found


# ------------------------------------------------------------------------------------------ the document


@functools.cache
def document() -> dict[str, Any]:
    return server().published_document()


def declared_at(method: str, url: httpx.URL) -> dict[str, Any] | None:
    parts = url.path.removeprefix("/v1").rstrip("/").split("/")
    for path, item in document()["paths"].items():
        known = path.rstrip("/").split("/")
        if len(known) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(known, parts, strict=True)):
            operation: dict[str, Any] | None = item.get(method.lower())
            return operation
    return None


def deviations(method: str, answer: httpx.Response) -> list[str]:
    """What the published document does not say about an answer."""
    known = declared_at(method, answer.request.url)
    if known is None:
        return []
    here = f"{known['operationId']} {answer.status_code}"
    response = resolved(known["responses"].get(str(answer.status_code)))
    if not response:
        return [f"{here}: the status is not declared"]
    missing = [name for name, header in response.get("headers", {}).items() if resolved(header).get("required")]
    found = [f"{here}: no header {name}" for name in missing if name not in answer.headers]
    if "content" not in response:
        return found + ([f"{here}: a body"] if answer.content else [])
    media_type = answer.headers["Content-Type"].split(";")[0]
    if media_type not in response["content"]:
        return [*found, f"{here}: {media_type}"]
    whole = {**response["content"][media_type]["schema"], "components": {"schemas": document()["components"]["schemas"]}}
    return found + [f"{here}: {error.pointer} {error.message}" for error in schema.errors(whole, answer.json())]


def resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        here: Any = document()
        for part in node["$ref"].removeprefix("#/").split("/"):
            here = here[part]
        node = here
    return node


@pytest.mark.parametrize("tour", TOURS, ids=lambda tour: tour.__name__)
def test_every_answer_is_as_the_published_document_says(tour: Callable[[Api], Awaitable[None]]) -> None:
    heard = heard_on(tour)
    assert [found for method, answer in heard for found in deviations(method, answer)] == []
    for method, answer in heard:
        assert answer.status_code < 500, (method, answer.url)
        assert answer.headers["API-Version"] == "1.0.0"
        assert answer.headers["Date"] == "Mon, 21 Sep 2026 14:14:00 GMT" or tour is not public_tour
        if answer.status_code >= 400 and method != "HEAD":
            slug(answer)


def test_the_tour_calls_every_operation() -> None:
    called = {
        known["operationId"]
        for tour in TOURS
        for method, answer in heard_on(tour)
        if answer.status_code < 300 and (known := declared_at(method, answer.request.url))
    }
    assert called == {known.id for known in server().operations}
    assert len(called) == 17


@pytest.mark.slow
@pytest.mark.parametrize("name", variants("transport"))
def test_every_variant_answers_as_the_published_document_says(name: str) -> None:
    heard = [each for tour in TOURS for each in heard_on(tour, variant=name)]
    assert [found for method, answer in heard for found in deviations(method, answer)] == []
    assert all(answer.status_code < 500 for _, answer in heard)


# ------------------------------------------------------------------------------------------ collections


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


# ------------------------------------------------------------------------------------------ reservations


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


# ------------------------------------------------------------------------------------------ time and headers


def test_what_the_source_published_stands_until_it_publishes_again() -> None:
    async def play(api: Api) -> None:
        before = await api.everything("/arrivals?routeUid=TPE10281", 200)
        api.clock.now += 59
        assert await api.everything("/arrivals?routeUid=TPE10281", 200) == before
        api.clock.now += 1
        after = await api.everything("/arrivals?routeUid=TPE10281", 200)
        assert after != before
        assert parse_instant(after[0]["srcUpdateTime"]) - parse_instant(before[0]["srcUpdateTime"]) == 60

    scene(play)


def test_arrivals_have_every_status_at_every_hour() -> None:
    async def play(api: Api) -> None:
        for hour in range(24):
            api.clock.now = NOON + hour * 3600 + hour * 7
            uids = [route["routeUid"] for route in await api.everything("/routes", 200)]
            found = [item for uid in uids for item in await api.everything(f"/arrivals?routeUid={uid}", 200)]
            assert {item["stopStatus"] for item in found} == {0, 1, 2, 3, 4}
            assert any(item["stopStatus"] == 1 and item.get("estimateMeaning") == "DEPARTURE" for item in found)
            for item in found:
                assert (item["stopStatus"] == 0) <= isinstance(item["estimateTimeSec"], int)
                estimates = [each["estimateTimeSec"] for each in item["estimates"]]
                assert estimates == sorted(estimates)
                assert item["estimateTimeSec"] == (estimates[0] if estimates else None)

    scene(play)


def test_a_server_with_an_early_clock_knows_nothing_of_the_future() -> None:
    early = server(clock=lambda: 1_500_000_000.0)
    assert isinstance(early, TransportServer)
    assert all(early.edited(stop.age) <= 1_500_000_000 for stop in early.network.stops)


def test_the_same_requests_get_the_same_answers_from_a_fresh_server() -> None:
    one, other = ([(each.status_code, each.content) for _, each in heard_on(reservation_tour)] for _ in range(2))
    assert one == other


def test_headers_say_who_may_keep_and_read_an_answer() -> None:
    async def play(api: Api) -> None:
        public, private = await api.get("/stops"), await api.get("/reservations", "a")
        assert public.headers["Cache-Control"] == "public, max-age=30"
        assert public.headers["Access-Control-Allow-Origin"] == "*"
        assert private.headers["Cache-Control"] == (await api.get("/reservations")).headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in private.headers
        stop = await api.get("/stops/TPE10110")
        known = await api.get("/stops/TPE10110", headers={"If-None-Match": f'"x", W/{stop.headers["ETag"]}'})
        assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", stop.headers["ETag"])
        left = [(await api.get("/routes")).headers["RateLimit"] for _ in range(3)]
        assert left == sorted(left, reverse=True)
        head = await api.ask("HEAD", "/stops")
        assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", str(len(public.content)))

    scene(play)


def test_over_quota_is_refused_until_the_next_window() -> None:
    async def play(api: Api) -> None:
        api.server.quota = 3
        answers = [await api.get("/routes") for _ in range(5)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
        assert slug(answers[-1]) == (429, "too-many-requests")
        api.clock.now += int(answers[-1].headers["Retry-After"])
        assert (await api.get("/routes")).status_code == 200

    scene(play)


def test_the_language_changes_problems_and_no_data() -> None:
    async def play(api: Api) -> None:
        english = {"Accept-Language": "en-GB,zh;q=0.5"}
        assert (await api.get("/routes", headers=english)).json() == (await api.get("/routes")).json()
        here, there = await api.get("/stops/none"), await api.get("/stops/none", headers=english)
        assert (here.json()["title"], there.json()["title"]) == ("查無資源", "Not found")
        assert there.headers["Content-Language"] == "en"

    scene(play)


def test_an_error_inside_says_nothing_of_the_inside() -> None:
    async def play(api: Api) -> None:
        def broken(*_: Any) -> None:
            raise RuntimeError("secret")

        api.server.find_stop = broken  # type: ignore[assignment]
        answer = await api.get("/stops/TPE10110")
        assert slug(answer) == (500, "internal-error")
        assert "secret" not in answer.text

    scene(play)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, True),
        ("*/*", True),
        ("application/*;q=0.1", True),
        ("text/html, application/json", True),
        ("text/html", False),
        ("application/json;q=0, */*", False),
        ("application/json;q=x", False),
        ("", True),
    ],
)
def test_the_most_specific_range_of_accept_decides(header: str | None, expected: bool) -> None:
    assert acceptable(header, "application/json") is expected


@pytest.mark.parametrize(
    ("header", "expected"), [(None, False), ("en", True), ("zh-TW, en;q=0.8", False), ("fr", False), ("en;q=0", False)]
)
def test_chinese_is_the_default(header: str | None, expected: bool) -> None:
    assert prefers_english(header) is expected


# ------------------------------------------------------------------------------------------ faults and variants


def overridden(kind: type) -> list[str]:
    return [
        name for name, member in vars(kind).items() if callable(getattr(member, "__func__", member)) and not name.startswith("__")
    ]


@pytest.mark.parametrize("name", faults("transport"))
def test_a_fault_says_what_it_breaks_and_overrides_one_method(name: str) -> None:
    kind = faults("transport")[name]
    assert issubclass(kind, TransportServer)
    assert kind is not TransportServer
    assert kind.__bases__ == (TransportServer,)
    assert len((kind.__doc__ or "").strip().splitlines()) == 1
    assert (kind.__doc__ or "").strip().endswith(".")
    assert kind.BREAKS
    assert not set(kind.BREAKS) & set(kind.ALSO)
    assert all(kind.ALSO.values())
    assert [member for member in overridden(kind) if hasattr(TransportServer, member)]
    assert len([member for member in overridden(kind) if hasattr(TransportServer, member)]) == 1


def test_every_requirement_of_the_house_and_of_transport_has_a_fault() -> None:
    broken = {requirement for kind in faults("transport").values() for requirement in kind.BREAKS}
    _, spec = load_profile(data_folders(), "transport")
    assert broken == {row.id for row in spec.requirements if row.binding is not None}


def test_names_that_are_not_known_are_answered_with_near_ones() -> None:
    with pytest.raises(ValueError, match="DropsLastItemOfFullPage"):
        application("transport", fault="DropsLastItem")
    with pytest.raises(ValueError, match="RelativeLinks"):
        application("transport", variant="RelativeLink")
    with pytest.raises(ValueError, match="transport"):
        credentials("transports")
    with pytest.raises(ValueError, match="not both"):
        application("transport", fault="IgnoresAccept", variant="RelativeLinks")


def test_a_document_that_is_given_is_the_one_served() -> None:
    async def play(api: Api) -> None:
        assert (await api.get("/openapi.json")).json() == {"openapi": "3.1.0", "info": {}}

    scene(play, document={"openapi": "3.1.0", "info": {}})


def test_a_base_path_may_be_another() -> None:
    async def play(api: Api) -> None:
        assert (await api.get("http://api.test/city/v1/stops")).status_code == 200
        assert (await api.get("http://api.test/city/v1/")).json()["links"][0]["href"] == "/city/v1/"
        assert slug(await api.get("/stops")) == (404, "not-found")

    scene(play, base_path="/city/v1")


def test_the_server_itself_is_an_application() -> None:
    assert isinstance(server(), HouseServer)
    with pytest.raises(RuntimeError, match="HTTP only"):
        asyncio.run(server()({"type": "websocket"}, None, None))  # type: ignore[arg-type]
