"""Every way in which a transport can fail, under one short name and with a detail in words.

    refused       nobody listens there                    unreachable       no way to the host
    dns           the host name is unknown                tls               no handshake, or a certificate not believed
    timeout       no complete answer in time              reset             the connection ended before the answer did
    protocol      what came is not HTTP                   too-large-header  more header than the limit allows
    decode        the body is not what its encoding says  proxy             the proxy on the way refused
    unsendable    the request cannot be written as HTTP   credentials       the token that it needs was not to be had

`withheld` stands in evidence alone: an answer with a secret in it that could not be replaced was left out.

A body that is too large is no failure: it is cut (`Response.truncated`) and the attribute `cut` says why.
"""

from __future__ import annotations

import errno
import re
import ssl
from collections.abc import Callable

import aiohttp
import httpx
from aiohttp import http_exceptions

__all__ = ["Broken", "broken_by", "failing"]

_LONGEST_DETAIL = 200
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)

# What aiohttp lets through when a server misbehaves: its own tree, the parser's, the socket's and the decoders'.
failing = (aiohttp.ClientError, http_exceptions.HttpProcessingError, httpx.TransportError, OSError, ValueError, TimeoutError)


class Broken(httpx.TransportError):
    """A transport failed. `kind` is its short name, `detail` one line of text, `reused` whether on a kept-alive connection."""

    def __init__(self, kind: str, detail: str) -> None:
        self.kind = kind
        self.reused = False
        self.detail = re.sub(r"[^ -~]+", " ", detail).strip()[:_LONGEST_DETAIL]
        super().__init__(f"{kind}: {self.detail}")


def broken_by(problem: BaseException) -> Broken:
    """What an exception of aiohttp, httpx or the socket means."""
    if isinstance(problem, Broken):
        return problem
    for kinds, reading in _READINGS:
        if isinstance(problem, kinds):
            return reading(problem)
    return Broken("protocol", type(problem).__name__)


def _not_connected(problem: BaseException) -> Broken:
    cause = getattr(problem, "certificate_error", None) or getattr(problem, "os_error", None) or problem
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Broken("tls", f"the certificate is not accepted: {cause.verify_message}")
    if isinstance(cause, ssl.CertificateError | ssl.SSLError):
        return Broken("tls", f"the handshake failed: {getattr(cause, 'reason', None) or cause}")
    if isinstance(problem, aiohttp.ClientConnectorDNSError):
        return Broken("dns", f"the host name {problem.host} does not resolve")
    if isinstance(problem, aiohttp.ClientProxyConnectionError):
        return Broken("proxy", "the proxy cannot be reached")
    if isinstance(cause, ConnectionRefusedError):
        return Broken("refused", "the connection was refused")
    if isinstance(cause, ConnectionError):
        return Broken("reset", "the connection was reset while it was being made")
    number = getattr(cause, "errno", None)
    if number == errno.ETIMEDOUT:
        return Broken("timeout", "the connection could not be made in time")
    if number in _NO_WAY:
        return Broken("unreachable", "there is no way to the host")
    return Broken("refused", f"the connection could not be made: {getattr(cause, 'strerror', None) or cause}")


def _not_http(problem: BaseException) -> Broken:
    links: list[BaseException] = []
    here: BaseException | None = problem
    while here is not None and here not in links:
        links.append(here)
        here = here.__cause__
    said = str(getattr(links[-1], "message", "") or links[-1]).splitlines()
    text = said[0] if said else type(links[-1]).__name__
    if any(isinstance(link, http_exceptions.LineTooLong) for link in links) or "Too many headers" in text:
        return Broken("too-large-header", "the header is longer than the limit")
    if text.startswith("Bad status line"):
        return Broken("protocol", "no HTTP status line where one must be, or more bytes than the answer before it announced")
    return Broken("protocol", f"the answer is not HTTP: {text.partition(': b')[0].rstrip(':')}")


def _body_broken(problem: BaseException) -> Broken:
    cause = problem.__cause__
    if isinstance(cause, http_exceptions.ContentLengthError):
        return Broken("reset", "the connection ended before the announced length of the body")
    if isinstance(cause, OSError) or "Not enough data" in str(problem):
        return Broken("reset", "the connection ended within the body")
    return Broken("protocol", f"the body is not what its header announces: {cause or problem}")


def _said(kind: str) -> Callable[[BaseException], Broken]:
    return lambda problem: Broken(kind, str(problem) or type(problem).__name__)


# First match wins, so what is more particular comes first. A reading is made anew for every failure: `reused` is set on it.
_READINGS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[BaseException], Broken]], ...] = (
    ((aiohttp.ClientConnectorError, aiohttp.ClientConnectorCertificateError, ssl.SSLError), _not_connected),
    ((TimeoutError, httpx.TimeoutException), lambda _: Broken("timeout", "no answer in time")),
    ((aiohttp.ClientHttpProxyError, httpx.ProxyError), lambda _: Broken("proxy", "the proxy refused the connection")),
    ((aiohttp.ClientResponseError, http_exceptions.HttpProcessingError), _not_http),
    (aiohttp.ClientPayloadError, _body_broken),
    (httpx.ConnectError, _said("refused")),
    (httpx.RemoteProtocolError, _said("protocol")),
    ((httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL), _said("unsendable")),
    (httpx.NetworkError, _said("reset")),
    (UnicodeDecodeError, lambda _: Broken("protocol", "the header is not text")),
    (ValueError, lambda problem: Broken("unsendable", f"the request cannot be written as HTTP ({type(problem).__name__})")),
    (aiohttp.ServerDisconnectedError, lambda _: Broken("reset", "the connection was closed before the answer")),
    ((aiohttp.ClientConnectionError, OSError), lambda _: Broken("reset", "the connection was reset")),
)
