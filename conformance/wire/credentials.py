"""Who asks: from an actor's name to the header or query parameter that proves it.

    bearer     Authorization: Bearer <value>            basic     Authorization: Basic base64(user:password)
    api-key    a header or query parameter by name      oauth2    client credentials (RFC 6749 section 4.4), cached until they end

What a credential leaves out (name, place, token URL, scopes) is taken from the spec's `components.securitySchemes`.
Secrets are added to what is sent, never to the `Request` that is recorded.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from conformance.clock import Clock
from conformance.errors import SuiteError, TargetError, nearest
from conformance.model import ALTERED, Credential, Pairs, altered_secret
from conformance.text.urls import resolved
from conformance.wire.failures import Broken

__all__ = ["Credentials", "Proof"]

_TELLING = 8  # characters from which on a secret is not in an answer by chance
_LIFETIME = 3600.0  # of a token whose answer names none
_MARGIN = 30.0  # seconds before its end from which on a token is not used any more
_FORM = ("Content-Type", "application/x-www-form-urlencoded")

Post = Callable[[str, Pairs, bytes], Awaitable[tuple[int, bytes]]]  # URL, headers, body -> status, body; raises Broken
Learn = Callable[[str, str], None]  # a label, and a secret that became known


@dataclass(frozen=True, slots=True)
class Proof:
    """What is added to a request in an actor's name."""

    headers: Pairs = ()
    query: Pairs = ()

    @property
    def way(self) -> str:
        """How it is sent, for the record: `basic`, `header NAME` or `query NAME`; empty for a bearer token and for nothing."""
        if self.query:
            return f"query {self.query[0][0]}"
        name, value = self.headers[0] if self.headers else ("Authorization", "Bearer")
        if name != "Authorization":
            return f"header {name}"
        return "basic" if value.startswith("Basic ") else ""

    def shows_in(self, body: bytes) -> bool:
        """Whether an answer repeats a secret of the proof."""
        secrets = (value.rpartition(" ")[2].encode() for _, value in (*self.headers, *self.query))
        return any(len(secret) >= _TELLING and secret in body for secret in secrets)


@dataclass(frozen=True, slots=True)
class _Token:
    proof: Proof
    ends: float
    secret: str


class Credentials:
    """The proofs of every actor of an IXIT."""

    def __init__(
        self,
        actors: Mapping[str, Credential],
        schemes: Mapping[str, Any] | None,
        *,
        base_url: str,
        clock: Clock,
        learn: Learn = lambda _label, _secret: None,
    ) -> None:
        self._learn = learn
        self._actors = {name: _completed(actor, schemes or {}, base_url) for name, actor in actors.items()}
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self._turns = {name: asyncio.Lock() for name in actors}
        self._fixed = {name: _fixed_proof(actor) for name, actor in self._actors.items() if actor.kind != "oauth2"}

    async def obtain(self, post: Post) -> None:
        """Fetch the first token of every actor that needs one. Raises TargetError when one is refused."""
        for name, actor in self._actors.items():
            if actor.kind == "oauth2":
                try:
                    await self.proof(name, post)
                except Broken as problem:
                    raise TargetError(
                        f"no access token for actor {name!r} from {actor.token_url}: {problem.detail}; "
                        "check client id, client secret, scopes and token_url in yance.toml"
                    ) from problem

    async def proof(self, name: str | None, post: Post) -> Proof:
        """What proves that an actor asks. Raises SuiteError for an unknown actor, Broken when its token is not to be had."""
        if name is None:
            return _NOBODY
        if name.endswith(ALTERED):
            return _altered(await self.proof(name.removesuffix(ALTERED), post))
        fixed = self._fixed.get(name)
        if fixed is not None:
            return fixed
        actor = self._actors.get(name)
        if actor is None:
            known = ", ".join(self._actors) or "none"
            raise SuiteError(f"no credentials for actor {name!r}{nearest(name, self._actors)}; known: {known}")
        async with self._turns[name]:
            token = self._tokens.get(name)
            if token is None or token.ends <= self._clock.now():
                token = self._tokens[name] = await self._fetch(actor, post)
                self._learn(f"{name} (access token)", token.secret)
            return token.proof

    async def _fetch(self, actor: Credential, post: Post) -> _Token:
        form = [("grant_type", "client_credentials"), *([("scope", actor.scopes)] if actor.scopes else [])]
        asked = self._clock.now()
        # RFC 6749 section 2.3.1: the client's name and secret are form-encoded before they become user and password
        secret = _basic(f"{quote(actor.name, safe='')}:{quote(actor.value, safe='')}")
        status, body = await post(actor.token_url, (_FORM, ("Authorization", secret)), urlencode(form).encode())
        if status in (400, 401):
            form += [("client_id", actor.name), ("client_secret", actor.value)]
            status, body = await post(actor.token_url, (_FORM,), urlencode(form).encode())
        answer = _object(body)
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token:
            word = answer.get("error", "without a token")
            raise Broken("credentials", f"the token endpoint answered {status} {word}")
        life = answer.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) and life > 0 else _LIFETIME
        return _Token(Proof((("Authorization", f"Bearer {token}"),)), asked + seconds - min(_MARGIN, seconds / 10), token)


_NOBODY = Proof()


def _altered(proof: Proof) -> Proof:
    """The proof with one character of its secret replaced, near the end, where a signature lies."""
    return Proof(*(tuple((name, altered_secret(value)) for name, value in pairs) for pairs in (proof.headers, proof.query)))


def _fixed_proof(actor: Credential) -> Proof:
    if actor.kind == "bearer":
        return Proof((("Authorization", f"Bearer {actor.value}"),))
    if actor.kind == "basic":
        return Proof((("Authorization", _basic(actor.value)),))
    if actor.kind == "api-key" and actor.name:
        pair = ((actor.name, actor.value),)
        return Proof(query=pair) if actor.location == "query" else Proof(headers=pair)
    raise SuiteError(f"a credential of kind {actor.kind!r} cannot be sent; expected bearer, basic, oauth2 or api-key with a name")


def _completed(actor: Credential, schemes: Mapping[str, Any], base_url: str) -> Credential:
    """The credential with what it leaves out filled in from the spec."""
    if actor.kind == "api-key" and not actor.name:
        scheme: Mapping[str, Any] = next((s for s in schemes.values() if s.get("type") == "apiKey"), {})
        return replace(actor, name=str(scheme.get("name", "")), location=str(scheme.get("in", actor.location)))
    if actor.kind != "oauth2":
        return actor
    flows = (s.get("flows", {}).get("clientCredentials") for s in schemes.values() if s.get("type") == "oauth2")
    flow: Mapping[str, Any] = next((f for f in flows if f), {})
    where = actor.token_url or str(flow.get("tokenUrl", ""))
    if not where:
        raise TargetError("an oauth2 credential needs token_url: neither yance.toml nor the spec names one")
    scopes = actor.scopes or " ".join(flow.get("scopes", ()))
    return replace(actor, token_url=resolved(base_url.rstrip("/") + "/", where), scopes=scopes)


def _basic(pair: str) -> str:
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
