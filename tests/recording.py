"""Evidence made by hand, for tests of how it is written and read: an exchange, a file of a few cases, and its lines out of and into a file."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import zstandard

from conformance.evidence import EvidenceWriter, Header
from conformance.model import Exchange, Request, Response
from conformance.redaction import Redactor

BASE = "https://target.example/v1"
HEADER = Header("sha256:" + "5" * 64, BASE, 1_764_000_000_000, "yance", "0.1.0")


def ticking() -> Callable[[], int]:
    """A clock that goes on by a second each time it is asked."""
    ticks = iter(range(1_764_000_000_000, 1_765_000_000_000, 1000))
    return lambda: next(ticks)


def exchange(case: str = "COM-ENC-01@listStops", body: bytes = b'{"items":[]}', **changes: Any) -> Exchange:
    """An exchange as a case of a run has it, with some members otherwise."""
    request = Request("listStops", "GET", "/stops", (("limit", "2"),), (("Accept", "application/json"),), None, "a", "limit=2")
    response = Response(200, (("content-type", "application/json"),), body, False, len(body))
    return replace(Exchange(0, case, request, response, None, BASE, 1_764_000_000_123, 7), **changes)


def written(path: Path, *, cases: int = 3, each: int = 2, finish: bool = True, redactor: Redactor | None = None) -> Path:
    """A file with so many exchanges for each of so many cases."""
    with EvidenceWriter.open(path, HEADER, redactor or Redactor({}), clock=ticking()) as evidence:
        for case in range(cases):
            for turn in range(each):
                evidence.append(exchange(f"case-{case}", b'{"turn":%d}' % turn))
            evidence.end_case(f"case-{case}", "complete")
        if finish:
            evidence.finish()
    return path


def sealed(content: bytes) -> bytes:
    """A file with the seal that fits it."""
    return content + struct.pack("<4sI", b"\x59\x2a\x4d\x18", 32) + sha256(content).digest()


def packed(lines: list[bytes]) -> bytes:
    """A sealed file of these lines, whatever they say."""
    return sealed(zstandard.ZstdCompressor(write_checksum=True).compress(b"".join(line + b"\n" for line in lines)))


def unpacked(path: Path) -> list[bytes]:
    """The lines of a sealed file."""
    content = path.read_bytes()[:-40]
    return zstandard.ZstdDecompressor().decompressobj().decompress(content).splitlines()


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is defined."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()
