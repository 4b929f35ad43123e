"""The registry's log: events, in order, and the state that they come to.

    opened                                            the first: the registry's own name, scheme and public address
    proposed · declined                               what one person of the office asks for; that another does not agree
    issued · renewed                                  a certificate, by two persons
    suspended · reinstated · revoked                  what became of it, by two persons each
    challenge-opened · challenge-closed               a nonce, by its hash; the run that answered it, or that none will

Nothing else is stored of a certificate. That it has expired is told by the clock, that it was superseded by the one which names it.
An event is one line of canonical JSON, and a leaf of the Merkle tree whose root a checkpoint states. Its `statements` are signed ones, by
the SHA-256 of their payloads; `entry` says what they say, so that a state is folded without opening them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec

from conformance.attest.times import instant
from conformance.errors import SuiteError, VerificationError
from conformance.evidence.merkle import leaf_hash
from conformance.text import strictjson

__all__ = [
    "CLOSED",
    "OPENED",
    "PUBLIC",
    "Answer",
    "Draft",
    "Entry",
    "Event",
    "Opened",
    "Proposal",
    "State",
    "Status",
    "absent",
    "fold",
    "moment",
    "read_event",
    "stored_event",
]

ISSUES = ("issued", "renewed")
CHANGES = {"suspended": "suspend", "reinstated": "reinstate", "revoked": "revoke"}  # event: what was proposed
OPENED, CLOSED = "challenge-opened", "challenge-closed"
PUBLIC = frozenset({"opened", *ISSUES, *CHANGES, OPENED, CLOSED})  # what is exported whole; of the rest only the hash
_KINDS = frozenset({*PUBLIC, "proposed", "declined"})
_MEMBERS = ("seq", "at", "kind", "proposal", "certificate", "statements", "entry")


@lru_cache(maxsize=1024)  # ten thousand certificates are held against one moment
def moment(when: datetime) -> str:
    """An instant as it stands in signed documents: whole seconds, in UTC, ending in Z."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class Draft:
    """An event that has no place in the log yet."""

    kind: str
    proposal: str = ""
    certificate: str = ""
    statements: tuple[str, ...] = ()  # payload digests, `sha256:…`
    entry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
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
    at: str
    kind: str
    proposal: str
    certificate: str
    statements: tuple[str, ...]
    entry: dict[str, Any]


_decode = msgspec.json.Decoder(_Line).decode


def stored_event(line: str) -> Event:
    """The event of a line that the registry's own database holds: as `read_event`, but that the spelling of it is not looked at."""
    try:
        one = _decode(line)
        return Event(
            one.seq, datetime.fromisoformat(one.at), Draft(one.kind, one.proposal, one.certificate, one.statements, one.entry)
        )
    except (msgspec.DecodeError, ValueError) as error:
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


# ------------------------------------------------------------------------------------------ state


class Status(StrEnum):
    """What a certificate is worth at a time."""

    PENDING = "pending"  # its validity has not begun
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Entry:
    """A certificate with what became of it. `document` is the predicate of its statement, `payload` the digest that identifies it."""

    certificate: str
    payload: str
    document: Mapping[str, Any]
    issued: Event
    changes: tuple[Event, ...] = ()  # suspended, reinstated, revoked, in order
    superseded_by: str = ""

    @property
    def index(self) -> int:
        """Its place in the status list."""
        return int(self.document["status"]["statusList"]["idx"])

    @property
    def standing(self) -> str:
        """The last change to it, or how it began."""
        return self.changes[-1].kind if self.changes else self.issued.kind

    def status(self, on: datetime) -> Status:
        """What it is worth at a time, by the events that the state was folded from."""
        now = moment(on)
        if self.standing == "revoked":
            return Status.REVOKED
        if self.superseded_by:
            return Status.SUPERSEDED
        if now >= self.document["notAfter"]:
            return Status.EXPIRED
        if self.standing == "suspended":
            return Status.SUSPENDED
        return Status.PENDING if now < self.document["notBefore"] else Status.VALID


@dataclass(frozen=True)
class Proposal:
    """What a person of the office asks for. `decided` is the kind of the event that ended it, or empty."""

    id: str
    event: Event
    decided: str = ""

    @property
    def action(self) -> str:
        """issue, renew, suspend, reinstate or revoke."""
        return str(self.event.draft.entry["action"])

    @property
    def by(self) -> str:
        """Who proposed it."""
        return str(self.event.draft.entry["by"])


class Answer(StrEnum):
    """What became of a challenge."""

    OPEN = "open"
    ANSWERED = "answered"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class Opened:
    """A challenge with what became of it."""

    event: Event
    closed: Event | None = None

    @property
    def id(self) -> str:
        """What it is called."""
        return str(self.said["challenge"])

    @property
    def said(self) -> Mapping[str, Any]:
        """What the log says of it: for what it is, until when, and the hash of its nonce."""
        return self.event.draft.entry

    @property
    def statement(self) -> str:
        """The digest of the signed document (`sha256:…`)."""
        return self.event.draft.statements[0]

    def status(self, on: datetime) -> Answer:
        """What became of it by a time: one that nobody has closed until its deadline is abandoned."""
        if self.closed is not None:
            return Answer(self.closed.draft.entry["outcome"])
        return Answer.ABANDONED if moment(on) > self.said["notAfter"] else Answer.OPEN


@dataclass(frozen=True)
class State:
    """What the events of a log come to. Certificates and proposals in the order in which they came about."""

    opened: Mapping[str, Any] = field(default_factory=dict)
    certificates: Mapping[str, Entry] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    challenges: Mapping[str, Opened] = field(default_factory=dict)
    size: int = 0


def fold(
    events: Iterable[Event], until: datetime | None = None, *, apart_from: Collection[str] = (), onto: State | None = None
) -> State:
    """The state after all events, or after those `until` a time; certificates `apart_from` which it is may be superseded without being
    among them. The events come after those of `onto`, where that is given. Raises VerificationError at one that cannot follow the others.
    """
    before = onto or State()
    opened, size = before.opened, before.size
    found: dict[str, Entry] = dict(before.certificates)
    asked: dict[str, Proposal] = dict(before.proposals)
    challenges: dict[str, Opened] = dict(before.challenges)
    for event in events:
        if until is not None and event.at > until:
            break
        one, size = event.draft, size + 1
        if one.kind == "opened":
            opened = one.entry
        elif one.kind == "proposed":
            asked[one.proposal] = Proposal(one.proposal, event)
        elif one.kind in ISSUES:
            _begin(found, event, apart_from)
        elif one.kind in CHANGES:
            entry = found.get(one.certificate)
            if entry is None or entry.standing == "revoked":
                raise VerificationError(f"event {event.seq} ({one.kind}) is of {one.certificate!r:.60}, which it cannot follow")
            found[one.certificate] = replace(entry, changes=(*entry.changes, event))
        elif one.kind in (OPENED, CLOSED):
            _challenge(challenges, event)
        if one.kind != "proposed" and one.proposal in asked:
            asked[one.proposal] = replace(asked[one.proposal], decided=one.kind)
    return State(opened, found, asked, challenges, size)


def _challenge(found: dict[str, Opened], event: Event) -> None:
    one = event.draft
    name = str(one.entry.get("challenge", ""))
    known = found.get(name)
    if one.kind == OPENED:
        if known is not None or len(one.statements) != 1:
            raise VerificationError(f"event {event.seq} opens challenge {name!r:.60} again, or without its statement")
        found[name] = Opened(event)
        return
    if known is None or known.closed is not None:
        raise VerificationError(
            f"event {event.seq} closes challenge {name!r:.60}, which is {'closed already' if known else 'not open'}"
        )
    found[name] = replace(known, closed=event)


def _begin(found: dict[str, Entry], event: Event, apart_from: Collection[str]) -> None:
    one = event.draft
    if one.certificate in found or not one.statements:
        raise VerificationError(f"event {event.seq} issues {one.certificate!r:.60} again, or without its statement")
    found[one.certificate] = Entry(one.certificate, one.statements[0], one.entry, event)
    earlier = one.entry.get("supersedes", "")
    if earlier and earlier not in apart_from:
        if earlier not in found:
            raise VerificationError(f"event {event.seq} supersedes {earlier!r:.60}, which was never issued")
        found[earlier] = replace(found[earlier], superseded_by=one.certificate)
