"""The registry as a folder of public files, from which anyone can verify a certificate offline; and that folder, read again.

    index.json                         every certificate, joint report and challenge with its status, and the programme's figures
    certificates/NUMBER.sigstore.json  the certificate, as a Sigstore bundle
    journeys/NAME.sigstore.json        a joint report on journeys, as a Sigstore bundle
    statements/SHA256.json             what both rest on: the decisions of two persons, the run's statement, the waivers
    log/events.ndjson                  the log: public events whole, of the others number and leaf hash
    log/checkpoint.sigstore.json       how long the log is, and its root, signed by the office
    status/1                           the status list, a JWT

A bundle that lies there already and holds the same certificate is left alone, with the time-stamp that it may have got since (`yance stamp`).

A new export into a folder has to continue the log that the folder holds: one that was shortened or rewritten is not written over it.

Log and checkpoint are two files, so whoever exports holds the folder meanwhile; who reads and finds that they do not fit waits for that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance import limits
from conformance.attest import CHECKPOINT, LARGEST, Trust, bundle, envelope_of, sign, verify_envelope
from conformance.errors import UsageError, VerificationError
from conformance.evidence.merkle import root_of
from conformance.office import statements
from conformance.office.events import PUBLIC, Entry, Event, State, fold, moment, read_event
from conformance.office.listing import challenge_rows, figures, report_rows, stats
from conformance.office.registry import Registry
from conformance.office.status import status_list
from conformance.text import strictjson
from conformance.text.handed import held, make_folder, read_file, write

__all__ = ["PublicRegistry", "export", "index_document", "read_export", "write_files"]

INDEX, EVENTS, CHECK, STATUS = "index.json", "log/events.ndjson", "log/checkpoint.sigstore.json", "status/1"
_HEX = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True)
class PublicRegistry:
    """An exported registry whose log is the one that its checkpoint states. `leaves` are the hashes of all events."""

    folder: Path
    state: State
    leaves: tuple[bytes, ...]
    taken: datetime

    def statement(self, digest: str) -> bytes:
        """The envelope, or bundle, of a statement that the log names."""
        number = next((one.certificate for one in self.state.certificates.values() if one.payload == digest), "")
        if _NUMBER.fullmatch(number):
            return read_file(self.folder / "certificates" / f"{number}.sigstore.json", LARGEST)
        name = next((one.name for one in self.state.reports.values() if one.payload == digest), "")
        if _NUMBER.fullmatch(name):
            return read_file(self.folder / "journeys" / f"{name}.sigstore.json", LARGEST)
        return read_file(self.folder / "statements" / f"{digest.removeprefix('sha256:')}.json", LARGEST)

    def status_token(self) -> bytes:
        """The status list, as it lies there."""
        return read_file(self.folder / STATUS, limits.DOCUMENT)

    def refuse_unless_it_continues(self, root: bytes, size: int) -> None:
        """Raises VerificationError unless the log begins with the `size` events of an earlier checkpoint's `root`."""
        if size > len(self.leaves) or root_of(self.leaves[:size]) != root:
            raise VerificationError(
                f"{self.folder}: the log does not continue that of the earlier checkpoint ({size} events, root {root.hex()[:16]}…): "
                "what was published was rewritten"
            )


def export(registry: Registry, out: Path, signer: Signer, trust: Trust, *, now: datetime | None = None) -> dict[str, Any]:
    """Write the registry's public files, and what they come to. Raises VerificationError when `out` holds another log's."""
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    try:
        make_folder(out)
        with held(out):
            return _exported(registry, out, signer, trust, now)
    except OSError as error:
        raise UsageError(f"{error.filename or out}: the file cannot be written ({error.strerror})") from None


def _exported(registry: Registry, out: Path, signer: Signer, trust: Trust, now: datetime) -> dict[str, Any]:
    events = registry.store.events()
    state, leaves = fold(events), [event.leaf for event in events]
    known, root = str(state.opened["registry"]), root_of(leaves)
    if (out / CHECK).exists():
        _Published.read(out, trust, now).registry()  # whole, and of this office
        before = _checkpoint(out, trust, now)
        if before["registry"] != known or before["size"] > len(leaves):
            raise VerificationError(
                f"{out}: it holds {before['size']} events of registry {before['registry']:.20}, which this log does not continue"
            )
        if root_of(leaves[: before["size"]]).hex() != before["rfc6962Root"]:
            raise VerificationError(f"{out}: its log is not the beginning of this one; one of the two was rewritten")
    made = statements.checkpoint(registry=known, size=len(leaves), root=root.hex(), at=now)
    envelope = sign(made, signer)
    verify_envelope(envelope, trust.keys, predicate_type=CHECKPOINT, role="office", now=now)
    files = {EVENTS: b"".join(_public_line(event) + b"\n" for event in events)}
    kept = registry.store.statements()
    for entry in state.certificates.values():
        name = f"certificates/{entry.certificate}.sigstore.json"
        files[name] = _stamped(out / name, kept[entry.payload])
        for digest in _cited(entry):
            if digest in kept:
                files[f"statements/{digest.removeprefix('sha256:')}.json"] = kept[digest]
    for report in state.reports.values():
        name = f"journeys/{report.name}.sigstore.json"
        files[name] = _stamped(out / name, kept[report.payload])
        for digest in (
            *report.joined.draft.statements[1:],
            *(one for change in report.changes for one in change.draft.statements),
        ):
            files[f"statements/{digest.removeprefix('sha256:')}.json"] = kept[digest]
    files[STATUS] = status_list(state, signer, now)
    index = index_document(state, now)
    files[INDEX] = strictjson.canonical(index)
    files[CHECK] = bundle(envelope)  # last: a folder with a new checkpoint has all of what it speaks of
    write_files(out, files)
    return {"certificates": len(state.certificates), "events": len(leaves), "root": root.hex(), "folder": str(out)}


def read_export(folder: Path, trust: Trust, *, now: datetime | None = None) -> PublicRegistry:
    """An exported registry. Raises VerificationError unless its log is, event by event, the one that the office's checkpoint states."""
    now = now or datetime.now(UTC)
    found = _Published.read(folder, trust, now)
    if not found.fits:
        with held(folder, shared=True):
            found = _Published.read(folder, trust, now)
    return found.registry()


@dataclass(frozen=True)
class _Published:
    """What lies in an exported folder: the checkpoint's word and the log's lines."""

    folder: Path
    said: Mapping[str, Any]
    public: tuple[Event, ...]
    leaves: tuple[bytes, ...]

    @classmethod
    def read(cls, folder: Path, trust: Trust, now: datetime) -> _Published:
        said, where = _checkpoint(folder, trust, now), f"{folder / EVENTS}"
        lines = read_file(folder / EVENTS, limits.EVIDENCE).splitlines()
        known = [_read_line(line, number, where) for number, line in enumerate(lines)]
        return cls(folder, said, tuple(event for event, _ in known if event is not None), tuple(leaf for _, leaf in known))

    @cached_property
    def root(self) -> str:
        return root_of(self.leaves).hex()

    @property
    def fits(self) -> bool:
        return (len(self.leaves), self.root) == (self.said["size"], self.said["rfc6962Root"])

    def registry(self) -> PublicRegistry:
        if not self.fits:
            raise VerificationError(
                f"{self.folder / EVENTS}: {len(self.leaves)} events of root {self.root[:16]}…, and the checkpoint states "
                f"{self.said['size']} of root {self.said['rfc6962Root'][:16]}…; the log was changed, cut or added to"
            )
        state = fold(self.public)
        if state.opened.get("registry") != self.said["registry"]:
            raise VerificationError(f"{self.folder}: the log is that of another registry than the checkpoint's")
        return PublicRegistry(self.folder, state, self.leaves, datetime.fromisoformat(self.said["takenOn"]))


def index_document(state: State, now: datetime) -> dict[str, Any]:
    """Every certificate with its status, latest first, and the figures: what lists, sites and tables are made of."""
    return {
        "registry": dict(state.opened),
        "generatedOn": moment(now),
        "certificates": [_row(entry, now) for entry in reversed(tuple(state.certificates.values()))],
        "stats": figures(stats(state, now)),
        "journeys": report_rows(state, now),
        "challenges": challenge_rows(state, now),
    }


def _row(entry: Entry, now: datetime) -> dict[str, Any]:
    said = entry.document
    names = ("level", "holder", "domain", "counties", "sites", "notBefore", "notAfter", "supersedes", "issuedOn", "result")
    return {
        "certificateId": entry.certificate,
        "status": str(entry.status(now)),
        "digest": entry.payload,
        "solution": said["solution"]["id"],
        "version": said["solution"]["version"],
        "profile": said["profile"]["id"],
        "waivers": len(said["waivers"]),
        "supersededBy": entry.superseded_by,
        **{name: said[name] for name in names},
        "history": [
            {"on": moment(one.at), "event": one.kind, "reason": one.draft.entry.get("reason", "")}
            for one in (entry.issued, *entry.changes)
        ],
    }


def _stamped(path: Path, envelope: bytes) -> bytes:
    """The bundle of an envelope; the one that lies there already, if it is of the same envelope: it may have been stamped since."""
    if path.is_file() and not path.is_symlink():
        with suppress(VerificationError):
            there = read_file(path, LARGEST)
            if envelope_of(there) == envelope_of(envelope):
                return there
    return bundle(envelope)


def _cited(entry: Entry) -> list[str]:
    listed = [f"sha256:{one['digest']['sha256']}" for one in entry.document["inputAttestations"]]
    return [*listed, *(digest for change in entry.changes for digest in change.draft.statements)]


def _public_line(event: Event) -> bytes:
    if event.kind in PUBLIC:
        return event.line
    return strictjson.canonical({"seq": event.seq, "leaf": event.leaf.hex()})


def _read_line(line: bytes, number: int, where: str) -> tuple[Event | None, bytes]:
    try:
        members: Mapping[str, Any] = msgspec.json.decode(line)
    except (msgspec.DecodeError, ValueError):
        raise VerificationError(f"{where}: line {number + 1} is not JSON; the log is damaged") from None
    if isinstance(members, dict) and sorted(members) == ["leaf", "seq"]:
        leaf = members["leaf"]
        if members["seq"] != number or not isinstance(leaf, str) or not _HEX.fullmatch(leaf):
            raise VerificationError(f"{where}: line {number + 1} is not the event of that number")
        return None, bytes.fromhex(leaf)
    event = read_event(line, where)
    if event.seq != number or event.kind not in PUBLIC:
        raise VerificationError(f"{where}: line {number + 1} is event {event.seq}, {event.kind}; the log was reordered or cut")
    return event, event.leaf


def _checkpoint(folder: Path, trust: Trust, now: datetime) -> Mapping[str, Any]:
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no exported registry; expected a folder made by yance registry export")
    found = verify_envelope(
        read_file(folder / CHECK, LARGEST),
        trust.keys,
        predicate_type=CHECKPOINT,
        role="office",
        now=now,
        authorities=trust.authorities,
    )
    statements.refuse_misshapen(found.payload)
    return found.predicate


def write_files(out: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their names below a folder; those that are there as they should be stay. Raises UsageError where that cannot be done."""
    there: set[Path] = set()  # folders: a site has few, and thousands of files in each
    try:
        for name, content in files.items():
            path = out / name
            if path.is_file() and not path.is_symlink() and path.stat().st_size == len(content) and path.read_bytes() == content:
                continue
            if path.parent not in there:
                make_folder(path.parent)
                there.add(path.parent)
            write(path, content)
    except OSError as error:
        raise UsageError(f"{error.filename or out}: the file cannot be written ({error.strerror})") from None
