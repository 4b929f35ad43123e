"""Reading evidence: as a stream, in bounded memory, believing nothing.

`read_evidence` checks the seal over the file's bytes before it decompresses any of them, then yields one record after
another while it counts and hashes; at the footer it compares. Whoever has read to the end has verified the file.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from conformance import limits
from conformance.errors import VerificationError
from conformance.evidence.glimpse import Glimpse
from conformance.evidence.records import CaseEnd, Footer, Record
from conformance.evidence.tally import Tally
from conformance.model import Exchange
from conformance.text.handed import open_file

__all__ = ["SEAL", "attempts", "check_evidence", "glimpse_evidence", "lines", "read_evidence", "sealed"]

SEAL = (b"\x59\x2a\x4d\x18", 32)  # magic number of a zstd skippable frame, and its length: one SHA-256
_TAIL = 8 + 32
_CHUNK = 256 * 1024
_WINDOW = 8 * 1024 * 1024  # what a decompressor may be asked to keep; the writer's level needs 2 MiB


def read_evidence(path: Path, *, partial: bool = False, limit: int = limits.UNPACKED, beside: bool = False) -> Iterator[Record]:
    """Every record of the file, in order. `beside`: another process reads and verifies it, too (`Tally`).

    Raises VerificationError where anything differs from what the seal and the footer vouch for, or where more than `limit`
    bytes would come out. With `partial`, a file that was interrupted is read as far as it is intact.
    """
    if partial and not sealed(path):
        yield from _intact(path, limit)
        return
    _check_seal(path)
    tally = Tally(beside=beside)
    for line in lines(path, limit=limit):
        yield tally.take(line)
    if not tally.footer:
        raise VerificationError(f"{path} has no footer: it was cut or never finished; ask for the complete file")


def glimpse_evidence(path: Path, *, limit: int = limits.UNPACKED) -> Iterator[Record | Glimpse]:
    """Every record of the file, in order, of an exchange its place alone: the file is verified, and a line that nobody reads on is not known
    to be spelt as this suite spells it. Raises VerificationError as `read_evidence` does.
    """
    _check_seal(path)
    tally = Tally()
    for line in lines(path, limit=limit):
        yield tally.pass_by(line)
    if not tally.footer:
        raise VerificationError(f"{path} has no footer: it was cut or never finished; ask for the complete file")


def check_evidence(path: Path, *, limit: int = limits.UNPACKED) -> Footer:
    """The footer of the file, after counts, digest and root have been computed again and found equal."""
    (last,) = deque(read_evidence(path, limit=limit), maxlen=1)
    assert isinstance(last, Footer), "read_evidence ends with a footer, or raises"
    return last


def attempts(records: Iterable[Record]) -> Iterator[tuple[CaseEnd, list[Exchange]]]:
    """Each end of a case with the exchanges that led to it. In a resumed run a case may end twice: the last end counts."""
    running: dict[str, list[Exchange]] = {}
    for record in records:
        if isinstance(record, Exchange):
            running.setdefault(record.case, []).append(record)
        elif isinstance(record, CaseEnd):
            yield record, running.pop(record.case, [])


def sealed(path: Path) -> bool:
    """Whether the file ends with a seal, that is, was finished."""
    with open_file(path) as file:
        file.seek(0, 2)
        if file.tell() < _TAIL:
            return False
        file.seek(-_TAIL, 2)
        return struct.unpack("<4sI", file.read(8)) == SEAL


def lines(path: Path, *, partial: bool = False, limit: int = limits.UNPACKED) -> Iterator[bytes]:
    """The lines of the file without their newlines; with `partial`, those before the first damage."""
    rest, total = bytearray(), 0
    try:
        for chunk in _chunks(path, partial):
            total += len(chunk)
            if total > limit:
                raise VerificationError(f"{path} unpacks to more than {limit} bytes; it is not read further")
            first, *others = chunk.split(b"\n")
            rest += first
            for other in others:
                yield bytes(rest)
                rest = bytearray(other)
            if len(rest) > limits.LINE:
                raise VerificationError(f"{path} has a line of more than {limits.LINE} bytes; it is not read further")
    except zstandard.ZstdError as error:
        if not partial:
            raise VerificationError(f"{path} is not an intact zstd stream ({error}); ask for the file again") from None
        return
    if rest and not partial:
        raise VerificationError(f"{path} ends in the middle of a line; ask for the complete file")


def _chunks(path: Path, partial: bool) -> Iterator[bytes]:
    with open_file(path) as file:
        size = file.seek(0, 2) - (0 if partial else _TAIL)
        file.seek(0)
        source = _Bounded(file, size)
        unpack = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
        with unpack.stream_reader(cast(BinaryIO, source), read_across_frames=True) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk


def _intact(path: Path, limit: int) -> Iterator[Record]:
    tally = Tally()
    try:
        for line in lines(path, partial=True, limit=limit):
            yield tally.take(line)
    except VerificationError:
        return


def _check_seal(path: Path) -> None:
    if not sealed(path):
        why = "the run was interrupted, or the file cut or packed again"
        raise VerificationError(f"{path} has no seal: {why}; resume the run, or ask for the file as it was written")
    digest = sha256()
    with open_file(path) as file:
        left = file.seek(0, 2) - _TAIL
        file.seek(0)
        while left and (chunk := file.read(min(left, _CHUNK))):
            digest.update(chunk)
            left -= len(chunk)
        if file.read()[8:] != digest.digest():
            raise VerificationError(f"{path} is not the file that was sealed: bytes were changed; ask for the file again")


class _Bounded:
    """The first `size` bytes of a file, for a decompressor that would read on."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes."""
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data
