"""Access tokens by client credentials (RFC 6749 section 4.4): fetched before they are needed, and kept until they end.

A token is renewed before its time is over, and once when it is refused though it had been accepted: its end came sooner than promised, or
somebody withdrew it. A token endpoint that is busy for a moment is asked again.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from conformance.clock import Clock
from conformance.model import Credential, Pairs, Request, Response
from conformance.wire.courtesy import MOST_RESENDS, patience
from conformance.wire.failures import Broken

__all__ = ["Learn", "Post", "Token", "Tokens", "basic", "renewable"]

_LIFETIME = 3600.0  # seconds; of a token whose answer names none that can be reckoned with
_LONGEST = 86_400.0  # what is promised beyond a day is not relied on
_MARGIN = 30.0  # seconds before its end from which on a token is not used any more; of a short life a quarter
_FORM = ("Content-Type", "application/x-www-form-urlencoded")
_LONGEST_WAIT = 30.0

Post = Callable[[str, Pairs, bytes], Awaitable[Response]]  # URL, headers, body -> answer; raises Broken
Learn = Callable[[str, str], None]  # a label, and a secret that became known


@dataclass(slots=True, eq=False)
class Token:
    """An access token. `worked` once a request with it was not answered 401."""

    secret: str
    ends: float
    worked: bool = False


def renewable(tokens: Sequence[Token]) -> bool:
    """Whether tokens that were refused had been accepted before, so that new ones are worth asking for; then these have ended."""
    worked = [token for token in tokens if token.worked]
    for token in worked:
        token.ends = 0.0
    return bool(worked)


class Tokens:
    """The access tokens of all actors. `learn` is told each of them."""

    def __init__(self, clock: Clock, learn: Learn) -> None:
        self._clock, self._learn = clock, learn
        self._kept: dict[tuple[str, Credential], Token] = {}
        self._turns: dict[tuple[str, Credential], asyncio.Lock] = {}

    async def token(self, actor: str, client: Credential, post: Post) -> Token:
        """The token of an actor's client, fetched where none is at hand. Raises Broken when it is not to be had."""
        place = (actor, client)
        async with self._turns.setdefault(place, asyncio.Lock()):
            token = self._kept.get(place)
            if token is None or token.ends <= self._clock.now():
                token = self._kept[place] = await self._fetched(client, post)
                self._learn(f"{actor} (access token)", token.secret)
            return token

    async def _fetched(self, client: Credential, post: Post) -> Token:
        form = [("grant_type", "client_credentials"), *([("scope", client.scopes)] if client.scopes else [])]
        asked = self._clock.now()
        # RFC 6749 section 2.3.1: the client's name and secret are form-encoded before they become user and password
        secret = basic(f"{quote(client.name, safe='')}:{quote(client.value, safe='')}")
        answer = await self._answer(client.token_url, (_FORM, ("Authorization", secret)), form, post)
        if answer.status in (400, 401):
            form += [("client_id", client.name), ("client_secret", client.value)]
            answer = await self._answer(client.token_url, (_FORM,), form, post)
        said = _object(answer.body)
        token = said.get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not token:
            word = said.get("error", "without a token")
            raise Broken("credentials", f"the token endpoint answered {answer.status} {word}")
        seconds = _lifetime(said.get("expires_in"))
        return Token(token, asked + seconds - min(_MARGIN, seconds / 4))

    async def _answer(self, url: str, headers: Pairs, form: Pairs | list[tuple[str, str]], post: Post) -> Response:
        """What the endpoint says, asked again while it is busy: a grant that was not worked on, or whose token is lost, harms nobody."""
        asked = Request("(token)", "GET", url)  # as repeatable as one
        for tries in range(MOST_RESENDS):
            answer = await post(url, headers, urlencode(form).encode())
            wait = patience(asked, answer, self._clock.now(), tries)
            if wait is None:
                return answer
            await self._clock.sleep(min(wait, _LONGEST_WAIT))
        return await post(url, headers, urlencode(form).encode())


def basic(pair: str) -> str:
    """The value of Authorization for user:password (RFC 7617)."""
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")


def _lifetime(said: Any) -> float:
    """`expires_in` in seconds: a number, or a text that is one (some servers send that), within reason."""
    try:
        seconds = float(said) if isinstance(said, float | str) else math.nan
    except ValueError:
        seconds = math.nan
    return min(seconds, _LONGEST) if seconds > 0 else _LIFETIME


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body, parse_int=float)  # an integer of any length is a number then, if only infinity
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
