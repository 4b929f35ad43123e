"""The registry's log: events, in order, and the state that they come to.

    opened                                            the first: the registry's own name, scheme and public address
    proposed · declined                               what one person of the office asks for; that another does not agree
    issued · renewed                                  a certificate, by two persons
    suspended · reinstated · revoked                  what became of it, by two persons each
    challenge-opened · challenge-closed               a nonce, by its hash; the run that answered it, or that none will
    joined                                            a joint report on journeys, which rests on certificates; it can be revoked, too

Nothing else is stored of a certificate. That it has expired is told by the clock, that it was superseded by the one which names it.
An event is one line of canonical JSON, and a leaf of the Merkle tree whose root a checkpoint states. Its `statements` are signed ones, by
the SHA-256 of their payloads; `entry` says what they say, so that a state is folded without opening them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from conformance.errors import VerificationError
from conformance.office.lines import (
    CHANGES,
    CLOSED,
    ISSUES,
    JOINED,
    OPENED,
    PUBLIC,
    Draft,
    Event,
    absent,
    moment,
    read_event,
    stored_events,
)

__all__ = [
    "CLOSED",
    "ISSUES",
    "JOINED",
    "OPENED",
    "PUBLIC",
    "Answer",
    "Draft",
    "Entry",
    "Event",
    "Joint",
    "Opened",
    "Proposal",
    "State",
    "Status",
    "absent",
    "fold",
    "moment",
    "read_event",
    "stored_events",
]


class Status(StrEnum):
    """What a certificate is worth at a time."""

    PENDING = "pending"  # its validity has not begun
    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"

    __hash__ = str.__hash__  # it is counted and looked up ten thousand times, and an enum's own costs ten times as much


class Entry(msgspec.Struct, frozen=True):
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
        now, standing = moment(on), self.changes[-1].draft.kind if self.changes else ""
        if standing == "revoked":
            return Status.REVOKED
        if self.superseded_by:
            return Status.SUPERSEDED
        said = self.document
        if now >= said["notAfter"]:
            return Status.EXPIRED
        if standing == "suspended":
            return Status.SUSPENDED
        return Status.PENDING if now < said["notBefore"] else Status.VALID


_WEAKEST = (Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED, Status.SUSPENDED, Status.PENDING, Status.VALID)


@dataclass(frozen=True)
class Joint:
    """A joint report on journeys across certified solutions, with what became of it. `payload` is the digest that identifies it."""

    name: str
    payload: str
    joined: Event
    changes: tuple[Event, ...] = ()  # revoked

    @property
    def document(self) -> Mapping[str, Any]:
        """What the log says of it: which journeys, and the certificates that it rests on (`joint` of decision/v1)."""
        return self.joined.draft.entry

    @property
    def rests(self) -> tuple[str, ...]:
        """The numbers of the certificates that it rests on."""
        return tuple(one["certificateId"] for one in self.document["certificates"])

    @property
    def standing(self) -> str:
        """The last change to it, or how it began."""
        return (self.joined, *self.changes)[-1].kind

    def status(self, certificates: Mapping[str, Entry], on: datetime) -> Status:
        """What it is worth at a time: as much as the weakest of its certificates, and nothing more once it was revoked itself."""
        if self.standing == "revoked":
            return Status.REVOKED
        return min((certificates[number].status(on) for number in self.rests), key=_WEAKEST.index)


@dataclass(frozen=True)
class Proposal:
    """What a person of the office asks for. `decided` is the kind of the event that ended it, or empty."""

    id: str
    event: Event
    decided: str = ""

    @property
    def action(self) -> str:
        """issue, renew, suspend, reinstate, revoke or join."""
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
    """What the events of a log come to. Certificates, proposals and joint reports in the order in which they came about."""

    opened: Mapping[str, Any] = field(default_factory=dict)
    certificates: Mapping[str, Entry] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    challenges: Mapping[str, Opened] = field(default_factory=dict)
    size: int = 0
    reports: Mapping[str, Joint] = field(default_factory=dict)

    def resting_on(self, certificate: str) -> tuple[Joint, ...]:
        """The joint reports that rest on a certificate."""
        return tuple(one for one in self.reports.values() if certificate in one.rests)


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
    reports: dict[str, Joint] = dict(before.reports)
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
            _change(found, reports, event)
        elif one.kind == JOINED:
            _join(reports, found, event)
        elif one.kind in (OPENED, CLOSED):
            _challenge(challenges, event)
        if one.kind != "proposed" and one.proposal in asked:
            asked[one.proposal] = replace(asked[one.proposal], decided=one.kind)
    return State(opened, found, asked, challenges, size, reports)


def _change(found: dict[str, Entry], reports: dict[str, Joint], event: Event) -> None:
    one = event.draft
    entry, report = found.get(one.certificate), reports.get(one.certificate)
    known = entry or report
    if known is None or known.standing == "revoked" or (report is not None and one.kind != "revoked"):
        raise VerificationError(f"event {event.seq} ({one.kind}) is of {one.certificate!r:.60}, which it cannot follow")
    if entry is not None:
        found[one.certificate] = msgspec.structs.replace(entry, changes=(*entry.changes, event))
    elif report is not None:
        reports[one.certificate] = replace(report, changes=(*report.changes, event))


def _join(reports: dict[str, Joint], found: Mapping[str, Entry], event: Event) -> None:
    one = event.draft
    if one.certificate in reports or not one.statements:
        raise VerificationError(f"event {event.seq} takes in {one.certificate!r:.60} again, or without its statement")
    made = Joint(one.certificate, one.statements[0], event)
    if (one.entry["report"], f"sha256:{one.entry['digest']['sha256']}") != (made.name, made.payload):
        raise VerificationError(f"event {event.seq} takes in {one.certificate!r:.60} under another name or digest than it says")
    for said in one.entry["certificates"]:
        entry = found.get(said["certificateId"])
        if entry is None or entry.payload != f"sha256:{said['digest']['sha256']}":
            raise VerificationError(
                f"event {event.seq} takes in {one.certificate!r:.60}, which rests on {said['certificateId']!r:.60}; that was never issued so"
            )
    reports[one.certificate] = made


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
        found[earlier] = msgspec.structs.replace(found[earlier], superseded_by=one.certificate)
