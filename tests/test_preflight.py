"""Preflight: each planted mistake is named with its mend before anything is tested, and a right target is left alone."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.errors import TargetError, UsageError
from conformance.load import data_folders, load_profile
from conformance.load.catalogue import LANGUAGES, both, say
from conformance.model import Credential, Ics, Ixit, Profile, Spec
from conformance.text.shown import few
from conformance.vendor.notices import Notice
from conformance.vendor.preflight import Preflight, preflight
from conformance.wire import in_process
from tests.small_interface import Answer, document, serving, specified

PROFILES = [("transport", "full"), ("transport", "open-data"), ("health", "full"), ("logistics", "full"), ("logistics", "events")]


def looked(
    domain: str = "transport",
    profile: str = "full",
    ics: Ics | None = None,
    *,
    before: Callable[[Any], Any] = lambda app: app,
    skew: float = 0.0,
    served: str | None = None,
    **changed: Any,
) -> Preflight:
    """What preflight says of a reference server behind `before`, under settings that are right but for what is `changed`."""
    chosen, spec = load_profile(data_folders(), domain, profile)
    ixit = replace(reference_ixit(domain), **{"base_url": "https://reference.example/v1", **changed})
    clock = VirtualClock(START)
    app = before(reference.application(served or domain, clock=lambda: clock.now() + skew))
    return asyncio.run(preflight(spec, chosen, ics or Ics(), ixit, clock=clock, transport=in_process(app)))


def looked_at(spec: Spec, profile: Profile, answer: Callable[[Any, bytes], Answer]) -> Preflight:
    """What preflight says of a server of a small interface."""
    ixit = Ixit("https://small.example", sandbox=True)
    return asyncio.run(preflight(spec, profile, Ics(), ixit, clock=VirtualClock(START), transport=in_process(serving(answer))))


def keys(found: Preflight, *, stops: bool | None = None) -> list[str]:
    return [one.key for one in found.notices if stops is None or one.stops is stops]


def only(found: Preflight, key: str) -> Notice:
    return next(one for one in found.notices if one.key == key)


def actors(**changed: Credential | None) -> dict[str, Credential]:
    """The reference server's actors, some with other credentials or (None) without."""
    known = dict(reference_ixit("transport").actors) | {name.replace("_", "-"): one for name, one in changed.items()}
    return {name: one for name, one in known.items() if one is not None}


def answering(path: str, status: int, body: bytes, media_type: bytes = b"application/json") -> Callable[[Any], Any]:
    """Puts an answer of its own in the place of one path's."""

    def before(app: Any) -> Any:
        async def answer(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["path"] != path:
                await app(scope, receive, send)
                return
            await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", media_type)]})
            await send({"type": "http.response.body", "body": body})

        return answer

    return before


# ----------------------------------------------------------------------------------------- what is right is left alone


@pytest.mark.heavy
@pytest.mark.parametrize(("domain", "profile"), PROFILES)
def test_a_right_target_is_ready(domain: str, profile: str) -> None:
    found = looked(domain, profile)
    assert found.notices == ()
    assert 5 < found.asked < 30


def test_a_profile_that_only_reads_needs_nobody() -> None:
    assert looked("transport", "open-data", sandbox=False, actors={}).notices == ()


@pytest.mark.parametrize("variant", sorted(reference.variants("transport")))
def test_no_conforming_variant_is_stopped(variant: str) -> None:
    def before(_: Any) -> Any:
        return reference.application("transport", variant=variant, clock=lambda: START)

    assert keys(looked(before=before), stops=True) == []


# ----------------------------------------------------------------------------------------- path, credentials, data, claims, clock


@pytest.mark.parametrize("wrong", ["", "/v2", "/v1/transport", "/api", "/api/v1/x"])
def test_a_wrong_path_is_told_from_the_right_one(wrong: str) -> None:
    notice = only(looked(base_url=f"https://reference.example{wrong}"), "path")
    assert notice.stops
    assert notice.values["found"] == "https://reference.example/v1"
    assert "404" in notice.values["came"]


def test_a_path_where_a_redirection_leads_is_named() -> None:
    def before(app: Any) -> Any:
        async def moved(scope: dict[str, Any], receive: Any, send: Any) -> None:
            if scope["path"].startswith("/v1"):
                await app(scope, receive, send)
                return
            where = f"https://reference.example/v1{scope['path'].removeprefix('/old/place')}".encode()
            await send({"type": "http.response.start", "status": 308, "headers": [(b"location", where)]})
            await send({"type": "http.response.body", "body": b""})

        return moved

    notice = only(looked(base_url="https://reference.example/old/place", before=before), "path")
    assert notice.values["found"] == "https://reference.example/v1"


@pytest.mark.parametrize(("status", "keys_"), [(429, set()), (503, {"broken"}), (501, {"path-lost"})])
def test_a_server_that_answers_all_alike_is_not_waited_for_and_told_for_what_it_says(status: int, keys_: set[str]) -> None:
    async def busy(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"retry-after", b"4"), (b"content-type", b"application/problem+json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    found = looked(before=lambda _: busy)
    assert {one.key for one in found.notices} == keys_


@pytest.mark.parametrize("declared", ["303", "3XX"])
def test_a_declared_redirection_and_a_declared_page_are_what_the_interface_serves(declared: str) -> None:
    page = {"200": {"description": "-", "content": {"text/html": {"schema": {"type": "string"}}}}}
    paths = {"/way": {"get": {"responses": {declared: {"description": "elsewhere"}}}}, "/page": {"get": {"responses": page}}}
    served = {
        "/way": (303, {"Location": "https://elsewhere.example/x"}, b""),
        "/page": (200, {"Content-Type": "text/html"}, b"<p>"),
    }
    for path, item in paths.items():
        spec, profile = specified(document({path: item}), "answers_are_declared")
        assert keys(looked_at(spec, profile, lambda _request, _body, path=path: served[path])) == []


def test_a_redirection_that_only_default_stands_for_is_no_answer() -> None:
    spec, profile = specified(
        document({"/way": {"get": {"responses": {"default": {"description": "-"}}}}}), "answers_are_declared"
    )
    found = looked_at(spec, profile, lambda _request, _body: (301, {"Location": "/v2/way"}, b""))
    assert keys(found, stops=True) == ["path-lost"]
    assert only(found, "path-lost").values["came"] == "301 to /v2/way"


@pytest.mark.parametrize(("media", "told"), [("text/html", ["turned-away"]), ("application/json", [])])
def test_a_front_server_that_turns_the_suite_away_is_told_from_an_interface_that_forbids(media: str, told: list[str]) -> None:
    forbidden = {"200": {"description": "-"}, "403": {"description": "-", "content": {"application/json": {}}}}
    spec, profile = specified(document({"/thing": {"get": {"responses": forbidden}}}), "answers_are_declared")
    found = looked_at(spec, profile, lambda _request, _body: (403, {"Content-Type": media}, b"{}"))
    assert keys(found, stops=True) == told
    assert [one.values["came"] for one in found.notices] == ["403 text/html"] * len(told)


def test_where_nothing_serves_it_no_path_is_made_up() -> None:
    async def page(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        await send({"type": "http.response.body", "body": b"<html>Welcome"})

    found = looked(before=lambda _: page)
    assert keys(found, stops=True) == ["path-lost"]
    assert only(found, "path-lost").values["came"] == "200 text/html"


def test_credentials_that_are_not_accepted_are_named_with_their_source() -> None:
    stale = Credential("bearer", "of-yesterday-0123456789", source="env:YANCE_TOKEN_A")
    notice = only(looked(actors=actors(a=stale)), "refused")
    assert (notice.values["actor"], notice.values["status"], notice.values["source"]) == ("a", "401", "env:YANCE_TOKEN_A")
    assert notice.stops
    assert "of-yesterday" not in json.dumps(dict(notice.values))


def test_the_other_tenant_and_the_limited_one_are_asked_too() -> None:
    stale = Credential("bearer", "of-yesterday-0123456789")
    found = looked(actors=actors(b=stale, limited=replace(stale, value="of-last-week-0123456789")))
    assert [one.values["actor"] for one in found.notices if one.key == "refused"] == ["b", "limited"]


def test_credentials_for_reading_where_writing_is_needed_are_told() -> None:
    known = reference_ixit("transport").actors
    found = looked(actors=actors(a=known["limited"], limited=known["a"]))
    assert (only(found, "read-only").values["actor"], only(found, "read-only").stops) == ("a", True)
    assert "reservation:write" in only(found, "read-only").values["scopes"]


def test_an_actor_that_should_be_turned_away_and_is_not_is_told_and_stops_nothing() -> None:
    known = reference_ixit("transport").actors
    found = looked(actors=actors(expired=replace(known["a"], also=(known["limited"],))))
    assert [(one.key, one.values["actor"]) for one in found.notices] == [("let-in", "expired")]
    assert not found.stops


def test_two_actors_with_one_secret_are_refused_before_anything_is_sent() -> None:
    known = reference_ixit("transport").actors
    with pytest.raises(UsageError, match=r"the actors 'a' and 'b' have the same credentials.*another tenant than a"):
        looked(actors=actors(b=known["a"]), before=lambda _: None)


@pytest.mark.parametrize(("actor", "stops"), [("a", True), ("b", True), ("limited", False), ("wrong-audience", False)])
def test_an_actor_that_lacks_is_named_with_what_rests_on_it(actor: str, stops: bool) -> None:
    notice = only(looked(actors=actors(**{actor.replace("-", "_"): None})), "no-actor")
    assert (notice.values["actor"], notice.stops) == (actor, stops)
    assert int(notice.values["count"]) >= 1
    assert re.match(r"[A-Z]{3}-", notice.values["rows"])


def test_without_a_sandbox_what_writes_is_counted_and_nothing_is_written() -> None:
    written: list[str] = []

    def before(app: Any) -> Any:
        async def noted(scope: dict[str, Any], receive: Any, send: Any) -> None:
            written.extend([scope["method"]] if scope["method"] != "GET" else [])
            await app(scope, receive, send)

        return noted

    found = looked(sandbox=False, before=before)
    assert [(one.key, one.stops) for one in found.notices] == [("no-sandbox", False)]
    assert written == []


@pytest.mark.parametrize(("items", "key", "stops"), [([], "no-data", True), ([{}], "few-data", False)])
def test_a_list_that_holds_too_little_is_told(items: list[Any], key: str, stops: bool) -> None:
    body = json.dumps({"items": items, "page": {"limit": 50, "nextCursor": None, "totalCount": len(items)}}).encode()
    found = looked(before=answering("/v1/stops", 200, body))
    assert (only(found, key).values["request"], only(found, key).stops) == ("GET /stops", stops)
    assert "COM-PAGE-01" in both(f"preflight.{key}", **only(found, key).values)["en"]


def test_an_empty_list_that_the_suite_fills_is_no_lack() -> None:
    assert "no-data" not in keys(looked("health"))


def test_a_read_that_breaks_stops_the_run() -> None:
    found = looked(before=answering("/v1/routes", 500, b'{"title":"database is down"}'))
    notice = only(found, "broken")
    assert (notice.values["request"], notice.values["came"], notice.stops) == ("GET /routes", "500", True)
    assert "database is down" in notice.values["detail"]


def test_a_body_that_is_not_valid_is_told_with_its_place_and_stops_nothing() -> None:
    body = json.dumps({"items": [{"stopUid": 7}, {}], "page": {}}).encode()
    found = looked(before=answering("/v1/stops", 200, body))
    assert only(found, "invalid").values["at"].startswith("/")
    assert keys(found, stops=True) == []


def test_one_operation_that_is_not_there_is_the_claims_business() -> None:
    gone = answering("/v1/ev-stations", 404, b"{}")
    found = looked(before=gone)
    assert [(one.key, one.values["operation"], one.stops) for one in found.notices if one.key == "absent"] == [
        ("absent", "listEvStations", False)
    ]
    assert "absent" not in keys(looked(before=gone, ics=Ics(unsupported={"listEvStations": "planned"})))


def test_claims_that_contradict_what_the_target_serves_are_told() -> None:
    found = looked(ics=Ics(unsupported={"listRoutes": "planned"}))
    assert only(found, "offered-after-all").values["operations"] == "listRoutes"
    document = json.dumps({"openapi": "3.1.0", "paths": {"/stops": {"get": {}}, "/stops/{x}": {"get": {}}}}).encode()
    without = looked(before=answering("/v1/openapi.json", 200, document))
    assert "getStop" not in only(without, "undescribed").values["operations"]
    assert "(+" in only(without, "undescribed").values["operations"]


def test_another_interface_or_profile_than_what_is_declared_is_told() -> None:
    found = looked("health", served="transport", actors=actors())
    assert only(found, "another-interface").stops
    assert only(found, "another-interface").values["expected"] == "smartcity-health"
    declared = json.dumps({"interface": "smartcity-transport", "version": "1.0.0", "profiles": ["open-data"]}).encode()
    narrow = looked(before=answering("/v1/conformance", 200, declared))
    assert (only(narrow, "another-profile").values["actual"], narrow.stops) == ("open-data", False)


@pytest.mark.parametrize(("skew", "told"), [(5.0, False), (59.0, False), (-400.0, True), (86_400.0, True)])
def test_clocks_that_are_apart_are_told(skew: float, told: bool) -> None:
    found = looked("transport", "open-data", skew=skew)
    assert ("clock" in keys(found)) is told
    assert not told or abs(int(only(found, "clock").values["seconds"]) - abs(skew)) < 2


def test_nobody_there_is_said_by_the_probe() -> None:
    chosen, spec = load_profile(data_folders(), "transport", "open-data")
    with pytest.raises(TargetError, match="start the server"):
        asyncio.run(preflight(spec, chosen, Ics(), Ixit("http://127.0.0.1:9/v1")))


def test_every_notice_is_in_both_languages_and_names_a_mend() -> None:
    values = dict.fromkeys(
        [
            "actor",
            "who",
            "count",
            "rows",
            "url",
            "asked",
            "came",
            "found",
            "status",
            "operations",
            "source",
            "scopes",
            "request",
            "detail",
            "at",
            "expected",
            "actual",
            "operation",
            "needed",
            "seed",
            "seconds",
        ],
        "x",
    )
    for key in [
        "no-actor",
        "no-sandbox",
        "path",
        "path-lost",
        "refused",
        "forbidden",
        "read-only",
        "unlimited",
        "let-in",
        "broken",
        "invalid",
        "absent",
        "no-data",
        "few-data",
        "clock",
        "plain-http",
        "undescribed",
        "offered-after-all",
        "another-interface",
        "another-profile",
    ]:
        said = both(f"preflight.{key}", **values)
        assert set(said) == set(LANGUAGES)
        assert "{" not in "".join(said.values())


def test_of_many_names_a_few_are_shown() -> None:
    assert few(["a", "b", "a"]) == "a, b"
    assert few("abcdef") == "a, b, c, d (+2)"


# ----------------------------------------------------------------------------------------- as a user meets it


def settings(folder: Path, url: str, given: dict[str, str]) -> Path:
    tables = "".join(f'[actors.{name}]\ntoken = "{token}"\n' for name, token in given.items())
    (folder / "yance.toml").write_text(f'[target]\nurl = "{url}"\nsandbox = true\n{tables}')
    return folder / "yance.toml"


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


NOTHING = json.dumps({"items": [], "page": {"limit": 50, "nextCursor": None, "totalCount": 0}}).encode()
PLANTED: dict[str, tuple[Callable[[Any], Any], str]] = {  # what stands before the server, and what is to be named
    "key": (lambda app: app, "actors.a.token"),
    "path": (lambda app: app, "/v1 "),
    "tenant": (lambda app: app, "[actors.b]"),
    "data": (answering("/v1/stops", 200, NOTHING), "GET /stops"),
    "fault": (answering("/v1/routes", 500, b"{}"), "GET /routes"),
}


@pytest.mark.heavy
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mistake", PLANTED)
def test_each_planted_mistake_is_named_on_the_first_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: str, language: str
) -> None:
    before, wanted = PLANTED[mistake]
    plain = reference.application
    monkeypatch.setattr(reference, "application", lambda *words, **more: before(plain(*words, **more)))
    given = reference.credentials("transport")
    given |= {"a": "transport-of-yesterday"} if mistake == "key" else {}
    given.pop("b" if mistake == "tenant" else "", None)
    with reference_server("transport") as served:
        url = served.url.removesuffix("/v1") + "/transport" if mistake == "path" else served.url
        began = time.process_time()  # of the suite and of the server: a busy machine makes neither dearer
        done = yance("run", "-c", settings(tmp_path, url, given), "--out", tmp_path / "run", "--lang", language)
    assert time.process_time() - began < 3
    assert done.exit_code in (2, 4), done.output
    assert not any(say("result.FAILED", one) in done.output for one in LANGUAGES)
    assert len(done.output.splitlines()) <= 24
    assert [line for line in done.output.splitlines() if line.startswith("✗") and wanted in line], done.output
    assert not (tmp_path / "run").exists()


def test_preflight_alone_says_ready_and_as_json(tmp_path: Path) -> None:
    with reference_server("transport") as served:
        config = settings(tmp_path, served.url, reference.credentials("transport"))
        ready = yance("preflight", "-c", config, "--json")
        stopped = yance("preflight", served.url, "--json")
        again = yance("run", served.url, "--profile", "open-data", "--only", "COM-DOC-03", "--out", tmp_path / "run", "--json")
    assert (ready.exit_code, json.loads(ready.stdout)["preflight"], json.loads(ready.stdout)["notices"]) == (0, "ready", [])
    document = json.loads(stopped.stdout)
    assert (stopped.exit_code, document["preflight"]) == (4, "stopped")
    assert {one["values"]["actor"] for one in document["notices"] if one["key"] == "no-actor"} >= {"a", "b"}
    assert all(set(one["text"]) == set(LANGUAGES) for one in document["notices"])
    assert "result" in json.loads(again.stdout)


def test_preflight_can_be_skipped(tmp_path: Path) -> None:
    with reference_server("transport") as served:
        words = ("run", served.url, "--only", "COM-DOC-03", "--out", tmp_path / "run")
        assert yance(*words).exit_code == 4
        assert yance(*words, "--skip-preflight").exit_code == 0
