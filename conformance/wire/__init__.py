"""The wire: the only place that speaks HTTP. A request goes in, an exchange comes out, whatever the target does.

    client.Wire     what everybody uses: send one request, get its exchange
    credentials     an actor's name becomes headers, query parameters and cookies, as the interface document asks for them
    tokens          access tokens: fetched, kept until they end, renewed
    courtesy        budget, pace, patience with a busy server, what may be sent twice
    intake          a body, decoded and cut at the limit while it comes in
    way             what carries a request: the network, an application in this process, an httpx transport
    pipe            connections over the network (aiohttp), TLS facts
    inside          an application in this process (ASGI)
    failures        every way in which a transport can fail, under one short name
    reach.probe     is anybody there
    receiver        what the target sends to the suite (webhooks)

Attributes of an exchange, beside what its failure adds (`detail`, and `status` and `received` when an answer had begun):
`httpVersion`; `tlsVersion` and `tlsKey` (SHA-256 of the server's public key) over https; `throttled`, how often a busy server
was waited for, and `retryAfter`, what each of its 429s said in that header (nothing: empty); `askedAgain`, when another answer to the
same request stands in place of this one, and `unsettled`, when it is not known what would: a change was made that was answered so;
`credential`, how it was proved who asks, unless by a bearer token alone; `refused`, where the
settings have credentials from that should be accepted and were not; `bodyDigest` and `cut` for a body that
was cut; `encodedSize`, what a gzip body weighed on the wire; `undecoded`, the content coding of a body that was left as it came;
`reused`, when an unsafe request was lost on a kept-alive connection. Of what the suite received: `rawDigest`, the SHA-256 of the raw
body, and `signedBy`, whose signature fits.
A redirect is an answer like any other: it is recorded and never followed.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from conformance.wire.courtesy import Budget, BudgetSpent

if TYPE_CHECKING:
    from conformance.wire.client import Wire
    from conformance.wire.reach import in_process, probe
    from conformance.wire.receiver import Receiver, receiving

_HOMES = {"Wire": "client", "in_process": "reach", "probe": "reach", "Receiver": "receiver", "receiving": "receiver"}


def __getattr__(name: str) -> Any:
    """What speaks HTTP is loaded when it is asked for: whoever drives scripts again from the evidence sends nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


__all__ = ["Budget", "BudgetSpent", "Receiver", "Wire", "in_process", "probe", "receiving"]
