"""Faults of idempotency keys."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.second_health.faults.bending import around, fault
from tests.second_health.wire_json import canonical

_KEYS = ("COM-IDEM-01", "COM-IDEM-02")


@fault("a repetition gives what the thing is now", *_KEYS)
def repeats_the_present(server: Any) -> None:
    def repeated(plain: Any, ask: Any, made: Any) -> Any:
        entry = server.house.store.one(made["kind"], made["id"]) if "id" in made else None
        return plain(ask, made | {"document": entry.doc} if entry else made)

    around(server, "repeated", repeated)


@fault("keys are compared without case", *_KEYS)
def keys_without_case(server: Any) -> None:
    _keys(server, str.lower)


@fault("keys are cut after 64 characters", *_KEYS)
def keys_are_cut(server: Any) -> None:
    _keys(server, lambda key: key[:64])


def _keys(server: Any, change: Any) -> None:
    around(server.house.store, "attempt", lambda plain, org, scope, key: plain(org, scope, change(key)))

    def remember(plain: Any, org: str, scope: str, key: str, *rest: Any) -> None:
        if server.house.store.attempt(org, scope, key) is None:
            plain(org, scope, change(key), *rest)

    around(server.house.store, "remember", remember)


@fault("keys of all organisations are one", "COM-TEN-02", *_KEYS)
def keys_of_everybody(server: Any) -> None:
    around(server.house.store, "attempt", lambda plain, org, scope, key: plain("", scope, key))
    around(server.house.store, "remember", lambda plain, org, *rest: plain("", *rest))


@fault("another body under a key is not noticed", *_KEYS)
def any_body_under_a_key(server: Any) -> None:
    def attempt(plain: Any, org: str, scope: str, key: str) -> Any:
        known = plain(org, scope, key)
        return (server.asked, known[1]) if known else None

    _with_body(server)
    around(server.house.store, "attempt", attempt)


def _with_body(server: Any) -> None:
    def once(plain: Any, ask: Any, key: str) -> Any:
        server.asked = canonical([ask.operation, ask.document])
        return plain(ask, key)

    around(server, "once", once)


@fault("bodies under a key are compared by their bytes", *_KEYS)
def bodies_by_bytes(server: Any) -> None:
    def attempt(plain: Any, org: str, scope: str, key: str) -> Any:
        known = plain(org, scope, key)
        return (known[0] if server.raw.get((org, key), b"") == server.last else "", known[1]) if known else None

    def once(plain: Any, ask: Any, key: str) -> Any:
        server.last = ask.body
        server.raw.setdefault((ask.org, key), ask.body)
        return plain(ask, key)

    server.raw, server.last = {}, b""
    around(server, "once", once)
    around(server.house.store, "attempt", attempt)


@fault("requests that come together under one key create as many things", *_KEYS)
def races_create_twice(server: Any) -> None:
    class Nobody(set[Any]):
        def add(self, _: Any) -> None:
            pass

    server.working = Nobody()
    made = server.made

    async def once(ask: Any, key: str) -> Any:
        known = server.house.store.attempt(ask.org, "", key)
        if known:
            return await plain(ask, key)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        record = made(ask)
        if server.house.store.attempt(ask.org, "", key) is None:
            server.house.store.remember(ask.org, "", key, canonical([ask.operation, ask.document]), record)
        return server.repeated(ask, record)

    plain = server.once
    server.once = once
