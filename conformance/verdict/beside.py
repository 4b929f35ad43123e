"""Judging on several processors: each process reads the whole evidence and judges a share of the operations.

Reading is a fifth of the work, so every process does it for itself, and no exchange has to be carried from one to another: the first verifies
what it reads, and the others that they read the same, by its digest. What comes back is what was said of each case; a helper that was stopped, or that did not read the same evidence,
is made up for here. So the verdicts are the same, however many helped, and whether they did.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from conformance.evidence import Footer, Record, read_evidence
from conformance.interface.dialect import Dialect
from conformance.model import Plan, Spec, Verdict
from conformance.verdict.alike import Judged
from conformance.verdict.judge import Sitting

__all__ = ["Root", "helper", "judge_file", "processes", "safe_method", "shares"]

_WORTH_A_FORK = 128 * 1024  # bytes of evidence as they lie on the disk; a helper costs some 20 ms
_WORTH_A_START = 8 * 1024 * 1024  # where a helper has to be started anew, and import everything
_MOST = 8  # processes; each reads everything, so that more would only read

Through = Callable[[Iterable[Record]], Iterable[Record]]


def judge_file(
    plan: Plan, spec: Spec, dialect: Dialect, path: Path, *, through: Through = iter, count: int = 0, method: str = ""
) -> list[Verdict]:
    """The verdicts of all cases of a finished run, in the plan's order, from its evidence.

    The records are read here `through` a function that looks at them. `count` processes take part (0: as many as pay), and are
    made by `method` (fork or spawn; empty: by the one that is safe here). Raises VerificationError when the evidence is not intact.
    """
    method = method or safe_method()
    mine, *theirs = shares(plan, count or processes(path, method))
    with contextlib.ExitStack() as stack:
        helpers = [stack.enter_context(helper(method, _help, plan, spec, dialect, path, share)) for share in theirs]
        sitting, root = Sitting(plan, spec, dialect, mine), Root()
        sitting.judge(through(root.passing(read_evidence(path))))
        for one, share in zip(helpers, theirs, strict=True):
            said = _received(one, root.root)
            if said is None:
                again = Sitting(plan, spec, dialect, share)
                again.judge(read_evidence(path))
                said = again.said()
            sitting.take_over(said)
    return sitting.verdicts()


def processes(path: Path, method: str) -> int:
    """How many processes pay for the evidence in a file."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    worth = _WORTH_A_FORK if method == "fork" else _WORTH_A_START
    return max(1, min(able, _MOST, path.stat().st_size // worth)) if path.is_file() else 1


def shares(plan: Plan, count: int) -> list[frozenset[str]]:
    """The operations of a plan in so many shares of about the same number of cases."""
    cases: dict[str, int] = {}
    for case in plan.cases:
        cases[case.operation] = cases.get(case.operation, 0) + 1
    found: list[tuple[int, list[str]]] = [(0, []) for _ in range(count)]
    for name in sorted(cases, key=lambda name: (-cases[name], name)):
        least = min(range(count), key=lambda place: found[place][0])
        found[least] = (found[least][0] + cases[name], [*found[least][1], name])
    return [frozenset(names) for _, names in found]


def safe_method() -> str:
    """A copy of this process is the cheapest helper, but no other thread of it may hold a lock at that moment."""
    known = multiprocessing.get_all_start_methods()
    return "fork" if "fork" in known and threading.active_count() == 1 else "spawn"


class Root:
    """The Merkle root of the evidence that passes."""

    root = ""

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        for record in records:
            if isinstance(record, Footer):
                self.root = record.root
            yield record


@contextlib.contextmanager
def helper(method: str, work: Callable[..., None], *given: object) -> Iterator[Connection]:
    """A process that does some work, and this end of the pipe of which the work is handed the other one, before what it is given.

    The process ends when the context does, wherever it has come to.
    """
    context = multiprocessing.get_context(method)
    here, there = context.Pipe()
    inherited = here if method == "fork" else None
    process = context.Process(target=_work, args=(work, inherited, there, *given), daemon=True)  # type: ignore[attr-defined]
    process.start()
    there.close()
    try:
        yield here
    finally:
        here.close()
        process.terminate()
        process.join()


def _work(work: Callable[..., None], inherited: Connection | None, there: Connection, *given: object) -> None:
    """What a helper does. Of an error it says nothing: whoever asked for it meets the same one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.freeze()  # what was there before stays to the end
    if inherited is not None:
        inherited.close()  # or a helper would not notice that nobody is there any more
    with contextlib.suppress(Exception), there:
        work(there, *given)


def _help(there: Connection, plan: Plan, spec: Spec, dialect: Dialect, path: Path, share: frozenset[str]) -> None:
    sitting, root = Sitting(plan, spec, dialect, share), Root()
    sitting.judge(root.passing(read_evidence(path, beside=True)))
    there.send((root.root, sitting.said()))


def _received(one: Connection, root: str) -> dict[str, Judged] | None:
    """What a helper said; None when it was stopped, or read other evidence than that of this root."""
    try:
        read, said = one.recv()
    except (EOFError, OSError):
        return None
    return said if read == root else None
