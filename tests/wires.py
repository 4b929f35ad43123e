"""The wire with the network replaced by a function, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from conformance.clock import VirtualClock
from conformance.model import Credential, Exchange, Ixit, Limits, Request, Security
from conformance.wire import Wire

BASE = "http://target.example/v1"
NOW = 1_760_000_000.0
GET = Request("listStops", "GET", "/stops")
POST = Request("createReservation", "POST", "/reservations", body=b"{}")
Server = Callable[[httpx.Request], httpx.Response]


def run(
    server: Server,
    *requests: Request,
    actors: dict[str, Credential] | None = None,
    clock: VirtualClock | None = None,
    security: Security | None = None,
    patient: bool = True,
    **limits: Any,
) -> list[Exchange]:
    """Send one after the other to a function that plays the server."""

    async def scene() -> list[Exchange]:
        ixit = Ixit(BASE, actors=actors or {}, limits=Limits(**limits))
        async with Wire(ixit, security, clock=clock or VirtualClock(NOW), transport=httpx.MockTransport(server)) as wire:
            return [await wire.send(request, case="case-1", patient=patient) for request in requests or (GET,)]

    return asyncio.run(scene())


def in_wire(ixit: Ixit, clock: VirtualClock, server: Server, scene: Callable[[Wire], Coroutine[Any, Any, Any]]) -> Any:
    async def play() -> Any:
        async with Wire(ixit, clock=clock, transport=httpx.MockTransport(server)) as wire:
            return await scene(wire)

    return asyncio.run(play())


class Recorder:
    """A server that answers from a list (the last answer for ever) and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response | tuple[int, dict[str, str]], clock: VirtualClock | None = None) -> None:
        self.answers, self.clock = answers, clock
        self.asked: list[httpx.Request] = []
        self.times: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.times.append(self.clock.now() if self.clock else 0.0)
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1] if self.answers else (200, {})
        return httpx.Response(answer[0], headers=answer[1], content=b"{}") if isinstance(answer, tuple) else answer
