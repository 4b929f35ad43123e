"""One target, as `yance run` tests it: preflight, plan, run, verdicts, report, renderings, and its outcome in small.

It is one call that another process can be asked for (`runner`): everything it needs is in the `Job`, everything that comes of it lies in the
run folder, and what is given back is the outcome. What a run folder already holds is gone on with, so that a job that was lost with its
process can be begun again, here or elsewhere, without asking anything twice.
"""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance import formats
from conformance.campaign.results import OUTCOME, Result, judged, read_outcome, result_bytes, surprises
from conformance.campaign.rows import words_of
from conformance.errors import SuiteError, TargetError, UsageError, VerificationError, YanceError
from conformance.load import Folders, Settings, data_folders, load_profile
from conformance.load.catalogue import LANGUAGES, say
from conformance.load.digests import build_digest
from conformance.model import Effort, Plan, Profile, Spec
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct, redactor_for, refuse_secrets
from conformance.run.pump import Progress
from conformance.vendor.notices import Notice
from conformance.vendor.preflight import preflight
from conformance.verdict.folder import RunFolder
from conformance.verdict.part import part_result

__all__ = ["Job", "carried_out", "packed", "tested", "told_of"]

RENDERED = ("html", "junit")
_ACTORS = ("a", "b", "limited", "expired", "wrong-audience")  # those of whom the catalogue says who they are
_BUSY = 20  # times that a folder is tried which another process still holds: one that was cut off ends within a second or so
_MOST_ASIDE = 1000

Told = Callable[[int, int, int], None]  # cases that ended, cases in all, exchanges


@dataclass(frozen=True)
class Job:
    """What is needed to test one target, wherever that is done. `settings` hold its secrets."""

    target: str
    row: str
    settings: Settings = field(repr=False)
    domain: str
    profile: str | None
    version: str | None
    effort: str | None
    seed: int
    seed_drawn: bool
    purpose: str
    language: str
    build: str
    words: str
    data: tuple[str, ...] = ()
    skip_preflight: bool = False
    expect: Any = None
    attempt: int = 1
    worker: str = ""


def packed(job: Job) -> bytes:
    """A job as it travels: whoever passes it on need not know what it is made of."""
    return pickle.dumps(job)


def carried_out(job: bytes, work: Path, worker: str, *, told: Told) -> bytes:
    """Test a packed target, and give back its outcome as outcome.json has it."""
    made: Job = pickle.loads(job)  # noqa: S301 - from the process that conducts the campaign, over the engine's own connection
    return result_bytes(tested(replace(made, worker=worker), work, told))


def tested(job: Job, work: Path, told: Told) -> Result:
    """Test a target in a run folder, and leave its outcome there. It never raises for what a target, its settings or its folder do."""
    began = time.monotonic()
    folder = RunFolder(work)
    if (known := read_outcome(folder)) is not None and known.row == job.row and known.state == "judged":
        return known
    if job.build != build_digest():
        return told_of(
            job, "error", "this worker has another build of the suite than the one that began the campaign; install the same"
        )
    try:
        result = _tested(job, folder, told)
    except TargetError as error:
        result = told_of(job, "unreachable", str(error))
    except (UsageError, VerificationError) as error:
        result = told_of(job, "refused", str(error))
    except SuiteError as error:
        result = told_of(job, "error", str(error))
    result = replace(result, seconds=round(time.monotonic() - began, 3), surprises=surprises(result, job.expect or {}))
    _leave(job, folder, result)
    return result


def told_of(job: Job, state: str, said: str = "") -> Result:
    """What is known of a target that was not judged, and why. Nothing secret is in it."""
    settings, hidden = job.settings, redactor_for(job.settings.ixit)
    return Result(
        target=job.target,
        row=job.row,
        state=state,
        domain=job.domain,
        profile=job.profile or "",
        url=hidden.text(settings.ixit.base_url),
        vendor=settings.ics.vendor,
        solution=f"{settings.ics.solution_id}@{settings.ics.solution_version}",
        effort=job.effort or "",
        attempts=job.attempt,
        worker=job.worker,
        said=hidden.text(said),
    )


def _leave(job: Job, folder: RunFolder, result: Result) -> None:
    """Write the outcome, if that can be done: a folder that cannot be used was said to be so already."""
    content = result_bytes(result)
    refuse_secrets(job.settings.ixit, OUTCOME, content)
    try:
        folder.create(again=True)
        folder.write(OUTCOME, content)
    except YanceError:
        if result.state == "judged":
            raise


def _tested(job: Job, folder: RunFolder, told: Told) -> Result:
    profile, spec = _loaded(job.data, job.domain, job.profile, job.version, job.words)
    settings = job.settings
    plan = make_plan(spec, profile, settings.ics, settings.ixit, seed=job.seed, effort=Effort(job.effort) if job.effort else None)
    begun = _is_begun(folder, plan)
    base = replace(told_of(job, "judged"), profile=profile.id)
    if not (begun or job.skip_preflight):
        found = asyncio.run(preflight(spec, profile, settings.ics, settings.ixit))
        if found.stops:
            notices = tuple({"key": one.key, "stops": one.stops, "text": _words(one)} for one in found.notices)
            return replace(base, state="unready", notices=notices)
    setting = Setting(plan, spec, profile, settings.ics, settings.ixit, folder, job.purpose, job.seed_drawn)
    if begun:
        setting = replace(setting, plan=folder.plan())  # the same, but that it still says what drew its inputs
    report = _conducted(setting, begun, told)
    for name in RENDERED:
        content = formats.render(name, report, job.language, spec)
        refuse_secrets(settings.ixit, formats.file_name(name), content)
        folder.write(formats.file_name(name), content)
    screened = not plan.effort.reaches(profile.effort) and job.purpose == "self-test"
    return judged(base, report, part_result(report, ()) if screened else report["result"])


@lru_cache(maxsize=16)
def _loaded(data: tuple[str, ...], domain: str, profile: str | None, version: str | None, words: str) -> tuple[Profile, Spec]:
    """Profile and spec. Raises UsageError when they are not those that the campaign was begun with."""
    found, spec = load_profile(_folders(data), domain, profile, version)
    if words_of(spec, found) != words:
        raise UsageError(
            f"{domain} {spec.version}: this worker has another specification or profile than the one that began the campaign; "
            "give both the same data folders"
        )
    return found, spec


@lru_cache(maxsize=4)
def _folders(data: tuple[str, ...]) -> Folders:
    return data_folders(data)


def _is_begun(folder: RunFolder, plan: Plan) -> bool:
    """Whether the folder holds a beginning of this very run. What it holds of another one is put aside, and nothing of it is lost."""
    if not folder.evidence_file.exists() and not folder.plan_file.exists():
        return False
    try:
        if folder.evidence_file.exists() and folder.plan().digest == plan.digest:
            return True
    except YanceError:
        pass  # it was cut off before its plan was whole, or is another's
    aside = next(
        name for nth in range(1, _MOST_ASIDE) if not (name := folder.path.with_name(f"{folder.path.name}.before-{nth}")).exists()
    )
    folder.path.rename(aside)
    return False


def _conducted(setting: Setting, begun: bool, told: Told) -> dict[str, Any]:
    """The report of a run. One that is written and was not told of is read; a folder that is still held is waited for."""
    if begun and setting.folder.report_file.exists():
        return setting.folder.report()

    def listen(done: Progress) -> None:
        told(done.done, done.total, done.exchanges)

    for left in range(_BUSY, -1, -1):
        try:
            return asyncio.run(conduct(setting, resume=begun, listener=listen))
        except UsageError as error:
            if not left or "another process is at work" not in str(error):
                raise
            time.sleep(0.5)
    raise SuiteError("the last try ends with a report or an error")


def _words(one: Notice) -> dict[str, str]:
    """A notice of preflight in words, in each language."""
    actor = one.values.get("actor")
    return {
        language: say(
            f"preflight.{one.key}",
            language,
            **one.values,
            who=say(f"preflight.who.{actor}", language) if actor in _ACTORS else "",
        )
        for language in LANGUAGES
    }
