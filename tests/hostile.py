"""Servers on loopback that misbehave, one way each. Plain asyncio and bytes: a framework would correct the mistakes.

    async with served(says(b"HTTP/1.1 200 OK\\r\\n...")) as server:
        ... server.url, server.asked (the requests so far), server.connections

A handler is called once per connection. What it leaves open is closed when the server ends.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class Server:
    """A running server: where it is, and what it has been asked."""

    url: str
    asked: list[bytes] = field(default_factory=list)
    connections: int = 0


class Talk:
    """One connection, seen from the server."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer

    async def heard(self) -> bytes:
        """The next request, head and body; empty when the client has gone."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
        request = head + await self.reader.readexactly(length)
        self.server.asked.append(request)
        return request

    async def say(self, *parts: bytes) -> None:
        """Send."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()

    async def forever(self, parts: Iterable[bytes]) -> None:
        """Send until the client has had enough."""
        with suppress(ConnectionError):
            for part in parts:
                await self.say(part)

    def reset(self) -> None:
        """End with RST rather than FIN."""
        line = self.writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Handler = Callable[[Talk], Awaitable[None]]


@asynccontextmanager
async def served(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on a free port of 127.0.0.1."""
    state = Server("")
    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        state.connections += 1
        with suppress(ConnectionError, asyncio.CancelledError):
            await handler(Talk(state, reader, writer))
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    state.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    try:
        yield state
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])


# ------------------------------------------------------------------------------------- handlers


def says(*parts: bytes) -> Handler:
    """Hears one request, says these bytes, and closes."""

    async def handler(talk: Talk) -> None:
        if await talk.heard():
            await talk.say(*parts)

    return handler


def answers(*bodies: bytes, head: bytes = OK) -> Handler:
    """Keeps the connection and answers every request; the last body is repeated."""

    async def handler(talk: Talk) -> None:
        while await talk.heard():
            body = bodies[min(len(talk.server.asked), len(bodies)) - 1]
            await talk.say(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return handler


def answers_raw(*raw: bytes) -> Handler:
    """The same with whole answers, over all connections; the last one is repeated."""

    async def handler(talk: Talk) -> None:
        while await talk.heard():
            await talk.say(raw[min(len(talk.server.asked), len(raw)) - 1])

    return handler


async def silent(talk: Talk) -> None:
    """Hears everything and says nothing."""
    while await talk.heard():
        pass


async def hangs_up(talk: Talk) -> None:
    """Closes instead of answering."""
    await talk.heard()


async def resets_in_body(talk: Talk) -> None:
    """Breaks off in the middle of a body, rudely."""
    await talk.heard()
    await talk.say(OK + b"Content-Length: 1000\r\n\r\n", b'{"items":[')
    await asyncio.sleep(0.01)  # or the reset overtakes what was said
    talk.reset()


async def never_ends(talk: Talk) -> None:
    """A chunked body without end."""
    await talk.heard()
    await talk.say(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    await talk.forever(iter(lambda: b"1000\r\n" + b"x" * 4096 + b"\r\n", b""))


async def drips(talk: Talk) -> None:
    """One byte now and then, so that no single read ever takes long."""
    await talk.heard()
    await talk.say(OK + b"Content-Length: 1000000\r\n\r\n")
    with suppress(ConnectionError):
        while True:
            await talk.say(b" ")
            await asyncio.sleep(0.01)


async def drips_header(talk: Talk) -> None:
    """The same before the body begins."""
    await talk.heard()
    with suppress(ConnectionError):
        await talk.say(OK + b"X-Drip: ")
        while True:
            await talk.say(b"x")
            await asyncio.sleep(0.01)


async def one_huge_header(talk: Talk) -> None:
    """A single header field of 100 MB."""
    await talk.heard()
    await talk.say(OK + b"X-Huge: ")
    await talk.forever(b"h" * 65536 for _ in range(1600))


async def endless_headers(talk: Talk) -> None:
    """Header fields without end, each of them small."""
    await talk.heard()
    await talk.say(OK)
    await talk.forever(iter(lambda: b"X-Again: and again\r\n" * 100, b""))


async def forgets_connections(talk: Talk) -> None:
    """Answers the first request of a connection and closes upon the second: what a client sees that met an idle timeout."""
    if await talk.heard():
        await talk.say(OK + b"Content-Length: 2\r\n\r\n{}")
        await talk.heard()


def gzip_bomb(megabytes: int) -> bytes:
    """So many megabytes of nothing, as one small gzip stream."""
    packer = zlib.compressobj(wbits=31)
    nothing = bytes(1 << 20)
    return b"".join(packer.compress(nothing) for _ in range(megabytes)) + packer.flush()


# ------------------------------------------------------------------------------------- TLS


def self_signed(folder: Path, *, name: str = "127.0.0.1", days: int = 1) -> tuple[ssl.SSLContext, Path, x509.Certificate]:
    """A server's TLS context with a fresh certificate of its own making, the file that a client would trust, and the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    alternative = x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=min(days, 0) - 1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    trusted = folder / "ca.pem"
    trusted.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return context, trusted, certificate
