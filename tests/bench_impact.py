"""How fast `yance spec impact` is: `python -m tests.bench_impact [--runs N] [--variants M] [--whole]`, also part of `make bench`.

A few whole runs of the transport interface are recorded in this process, each against another conforming variant of the reference server. To
record a hundred would take hours, so the others are made of these, in turn, and are other runs: names, plates of vehicles and the ids of
reservations are others in each (`another`), so that of some 3,000 answers with such a body no two runs have the same one, and each file has a
root of its own. What is remembered of equal bodies from one run to the next can so be used of refusals and empty pages alone, as with vendors.

All of them are judged under a draft that widens and narrows a body, asks for a member that answers lack, and reads a requirement otherwise.
Printed are the seconds of the wall clock and of all processors together, and the largest resident size of a process, for a quarter of
the runs and for all of them: that size is to be the same. With `--whole`, nothing stands as it was recorded.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import resource
import struct
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

import zstandard

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.committee.impact import Cited, impact, runs_in
from conformance.evidence import Footer
from conformance.evidence.reader import SEAL, lines
from conformance.evidence.records import encode
from conformance.evidence.tally import Tally
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


_ID = rb"(rsv-)([0-9a-f]{20})\b"  # of a reservation, as the reference server makes them


def record(folder: Path, variant: str | None) -> None:
    """A whole run against a variant."""
    profile, spec = load_profile(data_folders(), "transport")
    ixit, clock, ics = reference_ixit("transport"), VirtualClock(START), Ics(variant or "reference", "1.0.0", "Yance")
    plan = make_plan(spec, profile, ics, ixit)
    app = reference.application("transport", clock=clock.now, variant=variant)
    asyncio.run(conduct(Setting(plan, spec, profile, ics, ixit, RunFolder(folder), clock=clock, transport=in_process(app))))


def another(source: Path, target: Path, nth: int) -> None:
    """A run like the one at `source`, of a vendor whose names, plates and ids are others; what its plan and report say is the same."""
    old, new, tally = RunFolder(source), RunFolder(target), Tally()
    plate = bytes((65 + nth // 26 % 26, 65 + nth % 26))
    made = [(rb'(\\"en\\":\\")', rb"\g<1>%d " % nth), (rb'(\\"plateNumb\\":\\"[A-Z])[A-Z]{2}', rb"\g<1>" + plate)]
    made.append((_ID, rb"\g<1>%02d\g<2>" % (nth % 100)))
    new.create()
    packed, seal = zstandard.ZstdCompressor(3).compressobj(), sha256()
    with new.evidence_file.open("wb") as file:
        for line in lines(old.evidence_file):
            found = line
            if b'"kind":"footer"' in line:
                sums = (tally.entries, tally.exchanges, tally.digest, tally.root)
                ended = json.loads(line)
                redaction = ended["redaction"]
                footer = Footer(*sums, ended["finishedAt"], redaction["policyDigest"], redaction["replacements"])
                found = encode(footer)
            elif b'"kind":"exchange"' in line:
                for pattern, by in made:
                    found = re.sub(pattern, by, found)
            tally.take(found)
            part = packed.compress(found + b"\n")
            seal.update(part)
            file.write(part)
        last = packed.flush()
        seal.update(last)
        file.write(last + struct.pack("<4sI", *SEAL) + seal.digest())
    new.plan_file.write_bytes(old.plan_file.read_bytes())
    report = old.report()
    report["evidence"] |= {"digest": tally.digest, "rfc6962Root": tally.root}
    new.write_report(report)


def judge(data: Path, runs: Path, count: int, *, whole: bool) -> None:
    """Judge so many runs, in this process and its helpers, and print what it took."""
    folders = data_folders([data])
    cited = [Cited(one) for one in runs_in(runs)[:count]]
    begun = time.perf_counter()
    found = impact(folders, load_spec(folders, "transport", "1.9.0"), cited, whole=whole)
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
    words.add_argument("--whole", action="store_true", help="let nothing stand as it was recorded")
    given = words.parse_args()
    if given.judge:
        data, runs = given.judge
        judge(data, runs, given.runs, whole=given.whole)
        return
    print("load average", os.getloadavg()[0])
    with tempfile.TemporaryDirectory() as folder:
        data, runs = drafted(Path(folder) / "data", "transport", "1.9.0", DOCUMENT, ROWS), Path(folder) / "runs"
        names = [None, *reference.variants("transport")][: given.variants]
        for nth, name in enumerate(names):
            record(runs / f"{nth:03}", name)
        for nth in range(len(names), given.runs):
            another(runs / f"{nth % len(names):03}", runs / f"{nth:03}", nth)
        for count in (given.runs // 4, given.runs):
            asked = [sys.executable, "-m", "tests.bench_impact", "--runs", str(count), "--judge", str(data), str(runs)]
            asked += ["--whole"] if given.whole else []
            subprocess.run(asked, check=True)


if __name__ == "__main__":
    main()
