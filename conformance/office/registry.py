"""The registry: what its log comes to, and how it is written (`decisions`).

Every change is a proposal by one person of the office and a decision by another: both sign, with keys that the trust document gives to
different holders for decisions (`role = "office"`, predicate type `decision/v1`). A certificate is signed besides with the office's key,
in the moment in which it gets its number, while nobody else writes. What was revoked stays revoked.

Reading needs no key: `state`, `certificates`, `certificate`, `history`, `proposals`, `stats`, `checkpoint`, `statement`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.cycles import uncollected
from conformance.errors import UsageError, nearest
from conformance.evidence.merkle import leaf_hash, root_of
from conformance.office.events import JOINED, PUBLIC, Draft, Entry, Event, Joint, Proposal, State, fold, read_event
from conformance.office.listing import Query, Stats, matching, stats
from conformance.office.rules import ACTIONS
from conformance.office.store import Store, database_url, sqlite_file

if TYPE_CHECKING:
    from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

    from conformance.attest import Trust
    from conformance.office.tables import Ledger, Writing

__all__ = ["ACTIONS", "Checkpoint", "Registry"]

HEAD = "0001"  # the schema that this version reads and writes


@dataclass(frozen=True)
class Checkpoint:
    """How long the log is, and the RFC 6962 root over it."""

    registry: str
    size: int
    root: bytes


class Registry:
    """A registry of certificates in a database, named by a PostgreSQL URL or the path of a SQLite file."""

    def __init__(self, store: Store) -> None:
        self.store = store

    # ------------------------------------------------------------------------------------- opened and made

    @classmethod
    def open(cls, named: str) -> Registry:
        """The registry at `named`. Raises UsageError when there is none, or when its schema is not the one that is read here."""
        url = database_url(named)
        path = sqlite_file(url)
        if path is not None and not path.is_file():
            raise UsageError(f"{path}: there is no registry; yance registry new makes one")
        store = Store(url)
        revision = store.revision()
        if revision != HEAD:
            store.close()
            state = "holds no registry; yance registry new makes one" if not revision else f"has schema {revision}, not {HEAD}"
            raise UsageError(f"the database {state}" + ("; yance registry upgrade brings it there" if revision else ""))
        return cls(store)

    @classmethod
    def create(cls, named: str, *, scheme: str, uri: str, now: datetime | None = None) -> Registry:
        """A new registry. `scheme` begins the number of each certificate, `uri` is where its public pages will be, without a slash."""
        if not scheme.isascii() or not scheme.replace("-", "").isalnum() or len(scheme) > 20:
            raise UsageError(f"{scheme!r:.40} is no scheme; expected letters, digits and hyphens, 20 at most")
        if not uri.startswith(("https://", "http://")) or len(uri) > 200:
            raise UsageError(f"{uri!r:.80} is no address of a registry; expected https://…")
        url = database_url(named)
        path = sqlite_file(url)
        if path is not None and not path.exists():
            _make_file(path)
        store = Store(url)
        store.migrate()

        def opening(ledger: Ledger) -> Writing:
            import secrets  # noqa: PLC0415 - as above

            from conformance.office.tables import Writing  # noqa: PLC0415 - as above

            if ledger.first() is not None:
                raise UsageError("the database holds a registry already; nothing was changed")
            entry = {"registry": secrets.token_hex(8), "scheme": scheme, "uri": uri.rstrip("/")}
            return Writing(Draft("opened", entry=entry), {})

        store.append(opening, now)
        return cls(store)

    @classmethod
    def upgrade(cls, named: str) -> Registry:
        """The registry at `named`, with its schema brought to what this version needs."""
        store = Store(database_url(named))
        if not store.revision():
            raise UsageError("the database holds no registry; yance registry new makes one")
        store.migrate()
        return cls(store)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    # ------------------------------------------------------------------------------------- read

    def state(self, on: datetime | None = None) -> State:
        """What the log comes to, or came to `on` a time."""
        with uncollected():
            return fold(self.store.events(), on)

    def opened(self) -> Mapping[str, Any]:
        """The registry's own name, its scheme, and where its public pages are."""
        return self.store.events(("opened",))[0].draft.entry

    def later(self, state: State) -> State:
        """What the log comes to now, told by a state of it from before: the same one where nothing was written since."""
        if self.store.size() == state.size:
            return state
        with uncollected():
            return fold(self.store.events(after=state.size), onto=state)

    def certificates(self, query: Query | None = None, *, on: datetime | None = None, brief: bool = False) -> tuple[Entry, ...]:
        """The certificates that a query asks for, latest first, with what became of them until `on` (now); in `brief` for a list."""
        return matching(self.certified(on, brief=brief), query or Query(), on or datetime.now(UTC))

    def certificate(self, name: str) -> Entry:
        """One certificate. Raises UsageError when there is none of that number."""
        events = self.store.events_about(name)
        if not any(event.draft.certificate == name for event in events):
            raise UsageError(f"the registry has no certificate {name!r:.60}{nearest(name, self.store.numbers())}")
        earlier = {event.draft.entry.get("supersedes", "") for event in events if event.draft.certificate == name} - {""}
        return fold(events, apart_from=earlier).certificates[name]

    def report(self, name: str) -> tuple[Joint, Mapping[str, Entry]]:
        """One joint report, and the certificates that it rests on. Raises UsageError when there is none of that name."""
        events = {event.seq: event for event in self.store.events_about(name)}
        joined = next((event for event in events.values() if event.kind == JOINED), None)
        if joined is None:
            there = [event.draft.certificate for event in self.store.events((JOINED,))]
            raise UsageError(f"the registry has no joint report {name!r:.60}{nearest(name, there)}")
        for one in joined.draft.entry["certificates"]:
            events |= {event.seq: event for event in self.store.events_about(one["certificateId"])}
        known = {event.draft.certificate for event in events.values()}
        earlier = {str(event.draft.entry.get("supersedes", "")) for event in events.values()} - known
        state = fold([events[seq] for seq in sorted(events)], apart_from=earlier)
        return state.reports[name], state.certificates

    def history(self, name: str) -> tuple[Event, ...]:
        """What became of a certificate, in order."""
        entry = self.certificate(name)
        return (entry.issued, *entry.changes)

    def proposals(self, *, undecided: bool = True) -> tuple[Proposal, ...]:
        """What was proposed, in order; only what nobody has decided, unless told otherwise."""
        return tuple(one for one in self.state().proposals.values() if not (undecided and one.decided))

    def stats(self, on: datetime | None = None) -> Stats:
        """The programme's figures on a date."""
        return stats(self.certified(on, brief=True), on or datetime.now(UTC))

    def certified(self, on: datetime | None = None, *, brief: bool = False) -> State:
        """The state without what was only proposed; in `brief`, with no more of each certificate than lists and figures take."""
        with uncollected():
            return fold(self.store.events(PUBLIC, brief=brief), on)

    def checkpoint(self) -> Checkpoint:
        """How long the log is now, and its root."""
        lines = self.store.lines()
        opened = read_event(lines[0]).draft.entry
        return Checkpoint(str(opened["registry"]), len(lines), root_of([leaf_hash(line) for line in lines]))

    def statement(self, digest: str) -> bytes:
        """The envelope of a signed statement that the log names, by the digest of its payload."""
        return self.store.statement(digest)

    # ------------------------------------------------------------------------------------- written by two persons

    def propose(
        self,
        action: str,
        signer: Signer,
        trust: Trust,
        *,
        terms: Mapping[str, Any] | None = None,
        certificate: str = "",
        reason: str = "",
        waivers: Sequence[bytes] = (),
        run: bytes = b"",
        now: datetime | None = None,
    ) -> Proposal:
        """Ask for something, as the person whose key signs. `terms` for issue, renew and join, else a `certificate` and the reason. The
        envelopes of run (or joint report) and waivers are kept with it. Raises UsageError for what cannot be, VerificationError for a key that may not.
        """
        from conformance.office import decisions  # noqa: PLC0415 - who only reads pays for no signature

        asked = decisions.proposing(action, signer, trust, terms, certificate, reason, (*waivers, *filter(None, [run])))
        event = self.store.append(asked, now)
        return Proposal(event.draft.proposal, event)

    def approve(
        self, proposal: str, signer: Signer, trust: Trust, *, office: Signer | None = None, now: datetime | None = None
    ) -> Event:
        """Agree to a proposal, as another person than the one who made it; what was proposed is then so. To issue or renew takes the
        `office`'s key besides. Raises UsageError when it was decided or cannot be any more, VerificationError for a key that may not.
        """
        from conformance.office import decisions  # noqa: PLC0415 - as above

        return self.store.append(decisions.approving(proposal, signer, trust, office), now)

    def decline(self, proposal: str, signer: Signer, trust: Trust, reason: str, *, now: datetime | None = None) -> Event:
        """End a proposal without anything coming of it. Whoever made it may take it back so, too."""
        from conformance.office import decisions  # noqa: PLC0415 - as above

        return self.store.append(decisions.declining(proposal, signer, trust, reason), now)


def _make_file(path: Path) -> None:
    """An empty file that its owner alone can read: who else may is for them to say."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return  # somebody else makes the same registry, and one of the two will be told so
    except OSError as error:
        raise UsageError(f"{path}: the registry cannot be written ({error.strerror})") from None
