"""A client of the reference transport server, in-process and on a clock that the test turns, and tours that ask for a bit of everything."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from conformance.reference import application, credentials
from conformance.reference.instants import format_instant, parse_instant
from conformance.reference.transport.server import TransportServer

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
