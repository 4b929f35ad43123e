"""One mutant under the suite: first what it answers otherwise, then the cases that saw it, then, if it passed them, the whole plan."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from types import FrameType
from typing import Any

from conformance.adequacy import START, verdicts_of
from conformance.adequacy.attempts import bounded
from conformance.adequacy.reach import Trail, answered_otherwise, watched
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Ics, Level, Outcome, Plan, Spec, Verdict
from conformance.plan import make_plan
from conformance.run.pump import driven
from conformance.wire import Wire
from tests.mutants.budget import Counted, Overspent
from tests.mutants.rules import Mutant
from tests.mutants.subjects import SUBJECTS, Subject

__all__ = ["Ground", "Result", "ground_of", "results", "tried"]

CPU = 60.0  # seconds; a full run takes less than ten


@dataclass(frozen=True)
class Ground:
    """What all trials of one server share. `reached` are the lines by module that the plain server runs, `highest` its turns."""

    subject: str
    spec: Spec
    plan: Plan
    trail: Trail
    reached: dict[str, frozenset[int]]
    highest: int


@dataclass(frozen=True)
class Result:
    """What came of one mutant.

    stillborn   it is not imported, or answers not even a plain request
    caught      a requirement with MUST fails: `by`
    warned      only requirements with SHOULD fail
    open        nothing fails, but the run is not conformant, since something could not be judged: `by`
    stopped     it did not come to an end
    error       the suite itself failed, which it must not whatever a server does
    same        it answered every request of the suite as the plain server does
    survived    it answered otherwise, and the run is conformant
    """

    mutant: Mutant
    outcome: str
    by: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()  # requirements whose cases were answered otherwise
    told: str = ""  # a first finding


@lru_cache(maxsize=2)
def ground_of(name: str, cache: str = "") -> Ground:
    """Runs the plain server once, in a process of its own, since it is imported with its turns counted."""
    subject = SUBJECTS[name]
    profile, spec = load_profile(data_folders(), "transport", "full")
    plan = make_plan(spec, profile, Ics(name, "1.0.0"), subject.ixit, cache=Path(cache) if cache else None)
    with get_context("fork").Pool(1) as pool:
        trail, reached, highest = pool.apply(_plain, (subject, spec, plan))
    return Ground(name, spec, plan, trail, reached, highest)


def _plain(subject: Subject, spec: Spec, plan: Plan) -> tuple[Trail, dict[str, frozenset[int]], int]:
    build = subject.load()
    lines: dict[str, set[int]] = {path: set() for path in subject.files}

    def trace(frame: FrameType, event: str, _: object) -> Any:
        seen = lines.get(frame.f_code.co_filename)
        if seen is not None:
            seen.add(frame.f_lineno)
        return None if seen is None else trace

    def run(spy: Callable[[Any, VirtualClock], Any], wire: Callable[..., Wire]) -> tuple[list[Verdict], int]:
        clock = VirtualClock(START)
        app = Counted(build(clock.now))
        found, _ = asyncio.run(verdicts_of(plan, spec, subject.ixit, spy(app, clock), clock, wire=wire))
        return found, app.highest

    sys.settrace(trace)
    try:
        (found, highest), trail = watched(run)
    finally:
        sys.settrace(None)
    wrong = [one for one in found if one.outcome in {Outcome.FAIL, Outcome.ERROR}]
    if wrong:
        raise AssertionError(f"the plain server of {subject.name} does not conform: {wrong[:3]}")
    return trail, {subject.files[path]: frozenset(seen) for path, seen in lines.items()}, highest


# ------------------------------------------------------------------------------------------ in a process of its own


def tried(ground: Ground, mutant: Mutant) -> Result:
    """What comes of a mutant. It is imported for good: only a process that ends with it may call this."""
    try:
        build = SUBJECTS[ground.subject].load(mutant)
        if not asyncio.run(_smoke(build(lambda: START))):
            return Result(mutant, "stillborn")
    except (Exception, Overspent):  # noqa: BLE001 - however it fails, it was never alive
        return Result(mutant, "stillborn")
    try:
        return _under_the_suite(ground, mutant, build)
    except BaseException as error:
        if isinstance(error, Overspent) or (isinstance(error, BaseExceptionGroup) and error.subgroup(Overspent)):
            return Result(mutant, "stopped")
        raise


async def _smoke(app: Any) -> bool:
    """Whether a server answers requests that nobody would make a mistake about."""
    for path in ("/v1/", "/v1/stops"):
        said: list[int] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any, said: list[int] = said) -> None:
            said.append(message.get("status", 0))

        scope = {
            "type": "http",
            "method": "GET",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "http_version": "1.1",
        }
        where = {"scheme": "http", "server": ("smoke.example", 80), "headers": [(b"host", b"smoke.example")], "root_path": ""}
        await Counted(app)({**scope, **where}, receive, send)
        if said[:1] != [200]:
            return False
    return True


def _under_the_suite(ground: Ground, mutant: Mutant, build: Callable[[Callable[[], float]], Any]) -> Result:
    seen = answered_otherwise(ground.trail, lambda clock: Counted(build(clock)), CPU)
    names = tuple(sorted({case.partition("/")[0] for case in seen}))
    chosen = seen | ground.trail.racing
    outcome, by, told = _judged(ground, build, chosen)
    if outcome == "survived":  # what came may differ in what a trail does not keep, such as the rest of a quota
        outcome, by, told = _judged(ground, build, None)
    return Result(mutant, "same" if outcome == "survived" and not seen else outcome, by, names, told)


def _judged(ground: Ground, build: Any, cases: Collection[str] | None) -> tuple[str, tuple[str, ...], str]:
    clock = VirtualClock(START)
    app = Counted(build(clock.now))
    omitted = frozenset(case.id for case in ground.plan.cases if driven(case) and cases is not None and case.id not in cases)
    run = verdicts_of(ground.plan, ground.spec, SUBJECTS[ground.subject].ixit, app, clock, omitted=omitted)
    came = bounded(CPU, lambda: asyncio.run(run))
    if came is None:
        return "stopped", (), ""
    levels = {row.id: row.level for row in ground.spec.requirements}
    found = {
        name: [one for one in came[0] if one.outcome in outcomes and (levels[one.requirement] is Level.MUST) is must]
        for name, outcomes, must in (
            ("error", {Outcome.ERROR}, True),
            ("caught", {Outcome.FAIL}, True),
            ("warned", {Outcome.FAIL}, False),
            ("open", {Outcome.INCONCLUSIVE} if cases is None else set(), True),
        )
    }
    for outcome, verdicts in found.items():
        if verdicts:
            by = tuple(dict.fromkeys(one.requirement for one in verdicts))
            return outcome, by, f"{verdicts[0].operation}: {verdicts[0].reason} {verdicts[0].findings[:1]}"[:600]
    return "survived", (), ""


# ------------------------------------------------------------------------------------------ all of them

_ground: Ground | None = None


def results(ground: Ground, mutants: Collection[Mutant], workers: int) -> Iterator[Result]:
    """What comes of each mutant, as it is known, each in a process of its own."""
    global _ground  # noqa: PLW0603 - what forked processes find there need not be sent to each
    _ground = ground
    with get_context("fork").Pool(workers, maxtasksperchild=1) as pool:
        yield from pool.imap_unordered(_one, mutants)


def _one(mutant: Mutant) -> Result:
    assert _ground is not None
    return tried(_ground, mutant)
