"""The log's events as they are written: one line of canonical JSON each, which is a leaf of the Merkle tree. What they come to is in `events`.

A registry of ten thousand certificates is read in one go for a list and for the figures. Those read a tenth of what a certificate says, so
only that much is decoded for them (`brief`): the rest costs more than the whole list. An event and a certificate are structs, which are
made in a fifth of the time that a frozen dataclass takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypedDict

import msgspec

from conformance.attest.times import instant
from conformance.errors import SuiteError, VerificationError
from conformance.evidence.merkle import leaf_hash
from conformance.text import strictjson

__all__ = [
    "CHANGES",
    "CLOSED",
    "ISSUES",
    "JOINED",
    "OPENED",
    "PUBLIC",
    "Draft",
    "Event",
    "absent",
    "moment",
    "read_event",
    "stored_events",
]

ISSUES = ("issued", "renewed")
CHANGES = {"suspended": "suspend", "reinstated": "reinstate", "revoked": "revoke"}  # event: what was proposed
OPENED, CLOSED, JOINED = "challenge-opened", "challenge-closed", "joined"
PUBLIC = frozenset({"opened", *ISSUES, *CHANGES, OPENED, CLOSED, JOINED})  # what is exported whole; of the rest only the hash
_KINDS = frozenset({*PUBLIC, "proposed", "declined"})
_MEMBERS = ("seq", "at", "kind", "proposal", "certificate", "statements", "entry")


@lru_cache(maxsize=1024)  # ten thousand certificates are held against one moment
def moment(when: datetime) -> str:
    """An instant as it stands in signed documents: whole seconds, in UTC, ending in Z."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class Draft(msgspec.Struct, frozen=True):
    """An event that has no place in the log yet."""

    kind: str
    proposal: str = ""
    certificate: str = ""
    statements: tuple[str, ...] = ()  # payload digests, `sha256:…`
    entry: Mapping[str, Any] = {}


class Event(msgspec.Struct, frozen=True):
    """One event. `seq` counts from 0 without a gap; `at` is when it was written, by the registry's clock."""

    seq: int
    at: datetime
    draft: Draft

    @property
    def kind(self) -> str:
        """What happened."""
        return self.draft.kind

    @property
    def line(self) -> bytes:
        """The leaf: canonical JSON. What an event holds was exact when it was written (`strictjson.only_exact`)."""
        one = self.draft
        return strictjson.dense(
            {
                "seq": self.seq,
                "at": moment(self.at),
                "kind": one.kind,
                "proposal": one.proposal,
                "certificate": one.certificate,
                "statements": list(one.statements),
                "entry": dict(one.entry),
            }
        )

    @property
    def leaf(self) -> bytes:
        """The hash of the leaf."""
        return leaf_hash(self.line)


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of our own database."""

    seq: int
    at: datetime
    kind: str
    proposal: str
    certificate: str
    statements: tuple[str, ...]
    entry: dict[str, Any]


class _Solution(TypedDict, total=False):
    id: str
    version: str


class _Profile(TypedDict, total=False):
    id: str


class _Brief(TypedDict, total=False):
    """What folding, lists and figures read of an entry, of whatever kind."""

    registry: str
    scheme: str
    uri: str
    holder: str
    solution: _Solution
    domain: str
    profile: _Profile
    counties: list[str]
    sites: list[dict[str, str]]
    notBefore: str
    notAfter: str
    supersedes: str
    challenge: str
    outcome: str
    report: str
    digest: dict[str, str]
    journeys: list[Any]
    certificates: list[Any]


class _BriefLine(msgspec.Struct, forbid_unknown_fields=True):
    """The same, with so much of its entry as `_Brief` has."""

    seq: int
    at: datetime
    kind: str
    proposal: str
    certificate: str
    statements: tuple[str, ...]
    entry: _Brief


_whole = msgspec.json.Decoder(_Line).decode
_brief = msgspec.json.Decoder(_BriefLine).decode


def stored_events(lines: Iterable[str], *, brief: bool = False) -> list[Event]:
    """The events of lines that the registry's own database holds: as `read_event`, but that the spelling of them is not looked at. In `brief`,
    they have no more than lists and figures take, and their lines and leaves are not those of the log.
    """
    decode: Callable[[str], _BriefLine | _Line] = _brief if brief else _whole
    try:
        return [
            Event(one.seq, one.at, Draft(one.kind, one.proposal, one.certificate, one.statements, one.entry))
            for one in map(decode, lines)
        ]
    except msgspec.DecodeError as error:
        raise VerificationError(f"the registry's log holds a line that is no event ({error}); the database is damaged") from None


def read_event(line: bytes, where: str = "the registry's log") -> Event:
    """The event of a line. Raises VerificationError unless the line is exactly as one is written."""
    try:
        one = msgspec.json.decode(line)
        if sorted(one) != sorted(_MEMBERS) or one["kind"] not in _KINDS:
            raise VerificationError(f"{where}: a line is no event: it has {', '.join(map(str, one))[:120]}")
        draft = Draft(one["kind"], one["proposal"], one["certificate"], tuple(one["statements"]), one["entry"])
        at = instant(one["at"])
        if at is None or type(one["seq"]) is not int or strictjson.dense(one) != line:
            raise VerificationError(f"{where}: event {str(one['seq'])[:20]} is not written as the registry writes it")
        return Event(one["seq"], at, draft)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise VerificationError(f"{where}: a line is no event ({line[:60]!r}); the log is damaged") from None


def absent(digest: str) -> SuiteError:
    """The error for a statement that an event names, and that is not stored."""
    return SuiteError(f"the registry's log names the statement {digest:.80}, which is not there")
