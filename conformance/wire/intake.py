"""A response body as it comes in: decoded from gzip by ourselves and cut at the limit, however much more would follow.

A small gzip stream can stand for gigabytes, so the limit is on the decoded size and the decoder is never asked for more than
still fits. What is cut is deterministic: exactly the first `limit` bytes of the decoded body, whatever the network's chunks.
"""

from __future__ import annotations

import zlib

__all__ = ["CannotDecode", "Intake"]

_GZIP = 16 + zlib.MAX_WBITS
_MAGIC = b"\x1f"
_BOMB = 20  # a stream that grows by more than this while it overflows the limit is called a bomb


class CannotDecode(Exception):  # what befell the body, in words for the record
    """The body is not what its content-encoding says."""


class Intake:
    """Takes chunks until the body ends or `full`. `limit` 0 takes everything."""

    def __init__(self, limit: int, *, gzip: bool) -> None:
        self._limit = limit
        self.gzip = gzip
        self._decoder = zlib.decompressobj(_GZIP) if gzip else None
        self._parts: list[bytes] = []
        self.received = 0
        self._decoded = 0
        self.size = 0
        self.full = False

    @property
    def body(self) -> bytes:
        """The decoded bytes so far."""
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    @property
    def cut_by(self) -> str:
        """Why the body was cut: `encoding-bomb` or `too-large-body`."""
        return "encoding-bomb" if self.gzip and self.size > _BOMB * self._decoded else "too-large-body"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes from the network. Raises CannotDecode."""
        self.received += len(chunk)
        if not self.gzip:
            self._keep(chunk)
            return
        while chunk and not self.full:
            rest = self._decode(chunk)
            self._decoded += len(chunk) - len(rest)
            chunk = rest

    def end(self) -> None:
        """The network has no more. Raises CannotDecode when a gzip stream is left open."""
        if self._decoder is not None and self.received and not self.full and not self._decoder.eof:
            raise CannotDecode("the gzip stream ends before its end mark")

    def _decode(self, chunk: bytes) -> bytes:
        if self._decoder is not None and self._decoder.eof:
            # another member (RFC 1952 section 2.2), or padding to the end
            self._decoder = zlib.decompressobj(_GZIP) if chunk.startswith(_MAGIC) else None
        if self._decoder is None:
            return b""
        room = self._limit + 1 - self.size if self._limit else 0
        try:
            self._keep(self._decoder.decompress(chunk, room))
        except zlib.error as problem:
            raise CannotDecode(f"the body is not gzip: {problem}") from None
        return self._decoder.unconsumed_tail or self._decoder.unused_data

    def _keep(self, part: bytes) -> None:
        if self._limit and self.size + len(part) > self._limit:
            part, self.full = part[: self._limit - self.size], True
        if part:
            self._parts.append(part)
            self.size += len(part)
