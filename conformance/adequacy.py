"""How strong the suite is: every seeded fault and every conforming variant of a reference server, each under a full run.

A fault is caught when a requirement that it declares (`BREAKS`) fails. What it truly breaks beside those it declares too
(`ALSO`, with the reason); any other failure is unexpected and as much a defect of ours as a miss. A variant conforms, so any
failure on it is false. Runs are in-process, on a virtual clock, so nothing waits and nothing is drawn twice.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.clock import VirtualClock
from conformance.evidence import Record
from conformance.interface.dialect import read_dialect
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics, Ixit, Level, Limits, Outcome, Plan, Spec, Verdict
from conformance.plan import make_plan
from conformance.run.pump import run_plan
from conformance.run.replay import MemoryRecorder, redactor_for
from conformance.verdict.judge import judge_run
from conformance.wire import Receiver, Wire, in_process

__all__ = ["Attempt", "adequacy", "attempt", "verdicts_of"]

START = 1_790_000_000.0  # the virtual clock's beginning, a Tuesday in September 2026


@dataclass(frozen=True)
class Attempt:
    """What one server came to: a fault, a variant, or the plain server (both names empty)."""

    fault: str = ""
    variant: str = ""
    declared: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    inconclusive: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def caught(self) -> tuple[str, ...]:
        """The declared requirements that failed."""
        return tuple(name for name in self.declared if name in self.failed)

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Requirements that failed though nothing declares it."""
        return tuple(name for name in self.failed if name not in self.declared and name not in self.also)


async def verdicts_of(
    plan: Plan,
    spec: Spec,
    ixit: Ixit,
    app: Any,
    clock: VirtualClock,
    *,
    concurrency: int = 8,
    receiver: Receiver | None = None,
) -> tuple[list[Verdict], list[Record]]:
    """The verdicts on an in-process application, and the evidence that they rest on."""
    dialect = read_dialect(spec.dialect)
    recorder = MemoryRecorder(redactor_for(ixit))
    security = (spec.document.get("components") or {}).get("securitySchemes")
    async with Wire(ixit, security, clock=clock, transport=in_process(app)) as wire:
        await run_plan(plan, spec, dialect, wire, recorder, clock, concurrency=concurrency, receiver=receiver)
    return judge_run(plan, spec, dialect, recorder.records), recorder.records


def reference_ixit(domain: str, pace: float = 0.0) -> Ixit:
    """What is needed to test a domain's reference server in-process, at `pace` requests a second (0: time stands still)."""
    actors = {name: Credential("bearer", token) for name, token in reference.credentials(domain).items()}
    return Ixit("http://reference.example/v1", sandbox=True, actors=actors, limits=Limits(rate=pace))


def attempt(
    domain: str,
    data: tuple[str, ...] = (),
    fault: str = "",
    variant: str = "",
    cache: str = "",
    seed: int = 1,
    only: tuple[str, ...] = (),
) -> Attempt:
    """A run on one server: of the whole plan, or of the requirements in `only`."""
    profile, spec = load_profile(data_folders(data), domain, "full")
    pace = reference.variants(domain)[variant].PACE if variant else 0.0
    ixit = reference_ixit(domain, pace)
    plan = make_plan(spec, profile, Ics("reference", "1.0.0"), ixit, seed=seed, only=only, cache=Path(cache) if cache else None)
    clock = VirtualClock(START)
    app = reference.application(domain, fault=fault or None, variant=variant or None, clock=clock.now)
    verdicts, _ = asyncio.run(verdicts_of(plan, spec, ixit, app, clock))
    kind: Any = reference.faults(domain)[fault] if fault else None
    return Attempt(
        fault,
        variant,
        tuple(kind.BREAKS) if kind else (),
        tuple(kind.ALSO) if kind else (),
        *(_requirements(verdicts, outcome) for outcome in (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR)),
    )


def _requirements(verdicts: Iterable[Verdict], outcome: Outcome) -> tuple[str, ...]:
    return tuple(dict.fromkeys(v.requirement for v in verdicts if v.outcome is outcome))


def attempts(
    domain: str, data: tuple[str, ...] = (), *, workers: int | None = None, listener: Callable[[Attempt], None] = lambda _: None
) -> Iterator[Attempt]:
    """Every server of a domain: the plain one, each variant, each fault; `workers` processes side by side."""
    jobs = [("", ""), *(("", name) for name in reference.variants(domain)), *((name, "") for name in reference.faults(domain))]
    others = multiprocessing.active_children()
    with ProcessPoolExecutor(max_workers=workers or os.cpu_count()) as pool:
        try:
            for future in [pool.submit(attempt, domain, data, fault, variant) for fault, variant in jobs]:
                result = future.result()
                listener(result)
                yield result
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # whoever interrupts it waits neither for the rest nor for what runs
            for worker in set(multiprocessing.active_children()) - set(others):
                worker.kill()
            raise


def adequacy(domain: str, found: Sequence[Attempt], data: tuple[str, ...] = ()) -> dict[str, Any]:
    """What the attempts come to, per requirement: faults seeded and caught, survivors, false failures, MUSTs without a check."""
    _, spec = load_profile(data_folders(data), domain, "full")
    checked = [row for row in spec.requirements if row.binding is not None]
    requirements: Mapping[str, dict[str, int]] = {
        row.id: {
            "faults": sum(row.id in one.declared for one in found),
            "caught": sum(row.id in one.caught for one in found),
        }
        for row in checked
    }
    conforming = [one for one in found if not one.fault]
    return {
        "domain": domain,
        "requirements": requirements,
        "survivors": [
            {"fault": one.fault, "missed": [name for name in one.declared if name not in one.caught]}
            for one in found
            if one.fault and one.declared != one.caught
        ],
        "falseFailures": [{"variant": one.variant or "(plain)", "failed": list(one.failed)} for one in conforming if one.failed],
        "uncheckedMust": [row.id for row in spec.requirements if row.binding is None and row.level is Level.MUST],
        "unexpected": [{"fault": one.fault, "failed": list(one.unexpected)} for one in found if one.fault and one.unexpected],
        "inconclusive": [
            {"variant": one.variant or "(plain)", "requirements": list(one.inconclusive)}
            for one in conforming
            if one.inconclusive
        ],
        "errors": [
            {"server": one.fault or one.variant or "(plain)", "requirements": list(one.errors)} for one in found if one.errors
        ],
    }
