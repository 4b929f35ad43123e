"""What a reference server sends by itself: how a delivery goes out, how it waits, and where it may go though it is private.

Without anything else a server posts over HTTP and waits by the machine's clock. A test gives it the suite's receiver and its own clock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

__all__ = ["Outgoing"]

PATIENCE = 10.0  # seconds after which no answer counts as none


async def _post(url: str, headers: Mapping[str, str], body: bytes, *, follow: bool = False) -> int | None:
    """The status of the answer to a POST; None when there was none. A redirect is not followed unless a fault wants to."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session,
            session.post(url, data=body, headers=dict(headers), allow_redirects=follow) as answer,
        ):
            return answer.status
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None


@dataclass(frozen=True)
class Outgoing:
    """How a server reaches others. `excepted` is the one URL that it may call back though it is private or not https."""

    excepted: str = ""
    post: Callable[..., Awaitable[int | None]] = _post
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
