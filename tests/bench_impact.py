"""How fast `yance spec impact` is: `python -m tests.bench_impact [--runs N] [--variants M]`, also part of `make bench`.

A few whole runs of the transport interface are recorded in this process, each against another conforming variant of the reference server, and
copied until there are N. All of them are judged under a draft that widens and narrows a body, asks for a member that answers lack, and reads a
requirement otherwise. Printed are the seconds of the wall clock and of all processors together, and the largest resident size of a process,
for a quarter of the runs and for all of them: that size is to be the same. What is alike in two runs is judged once, so the more of
the runs are copies, the less there is to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.committee.impact import Cited, impact, runs_in
from conformance.load import data_folders, load_profile, load_spec
from conformance.model import Ics
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests.drafted import drafted

DOCUMENT = (
    ("          maxLength: 200\n          description: Free text of at most 200", "          maxLength: 400\n          description: Free text of at most 400"),
    ("required: [stopUid, stopName, position, cityCode, bearing, updateTime, versionId]", "required: [stopUid, stopName, position, cityCode, bearing, updateTime, versionId, stopAddress]"),
)  # fmt: skip
ROWS = (("tolerance: 120, longest: 14400", "tolerance: 120, longest: 240"),)


def record(folder: Path, variant: str | None) -> None:
    """A whole run against a variant."""
    profile, spec = load_profile(data_folders(), "transport")
    ixit, clock, ics = reference_ixit("transport"), VirtualClock(START), Ics(variant or "reference", "1.0.0", "Yance")
    plan = make_plan(spec, profile, ics, ixit)
    app = reference.application("transport", clock=clock.now, variant=variant)
    asyncio.run(conduct(Setting(plan, spec, profile, ics, ixit, RunFolder(folder), clock=clock, transport=in_process(app))))


def judge(data: Path, runs: Path, count: int) -> None:
    """Judge so many runs, in this process and its helpers, and print what it took."""
    folders = data_folders([data])
    cited = [Cited(one) for one in runs_in(runs)[:count]]
    begun = time.perf_counter()
    found = impact(folders, load_spec(folders, "transport", "1.9.0"), cited)
    wall = time.perf_counter() - begun
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = sum(one.ru_utime + one.ru_stime for one in (own, theirs))
    exchanges = sum(column.exchanges for column in found.columns)
    print(
        f"{len(found.columns)} runs, {exchanges} exchanges: {wall:.1f} s, {used:.1f} s of processors, "
        f"largest process {max(own.ru_maxrss, theirs.ru_maxrss) // 1024} MB; {found.counts()}"
    )


def main() -> None:
    """Measure."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--runs", type=int, default=100)
    words.add_argument("--variants", type=int, default=3)
    words.add_argument("--judge", nargs=2, type=Path, metavar=("DATA", "RUNS"), help="only judge what lies there")
    given = words.parse_args()
    if given.judge:
        judge(*given.judge, given.runs)
        return
    print("load average", os.getloadavg()[0])
    with tempfile.TemporaryDirectory() as folder:
        data, runs = drafted(Path(folder) / "data", "transport", "1.9.0", DOCUMENT, ROWS), Path(folder) / "runs"
        names = [None, *reference.variants("transport")][: given.variants]
        for nth, name in enumerate(names):
            record(runs / f"{nth:03}", name)
        for nth in range(len(names), given.runs):
            shutil.copytree(runs / f"{nth % len(names):03}", runs / f"{nth:03}")
        for count in (given.runs // 4, given.runs):
            asked = [sys.executable, "-m", "tests.bench_impact", "--runs", str(count), "--judge", str(data), str(runs)]
            subprocess.run(asked, check=True)


if __name__ == "__main__":
    main()
