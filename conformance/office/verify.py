"""Verification of a certificate, or of a joint report: what it says is the office's word, by two persons, and is so now. What could not be told is said.

    1 signature    by a key that is trusted as the office's for certificates, at a time that somebody else vouches for
    2 shape        exactly that of a certificate
    3 validity     it has begun and has not ended
    4 log          the registry's log has it, under this number and with these words
    5 persons      two persons of the office decided it: what the one proposed is what the other approved, and what it says
    6 status       neither revoked nor suspended nor superseded: by the log, and by a status list that is fresh
    7 run          the run that it cites, derived again (attest.verify), comes to what it says

4 to 6 take the registry, as an exported folder or a database; 7 takes the run's folder. A joint report on journeys is held against its
registry alike: the log has it, two persons took it in, and each certificate that it rests on is what it was and is in force; what was asked
and answered is in its own folder (`yance journey verify`). Raises VerificationError at the first thing that does not hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from conformance.attest import CERTIFICATE, DECISION, JOURNEY, RUN, Trust, Verified, verify_envelope
from conformance.attest.verify import VerifiedRun
from conformance.errors import VerificationError
from conformance.interface.schema import errors
from conformance.load import data_folders
from conformance.load.catalogue import both
from conformance.model import Text
from conformance.office import statements
from conformance.office.events import Entry, Joint, State, Status, moment
from conformance.office.export import read_export
from conformance.office.registry import Registry
from conformance.office.status import read_status_list
from conformance.office.terms import CERTIFIABLE
from conformance.office.waivers import verify_waiver

__all__ = ["Source", "VerifiedCertificate", "opened", "refuse_uncertified", "verify_certificate", "verify_joint"]

_OF_THE_TERMS = (  # what a certificate and the proposal of it have in common
    *("level", "holder", "solution", "domain", "profile", "specification", "suite", "counties", "sites", "notBefore", "notAfter"),
    *("supersedes", "result", "counts", "mandatory", "waivers"),
)


@dataclass(frozen=True)
class VerifiedCertificate:
    """What was verified, of a certificate or of a joint report. `status` is what the registry says, empty where none was asked; `unverified` is what was not told, and why."""

    envelope: Verified
    status: str
    steps: tuple[Text, ...]
    unverified: tuple[Text, ...]


class Source(Protocol):
    """A registry as a verifier sees it."""

    @property
    def state(self) -> State:
        """What the log comes to."""
        ...

    def statement(self, digest: str) -> bytes:
        """The envelope of a statement that the log names."""
        ...

    def status_token(self) -> bytes | None:
        """The status list, or None where the log itself is at hand."""
        ...


@dataclass(frozen=True)
class _Database:
    registry: Registry
    state: State

    def statement(self, digest: str) -> bytes:
        return self.registry.statement(digest)

    def status_token(self) -> bytes | None:
        return None


def opened(named: str, trust: Trust, *, now: datetime | None = None) -> Source:
    """The registry at `named`: a folder that was exported, or a database."""
    if "://" not in named and Path(named).is_dir():
        return read_export(Path(named), trust, now=now)
    registry = Registry.open(named)
    return _Database(registry, registry.state())


def verify_certificate(
    data: bytes,
    trust: Trust,
    *,
    source: Source | None = None,
    run: VerifiedRun | None = None,
    now: datetime | None = None,
    received: datetime | None = None,
) -> VerifiedCertificate:
    """Verify a certificate, with its registry and its run where they are given. Raises VerificationError at what does not hold."""
    now = now or datetime.now(UTC)
    known = {"authorities": trust.authorities, "now": now}
    found = verify_envelope(data, trust.keys, predicate_type=CERTIFICATE, role="office", received=received, **known)  # type: ignore[arg-type]
    statements.refuse_misshapen(found.payload)
    said = found.predicate
    steps: list[Text] = [
        both("verify.signature", keyid=f"{found.keyid[:16]}…", role=found.role),
        both(f"verify.time.{found.held}"),
        both(
            "verify.certificate.what",
            number=said["certificateId"],
            holder=said["holder"],
            solution=found.payload["subject"][0]["name"],
            counties=", ".join(said["counties"]),
        ),
    ]
    left: list[Text] = []
    _refuse_outside(said, now)
    steps.append(both("verify.certificate.validity", start=said["notBefore"], end=said["notAfter"]))
    status = ""
    if source is None:
        left.append(both("verify.certificate.no-registry"))
    else:
        entry = _entry(found, source.state)
        steps.append(both("verify.certificate.log", events=source.state.size))
        persons = _two_persons(found, source, trust, now)
        steps.append(both("verify.certificate.persons", proposed=persons[0], approved=persons[1]))
        _waivers(found, entry, source, trust, now)
        status = _status(entry, found, source, trust, now)
        steps.append(both("verify.certificate.status", status=status))
    for one in said["waivers"]:
        steps.append(
            both(
                "verify.certificate.waiver",
                requirements=", ".join(one["requirements"]),
                reason=one["reason"],
                end=one["notAfter"],
            )
        )
    if run is None:
        left.append(both("verify.certificate.no-run"))
    else:
        _same_run(found, run)
        steps.append(both("verify.certificate.run", result=said["result"]))
        steps.append(both(f"verify.certificate.run.{run.envelope.predicate['purpose']}", role=run.envelope.role))
        left += run.unverified
    return VerifiedCertificate(found, status, tuple(steps), tuple(left))


def verify_joint(
    data: bytes, trust: Trust, source: Source, *, now: datetime | None = None, received: datetime | None = None
) -> VerifiedCertificate:
    """Verify that a joint report was taken in by a registry, and that all it rests on is in force. Raises VerificationError at what does
    not hold.
    """
    now = now or datetime.now(UTC)
    found = verify_envelope(data, trust.keys, predicate_type=JOURNEY, received=received, authorities=trust.authorities, now=now)
    if wrong := errors(data_folders().schema("joint"), found.payload):
        raise VerificationError(f"the joint report is not of the shape that one has: {wrong[0]!s:.200}")
    name = str(found.predicate["runId"])
    report = source.state.reports.get(name)
    if report is None:
        raise VerificationError(
            f"joint report {name} is not in the registry's log; it was never taken in, or is newer than the export"
        )
    if report.payload != found.digest:
        raise VerificationError(f"joint report {name} is not the one that the registry's log has under this name")
    steps = [
        both("verify.signature", keyid=f"{found.keyid[:16]}…", role=found.role),
        both(f"verify.time.{found.held}"),
        both("verify.joint.what", name=name, journeys=", ".join(one["id"] for one in report.document["journeys"])),
        both("verify.joint.log", events=source.state.size),
    ]
    persons = _took_in(report, source, trust, now)
    steps.append(both("verify.certificate.persons", proposed=persons[0], approved=persons[1]))
    if report.changes:
        last = report.changes[-1]
        raise VerificationError(f"joint report {name} is revoked on {moment(last.at)}: {last.draft.entry['reason']}")
    for number in report.rests:
        try:
            entry = source.state.certificates[number]
            verify_certificate(source.statement(entry.payload), trust, source=source, now=now)
        except VerificationError as error:
            raise VerificationError(f"joint report {name} holds no longer: {error}") from None
        steps.append(both("verify.joint.rests", number=number))
    return VerifiedCertificate(found, str(Status.VALID), tuple(steps), (both("verify.joint.alone"),))


def refuse_uncertified(found: VerifiedCertificate) -> None:
    """Raises VerificationError unless the certificate is of the level `certified` and its registry says that it is valid now."""
    level = found.envelope.predicate["level"]
    if level != "certified":
        raise VerificationError(f"certified was required, and the level is {level}")
    if found.status != Status.VALID:
        raise VerificationError("certified was required, and whether it is valid now only its registry can tell: give --registry")


# ------------------------------------------------------------------------------------------ steps


def _refuse_outside(said: Mapping[str, Any], now: datetime) -> None:
    number, today = said["certificateId"], moment(now)
    if said["notBefore"] >= said["notAfter"]:
        raise VerificationError(f"certificate {number} ends before it begins")
    if today < said["notBefore"]:
        raise VerificationError(f"certificate {number} holds from {said['notBefore']} on; it is {today}")
    if today >= said["notAfter"]:
        raise VerificationError(f"certificate {number} expired on {said['notAfter']}; it is {today}")


def _entry(found: Verified, state: State) -> Entry:
    number = str(found.predicate["certificateId"])
    entry = state.certificates.get(number)
    if entry is None:
        raise VerificationError(
            f"certificate {number} is not in the registry's log; it is of another registry, or newer than the export"
        )
    if entry.payload != found.digest or entry.document != found.predicate:
        raise VerificationError(f"certificate {number} is not the one that the registry's log has under this number")
    return entry


def _two_persons(found: Verified, source: Source, trust: Trust, now: datetime) -> tuple[str, str]:
    """Who proposed and who approved the certificate. Raises VerificationError unless they are two, and agreed to these very words."""
    said = found.predicate
    number, cited = (
        said["certificateId"],
        [f"sha256:{one['digest']['sha256']}" for one in said["inputAttestations"] if one["uri"] == DECISION],
    )
    issued = source.state.certificates[number].issued.at
    asked, agreed = _agreed(f"certificate {number}", cited, source, trust, now, issued)
    terms = asked.predicate["terms"]
    differing = sorted(name for name in _OF_THE_TERMS if said[name] != terms[name])
    if differing or _run_of(found) != terms["run"]["digest"]["sha256"]:
        raise VerificationError(f"certificate {number} is not what was approved; differing: {', '.join(differing) or 'the run'}")
    return asked.holder, agreed.holder


def _took_in(report: Joint, source: Source, trust: Trust, now: datetime) -> tuple[str, str]:
    """Who proposed and who approved to take a joint report in. Raises VerificationError unless they agreed to what the log says of it."""
    what = f"joint report {report.name}"
    asked, agreed = _agreed(what, report.joined.draft.statements[1:], source, trust, now, report.joined.at)
    if {**asked.predicate.get("joint", {}), "by": asked.holder, "approvedBy": agreed.holder} != report.document:
        raise VerificationError(f"{what} is not what was approved")
    return asked.holder, agreed.holder


def _agreed(
    what: str, cited: Sequence[str], source: Source, trust: Trust, now: datetime, at: datetime
) -> tuple[Verified, Verified]:
    """A proposal and its approval. Raises VerificationError unless they are two decisions of two persons, of one thing, in this registry."""
    if len(cited) != 2:
        raise VerificationError(
            f"{what} cites {len(cited)} decisions; expected that of who proposed it and that of who approved it"
        )
    asked, agreed = (_decision(digest, source, trust, now, at) for digest in cited)
    if (asked.predicate["decision"], agreed.predicate["decision"]) != ("proposed", "approved"):
        raise VerificationError(f"{what} does not cite a proposal and its approval")
    if agreed.predicate["proposal"]["sha256"] != asked.digest.removeprefix("sha256:"):
        raise VerificationError(f"what was approved is not what was proposed for {what}")
    if asked.holder.casefold() == agreed.holder.casefold() or asked.keyid == agreed.keyid:
        raise VerificationError(f"{what} was proposed and approved by one person, {asked.holder}; it takes two")
    registries = {one.predicate["registry"] for one in (asked, agreed)}
    if registries != {source.state.opened["registry"]}:
        raise VerificationError(f"{what} rests on decisions for another registry")
    return asked, agreed


def _waivers(found: Verified, entry: Entry, source: Source, trust: Trust, now: datetime) -> None:
    """Hold each waiver on the certificate against the one that a person signed."""
    for one in found.predicate["waivers"]:
        digest = f"sha256:{one['digest']['sha256']}"
        signed = verify_waiver(source.statement(digest), trust, now=now, received=entry.issued.at)
        said = {name: signed.predicate[name] for name in ("waiverId", "requirements", "reason", "notAfter")}
        if signed.digest != digest or said != {name: one[name] for name in said}:
            raise VerificationError(f"waiver {one['waiverId']} on certificate {entry.certificate} is not the one that was signed")


def _decision(digest: str, source: Source, trust: Trust, now: datetime, issued: datetime) -> Verified:
    """A decision that the log had when the certificate was issued: by then it was signed, whatever became of its key."""
    found = verify_envelope(
        source.statement(digest), trust.keys, predicate_type=DECISION, role="office", now=now, received=issued
    )
    statements.refuse_misshapen(found.payload)
    if found.digest != digest or not found.holder or found.predicate["person"] != found.holder:
        raise VerificationError(f"a decision that is cited ({digest[:23]}…) is not its signer's, or not the one cited")
    return found


def _status(entry: Entry, found: Verified, source: Source, trust: Trust, now: datetime) -> str:
    status = entry.status(now)
    last = entry.changes[-1] if entry.changes else None
    if status is not Status.VALID:
        why = f" on {moment(last.at)}: {last.draft.entry['reason']}" if last and status in ("revoked", "suspended") else ""
        by = f" by {entry.superseded_by}" if status is Status.SUPERSEDED else ""
        raise VerificationError(f"certificate {entry.certificate} is {status}{by}{why}")
    token = source.status_token()
    if token is not None:
        place = found.predicate["status"]["statusList"]
        listed = read_status_list(token, trust, place["uri"], now=now).status(place["idx"])
        if listed != "valid":
            raise VerificationError(
                f"certificate {entry.certificate} is {listed} by the status list, and valid by the log; ask the office"
            )
    return str(status)


def _same_run(found: Verified, run: VerifiedRun) -> None:
    said, number = found.predicate, found.predicate["certificateId"]
    if _run_of(found) != run.envelope.digest.removeprefix("sha256:"):
        raise VerificationError(
            f"certificate {number} rests on another run ({_run_of(found)[:16]}…) than this one ({run.envelope.digest[7:23]}…)"
        )
    if run.envelope.predicate["purpose"] not in CERTIFIABLE or run.envelope.role == "vendor":
        raise VerificationError(
            f"certificate {number} rests on a {run.envelope.predicate['purpose']}, signed by a {run.envelope.role}'s key; it takes a run for "
            "certification that the office or a laboratory signed"
        )
    target = run.report["target"]
    there = {
        "holder": target["vendor"],
        "solution": {
            "id": target["solutionId"],
            "version": target["solutionVersion"],
            "digest": run.envelope.payload["subject"][0]["digest"],
        },
        **{name: run.envelope.predicate[name] for name in ("profile", "specification", "suite", "result", "counts", "mandatory")},
    }
    if differing := sorted(name for name, value in there.items() if said[name] != value):
        raise VerificationError(f"certificate {number} is not what its run came to; differing: {', '.join(differing)}")


def _run_of(found: Verified) -> str:
    first = found.predicate["inputAttestations"][0]
    return str(first["digest"]["sha256"]) if first["uri"] == RUN else ""
