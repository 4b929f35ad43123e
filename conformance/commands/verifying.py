"""What `yance verify` does beside verifying a run folder: a certificate, a statement that lies alone, a run that is to be certified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import attest
from conformance.commands.front import Front
from conformance.errors import UsageError, VerificationError
from conformance.interface.schema import errors
from conformance.load.catalogue import both, say
from conformance.model import Text
from conformance.text.handed import read_named
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES

if TYPE_CHECKING:
    from conformance.office.verify import Source, VerifiedCertificate

__all__ = ["Asked", "certified", "level_of", "verify_alone"]


@dataclass(frozen=True)
class Asked:
    """What `yance verify` was asked for beside the path."""

    trust: attest.Trust
    received: datetime | None = None
    registry: str | None = None
    run: Path | None = None
    require: tuple[str, ...] = ()


def verify_alone(front: Front, path: Path, asked: Asked) -> int | None:
    """Verify a file that is no statement about the run in its own folder; None where it is one."""
    data = _read(path)
    kind = attest.predicate_type_of(data)
    if kind == attest.CERTIFICATE:
        return _certificate(front, data, asked)
    if kind == attest.JOURNEY and asked.registry:
        return _joint(front, data, asked)
    if asked.run is not None:
        raise UsageError(f"{path} is no certificate; --run names the run that a certificate rests on")
    if kind != attest.RUN or any(one.exists() for one in (RunFolder(path.parent).plan_file, RunFolder(path.parent).report_file)):
        return None
    return _statement(front, path, data, asked)


def certified(found: attest.VerifiedRun, asked: Asked) -> VerifiedCertificate:
    """The certificate that rests on a verified run, by the registry. Raises VerificationError where there is none that is valid."""
    from conformance.office.verify import refuse_uncertified, verify_certificate  # noqa: PLC0415 - a run alone needs no database

    source = _source(asked)
    if source is None:
        raise VerificationError(
            "certified was required, and whether there is a certificate only a registry can tell: give --registry"
        )
    digest = found.envelope.digest.removeprefix("sha256:")
    for entry in source.state.certificates.values():
        if entry.document["inputAttestations"][0]["digest"]["sha256"] == digest:
            made = verify_certificate(source.statement(entry.payload), asked.trust, source=source, run=found)
            refuse_uncertified(made)
            return made
    raise VerificationError(f"certified was required, and no certificate of the registry rests on this run ({digest[:16]}…)")


def level_of(front: Front, found: attest.VerifiedRun, asked: Asked) -> tuple[str, tuple[Text, ...]]:
    """Which level a verified run has reached, `self-attested` or `challenged`, told as far as it was challenged, and what is missing for more.
    Raises VerificationError where it is required to be challenged and is not.
    """
    level, missing = ("self-attested", ()) if found.challenge is None else _challenged(front, found, asked)
    if "challenged" in asked.require and level != "challenged":
        why = (*missing, both("challenge.missing.any"))[0]["en"]
        raise VerificationError(f"challenged was required, and this is not shown: {why}")
    return level, missing


def _challenged(front: Front, found: attest.VerifiedRun, asked: Asked) -> tuple[str, tuple[Text, ...]]:
    from conformance.office.levels import established  # noqa: PLC0415 - a run that answers no challenge needs no database

    source = _source(asked)
    reached = established(found, source.state if source else None)
    missing = reached.missing if source else (*reached.missing, both("challenge.missing.registry"))
    _told(front, reached.steps, missing)
    return ("self-attested" if missing else reached.level), missing


def _certificate(front: Front, data: bytes, asked: Asked) -> int:
    from conformance.office.verify import refuse_uncertified, verify_certificate  # noqa: PLC0415 - a run alone needs no database

    run = None
    if asked.run is not None:
        folder, trust = RunFolder(asked.run), asked.trust
        run = attest.verify_run(front.folders, folder, trust.keys, authorities=trust.authorities)
    found = verify_certificate(data, asked.trust, source=_source(asked), run=run, received=asked.received)
    if "official" in asked.require:
        if run is None:
            raise VerificationError("official was required, and by which words the run was judged only it can tell: give --run")
        attest.refuse_unofficial(run)
    if "challenged" in asked.require:
        raise VerificationError(
            "challenged was required, and a certificate rests on a run for certification, which answers no challenge of the office: "
            "give --require certified, or verify by itself the run that answers one"
        )
    if "certified" in asked.require:
        refuse_uncertified(found)
    _told(front, found.steps, found.unverified)
    said = found.envelope.predicate
    front.say("verify.certificate.done", number=said["certificateId"], level=said["level"], digest=found.envelope.digest)
    front.result(
        {
            "verified": True,
            "kind": "certificate",
            "certificateId": said["certificateId"],
            "level": said["level"],
            "holder": said["holder"],
            "solution": said["solution"],
            "counties": said["counties"],
            "notAfter": said["notAfter"],
            "run": _rests_on(run),
            "status": found.status or None,
            "waivers": said["waivers"],
            "payloadSha256": found.envelope.digest,
            "keyid": found.envelope.keyid,
            "time": str(found.envelope.held),
            "steps": [step["en"] for step in found.steps],
            "unverified": [left["en"] for left in found.unverified],
        }
    )
    return EXIT_CODES[said["result"]] if "passed" in asked.require else 0


def _joint(front: Front, data: bytes, asked: Asked) -> int:
    """A joint report that a registry has taken in; what was asked and answered lies in its own folder."""
    from conformance.office.verify import opened, verify_joint  # noqa: PLC0415 - a run alone needs no database

    for wanted in asked.require:
        if wanted in ("official", "challenged"):
            raise VerificationError(
                f"{wanted} was required, and how the journeys were run only their folder can tell: yance journey verify"
            )
    source = opened(asked.registry or "", asked.trust, now=datetime.now(UTC))
    found = verify_joint(data, asked.trust, source, received=asked.received)
    _told(front, found.steps, found.unverified)
    said = found.envelope.predicate
    front.say("verify.joint.done", name=said["runId"], digest=found.envelope.digest)
    front.result(
        {
            "verified": True,
            "kind": "journey",
            "report": said["runId"],
            "journeys": sorted(said["journeys"]),
            "targets": said["targets"],
            "result": said["result"],
            "status": found.status,
            "payloadSha256": found.envelope.digest,
            "keyid": found.envelope.keyid,
            "role": str(found.envelope.role),
            "time": str(found.envelope.held),
            "steps": [step["en"] for step in found.steps],
            "unverified": [left["en"] for left in found.unverified],
        }
    )
    return EXIT_CODES[said["result"]] if "passed" in asked.require else 0


def _rests_on(run: attest.VerifiedRun | None) -> dict[str, str] | None:
    """What the run that a certificate rests on was for and who signed it; None where it is not at hand."""
    if run is None:
        return None
    return {
        "purpose": run.envelope.predicate["purpose"],
        "role": str(run.envelope.role),
        "payloadSha256": run.envelope.digest,
    }


def _statement(front: Front, path: Path, data: bytes, asked: Asked) -> int:
    """A statement about a run whose files are not there: who says so, and nothing more."""
    trust = asked.trust
    found = attest.verify_envelope(data, trust.keys, received=asked.received, authorities=trust.authorities)
    attest.refuse_pretence(found, path)
    if wrong := errors(front.folders.schema("statement"), found.payload):
        raise VerificationError(f"{path}: the statement is not of the shape that one has: {wrong[0]!s:.200}")
    if asked.require:
        raise VerificationError(
            f"{asked.require[0]} was required, and only the signature could be verified: the files of the run are not there"
        )
    said = found.predicate
    steps = (both("verify.signature", keyid=f"{found.keyid[:16]}…", role=found.role), both(f"verify.time.{found.held}"))
    left = (both("verify.alone.evidence"),)
    _told(front, steps, left)
    front.say("verify.alone.done", result=said["result"], subject=found.payload["subject"][0]["name"], digest=found.digest)
    front.result(
        {
            "verified": False,
            "kind": "statement",
            "signature": True,
            "saidResult": said["result"],
            "purpose": said["purpose"],
            "subject": found.payload["subject"],
            "payloadSha256": found.digest,
            "keyid": found.keyid,
            "role": str(found.role),
            "time": str(found.held),
            "steps": [step["en"] for step in steps],
            "unverified": [one["en"] for one in left],
        }
    )
    return 0


def _told(front: Front, steps: tuple[Text, ...], left: tuple[Text, ...]) -> None:
    for step in steps:
        front.line(f"✓ {front.text(step)}")
    for one in left:
        front.line(f"! {say('verify.unverified', front.language, what=front.text(one))}")


def _source(asked: Asked) -> Source | None:
    if not asked.registry:
        return None
    from conformance.office.verify import opened  # noqa: PLC0415 - a run alone needs no database

    return opened(asked.registry, asked.trust, now=datetime.now(UTC))


def _read(path: Path) -> bytes:
    try:
        return read_named(path, attest.LARGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; expected a run folder, an envelope or a bundle") from None
