"""What the wire sends to say who asks, and how it comes by access tokens."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from conformance.clock import VirtualClock
from conformance.errors import SuiteError, TargetError
from conformance.model import Credential, Exchange, Ixit, Security
from conformance.wire import Wire
from tests.wires import BASE, GET, NOW, Recorder, Server, in_wire, run

# ------------------------------------------------------------------------------------- credentials


@pytest.mark.parametrize(
    ("credential", "header", "value"),
    [
        (Credential("bearer", "s3cret"), "authorization", "Bearer s3cret"),
        (Credential("api-key", "s3cret", name="X-Key"), "x-key", "s3cret"),
        (Credential("basic", "user:s3cret"), "authorization", "Basic dXNlcjpzM2NyZXQ="),
    ],
)
def test_an_actor_is_proved_by_a_header(credential: Credential, header: str, value: str) -> None:
    server = Recorder()
    exchanges = run(server, GET.with_actor("a"), GET, actors={"a": credential})
    assert [request.headers.get(header) for request in server.asked] == [value, None]
    assert "s3cret" not in repr(exchanges)


def test_an_api_key_in_the_query_is_sent_and_not_recorded() -> None:
    server = Recorder()
    actors = {"a": Credential("api-key", "s3&cret", name="key", location="query")}
    exchanges = run(server, GET.with_actor("a").with_query(limit=1), actors=actors)
    assert server.asked[0].url.query == b"limit=1&key=s3%26cret"
    assert "s3" not in repr(exchanges)
    assert exchanges[0].url == BASE + "/stops?limit=1"


def test_the_spec_fills_in_what_an_api_key_leaves_out() -> None:
    server = Recorder()
    security = Security({"key": {"type": "apiKey", "in": "header", "name": "X-From-Spec"}})
    run(server, GET.with_actor("a"), actors={"a": Credential("api-key", "v")}, security=security)
    assert server.asked[0].headers["x-from-spec"] == "v"


def test_a_requests_own_authorization_goes_before_the_actors() -> None:
    server = Recorder()
    run(server, GET.with_actor("a").with_header("Authorization", "Bearer wrong"), actors={"a": Credential("bearer", "right")})
    assert server.asked[0].headers.get_list("authorization") == ["Bearer wrong"]


def test_an_unknown_actor_is_our_own_mistake() -> None:
    with pytest.raises(SuiteError, match="actor 'bb'; did you mean 'b'"):
        run(Recorder(), GET.with_actor("bb"), actors={"b": Credential("bearer", "v")})
    with pytest.raises(SuiteError, match="kind 'spell'"):
        run(Recorder(), GET, actors={"b": Credential("spell", "v")})


# ------------------------------------------------------------------------------------- OAuth 2.0

OAUTH = {"a": Credential("oauth2", "s3cret", name="me", token_url="https://id.example/token", scopes="r w")}


def _issuer(server: Recorder, *, life: int = 100, post_only: bool = False) -> Server:
    issued: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/token":
            return server(request)
        form = dict(httpx.QueryParams(request.content.decode()))
        known = (
            form.get("client_secret") == "s3cret" if post_only else request.headers.get("authorization") == "Basic bWU6czNjcmV0"
        )
        if not known or form["grant_type"] != "client_credentials" or form["scope"] != "r w":
            return httpx.Response(401, json={"error": "invalid_client"})
        issued.append(f"token-{len(issued) + 1}")
        return httpx.Response(200, json={"access_token": issued[-1], "expires_in": life, "token_type": "Bearer"})

    return answer


@pytest.mark.parametrize("post_only", [False, True])
def test_a_token_is_fetched_once_and_again_before_it_ends(post_only: bool) -> None:
    server, clock = Recorder(), VirtualClock(NOW)

    async def scene(wire: Wire) -> None:
        await asyncio.gather(*(wire.send(GET.with_actor("a"), case="c") for _ in range(3)))
        await clock.sleep(95)
        await wire.send(GET.with_actor("a"), case="c")

    in_wire(Ixit(BASE, actors=OAUTH), clock, _issuer(server, post_only=post_only), scene)
    assert [request.headers["authorization"] for request in server.asked] == ["Bearer token-1"] * 3 + ["Bearer token-2"]


def test_each_token_that_was_issued_is_told_to_who_keeps_secrets() -> None:
    server, clock = _issuer(Recorder()), VirtualClock(NOW)
    told: list[tuple[str, str]] = []

    async def scene() -> None:
        transport = httpx.MockTransport(server)
        async with Wire(Ixit(BASE, actors=OAUTH), clock=clock, transport=transport, learn=lambda *one: told.append(one)) as wire:
            await clock.sleep(95)
            await wire.send(GET.with_actor("a"), case="c")

    asyncio.run(scene())
    assert told == [("a (access token)", "token-1"), ("a (access token)", "token-2")]


def test_a_refused_client_is_told_at_the_start_without_its_secret() -> None:
    with pytest.raises(
        TargetError, match=r"actor 'a' from https://id.example/token: the token endpoint answered 401 inv"
    ) as caught:
        run(lambda _: httpx.Response(401, json={"error": "invalid_client"}), actors=OAUTH)
    assert "s3cret" not in str(caught.value)
    for answer in (httpx.Response(200, content=b"[" * 100_000), httpx.Response(200, json={"access_token": 5})):
        with pytest.raises(TargetError, match="200 without a token"):
            run(Recorder(answer), actors=OAUTH)


def test_a_token_endpoint_out_of_reach_is_told_at_the_start() -> None:
    def server(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with pytest.raises(TargetError, match="cannot be used: no route; check client id"):
        run(server, actors=OAUTH)
    with pytest.raises(TargetError, match="needs tokenUrl"):
        run(server, actors={"a": Credential("oauth2", "v", name="n")})


def test_a_token_that_cannot_be_renewed_is_recorded_as_a_failure() -> None:
    clock, server = VirtualClock(NOW), Recorder()
    well = _issuer(server)

    async def scene(wire: Wire) -> Exchange:
        await clock.sleep(1000)
        return await wire.send(GET.with_actor("a"), case="c")

    found = in_wire(Ixit(BASE, actors=OAUTH), clock, lambda r: well(r) if clock.now() < NOW + 500 else httpx.Response(500), scene)
    assert (found.failure, found.attributes["detail"]) == ("credentials", "the token endpoint answered 500 without a token")


def test_the_spec_names_token_url_and_scopes_relative_to_the_base() -> None:
    server = Recorder(httpx.Response(200, json={"access_token": "t"}))
    flow = {"clientCredentials": {"tokenUrl": "oauth/token", "scopes": {"r": "", "w": ""}}}
    run(
        server,
        GET.with_actor("a"),
        actors={"a": Credential("oauth2", "v", name="n")},
        security=Security({"o": {"type": "oauth2", "flows": flow}}),
    )
    assert str(server.asked[0].url) == BASE + "/oauth/token"
    assert server.asked[0].content == b"grant_type=client_credentials&scope=r+w"
