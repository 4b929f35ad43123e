"""Time, headers, faults and variants of the reference transport server, and how a server is made."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from conformance.load import data_folders, load_profile
from conformance.model import Level
from conformance.reference import application, credentials, domains, faults, server
from conformance.reference.house import HouseServer
from conformance.reference.instants import parse_instant
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import acceptable, prefers_english
from tests.reference_client import (
    NOON,
    Api,
    heard_on,
    reservation_tour,
    scene,
    slug,
)

pytestmark = pytest.mark.heavy


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


@pytest.mark.parametrize(("domain", "name"), [(domain, name) for domain in domains() for name in faults(domain)])
def test_a_fault_says_what_it_breaks_and_overrides_one_method(domain: str, name: str) -> None:
    kind, plain = faults(domain)[name], type(server(domain))
    assert issubclass(kind, plain)
    assert kind is not plain
    assert kind.__bases__ == (plain,)
    assert len((kind.__doc__ or "").strip().splitlines()) == 1
    assert (kind.__doc__ or "").strip().endswith(".")
    assert kind.BREAKS
    assert not set(kind.BREAKS) & set(kind.ALSO)
    assert all(kind.ALSO.values())
    assert len([member for member in overridden(kind) if hasattr(plain, member)]) == 1


@pytest.mark.parametrize("domain", domains())
def test_every_requirement_of_the_house_and_of_a_domain_has_a_fault(domain: str) -> None:
    broken = {requirement for kind in faults(domain).values() for requirement in kind.BREAKS}
    _, spec = load_profile(data_folders(), domain)
    assert broken == {row.id for row in spec.requirements if row.binding is not None}


@pytest.mark.parametrize("domain", domains())
def test_every_must_that_is_checked_has_two_faults_and_one_of_them_is_subtle(domain: str) -> None:
    _, spec = load_profile(data_folders(), domain)
    for row in spec.requirements:
        if row.binding is not None and row.level is Level.MUST:
            breaking = [kind for kind in faults(domain).values() if row.id in kind.BREAKS]
            assert len(breaking) >= 2, f"only {[kind.__name__ for kind in breaking]} breaks {row.id}"
            assert any(kind.SUBTLE for kind in breaking), f"none of {[kind.__name__ for kind in breaking]} is subtle ({row.id})"


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
