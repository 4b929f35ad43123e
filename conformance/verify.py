"""Verification of a signed run: everything that can be computed again is, and nothing is taken on trust but the keys.

    1 signature     the envelope is by a trusted key, for this kind of statement, at this time (attest.verify_envelope)
    2 plan          plan.json has the digest of its content
    3 evidence      counts, digest, Merkle root and seal of the evidence file
    4 spec          the spec and profile at hand are those that the run names
    5 verdicts      every verdict derived from the evidence again, and the report made of them: the same bytes as report.json
    6 statement     what was signed is what those files come to, digests of the files included
    7 renderings    report.html and junit.xml, where they lie in the folder, are what the report renders to

Any difference raises VerificationError, which names it. The folder may have come from anywhere; nothing in it is executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import formats
from conformance.attest import TrustedKey, Verified, compare, verify_envelope
from conformance.attest.signing import run_statement
from conformance.catalogue import LANGUAGES, both
from conformance.conduct import Setting, rejudge
from conformance.errors import SuiteError, UsageError, VerificationError
from conformance.folder import RunFolder, report_bytes
from conformance.load import Folders, load_profile
from conformance.model import Ics, Ixit, Text

__all__ = ["VerifiedRun", "refuse_altered", "setting_of", "verify_run"]


@dataclass(frozen=True)
class VerifiedRun:
    """What was verified: the signed statement and the report that was derived again."""

    envelope: Verified
    report: Mapping[str, Any]
    steps: tuple[Text, ...]


def setting_of(folders: Folders, folder: RunFolder, *, version: str | None = None) -> Setting:
    """What a run folder's files say: its plan with the spec, profile and claim that it was made of.

    With `version`, the run is judged under that version of the spec. Raises VerificationError when the spec or profile at hand is
    not, byte for byte, the one that the run names.
    """
    plan = folder.plan()
    report = folder.report()
    profile, spec = load_profile(folders, plan.domain, plan.profile, version or plan.spec_version)
    if version is None:
        for what, stated, present in (
            (f"spec {plan.domain} {plan.spec_version}", plan.spec_digest, spec.digest),
            (f"profile {plan.profile}", plan.profile_digest, profile.digest),
        ):
            if stated != present:
                raise VerificationError(
                    f"{folder.path}: the run was made under another {what} ({stated}) than the one here ({present}); "
                    "give its data folder by --data"
                )
    target = report.get("target")
    if not isinstance(target, dict):
        raise VerificationError(f"{folder.report_file}: the report names no target; it is not a report")
    ics = Ics(str(target.get("solutionId")), str(target.get("solutionVersion")), str(target.get("vendor", "")))
    return Setting(plan, spec, profile, ics, Ixit(str(target.get("baseUrl"))), folder, str(report.get("purpose", "self-test")))


def verify_run(folders: Folders, folder: RunFolder, trusted: Sequence[TrustedKey]) -> VerifiedRun:
    """Verify a signed run folder. Raises VerificationError at the first thing that does not hold."""
    try:
        data = folder.envelope_file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{folder.envelope_file}: there is no signed statement; sign the run first (yance sign)") from None
    except OSError as error:
        raise UsageError(f"{folder.envelope_file}: the file cannot be read ({error.strerror})") from None
    envelope = verify_envelope(data, trusted)
    steps = [both("verify.signature", keyid=f"{envelope.keyid[:16]}…", role=envelope.role)]
    setting = setting_of(folders, folder)
    steps.append(both("verify.plan", digest=f"{setting.plan.digest[:23]}…"))
    report = _derived(setting)
    evidence = report["evidence"]
    steps.append(both("verify.evidence", root=f"{evidence['rfc6962Root'][:16]}…", exchanges=evidence["exchanges"]))
    steps.append(both("verify.verdicts", count=len(report["verdicts"]), result=report["result"]))
    if differences := compare(envelope.payload, _recomputed(folder)):
        raise VerificationError(f"{folder.envelope_file}: {differences[0]} ({len(differences)} differences in all)")
    steps.append(both("verify.statement"))
    _renderings(folder, report)
    return VerifiedRun(envelope, report, tuple(steps))


def refuse_altered(folders: Folders, folder: RunFolder) -> None:
    """Raises VerificationError unless the report of a folder is, byte for byte, what its evidence comes to."""
    _derived(setting_of(folders, folder))


def _derived(setting: Setting) -> dict[str, Any]:
    report = rejudge(setting)
    folder = setting.folder
    if folder.report_file.read_bytes() != report_bytes(report):
        stored = folder.report()
        differing = [name for name in report if stored.get(name) != report[name]] or ["its bytes"]
        raise VerificationError(f"{folder.report_file}: not what the evidence comes to; differing: {', '.join(differing)}")
    return report


def _recomputed(folder: RunFolder) -> dict[str, Any]:
    try:
        statement: dict[str, Any] = json.loads(json.dumps(run_statement(folder)))
    except SuiteError as error:
        raise VerificationError(f"{folder.report_file}: {error}") from None
    return statement


def _renderings(folder: RunFolder, report: Mapping[str, Any]) -> None:
    """Those that lie in the folder are what the report renders to, in one of the languages."""
    for name in formats.FORMATS:
        path = folder.path / formats.file_name(name)
        if name == "json" or not path.is_file():
            continue
        if path.read_bytes() not in [formats.render(name, report, language) for language in LANGUAGES]:
            raise VerificationError(f"{path}: not what report.json renders to; render it again (yance report) or remove it")
