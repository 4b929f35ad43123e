"""Many recorded runs under one draft: who would still be certified, proved or not contradicted, who has to be tested again, and who fails.

Runs are read one after another, each from its first line to its last, by as many processes as there are processors; of each only what it came
to is kept. Who judges single exchanges sits through all the runs of a process (`verdict.judge.Bench`): what is alike in two runs is judged once.
Where there are more runs than one machine should judge, an executor takes them, each by its path, to processes elsewhere (`on_a_worker`).
"""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance.attest.signing import file_digest
from conformance.committee.basis import Basis, basis
from conformance.committee.hearing import Recorded, heard
from conformance.committee.inputs import inputs_of, sent
from conformance.committee.selecting import stood
from conformance.committee.standing import Column, Impact, Input, LeftOut
from conformance.errors import UsageError, VerificationError, YanceError
from conformance.interface.dialect import read_dialect
from conformance.load import Folders, data_folders, load_profile, load_spec
from conformance.load.digests import rows_digest
from conformance.model import Plan, Spec
from conformance.plan import Retest, retest_document
from conformance.verdict.folder import RunFolder
from conformance.verdict.judge import Bench

__all__ = ["Cited", "impact", "on_a_worker", "plans", "runs_in"]

_MOST = 8  # processes
_DEEPEST = 3  # folders below the one that is named


@dataclass(frozen=True)
class Cited:
    """A run folder; and, of a run that a certificate rests on, the certificate's number, and what its statement vouches for: the Merkle root
    of the evidence, and the digest of the report (`sha256:…`).
    """

    folder: Path
    certificate: str = ""
    root: str = ""
    report: str = ""


def runs_in(folder: Path) -> list[Path]:
    """The run folders at a place: itself, or those that lie in it. Raises UsageError where there is none."""
    found: list[Path] = []
    for where, folders, files in os.walk(folder):
        if {"plan.json", "evidence.ndjson.zst"} <= set(files):
            found.append(Path(where))
            folders.clear()
        if len(Path(where).relative_to(folder).parts) >= _DEEPEST:
            folders.clear()
        folders.sort()
    if not found:
        raise UsageError(
            f"{folder}: no run lies there; expected a run folder (plan.json, evidence.ndjson.zst), or one that holds some"
        )
    return found


def impact(
    folders: Folders,
    draft: Spec,
    runs: Sequence[Cited],
    *,
    left_out: Sequence[LeftOut] = (),
    processes: int = 0,
    elsewhere: Executor | None = None,
    whole: bool = False,
) -> Impact:
    """How everybody stands under a draft, in the order of the runs; those of other domains have no say. `processes` judge (0: as many as pay),
    or `elsewhere` does. `whole`: every case is judged again, also those whose recorded verdict stands.

    Raises UsageError when the draft has no requirements.
    """
    if not draft.requirements:
        raise UsageError(f"{draft.source}: the draft has no requirements; name it as DOMAIN@VERSION, with its folder by --data")
    judge = _Judge(folders, draft, whole)
    found = list(_judged(judge, runs, processes) if elsewhere is None else _judged_elsewhere(judge, runs, elsewhere))
    columns = tuple(one for one in found if isinstance(one, Column))
    versions = tuple(dict.fromkeys(one.version for one in columns))
    made: dict[str, list[Input]] = {}
    for version in versions:
        for name, inputs in judge.inputs(version).items():
            made.setdefault(name, []).extend(one for one in inputs if one not in made.get(name, []))
    levels = {row.id: str(row.level) for row in draft.requirements}
    lacking = (*left_out, *(one for one in found if isinstance(one, LeftOut)))
    return Impact(f"{draft.domain}@{draft.version}", versions, columns, made, lacking, levels)


def _judged(judge: _Judge, runs: Sequence[Cited], processes: int) -> Iterator[Column | LeftOut | None]:
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = processes or min(able, _MOST, len(runs))
    if count < 2:
        yield from map(judge.of, runs)
        return
    judge.prepare(runs)
    done = 0
    with ProcessPoolExecutor(count, mp_context=_context(), initializer=_begin, initargs=(judge,)) as pool:
        try:
            for one in pool.map(_of, runs):
                yield one
                done += 1
        except BrokenProcessPool:  # a process was stopped: the rest is done here
            yield from map(judge.of, runs[done:])


def _judged_elsewhere(judge: _Judge, runs: Sequence[Cited], elsewhere: Executor) -> Iterator[Column | LeftOut | None]:
    """A process that is lost over a run leaves that run out, and no other."""
    draft, extra = judge.draft, tuple(str(path.absolute()) for path in judge.folders.paths[:-1])
    known = (extra, draft.domain, draft.version, draft.digest, rows_digest(draft), judge.whole)
    for run, future in [(run, elsewhere.submit(on_a_worker, *known, run)) for run in runs]:
        try:
            yield future.result()
        except YanceError as error:
            yield LeftOut(_named(run), str(error))


def on_a_worker(
    data: tuple[str, ...], domain: str, version: str, document: str, rows: str, whole: bool, run: Cited
) -> Column | LeftOut | None:
    """What one run comes to, in a process elsewhere that is asked for one after another. Raises UsageError where the draft is another one there."""
    judge = _judge(data, domain, version, whole)
    if (judge.draft.digest, rows_digest(judge.draft)) != (document, rows):
        raise UsageError(
            f"this worker has another {domain} {version} than the one that is asked about; give both the same data folders"
        )
    return judge.of(run)


@lru_cache(maxsize=1)
def _judge(data: tuple[str, ...], domain: str, version: str, whole: bool) -> _Judge:
    folders = data_folders(data)
    return _Judge(folders, load_spec(folders, domain, version), whole)


def _context() -> Any:
    """A copy of this process is the cheapest helper, but no other thread of it may hold a lock at that moment."""
    forks = "fork" in multiprocessing.get_all_start_methods() and threading.active_count() == 1
    return multiprocessing.get_context("fork" if forks else "spawn")


_JUDGES: list[_Judge] = []  # of a helper: one


def _begin(judge: _Judge) -> None:
    _JUDGES[:] = [judge]


def _of(run: Cited) -> Column | LeftOut | None:
    return _JUDGES[0].of(run)


@dataclass
class _Judge:
    """Judges one run after another under a draft, with what they have in common."""

    folders: Folders
    draft: Spec
    whole: bool = False
    _bases: dict[str, Basis] = field(default_factory=dict)
    _inputs: dict[str, Mapping[str, Sequence[Input]]] = field(default_factory=dict)
    _benches: dict[str, Bench] = field(default_factory=dict)

    def __getstate__(self) -> Mapping[str, Any]:
        """A helper that is started anew reads the two specs itself."""
        return {"folders": self.folders, "draft": (self.draft.domain, self.draft.version), "whole": self.whole}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.whole = state["whole"]
        self.folders, self.draft = state["folders"], load_spec(state["folders"], *state["draft"])
        self._bases, self._inputs, self._benches = {}, {}, {}

    def basis(self, version: str) -> Basis:
        """What the draft changes since a version."""
        if version not in self._bases:
            self._bases[version] = basis(load_spec(self.folders, self.draft.domain, version), self.draft)
        return self._bases[version]

    def inputs(self, version: str) -> Mapping[str, Sequence[Input]]:
        """What to send since a version, by operation."""
        if version not in self._inputs:
            self._inputs[version] = inputs_of(self.basis(version))
        return self._inputs[version]

    def prepare(self, runs: Sequence[Cited]) -> None:
        """Compare what most runs will need, before there are helpers that would each do it."""
        for run in runs:
            try:
                plan = RunFolder(run.folder).plan()
                if plan.domain == self.draft.domain:
                    self.inputs(plan.spec_version)
                    return
            except YanceError:
                continue  # it is told when its turn comes

    def of(self, run: Cited) -> Column | LeftOut | None:
        """What one run comes to; None for one of another domain."""
        named = _named(run)
        folder = RunFolder(run.folder)
        try:
            plan = folder.plan()
            if plan.domain != self.draft.domain:
                return None
            since = self._since(plan, run)
            profile, _ = load_profile(self.folders, plan.domain, plan.profile, self.draft.version)
            told = folder.report_file.is_file() and (not run.certificate or file_digest(folder.report_file) == run.report)
            report = folder.report() if told else {"requirements": ()}
            outcomes = {row["id"]: row["outcome"] for row in report["requirements"]}
            vouched = (run.certificate, run.root, stood(report, plan.digest))
            recorded = Recorded(str(run.folder), plan, profile, outcomes, *vouched)
            dialect = read_dialect(self.draft.dialect, file=self.draft.source)
            more = {name: sent(inputs) for name, inputs in self.inputs(plan.spec_version).items()}
            bench = self._benches.setdefault(plan.spec_version, Bench())
            return heard(recorded, folder.evidence_file, since, dialect, bench, more, whole=self.whole)
        except VerificationError as error:
            return LeftOut(named, str(error), broken=True)
        except YanceError as error:
            return LeftOut(named, str(error))

    def _since(self, plan: Plan, run: Cited) -> Basis:
        """What the draft changes since the version of a run. Raises UsageError where that is not, byte for byte, the one at hand."""
        found = self.basis(plan.spec_version)
        for what, stated, present in (
            ("document", plan.spec_digest, found.old.digest),
            ("set of requirements", plan.rows_digest, rows_digest(found.old)),
        ):
            if stated != present:
                raise UsageError(
                    f"{run.folder}: the run was made under another {what} of {plan.domain} {plan.spec_version} ({stated:.23}…) than "
                    f"the one here ({present:.23}…); give its data folder by --data"
                )
        return found


def _named(run: Cited) -> str:
    return str(run.folder) + (f" ({run.certificate})" if run.certificate else "")


def plans(draft: Spec, found: Impact) -> Mapping[str, Mapping[str, Any]]:
    """What to test again, a document for each vendor of whom anything is open, by the name of its file."""
    made: dict[str, Mapping[str, Any]] = {}
    inputs = {name: sent(one) for name, one in found.inputs.items()}
    for column in found.columns:
        cases = tuple(name for cell in column.cells.values() if cell.why != ("no-check",) for name in cell.cases)
        if not cases:
            continue
        asked = {name.partition("/")[2] for name in cases}
        known = (
            draft.domain,
            draft.version,
            draft.digest,
            rows_digest(draft),
            column.profile,
            cases,
            column.solution,
            column.plan,
        )
        kinds = {name: one for name, one in inputs.items() if name in asked and any(one)}
        name = _file_name(column)
        nth = next(
            nth for nth in range(1, len(found.columns) + 1) if (name if nth == 1 else f"{name}-{nth}") + ".json" not in made
        )
        made[(name if nth == 1 else f"{name}-{nth}") + ".json"] = retest_document(Retest(*known, kinds))
    return made


def _file_name(column: Column) -> str:
    """A name for the file of a vendor, of letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9]+", "-", column.certificate or f"{column.solution}-{column.profile}").strip("-")[:80] or "vendor"
