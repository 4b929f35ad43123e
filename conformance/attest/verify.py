"""Verification of a signed run: everything that can be computed again is, and nothing is taken on trust but the keys.

    1 signature     the envelope is by a trusted key, for this kind of statement, at this time (attest.verify_envelope)
    2 files         plan, evidence and report are those that were signed; a Sigstore bundle holds the same envelope
    3 spec          the spec and profile at hand are those that the run names
    4 plan          its cases and inputs are those that spec, profile and seed give: none left out, added or made easier
    5 evidence      counts, digest, Merkle root and seal of the evidence file, which was recorded under this plan
    6 verdicts      every verdict derived from the evidence again, and the report made of them: the same bytes as report.json
    7 scripts       driven again with the recorded answers, every script asks what was recorded, and nothing else was (run.retrace)
    8 statement     what was signed is what those files come to
    9 challenge   where the run answers one: the office signed it, for this, and the seed follows from its nonce (attest.challenge)
   10 renderings    report.html and junit.xml, where they lie in the folder, are what the report renders to; what else lies there is named

Any difference raises VerificationError, which names it. What could not be computed again is said (`VerifiedRun.unverified`). The
folder may have come from anywhere; nothing in it is executed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance import __version__, checks, formats
from conformance.attest import LARGEST, NO_AUTHORITIES, Authorities, TrustedKey, Verified, compare, envelope_of, verify_envelope
from conformance.attest.challenge import Handed, refuse_underived, verify_answer
from conformance.attest.signing import SELF_TEST, Expected, file_digest, refuse_unexpected, run_statement, signed_files
from conformance.errors import SuiteError, UsageError, VerificationError
from conformance.load import Folders
from conformance.load.catalogue import LANGUAGES, both
from conformance.load.digests import Standing, build_digest, standing
from conformance.model import CHALLENGE, Case, Credential, Ics, Ixit, Reach, Spec, Text
from conformance.plan import make_plan, plan_document
from conformance.plan.generate import generator
from conformance.run.finished import Setting, exchanges, rejudge, setting_of
from conformance.run.retrace import Retraced, retracing
from conformance.text.handed import open_file, read_file
from conformance.verdict.folder import RunFolder, report_bytes

__all__ = ["VerifiedRun", "refuse_altered", "refuse_pretence", "refuse_unofficial", "stated", "verify_run"]

_MOST_BESIDE = 5  # files that are named


@dataclass(frozen=True)
class VerifiedRun:
    """What was verified: the signed statement and the report that was derived again. `unverified` is what was not, and why."""

    envelope: Verified
    report: Mapping[str, Any]
    steps: tuple[Text, ...]
    unverified: tuple[Text, ...]
    official: Standing
    challenge: Handed | None = None


def verify_run(
    folders: Folders,
    folder: RunFolder,
    trusted: Sequence[TrustedKey],
    *,
    envelope: Path | None = None,
    received: datetime | None = None,
    authorities: Authorities = NO_AUTHORITIES,
    told: Callable[[Text], object] = lambda _step: None,
) -> VerifiedRun:
    """Verify a signed run folder. Raises VerificationError at the first thing that does not hold.

    `envelope` is the file with the signed statement, an envelope or a Sigstore bundle, where it is not the folder's own; `received` is
    when whoever verifies first held it, by their own records; `authorities` are believed about the time (the folder's own bundle is
    asked for a time-stamp where they are). Each step is `told` when it holds.
    """
    signed = envelope or _carrier(folder, authorities)
    data = _signed(signed)
    found = verify_envelope(data, trusted, received=received, authorities=authorities)
    first = (both("verify.signature", keyid=f"{found.keyid[:16]}…", role=found.role), both(f"verify.time.{found.held}"))
    steps = _Told(told, first)
    refuse_pretence(found, signed)
    if signed != folder.bundle_file and os.path.lexists(folder.bundle_file):
        _same_envelope(data, folder.bundle_file)
    elif envelope is None:
        _same_envelope(data, folder.envelope_file)
    _same_files(found, folder)
    setting = setting_of(folders, folder)
    answers = verify_answer(setting, found.predicate, trusted, authorities)
    with retracing(setting) as again:
        unverified = _replanned(setting)
        steps.append(both("verify.plan", digest=f"{setting.plan.digest[:23]}…", cases=len(setting.plan.cases)))
        report, retraced = _again(setting, again)
    evidence = report["evidence"]
    steps.append(both("verify.evidence", root=f"{evidence['rfc6962Root'][:16]}…", exchanges=evidence["exchanges"]))
    steps.append(both("verify.verdicts", count=len(report["verdicts"])))
    scripts, unheld = _held(retraced, report)
    steps.append(scripts)
    if differences := compare(found.payload, _recomputed(folder)):
        raise VerificationError(f"{signed}: {differences[0]} ({len(differences)} differences in all)")
    steps.append(both("verify.statement"))
    official = standing(setting.spec, setting.profile)
    steps.append(stated(official))
    if answers is not None:
        steps.append(both("verify.challenge", challenge=answers.challenge.id, end=answers.challenge.not_after))
    _renderings(folder, report, setting.spec)
    left = (*unverified, *unheld, *_recorder(folder, report), *_chosen_seed(report), *_beside(folder, signed))
    return VerifiedRun(found, report, tuple(steps), left, official, answers)


class _Told(list[Text]):
    """Steps, each of which is told as it is added."""

    def __init__(self, told: Callable[[Text], object], steps: Iterable[Text]) -> None:
        super().__init__()
        self._told = told
        for step in steps:
            self.append(step)

    def append(self, step: Text) -> None:
        """Add a step, and tell it."""
        super().append(step)
        self._told(step)


def refuse_unofficial(found: VerifiedRun) -> None:
    """Raises VerificationError unless a verified run was asked and judged by the official words and this build, and nothing is open."""
    if not found.official.official:
        raise VerificationError(f"{stated(found.official)['en']}; official was required")
    if found.unverified:
        raise VerificationError(f"official was required, and this is not verified: {found.unverified[0]['en']}")


def stated(official: Standing) -> Text:
    """In words, what the spec and the profile of a run are."""
    if not official.known:
        return both("verify.official.none", name=official.name)
    if official.official:
        return both("verify.official", name=official.name, profile=official.profile)
    named = ", ".join(official.altered[:8]) + ("…" if len(official.altered) > 8 else "")
    return both("verify.altered", name=official.name, count=len(official.altered), parts=named)


def refuse_altered(folders: Folders, folder: RunFolder, expected: Expected = SELF_TEST) -> Setting:
    """Raises VerificationError unless plan and report of a folder are what spec, profile, seed, evidence and scripts come to, and it
    is what whoever signs expects. For more than a self-test nothing may be left open.
    """
    setting = setting_of(folders, folder)
    refuse_unexpected(setting, expected)
    refuse_underived(setting.plan, setting.claim, setting.challenge)
    with retracing(setting) as again:
        unverified = _replanned(setting)
        report, retraced = _again(setting, again)
    _, unheld = _held(retraced, report)
    left = (*unverified, *unheld, *_recorder(folder, report))
    if expected.purpose != "self-test" and left:
        raise VerificationError(f"{folder.path}: for {expected.purpose} all is to be verified, and this is not: {left[0]['en']}")
    return setting


# ------------------------------------------------------------------------------------------ signature and files


def _carrier(folder: RunFolder, authorities: Authorities) -> Path:
    """Which of the two files with the signed statement is asked: an envelope has no room for a time-stamp."""
    stamped = authorities.certificates and os.path.lexists(folder.bundle_file)
    return folder.bundle_file if stamped else folder.envelope_file


def _signed(path: Path) -> bytes:
    if not os.path.lexists(path):
        raise UsageError(f"{path}: there is no signed statement; sign the run first (yance sign)")
    return read_file(path, LARGEST)


def refuse_pretence(found: Verified, signed: Path) -> None:
    """Raises VerificationError where a vendor's key states a run that only the office, or a laboratory, may state."""
    purpose = found.predicate.get("purpose")
    if found.role == "vendor" and purpose not in ("self-test", CHALLENGE):
        raise VerificationError(
            f"{signed}: a vendor's key states a run for {purpose!r:.40}, which is the office's to state; "
            'trust the key with role = "office" (--trust) if it is the office\'s'
        )


def _same_envelope(data: bytes, path: Path) -> None:
    if envelope_of(read_file(path, LARGEST)) != envelope_of(data):
        raise VerificationError(f"{path}: not the signed statement that lies beside it; sign the run again or remove it")


def _same_files(found: Verified, folder: RunFolder) -> None:
    """The files are those of the statement: so much is known of each before anything in it is parsed."""
    subjects = found.payload["subject"]
    said = {name: one.get("digest") for one in subjects if isinstance(one, dict) and isinstance(name := one.get("name"), str)}
    for path in signed_files(folder):
        if said.get(path.name) != {"sha256": file_digest(path).removeprefix("sha256:")}:
            raise VerificationError(f"{path}: not the file that was signed; ask for the original, or sign the run again")
    plan, digest = found.predicate.get("plan"), folder.plan().digest
    if not isinstance(plan, dict) or plan.get("digest") != {"sha256": digest.removeprefix("sha256:")}:
        raise VerificationError(f"{folder.plan_file}: not the plan of the signed run; it has {digest}")


# ------------------------------------------------------------------------------------------ plan


def _replanned(setting: Setting) -> tuple[Text, ...]:
    """Hold the plan against the one that spec, profile, seed and the vendor's claim give. What comes back could not be told."""
    plan = setting.plan
    claimed = [case.reason for case in plan.cases if case.reason is not None]
    unsupported = {one.values.get("operation", ""): one.values.get("why", "") for one in claimed if one.key == "unsupported"}
    absent = {one.values.get("actor", "") for one in claimed if one.key == "no-actor"}
    known = {"a", *(actor for case in plan.cases if case.check for actor in checks.check(case.check).actors)}
    seeds = next((case.inputs.seeds for case in plan.cases if case.inputs.seeds), {})
    reached = next((Reach(url) for case in plan.cases if (url := case.inputs.receiver)), None)
    actors = {name: Credential("bearer", "") for name in known - absent}
    ixit = Ixit("", plan.sandbox, actors, seeds, receiver=reached)
    whole = make_plan(setting.spec, setting.profile, Ics(unsupported=unsupported), ixit, seed=plan.seed, effort=plan.effort)
    planned = {case.id for case in plan.cases}
    made = plan_document(replace(whole, cases=tuple(case for case in whole.cases if case.id in planned)))
    stated = plan_document(plan)
    where = setting.folder.plan_file
    if stated["cases"] != made["cases"]:
        raise VerificationError(f"{where}: {_odd_case(plan.cases, stated, made)}")
    if stated["inputs"] == made["inputs"]:
        return ()
    odd = [name for name in made["inputs"] if stated["inputs"].get(name) != made["inputs"][name]] or list(stated["inputs"])
    if plan.generator == generator():
        raise VerificationError(f"{where}: the inputs of {', '.join(odd[:3])} are not those that seed {plan.seed} draws")
    emptied = [
        name
        for name in odd
        for kind, drawn in made["inputs"].get(name, {}).items()
        if drawn and not stated["inputs"].get(name, {}).get(kind)
    ]
    if emptied:
        raise VerificationError(f"{where}: it has no inputs for {', '.join(emptied[:3])}, for which every generator draws some")
    return (both("verify.inputs", count=len(odd), theirs=f"{plan.generator:.120}", ours=generator()),)


def _odd_case(cases: Sequence[Case], stated: Mapping[str, Any], made: Mapping[str, Any]) -> str:
    expected = {case["id"]: case for case in made["cases"]}
    name = next((one["id"] for one in stated["cases"] if one != expected.get(one["id"])), None)
    if name is None:
        return f"its {len(cases)} cases are not those of its profile in their order, each once"
    if name not in expected:
        return f"the case {name!r:.80} is none of its profile"
    wrong = [
        key
        for one in stated["cases"]
        if one["id"] == name
        for key in {**one, **expected[name]}
        if one.get(key) != expected[name].get(key)
    ]
    return f"the case {name:.80} is not what spec, profile and seed give; differing: {', '.join(wrong)}"


# ------------------------------------------------------------------------------------------ report


def _again(setting: Setting, retraced: Callable[[bool, str], Retraced]) -> tuple[dict[str, Any], Retraced]:
    """The report as the evidence gives it, and what came of holding the evidence against the scripts meanwhile."""
    report = _derived(setting)
    listening = {case.id for case in setting.plan.cases if case.scope == "exchange"}
    failed = any(one["outcome"] == "fail" and one["case"] in listening for one in report["verdicts"])
    return report, retraced(failed, report["evidence"]["rfc6962Root"])


def _derived(setting: Setting) -> dict[str, Any]:
    report = rejudge(setting)
    folder = setting.folder
    if folder.report_content() != report_bytes(report):
        stored = folder.report()
        differing = [name for name in report if stored.get(name) != report[name]] or ["its bytes"]
        raise VerificationError(f"{folder.report_file}: not what the evidence comes to; differing: {', '.join(differing)}")
    return report


def _held(found: Retraced, report: Mapping[str, Any]) -> tuple[Text, tuple[Text, ...]]:
    """What of the evidence was held against the scripts, and what could not be."""
    said = both(
        "verify.scripts", attempts=found.attempts, exchanges=found.exchanges, repeated=report["evidence"]["attempts"]["repeated"]
    )
    named = ", ".join(found.hidden[:3]) + ("…" if len(found.hidden) > 3 else "")
    return said, (both("verify.hidden", count=len(found.hidden), cases=named),) if found.hidden else ()


def _recomputed(folder: RunFolder) -> dict[str, Any]:
    try:
        statement: dict[str, Any] = json.loads(json.dumps(run_statement(folder)))
    except SuiteError as error:
        raise VerificationError(f"{folder.report_file}: {error}") from None
    return statement


def _recorder(folder: RunFolder, report: Mapping[str, Any]) -> tuple[Text, ...]:
    suite = report["suite"]
    if suite["name"] != "yance":
        raise VerificationError(f"{folder.evidence_file}: recorded by {suite['name']!r:.60}; expected yance")
    build = suite.get("artifactDigest", "")
    if (suite["version"], build) == (__version__, build_digest()):
        return ()
    theirs, ours = f"yance {suite['version']:.60} ({build[:23]}…)", f"yance {__version__} ({build_digest()[:23]}…)"
    return (both("verify.suite", theirs=theirs, ours=ours),)


def _chosen_seed(report: Mapping[str, Any]) -> tuple[Text, ...]:
    """A target that can know the seed can know every request."""
    if report["purpose"] in ("self-test", CHALLENGE) or report["plan"]["seedDrawn"]:
        return ()
    return (both("verify.seed", seed=report["plan"]["seed"]),)


def _beside(folder: RunFolder, signed: Path) -> tuple[Text, ...]:
    """The files of the folder that nothing signed speaks of: a page that nobody rendered may say anything. A public key says nothing."""
    own = (*signed_files(folder), folder.envelope_file, folder.bundle_file, signed)
    known = {*(path.name for path in own), *map(formats.file_name, formats.FORMATS)}
    strange = sorted(one.name for one in folder.path.iterdir() if one.name not in known and not one.name.endswith(".pub.pem"))
    return (
        (both("verify.beside", names=", ".join(f"{name:.80}" for name in strange[:_MOST_BESIDE]), count=len(strange)),)
        if strange
        else ()
    )


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds this and nothing more; no more of it is read than tells."""
    with open_file(path) as file:
        return file.read(len(content) + 1) == content


def _renderings(folder: RunFolder, report: Mapping[str, Any], spec: Spec) -> None:
    """Those that lie in the folder are what the report renders to, in one of the languages, with the spec's words or without them."""
    for name in formats.FORMATS:
        path = folder.path / formats.file_name(name)
        if name == "json" or not os.path.lexists(path):
            continue
        words = (spec, None) if formats.FORMATS[name].reads_spec else (None,)
        ways = ((one, language) for one in words for language in LANGUAGES)
        if not any(
            _holds(path, formats.render(name, report, language, one, lambda: exchanges(folder))) for one, language in ways
        ):
            raise VerificationError(f"{path}: not what report.json renders to; render it again (yance report) or remove it")
