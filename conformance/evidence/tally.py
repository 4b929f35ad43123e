"""What the lines of an evidence file come to: counts, digest and Merkle root, in memory that does not grow with exchanges.

The writer and the reader keep the same tally, so what one writes is what the other accepts.
"""

from __future__ import annotations

from hashlib import sha256

from conformance import limits
from conformance.errors import VerificationError
from conformance.evidence.glimpse import Glimpse, glimpse
from conformance.evidence.merkle import MerkleTree
from conformance.evidence.records import CaseEnd, Footer, Header, Record, Resumed, decode
from conformance.model import Exchange
from conformance.redaction import PSEUDONYM
from conformance.text.measure import is_larger

__all__ = ["Tally"]

_LATEST = 253_402_300_799_999  # the end of the year 9999 in Unix milliseconds


class Tally:
    """The sums over the lines so far, and with them what the next line may be.

    `beside`: another process verifies the same lines, as their digest tells. Then neither is the tree made once more, nor is looked whether
    each is spelt as the suite spells it; the root is the footer's word, to be compared with what the other one found.
    """

    def __init__(self, *, beside: bool = False) -> None:
        self.header: Header | None = None
        self.footer: Footer | None = None
        self.exchanges = 0
        self.replacements = 0
        self.running: dict[str, int] = {}  # exchanges of each case since it began or last ended
        self.ended: dict[str, CaseEnd] = {}  # how each case ended last
        self.resumed = 0
        self._size = 0  # bytes of all lines
        self._open: dict[str, int] = {}  # bytes of the lines of each case that is running
        self._held = 0  # of all of them
        self.entries = 0  # lines before the footer
        self._tree, self._digest = None if beside else MerkleTree(), sha256()

    @property
    def digest(self) -> str:
        """The digest of those lines, newlines included."""
        return f"sha256:{self._digest.hexdigest()}"

    @property
    def root(self) -> str:
        """Their RFC 6962 root, in hex; empty where another process finds it."""
        return "" if self._tree is None else self._tree.root().hex()

    def is_full(self, size: int) -> bool:
        """Whether a line of so many bytes would be more than a line, the open cases or a run may have: then its body is left out."""
        return size > limits.LINE or self._size + size > limits.EVIDENCE or self._held + size > limits.OPEN

    def take(self, line: bytes) -> Record:
        """Read, check and count the next line. Raises VerificationError, and counts nothing, when it cannot be the next one."""
        if is_larger(line, limits.LINE_VALUES):
            raise VerificationError(f"line {self.entries + 1} of the evidence holds more values than any that a run records")
        record = decode(line, self.header.base_url if self.header else "", self.entries + 1, known=self._tree is None)
        self._check(record)
        self.add(record, line)
        return record

    def pass_by(self, line: bytes) -> Record | Glimpse:
        """The same, but that of an exchange no more is read than its place. What else a line says is then not known to be in order."""
        seen = None
        if not is_larger(line, limits.LINE_VALUES):
            seen = glimpse(line, self.header.base_url if self.header else "", self.entries + 1)
        if seen is None:
            return self.take(line)
        self._check(seen)
        self.add(seen, line)
        return seen

    def add(self, record: Record | Glimpse, line: bytes) -> None:
        """Count a line that is known to be right."""
        if isinstance(record, Footer):
            self.footer = record
            return
        self.entries += 1
        self._size += len(line)
        if self._tree is not None:
            self._tree.append(line)
        self._digest.update(line)
        self._digest.update(b"\n")
        if isinstance(record, Exchange | Glimpse):
            self.exchanges += 1
            self.replacements += record.replacements if isinstance(record, Glimpse) else replacements(record)
            self.running[record.case] = self.running.get(record.case, 0) + 1
            self._open[record.case] = self._open.get(record.case, 0) + len(line)
            self._held += len(line)
        elif isinstance(record, CaseEnd):
            self.running.pop(record.case, None)
            self._held -= self._open.pop(record.case, 0)
            self.ended[record.case] = record
        elif isinstance(record, Header):
            self.header = record
        else:
            self.resumed += 1

    def _check(self, record: Record | Glimpse) -> None:
        here = f"line {self.entries + 1} of the evidence"
        if self.footer:
            raise VerificationError(f"{here} follows the footer, where the file is to end")
        if isinstance(record, Header) is not (self.entries == 0):
            raise VerificationError(f"{here}: the header is line 1, and no other line is")
        if isinstance(record, Exchange | Glimpse) and record.number != self.exchanges + 1:
            raise VerificationError(
                f"{here} is exchange {record.number}, expected {self.exchanges + 1}; lines are missing or added"
            )
        if isinstance(record, CaseEnd) and record.exchanges != (counted := self.running.get(record.case, 0)):
            said = f"case {record.case} says {record.exchanges} exchanges, and {counted} came"
            raise VerificationError(f"{here}: {said}; lines are missing or added")
        if self._is_beyond(record):
            raise VerificationError(
                f"{here} is one too many: the evidence holds more than any run records, so it is not read further"
            )
        if isinstance(record, Footer):
            self._compare(record)
        if wrong := self._impossible(record):
            raise VerificationError(f"{here}: {wrong}; no run records that")

    def _is_beyond(self, record: Record | Glimpse) -> bool:
        """Whether a line is more than a run records. A line whose body was left out still has its request, so there is some room."""
        crowded = isinstance(record, Exchange | Glimpse) and (
            self.running.get(record.case, 0) >= limits.CASE or self._held > 2 * limits.OPEN
        )
        again = isinstance(record, Resumed) and self.resumed >= limits.RESUMED
        return crowded or again or (self.entries >= limits.ENTRIES and not isinstance(record, Footer))

    def _impossible(self, record: Record | Glimpse) -> str:
        """What no run records, though the form is right; empty when there is nothing of the kind."""
        if isinstance(record, Header):
            return "" if _is_time(record.started_at) else "startedAt is no time"
        if isinstance(record, Footer):
            begun = self.header.started_at if self.header else 0
            return "" if _is_time(record.finished_at) and record.finished_at >= begun else "finishedAt is no time after startedAt"
        if not isinstance(record, Exchange | Glimpse):
            return ""
        base = record.base_url if record.is_delivery or self.header is None else self.header.base_url
        others = map(_masked, self.header.beside if self.header else ())
        if record.base_url != base and _masked(record.base_url) not in (_masked(base), *others):
            return f"the exchange is with {record.base_url:.80}, and the run with {base:.80}"
        if not _is_time(record.sent_at) or record.elapsed < 0:
            return "sentAt or elapsed is no time"
        if isinstance(record, Glimpse):
            fine = not record.answered or (0 <= record.status <= 999 and record.size >= 0)
        else:
            answer = record.response
            fine = answer is None or (0 <= answer.status <= 999 and answer.size >= 0)
        return "" if fine else "the status or the size is none"

    def _compare(self, footer: Footer) -> None:
        computed = {
            "entries": (footer.entries, self.entries),
            "exchanges": (footer.exchanges, self.exchanges),
            "digest": (footer.digest, self.digest),
            "rfc6962Root": (footer.root, self.root or footer.root),
            "redaction.replacements": (footer.replacements, self.replacements),
        }
        wrong = [f"{name} (footer {said}, computed {found})" for name, (said, found) in computed.items() if said != found]
        if wrong:
            raise VerificationError(f"the evidence is not what its footer says: {'; '.join(wrong)}; do not rely on it")


def _is_time(milliseconds: int) -> bool:
    return 0 <= milliseconds <= _LATEST


def _masked(url: str) -> str:
    """A URL without its pseudonyms: in a resumed run the same secret has another one."""
    return PSEUDONYM.sub("«»", url)


def replacements(exchange: Exchange) -> int:
    """How many values were redacted in an exchange."""
    redactions = exchange.attributes.get("redactions")
    return len(redactions) if isinstance(redactions, list | tuple) else 0
