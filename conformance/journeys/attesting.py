"""The joint statement: an in-toto Statement v1 about solutions that go together, which names what each of them rests on.

    subject     each solution as id@version, by the digest of its target descriptor; then plan, evidence and report by their bytes
    predicate   journeys, rows and interfaces by digest, the targets with the certificates (or statements of runs) that they rest on,
                what each row came to, and the root of the evidence (reports/schemas/joint.schema.json)

Verification takes nothing on trust but keys. Computed again are: the plan from journeys, rows and interfaces at hand; every request, by driving
the documents with the recorded answers; every verdict; the report, the pages and the statement. What a solution rests on is verified where
its statement is handed over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance import __version__
from conformance.attest import (
    CERTIFICATE,
    JOURNEY,
    LARGEST,
    NO_AUTHORITIES,
    RUN,
    STATEMENT,
    Authorities,
    TrustedKey,
    Verified,
    bundle,
    compare,
    predicate_type_of,
    sign,
    spec_uri,
    target_digest,
    verify_envelope,
)
from conformance.attest.signing import file_digest
from conformance.attest.verify import refuse_pretence
from conformance.errors import UsageError, VerificationError
from conformance.interface.schema import errors
from conformance.journeys.conduct import renderings
from conformance.journeys.following import followed
from conformance.journeys.plan import Planned, read_plan
from conformance.journeys.report import joint_report
from conformance.limits import PLAN
from conformance.load import Folders
from conformance.load.catalogue import both
from conformance.load.digests import build_digest, documents_altered, journeys_altered
from conformance.model import Text
from conformance.text import strictjson
from conformance.text.handed import read_file, read_named
from conformance.verdict.folder import RunFolder, report_bytes

__all__ = ["VerifiedJourneys", "derived", "joint_statement", "sign_journeys", "verify_journeys"]

_KINDS = {"certificate": CERTIFICATE, "run": RUN}


@dataclass(frozen=True)
class VerifiedJourneys:
    """What was verified: the signed statement and the report that was derived again. `unverified` is what was not, and why."""

    envelope: Verified
    report: Mapping[str, Any]
    steps: tuple[Text, ...]
    unverified: tuple[Text, ...]


def joint_statement(report: Mapping[str, Any], files: Mapping[str, str]) -> dict[str, Any]:
    """The statement about a joint report. `files` maps names of the run's files to their digests (`sha256:…`)."""
    evidence = report["evidence"]
    predicate = {
        **{name: report[name] for name in ("runId", "purpose", "version", "startedOn", "finishedOn", "result")},
        "journeys": {one["id"]: _set(one["digest"]) for one in report["journeys"]},
        "requirements": _set(report["plan"]["rows"]),
        "specification": [
            {"uri": spec_uri(one["domain"], one["version"]), "digest": _set(one["digest"])} for one in report["specifications"]
        ],
        "targets": [_target(one) for one in report["targets"]],
        "suite": {**report["suite"], "artifactDigest": _set(report["suite"]["artifactDigest"])},
        "plan": {"digest": _set(report["plan"]["digest"]), "seed": report["plan"]["seed"]},
        "outcomes": {row["id"]: row["outcome"] for row in report["requirements"]},
        "evidence": {
            **{name: evidence[name] for name in ("entries", "exchanges", "rfc6962Root")},
            "digest": _set(evidence["digest"]),
            "redaction": {**evidence["redaction"], "policyDigest": _set(evidence["redaction"]["policyDigest"])},
        },
    }
    subject = [_subject(one) for one in report["targets"]]
    subject += [{"name": name, "digest": _set(digest)} for name, digest in sorted(files.items())]
    made = {"_type": STATEMENT, "subject": subject, "predicateType": JOURNEY, "predicate": predicate}
    strictjson.only_exact(made, "")
    return made


def _set(digest: str) -> dict[str, str]:
    return {"sha256": digest.removeprefix("sha256:")}


def _subject(target: Mapping[str, Any]) -> dict[str, Any]:
    solution = target["solution"]
    described = {"baseUrl": target["baseUrl"], "solutionId": solution["id"], "solutionVersion": solution["version"]}
    return {"name": f"{solution['id']}@{solution['version']}", "digest": {"sha256": target_digest(described)}}


def _target(target: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: target[name] for name in ("domain", "baseUrl", "solution")}
    if (rests := target.get("rests")) is None:
        return made
    number = {"certificateId": rests["certificate"]} if "certificate" in rests else {}
    return {**made, "rests": {"uri": _KINDS[rests["kind"]], "digest": _set(rests["digest"]), "result": rests["result"], **number}}


def _files(folder: RunFolder) -> dict[str, str]:
    return {path.name: file_digest(path) for path in (folder.plan_file, folder.evidence_file, folder.report_file)}


def sign_journeys(folders: Folders, folder: RunFolder, signer: Signer, purpose: str) -> bytes:
    """Sign what lies in a folder, after all of it was derived again. Raises VerificationError where it is something else, or for another
    purpose than is said.
    """
    _, report = derived(folders, folder)
    if report["purpose"] != purpose:
        said = f"{folder.path}: its purpose is {report['purpose']}, and you state {purpose}; journeys are signed as what they were begun as"
        raise VerificationError(said)
    envelope = sign(joint_statement(report, _files(folder)), signer)
    folder.write(folder.envelope_file.name, envelope)
    folder.write(folder.bundle_file.name, bundle(envelope))
    return envelope


def derived(folders: Folders, folder: RunFolder) -> tuple[Planned, dict[str, Any]]:
    """Plan and report of a folder, derived again. Raises VerificationError at the first difference."""
    plan = read_plan(folders, read_file(folder.plan_file, PLAN), str(folder.plan_file))
    report = joint_report(plan, *followed(plan, folder.evidence_file))
    if folder.report_content() != report_bytes(report):
        raise VerificationError(f"{folder.report_file}: not what the evidence comes to")
    for name, content in renderings(report).items():
        path = folder.path / name
        if os.path.lexists(path) and read_file(path, LARGEST) != content:
            raise VerificationError(f"{path}: not what report.json renders to; render it again (yance report) or remove it")
    return plan, report


def verify_journeys(
    folders: Folders,
    folder: RunFolder,
    trusted: Sequence[TrustedKey],
    *,
    received: datetime | None = None,
    authorities: Authorities = NO_AUTHORITIES,
    cited: Iterable[Path] = (),
    kept: Callable[[str], bytes | None] = lambda _: None,
) -> VerifiedJourneys:
    """Verify a signed folder of journeys. `cited` are files of statements that solutions rest on; `kept` finds such a statement by its
    digest, where somebody keeps it. Raises VerificationError at the first thing that does not hold.
    """
    signed = folder.bundle_file if authorities.certificates and folder.bundle_file.exists() else folder.envelope_file
    found = verify_envelope(
        read_file(signed, LARGEST), trusted, predicate_type=JOURNEY, received=received, authorities=authorities
    )
    steps = [both("verify.signature", keyid=f"{found.keyid[:16]}…", role=found.role), both(f"verify.time.{found.held}")]
    if wrong := errors(folders.schema("joint"), found.payload):
        raise VerificationError(f"{signed}: the statement is not of the shape that one has: {wrong[0]!s:.200}")
    refuse_pretence(found, signed)
    _same_files(found, folder)
    plan, report = derived(folders, folder)
    steps.append(both("verify.journey.documents", count=len(plan.journeys), rows=len(plan.rows)))
    evidence = report["evidence"]
    steps.append(both("verify.evidence", root=f"{evidence['rfc6962Root'][:16]}…", exchanges=evidence["exchanges"]))
    steps.append(both("verify.journey.asked", exchanges=evidence["exchanges"]))
    steps.append(both("verify.verdicts", count=sum(len(row["cases"]) for row in report["requirements"])))
    if differences := compare(found.payload, joint_statement(report, _files(folder))):
        raise VerificationError(f"{signed}: {differences[0]} ({len(differences)} differences in all)")
    steps.append(both("verify.statement"))
    at_hand = [(str(path), _read(path)) for path in cited]
    digests = [one["rests"]["digest"] for one in report["targets"] if "rests" in one]
    at_hand += [(f"the statement {digest[:23]}…", data) for digest in digests if (data := kept(digest)) is not None]
    seen = [_cited(where, data, report, trusted, authorities) for where, data in at_hand]
    steps += [both("verify.journey.cited", solution=f"{one['solution']['id']}@{one['solution']['version']}") for one in seen]
    return VerifiedJourneys(found, report, tuple(steps), (*_left(report, seen), *_altered(folders, report)))


def _same_files(found: Verified, folder: RunFolder) -> None:
    """The files are those of the statement: so much is known of each before anything in it is parsed."""
    said = {one["name"]: one["digest"]["sha256"] for one in found.payload["subject"]}
    for name, digest in _files(folder).items():
        if said.get(name) != digest.removeprefix("sha256:"):
            raise VerificationError(
                f"{folder.path / name}: not the file that was signed; ask for the original, or sign the run again"
            )


def _read(path: Path) -> bytes:
    try:
        return read_named(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}; expected the statement that a solution rests on") from None


def _cited(
    where: str, data: bytes, report: Mapping[str, Any], trusted: Sequence[TrustedKey], authorities: Authorities
) -> Mapping[str, Any]:
    """The target that rests on a statement, once that is verified."""
    found = verify_envelope(data, trusted, predicate_type=predicate_type_of(data), authorities=authorities)
    for one in report["targets"]:
        if one.get("rests", {}).get("digest") == found.digest:
            return dict(one)
    raise VerificationError(f"{where}: none of the solutions rests on this statement ({found.digest[:23]}…)")


def _altered(folders: Folders, report: Mapping[str, Any]) -> Iterable[Text]:
    """Which documents, rows or interfaces are not the official ones."""
    if names := [*journeys_altered(folders, report["version"]), *documents_altered(report["specifications"])]:
        yield both("verify.journey.altered", names=", ".join(names))


def _left(report: Mapping[str, Any], seen: Sequence[Mapping[str, Any]]) -> Iterable[Text]:
    """What was not verified."""
    for one in report["targets"]:
        named = f"{one['solution']['id']}@{one['solution']['version']}"
        if "rests" not in one:
            yield both("verify.journey.uncited", solution=named)
        elif one not in seen:
            yield both("verify.journey.unseen", solution=named, digest=f"{one['rests']['digest'][:23]}…")
    suite = report["suite"]
    if (suite["version"], suite["artifactDigest"]) != (__version__, build_digest()):
        theirs = f"yance {suite['version']:.60} ({suite['artifactDigest'][:23]}…)"
        yield both("verify.suite", theirs=theirs, ours=f"yance {__version__} ({build_digest()[:23]}…)")
