"""Is anybody there: the question before every run, answered in one line that says what to do."""

from __future__ import annotations

from typing import Any

from conformance.errors import TargetError
from conformance.model import Exchange, Request
from conformance.wire.client import Wire
from conformance.wire.inside import Inside
from conformance.wire.way import Way

__all__ = ["in_process", "probe"]

_ADVICE = {
    "refused": "start the server, or correct the port in the base URL",
    "unreachable": "check the network, the firewall and the host in the base URL",
    "dns": "correct the host in the base URL, or its DNS record",
    "tls": 'mend the certificate, or name its authority with tlsVerify = "ca.pem" in [target] of yance.toml',
    "timeout": "check that the host answers from this machine (firewall, proxy), or raise limits.timeout",
    "reset": "check that the port of the base URL speaks the scheme of the base URL; a server that wants a certificate of its client ends the "
    "connection, too: name one with tlsCertificate under [target] of yance.toml",
    "protocol": "check that the port of the base URL speaks HTTP",
    "proxy": "check HTTPS_PROXY and NO_PROXY, and the proxy they name",
}


def in_process(app: Any) -> Way:
    """A way to an ASGI application in this process; what it raises is a 500, as behind a server."""
    return Inside(app)


async def probe(wire: Wire, request: Request | None = None) -> Exchange:
    """Ask for the root of the interface, or as `request` says; any HTTP answer of a server will do, and is returned. Raises TargetError
    when none comes.
    """
    exchange = await wire.send(request or Request("probe", "GET", "/"), case="probe")
    if exchange.status == 407:
        raise TargetError(f"GET {exchange.url} was answered 407 by a proxy on the way; {_ADVICE['proxy']}")
    if exchange.status == 426:
        wanted = exchange.header("upgrade") or "another protocol"
        raise TargetError(f"GET {exchange.url} was answered 426: the server wants {wanted:.40}, and the suite speaks HTTP/1.1")
    if exchange.failure in (None, "decode"):  # a body that cannot be decoded is for the cases to find
        return exchange
    detail = exchange.attributes.get("detail", "")
    advice = _ADVICE.get(exchange.failure, "check the base URL and the server")
    raise TargetError(f"GET {exchange.url} failed ({exchange.failure}): {detail}; {advice}")
