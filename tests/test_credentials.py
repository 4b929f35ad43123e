"""Who asks: where credentials go, and what comes of those that do not work."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from conformance.clock import VirtualClock
from conformance.evidence import CaseEnd, Ended
from conformance.model import Credential, Exchange, Ixit, Limits, Outcome, Response, Security
from conformance.model import Request as Asked
from conformance.wire import Wire
from tests.small_interface import Answer, described, document, said, under_test

DECLARED, UNBROKEN = "answers_are_declared", "no_input_breaks_the_server"
THING = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
BASE, NOW = "http://target.example/v1", 1_760_000_000.0
REFUSED = {"401": {"description": "-"}}


def secured(*names: str, **more: Any) -> dict[str, Any]:
    """Operations that read, each behind a bearer token, with a 401 declared or not as the test wants."""
    paths = {
        f"/{name}": {"get": {"operationId": name, "responses": described(THING), "security": [{"t": []}], **more}}
        for name in names
    }
    return document(paths, securitySchemes={"t": {"type": "http", "scheme": "bearer"}})


# ------------------------------------------------------------------------------------------ credentials that do not work


def test_credentials_that_are_not_accepted_are_no_finding_and_name_whose_they_are(cache: Path) -> None:
    actors = {"a": Credential("bearer", "token-of-a-0123456789", source="env:YANCE_TOKEN_A")}
    verdicts, records = under_test(cache, secured("one"), lambda *_: said({}, 401), DECLARED, UNBROKEN, actors=actors)
    for verdict in verdicts.values():
        assert (verdict.outcome, verdict.findings) == (Outcome.INCONCLUSIVE, ()), "though a 401 is not declared"
        assert verdict.reason is not None
        assert verdict.reason.key == "credentials"
        assert verdict.reason.values == {"actor": "a", "source": "env:YANCE_TOKEN_A", "came": "401 one"}
    assert {one.ended for one in records if isinstance(one, CaseEnd)} == {Ended.CREDENTIALS}
    assert sum(isinstance(one, Exchange) for one in records) == 2, "each case ends with its first 401"


def test_an_operation_that_alone_refuses_valid_credentials_never_passes(cache: Path) -> None:
    def server(request: Request, _: bytes) -> Answer:
        return said({}, 401) if request.url.path.endswith("two") else said({"a": 1})

    verdicts, _ = under_test(cache, secured("one", "two"), server, DECLARED)
    assert verdicts[f"{DECLARED}/one"].outcome is Outcome.PASS
    two = verdicts[f"{DECLARED}/two"]
    assert two.outcome is Outcome.INCONCLUSIVE
    assert two.reason is not None
    assert two.reason.key == "credentials-here"


def test_what_was_seen_before_the_credentials_ended_stands(cache: Path) -> None:
    count = 0

    def server(_request: Request, _body: bytes) -> Answer:
        nonlocal count
        count += 1
        return said({"a": "no number"}) if count < 3 else said({}, 401)

    found = secured("one", parameters=[{"name": "q", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 99}}])
    verdicts, _ = under_test(cache, found, server, DECLARED)
    (verdict,) = verdicts.values()
    assert verdict.outcome is Outcome.FAIL
    assert {one.message for one in verdict.findings} == {"body"}


def test_an_actor_without_credentials_leaves_a_public_operation_testable(cache: Path) -> None:
    verdicts, records = under_test(
        cache,
        document({"/one": {"get": {"operationId": "one", "responses": described(THING)}}}),
        lambda *_: said({"a": 1}),
        DECLARED,
        actors={},
    )
    assert {one.outcome for one in verdicts.values()} == {Outcome.PASS}
    assert {one.request.actor for one in records if isinstance(one, Exchange)} == {None}


@pytest.mark.parametrize(
    ("status", "actor", "method", "headers", "expected"),
    [
        (401, "a", "POST", (), True),
        (401, "b", "GET", (), True),
        (401, "limited", "GET", (), True),
        (401, "limited", "PATCH", (), False),
        (401, "expired", "GET", (), False),
        (401, "a (altered)", "GET", (), False),
        (401, None, "GET", (), False),
        (401, "a", "GET", (("Authorization", "Bearer of its own"),), False),
        (403, "a", "GET", (), False),
    ],
)
def test_who_spoils_credentials_on_purpose_is_not_locked_out(
    status: int, actor: str | None, method: str, headers: Any, expected: bool
) -> None:
    asked = Asked("read", method, "/x", (), headers, None, actor)
    assert Exchange(1, "c", asked, Response(status)).locked_out is expected
    assert Exchange(1, "c", asked, None, "credentials").locked_out


# ------------------------------------------------------------------------------------------ where they go

KEY, OTHER = "lab-key-0123456789", "other-key-0123456789"
HEADER = {"type": "apiKey", "in": "header", "name": "X-Library-Key"}
OLD = {"type": "apiKey", "in": "header", "name": "X-Old"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "sid"}
QUERY = {"type": "apiKey", "in": "query", "name": "api_key"}
BEARER = {"type": "http", "scheme": "Bearer"}


def asked(
    credential: Credential, schemes: Mapping[str, Any], needs: tuple[tuple[str, ...], ...], request: Asked | None = None
) -> tuple[httpx.Request, Exchange]:
    """What goes out for an operation that needs one of some alternatives, and what is recorded."""
    seen: list[httpx.Request] = []

    def server(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    async def scene() -> Exchange:
        security = Security(schemes, {"read": needs} if needs else {})
        ixit = Ixit(BASE, actors={"a": credential})
        async with Wire(ixit, security, clock=VirtualClock(NOW), transport=httpx.MockTransport(server)) as wire:
            return await wire.send((request or Asked("read", "GET", "/x")).with_actor("a"), case="c")

    recorded = asyncio.run(scene())
    return seen[0], recorded


def test_a_key_goes_where_the_operations_own_scheme_says() -> None:
    key = Credential("api-key", KEY)
    schemes = {"old": OLD, "k": HEADER, "c": COOKIE, "q": QUERY}
    for needs, where in ((("k",), "x-library-key"), (("old",), "x-old")):
        sent, recorded = asked(key, schemes, (needs,))
        assert sent.headers[where] == KEY
        assert recorded.attributes["credential"].lower() == f"header {where}"
    sent, recorded = asked(key, schemes, (("c",),))
    assert (sent.headers["cookie"], recorded.attributes["credential"]) == (f"sid={KEY}", "cookie sid")
    sent, recorded = asked(key, schemes, (("q",),))
    assert (sent.url.query.decode(), recorded.attributes["credential"]) == (f"api_key={KEY}", "query api_key")
    assert KEY not in repr(recorded)


def test_schemes_that_are_needed_together_are_sent_together_and_of_alternatives_the_one_that_is_there() -> None:
    both = Credential("api-key", KEY, also=(Credential("bearer", "token-0123456789"),))
    schemes = {"k": HEADER, "b": BEARER, "old": OLD, "tls": {"type": "mutualTLS"}}
    sent, recorded = asked(both, schemes, (("k", "b", "tls"),))
    assert (sent.headers["x-library-key"], sent.headers["authorization"]) == (KEY, "Bearer token-0123456789")
    assert recorded.attributes["credential"] == ["header X-Library-Key", "bearer"]
    sent, _ = asked(both, schemes, (("b",), ("k",)))
    assert "x-library-key" not in sent.headers
    sent, _ = asked(Credential("api-key", KEY, scheme="k"), schemes, (("b",), ("old",), ("k",)))
    assert (sent.headers["x-library-key"], "x-old" in sent.headers) == (KEY, False)


def test_two_keys_find_their_schemes_by_name() -> None:
    two = Credential("api-key", KEY, scheme="k", also=(Credential("api-key", OTHER, scheme="old"),))
    sent, _ = asked(two, {"old": OLD, "k": HEADER}, (("old", "k"),))
    assert (sent.headers["x-library-key"], sent.headers["x-old"]) == (KEY, OTHER)
    sent, _ = asked(two, {"old": OLD, "k": HEADER}, ())
    assert (sent.headers["x-library-key"], sent.headers["x-old"]) == (KEY, OTHER), "where nothing is needed all is sent"


def test_a_key_that_a_link_brings_along_is_sent_once() -> None:
    request = Asked("read", "GET", "/x", (("api_key", KEY), ("page", "2")))
    sent, _ = asked(Credential("api-key", KEY), {"q": QUERY}, (("q",),), request)
    assert sent.url.query.decode() == f"api_key={KEY}&page=2"


def test_a_cookie_of_the_requests_own_stays_beside_the_credential() -> None:
    request = Asked("read", "GET", "/x", (), (("Cookie", "theme=dark"),))
    sent, _ = asked(Credential("api-key", KEY), {"c": COOKIE}, (("c",),), request)
    assert sent.headers.get_list("cookie") == [f"theme=dark; sid={KEY}"]


# ------------------------------------------------------------------------------------------ tokens that end

CLIENT = Credential("oauth2", "s3cret-s3cret", name="me", token_url="https://id.example/token", source="env:SECRET")


class Issuer:
    """A token endpoint and an interface behind it: tokens are accepted for `life` seconds, and said to last as `stated`."""

    def __init__(self, clock: VirtualClock, life: float, stated: object, *busy: int) -> None:
        self.clock, self.life, self.stated, self.busy = clock, life, stated, busy
        self.posts, self.statuses, self.ends = 0, list[int](), dict[str, float]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.posts += 1
            if self.posts in self.busy:
                return httpx.Response(503)
            token = f"token-number-{self.posts}"
            self.ends[token] = self.clock.now() + self.life
            if isinstance(self.stated, bytes):
                return httpx.Response(200, content=b'{"access_token":"%s","expires_in":%s}' % (token.encode(), self.stated))
            return httpx.Response(200, json={"access_token": token, "expires_in": self.stated})
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.statuses.append(200 if self.ends.get(token, 0) > self.clock.now() else 401)
        return httpx.Response(self.statuses[-1])


def served(
    life: float, stated: object, *busy: int, every: float = 1.0, times: int = 10
) -> tuple[Issuer, list[Exchange], list[Exchange]]:
    """What an issuer saw of some requests at regular times, the exchanges that stand, and those before them."""
    clock = VirtualClock(NOW)
    issuer, passed = Issuer(clock, life, stated, *busy), list[Exchange]()

    async def scene() -> list[Exchange]:
        ixit = Ixit(BASE, actors={"a": CLIENT}, limits=Limits())
        found = []
        async with Wire(ixit, clock=clock, transport=httpx.MockTransport(issuer)) as wire:
            for _ in range(times):
                found.append(await wire.send(Asked("read", "GET", "/x", actor="a"), case="c", passed=passed.append))
                await clock.sleep(every)
        return found

    return issuer, asyncio.run(scene()), passed


@pytest.mark.parametrize("stated", [4, 4.0, "4", " 4 "])
def test_a_token_is_fetched_anew_before_it_ends_in_whatever_form_that_is_said(stated: object) -> None:
    issuer, _, _ = served(4, stated)
    assert issuer.statuses == [200] * 10
    assert issuer.posts == 4


@pytest.mark.parametrize(
    "stated", [None, "soon", -1, 0, True, [], b"1" * 400, b"1" * 5000, b"1e400", b'"' + b"9" * 400 + b'"', b'"NaN"']
)
def test_a_lifetime_that_says_nothing_is_no_reason_to_stumble(stated: object) -> None:
    issuer, found, _ = served(10_000, stated)
    assert ([one.status for one in found], issuer.posts) == ([200] * 10, 1)


def test_a_token_that_ends_sooner_is_renewed_once_and_both_answers_are_told() -> None:
    issuer, found, passed = served(3.5, 3600)
    assert [one.status for one in found] == [200] * 10
    assert issuer.posts == 3
    assert [(one.status, one.attributes["askedAgain"]) for one in passed] == [(401, True)] * 2


def test_a_token_that_never_worked_is_not_asked_for_again_and_again() -> None:
    issuer, found, passed = served(-1, 3600, times=3)
    assert ([one.status for one in found], issuer.posts, passed) == ([401] * 3, 1, [])
    assert found[0].attributes["refused"] == "env:SECRET"


def test_a_token_endpoint_that_is_busy_is_asked_again() -> None:
    issuer, found, _ = served(4, 4, 1, 3, 4)
    assert ([one.status for one in found], issuer.posts) == ([200] * 10, 7)


def test_a_token_that_is_not_to_be_had_any_more_says_where_its_secret_is_from() -> None:
    _, found, _ = served(4, 4, *range(2, 99), times=5)
    assert (found[-1].failure, found[-1].attributes["refused"]) == ("credentials", "env:SECRET")
    assert found[-1].attributes["detail"] == "the token endpoint answered 503 without a token"
