"""Who governs the target: whoever can put a file of the office's choosing at its origin, where nobody else can.

One GET for `/.well-known/yance/NAME` at the origin of the base URL, whose answer has to be 200 and the token `NAME.PROOF`: a server that
repeats what it is asked for does not know the rest. No redirect is followed, since it would prove who governs the place that it leads to. A
host that is private, loopback or link-local is refused unless that is allowed: on a network that the public does not reach nothing is proven to
it, and an office that asks at a vendor's word must not be led to its own machines. Names are resolved once, and what was looked at is what
is asked.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import aiohttp
import httpx
from aiohttp.abc import AbstractResolver, ResolveResult

from conformance.errors import TargetError, UsageError
from conformance.model import Ixit
from conformance.wire.pipe import trust

__all__ = ["WELL_KNOWN", "prove_control"]

WELL_KNOWN = "/.well-known/yance/"
_LARGEST = 4096  # bytes of an answer


async def prove_control(ixit: Ixit, token: str, *, user_agent: str, allow_private: bool = False) -> str:
    """The address at which the origin of a target serves a token. Raises TargetError when it does not, UsageError for a host that is not public."""
    base = httpx.URL(ixit.base_url)
    name = token.partition(".")[0]
    url = f"{base.scheme}://{base.netloc.decode('ascii')}{WELL_KNOWN}{name}"
    if not allow_private:
        _refuse_private_literal(base.host)
    try:
        async with asyncio.timeout(ixit.limits.timeout or None):
            status, body = await _asked(ixit, url, user_agent, allow_private=allow_private)
    except (TimeoutError, aiohttp.ClientError, OSError) as problem:
        if isinstance(refused := getattr(problem, "os_error", problem), _NotPublicError):
            raise UsageError(_private(base.host, str(refused))) from None
        raise TargetError(f"GET {url} failed: {problem or 'no answer in time'}; {_advice(token)}") from None
    if 300 <= status < 400:
        raise TargetError(f"GET {url} was answered {status}, a redirect, which proves nothing of this host; {_advice(token)}")
    if status != 200:
        raise TargetError(f"GET {url} was answered {status}; {_advice(token)}")
    if body.strip() != token.encode():
        came = body[:60].decode("utf-8", "replace")
        raise TargetError(f"GET {url} was answered with another text ({came!r}); {_advice(token)}")
    return url


def _advice(token: str) -> str:
    name = token.partition(".")[0]
    return f"serve the text {token} at {WELL_KNOWN}{name} of the target's origin, with status 200, until the run has begun"


async def _asked(ixit: Ixit, url: str, user_agent: str, *, allow_private: bool) -> tuple[int, bytes]:
    headers = {"User-Agent": user_agent, "Accept": "text/plain, */*;q=0.5"}
    connector = aiohttp.TCPConnector(
        ssl=trust(ixit.tls_verify, ixit.tls_client), resolver=None if allow_private else _Public(), use_dns_cache=False
    )
    async with (
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
        session.get(url, headers=headers, allow_redirects=False) as came,
    ):
        return came.status, await came.content.read(_LARGEST)


class _NotPublicError(OSError):
    """A name leads to an address that is not public."""


class _Public(AbstractResolver):
    """Resolves names, and refuses those that lead anywhere but to the public network."""

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """The addresses of a host. Raises _NotPublicError when one of them is not public."""
        found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        for *_, address in found:
            if not _is_public(str(address[0])):
                raise _NotPublicError(str(address[0]))
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=socket.AI_NUMERICHOST
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """There is nothing to close."""


def _is_public(address: str) -> bool:
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    known = getattr(known, "ipv4_mapped", None) or known
    return known.is_global and not known.is_multicast


def _refuse_private_literal(host: str) -> None:
    """Raises UsageError for an address that is not public; a name is looked at when it is resolved."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not _is_public(host):
        raise UsageError(_private(host, host))


def _private(host: str, address: str) -> str:
    return (
        f"the target {host} is at {address}, which is not on the public network, so nothing is proven to the public there; "
        "test the public address, or say --allow-private"
    )
