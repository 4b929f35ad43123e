"""Who asks: from an actor's name to the headers, query parameters and cookies that prove it.

    bearer     Authorization: Bearer <value>            basic     Authorization: Basic base64(user:password)
    api-key    a header, query parameter or cookie      oauth2    client credentials (RFC 6749 section 4.4), kept by `tokens`

The interface document says which schemes an operation needs: one alternative, of which all are sent together. The first alternative
is taken for which an actor has everything. Where there is none, all that the actor has is sent, each where its scheme says. What a
credential leaves out (name, place, token URL, scopes) is taken from its scheme.

Secrets are added to what is sent, never to the `Request` that is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.clock import Clock
from conformance.errors import SuiteError, TargetError, nearest
from conformance.model import ALTERED, Credential, Pairs, Security, altered_secret
from conformance.text.urls import resolved
from conformance.wire.failures import Broken
from conformance.wire.tokens import Learn, Post, Token, Tokens, basic

__all__ = ["NOBODY", "Credentials", "Proof"]

_TELLING = 8  # characters from which on a secret is not in an answer by chance
_KEY = "X-API-Key"  # where an API key goes if neither settings nor document say


@dataclass(frozen=True, slots=True)
class Proof:
    """What is added to a request in an actor's name; `tokens` are those of it that can be renewed.

    `way` says how it is sent, for the record: `basic`, `header NAME`, `query NAME`, `cookie NAME`, with `bearer` among several;
    empty for a bearer token alone and for nothing.
    """

    headers: Pairs = ()
    query: Pairs = ()
    cookies: Pairs = ()
    way: str | tuple[str, ...] = ""
    tokens: tuple[Token, ...] = ()

    def shows_in(self, body: bytes) -> bool:
        """Whether an answer repeats a secret of the proof."""
        secrets = (value.rpartition(" ")[2].encode() for _, value in (*self.headers, *self.query, *self.cookies))
        return any(len(secret) >= _TELLING and secret in body for secret in secrets)


NOBODY = Proof()


@dataclass(slots=True)
class _Actor:
    """The credentials of one actor, those that lie in the settings and those that are exchanged for tokens."""

    held: tuple[Credential, ...]
    chosen: dict[str, tuple[Credential, ...]] = field(default_factory=dict)  # by operation
    fixed: dict[str, Proof] = field(default_factory=dict)  # by operation, where no token is needed


class Credentials:
    """The proofs of every actor of an IXIT."""

    def __init__(
        self,
        actors: Mapping[str, Credential],
        security: Security,
        *,
        base_url: str,
        clock: Clock,
        learn: Learn = lambda _label, _secret: None,
    ) -> None:
        self._security, self._base = security, base_url.rstrip("/") + "/"
        self._actors = {name: _Actor(actor.every) for name, actor in actors.items()}
        self._tokens = Tokens(clock, learn)
        for actor in self._actors.values():
            for one in self._placed(actor):
                _refuse_unsendable(one)

    def knows(self, name: str) -> bool:
        """Whether the settings give credentials for an actor."""
        return name.removesuffix(ALTERED) in self._actors

    async def obtain(self, post: Post) -> None:
        """Fetch the first token of every actor that needs one. Raises TargetError when one is refused."""
        for name, actor in self._actors.items():
            for one in self._placed(actor):
                if one.kind == "oauth2":
                    try:
                        await self._tokens.token(name, one, post)
                    except Broken as problem:
                        raise TargetError(
                            f"no access token for actor {name!r} from {one.token_url}: {problem.detail}; "
                            f"check client id, client secret{one.source and f' ({one.source})'}, scopes and tokenUrl in yance.toml"
                        ) from problem

    async def proof(self, name: str | None, operation: str, post: Post) -> Proof:
        """What proves that an actor asks. Raises SuiteError for an unknown actor, Broken when its token is not to be had."""
        if name is None:
            return NOBODY
        actor = self._actors.get(name)
        if actor is None:
            if name.endswith(ALTERED):
                return _altered(await self.proof(name.removesuffix(ALTERED), operation, post))
            known = ", ".join(self._actors) or "none"
            raise SuiteError(f"no credentials for actor {name!r}{nearest(name, self._actors)}; known: {known}")
        fixed = actor.fixed.get(operation)
        if fixed is not None:
            return fixed
        chosen = actor.chosen.get(operation)
        if chosen is None:
            chosen = actor.chosen[operation] = self._chosen(actor, operation)
        if all(one.kind != "oauth2" for one in chosen):
            proof = actor.fixed[operation] = _proof([(one, None) for one in chosen])
            return proof
        return _proof([(one, await self._tokens.token(name, one, post) if one.kind == "oauth2" else None) for one in chosen])

    def sources(self, name: str) -> str:
        """Where the settings have an actor's credentials from."""
        actor = self._actors.get(name.removesuffix(ALTERED))
        return ", ".join(dict.fromkeys(one.source for one in actor.held if one.source)) if actor else ""

    # ------------------------------------------------------------------------------------- which goes where

    def _placed(self, actor: _Actor) -> tuple[Credential, ...]:
        """All that an actor has, each at the place that its scheme names."""
        found = []
        for one in actor.held:
            fitting = (scheme for name, scheme in self._security.schemes.items() if _fits(one, name, scheme))
            found.append(self._completed(one, next(fitting, {})))
        return tuple(found)

    def _chosen(self, actor: _Actor, operation: str) -> tuple[Credential, ...]:
        """The credentials that an operation needs together: of the first alternative for which the actor has them all."""
        for names in self._security.needs.get(operation, ()):
            found: list[Credential] = []
            for name in names:
                scheme = self._security.schemes.get(name, {})
                if scheme.get("type") == "mutualTLS":
                    continue  # proved by the connection
                one = next((one for one in actor.held if _fits(one, name, scheme)), None)
                if one is None:
                    break
                found.append(self._completed(one, scheme))
            else:
                return tuple(found)
        return self._placed(actor)

    def _completed(self, one: Credential, scheme: Mapping[str, Any]) -> Credential:
        """The credential with what it leaves out filled in from a scheme. Raises TargetError for one without a token URL."""
        if one.kind == "api-key" and not one.name:
            return replace(one, name=str(scheme.get("name", _KEY)), location=str(scheme.get("in", one.location)))
        if one.kind != "oauth2":
            return one
        flow = (scheme.get("flows") or {}).get("clientCredentials") or {}
        where = one.token_url or str(flow.get("tokenUrl", ""))
        if not where:
            raise TargetError(
                "a credential with clientId needs tokenUrl: neither yance.toml nor the interface document names one"
            )
        scopes = one.scopes or " ".join(flow.get("scopes") or ())
        return replace(one, token_url=resolved(self._base, where), scopes=scopes)


def _fits(one: Credential, name: str, scheme: Mapping[str, Any]) -> bool:
    """Whether a credential is one for a security scheme."""
    if one.scheme and one.scheme != name:
        return False
    kind, http = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if one.kind == "api-key":
        return kind == "apiKey" and (not one.name or str(scheme.get("name", "")).lower() == one.name.lower())
    if one.kind == "basic":
        return kind == "http" and http == "basic"
    return kind in ("oauth2", "openIdConnect") or (kind == "http" and http not in ("basic", "digest"))


def _refuse_unsendable(one: Credential) -> None:
    if one.kind not in ("bearer", "basic", "oauth2") and not (one.kind == "api-key" and one.name):
        raise SuiteError(
            f"a credential of kind {one.kind!r} cannot be sent; expected bearer, basic, oauth2 or api-key with a name"
        )


# ----------------------------------------------------------------------------------------- proofs


def _proof(parts: Iterable[tuple[Credential, Token | None]]) -> Proof:
    """What is sent for some credentials together; one place holds one of them."""
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    cookies: dict[str, str] = {}
    tokens = []
    for one, token in parts:
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token.secret}")
            tokens.append(token)
        elif one.kind == "bearer":
            headers.setdefault("Authorization", f"Bearer {one.value}")
        elif one.kind == "basic":
            headers.setdefault("Authorization", basic(one.value))
        else:
            place = {"query": query, "cookie": cookies}.get(one.location, headers)
            place.setdefault(one.name, one.value)
    ways = [_word(name, value) for name, value in headers.items()]
    ways += [f"query {name}" for name in query] + [f"cookie {name}" for name in cookies]
    way = tuple(ways) if len(ways) > 1 else "".join(ways).removeprefix("bearer")
    return Proof(tuple(headers.items()), tuple(query.items()), tuple(cookies.items()), way, tuple(tokens))


def _word(name: str, value: str) -> str:
    if name != "Authorization":
        return f"header {name}"
    return "basic" if value.startswith("Basic ") else "bearer"


def _altered(proof: Proof) -> Proof:
    """The proof with one character of each secret replaced, near the end, where a signature lies."""
    headers, query, cookies = (
        tuple((name, altered_secret(value)) for name, value in pairs) for pairs in (proof.headers, proof.query, proof.cookies)
    )
    return Proof(headers, query, cookies, proof.way)
