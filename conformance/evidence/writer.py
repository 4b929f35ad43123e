"""Writing evidence: one line after another, through redaction, into a zstd stream that a crash cannot spoil.

Every exchange passes the redactor here, so that nothing reaches the disk by another way, and the final bytes of each line
are swept for the configured secrets. What has been appended when a case ends is on disk; an interrupted file therefore
misses at most the tail of the cases that were still running, and those are run again when it is resumed.

A finished file ends with a seal: a zstd skippable frame (which every zstd reader passes over) with the SHA-256 of all
bytes before it. The digest and the root in the footer vouch for the lines; the seal for the bytes of the file.
"""

from __future__ import annotations

import os
import struct
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import zstandard

from conformance.errors import SuiteError, UsageError, VerificationError
from conformance.evidence.reader import SEAL, lines, sealed
from conformance.evidence.records import CaseEnd, Ended, Footer, Header, Record, Resumed, encode
from conformance.evidence.tally import Tally
from conformance.model import NO_ROOM, WITHHELD, Claim, Exchange
from conformance.redaction import PSEUDONYM, Redactor
from conformance.text import handed

__all__ = ["EvidenceWriter", "unix_ms"]

_LEVEL = 3
_ANY = sys.maxsize  # a concurrency of 0
_PENDING = 256 * 1024  # bytes of lines that may wait in memory for a case to end


def unix_ms() -> int:
    """The time now in Unix milliseconds."""
    return time.time_ns() // 1_000_000


class EvidenceWriter:
    """Appends records to one evidence file. Leaving its `with` block without `finish` leaves a file that can be resumed."""

    def __init__(self, path: Path, redactor: Redactor, clock: Callable[[], int], target: Path | None = None) -> None:
        self.path = target or path
        self._redactor, self._clock = redactor, clock
        self._tally, self._seal, self._pending, self._begun = Tally(), sha256(), 0, 0
        self._file = handed.create(path)
        self._zstd = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()

    @classmethod
    def open(cls, path: Path, header: Header, redactor: Redactor, *, clock: Callable[[], int] = unix_ms) -> Self:
        """A new file. Raises UsageError when there is one already."""
        try:
            writer = cls(path, redactor, clock)
        except FileExistsError:
            raise UsageError(f"{path} exists; resume that run, or choose another folder") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}") from None
        writer._record(_redacted(header, redactor))
        writer._begun = header.started_at
        writer._flush()
        return writer

    @classmethod
    def resume(cls, path: Path, redactor: Redactor, header: Header | None = None, *, clock: Callable[[], int] = unix_ms) -> Self:
        """Go on with an interrupted file: keeps every intact line, ends the cases that were running as interrupted.

        `header` is what a new file would begin with. Raises UsageError when the file is of another target, plan or suite.
        """
        if not path.is_file():
            raise UsageError(f"{path} is not there; there is no run to resume")
        if sealed(path):
            raise UsageError(f"{path} is finished; there is nothing to resume")
        fresh = path.with_name(path.name + ".resumed")
        fresh.unlink(missing_ok=True)
        writer = cls(fresh, redactor, clock, target=path)
        try:
            writer._take_over(path)
            if header is not None:
                _same_run(path, writer.header, _redacted(header, redactor))
            for case in list(writer._tally.running):
                writer.end_case(case, Ended.INTERRUPTED, "the run was interrupted")
            writer._begun = clock()
            writer._record(Resumed(writer._begun))
            writer._flush()
            writer._move(fresh)
        except BaseException:
            writer.close()
            fresh.unlink(missing_ok=True)
            raise
        return writer

    @property
    def header(self) -> Header:
        """The header of the file."""
        if self._tally.header is None:
            raise SuiteError(f"{self.path} has no header yet")
        return self._tally.header

    @property
    def begun(self) -> int:
        """When the run began, or was resumed last, in ms."""
        return self._begun

    @property
    def ended(self) -> Mapping[str, CaseEnd]:
        """How each case ended last."""
        return MappingProxyType(self._tally.ended)

    @property
    def finished(self) -> frozenset[str]:
        """The cases that a resumed run leaves alone."""
        return frozenset(case for case, end in self._tally.ended.items() if end.ended.for_good)

    def append(self, exchange: Exchange) -> Exchange:
        """Record an exchange; gives it back as recorded: redacted, with its number."""
        numbered = exchange.numbered(self._tally.exchanges + 1)
        recorded, line = self._redactor.recorded(numbered, partial(encode, base_url=self.header.base_url))
        if self._tally.is_full(len(line)):
            recorded = recorded.without_body(NO_ROOM)
            line = encode(recorded, self.header.base_url)
        if recorded.failure == WITHHELD:
            self._refuse(line)
        self._write(recorded, line)
        return recorded

    def end_case(self, case: str, ended: Ended | str, reason: str = "") -> CaseEnd:
        """Record how a case ended."""
        said = self._redactor.text(reason)
        if self._redactor.sweep(said.encode("utf-8", "surrogatepass")):
            said = "the reason held a configured secret that cannot be replaced, so it was not recorded"
        end = CaseEnd(case, Ended(ended), said, self._tally.running.get(case, 0))
        self._record(end)
        self._flush()
        return end

    def finish(self) -> Footer:
        """Record the footer, seal the file and close it."""
        tally = self._tally
        sums = (tally.entries, tally.exchanges, tally.digest, tally.root)
        footer = Footer(*sums, self._clock(), self._redactor.policy_digest, tally.replacements)
        self._record(footer)
        self._put(self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
        self._file.write(struct.pack("<4sI", *SEAL) + self._seal.digest())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return footer

    def close(self) -> None:
        """Close the file as it is. Unless it was finished, it can be resumed."""
        if not self._file.closed:
            self._put(self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    # ----------------------------------------------------------------------------------------- bytes

    def _record(self, record: Record) -> None:
        line = encode(record, self._tally.header.base_url if self._tally.header else "")
        self._refuse(line)
        self._write(record, line)

    def _refuse(self, line: bytes) -> None:
        if labels := self._redactor.spoken(line):
            raise SuiteError(f"a line of the evidence would hold the secret {', '.join(labels)}; it was not written")

    def _write(self, record: Record, line: bytes) -> None:
        if self._file.closed:
            raise SuiteError(f"{self.path} is closed; nothing more can be recorded")
        self._tally.add(record, line)
        self._pack(line)

    def _pack(self, line: bytes) -> None:
        self._put(self._zstd.compress(line + b"\n"))
        self._pending += len(line)
        if self._pending > _PENDING:
            self._flush()

    def _put(self, data: bytes) -> None:
        if data:
            self._seal.update(data)
            self._file.write(data)

    def _flush(self) -> None:
        self._put(self._zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        self._file.flush()
        self._pending = 0

    def _take_over(self, path: Path) -> None:
        try:
            for line in lines(path, partial=True):
                if isinstance(self._tally.take(line), Footer):
                    self._tally.footer = None  # its seal is missing: it will be written again, of all lines
                    break
                self._pack(line)
        except VerificationError:
            pass  # what follows the first damaged line cannot be relied on
        if not self._tally.header:
            raise UsageError(f"{path} holds no intact line; begin the run anew")

    def _move(self, fresh: Path) -> None:
        self._file.close()
        fresh.replace(self.path)
        self._file = handed.open_end(self.path)


def _redacted(header: Header, redactor: Redactor) -> Header:
    claim = header.claim
    texts = map(redactor.text, (claim.solution_id, claim.solution_version, claim.vendor))
    written = header.written and replace(header.written, file=redactor.text(header.written.file))
    beside = tuple(map(redactor.text, header.beside))
    return replace(
        header, base_url=redactor.text(header.base_url), beside=beside, claim=Claim(claim.purpose, *texts), written=written
    )


def _same_run(path: Path, begun: Header, wanted: Header) -> None:
    """A run is of one target, under one plan, by one suite; a secret in the URL has another pseudonym in every run. Fewer cases may be
    under way at once than were when it was begun: that is what a target may need that broke down.
    """
    for what, had, has in (
        ("target", PSEUDONYM.sub("«»", begun.base_url), PSEUDONYM.sub("«»", wanted.base_url)),
        ("plan", begun.plan, wanted.plan),
        ("claim", PSEUDONYM.sub("«»", begun.claim.named), PSEUDONYM.sub("«»", wanted.claim.named)),
        ("suite", f"{begun.suite} {begun.suite_version}", f"{wanted.suite} {wanted.suite_version}"),
        ("build of the suite", begun.build, wanted.build),
        ("set of actors", ", ".join(begun.actors), ", ".join(wanted.actors)),
        ("longest pause", f"{begun.longest_pause} ms", f"{wanted.longest_pause} ms"),
        ("challenge", begun.challenge.id if begun.challenge else "none", wanted.challenge.id if wanted.challenge else "none"),
    ):
        if had != has:
            raise UsageError(f"{path}: the run was begun with another {what} ({had}) than {has}; begin a new one with --out")
    if (begun.concurrency or _ANY) < (wanted.concurrency or _ANY):
        raise UsageError(
            f"{path}: the run was begun with a concurrency of {begun.concurrency}, which the evidence says; go on with no more than that"
        )
