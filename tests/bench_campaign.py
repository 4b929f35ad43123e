"""What many targets cost together: `python -m tests.bench_campaign [--size N]`, also part of `make bench`.

A fleet of reference servers, drawn from a seed, is served by a process of its own, and the same list is tested in three ways, one right after
the other, each with quick effort and with plans from the cache:

    two processes    two processes of Python that know nothing of each other, each with every other target, one after the other, through the
                     same function that a campaign's runner calls: no engine, no journal, nobody to end what hangs
    campaign of 2    the embedded engine with two workers
    campaign of 1    the same with one worker

What counts are ratios within one run; other load on the machine disturbs them, so the load average is printed first. `efficiency` is the
throughput of a campaign of two by that of the two processes, `scaling` by that of one worker; `overhead` the CPU seconds of scheduler and
workers as a share of all CPU seconds of the campaign, runners included. Memory is the resident size of the scheduler's process, of each worker
and of each runner after every target; the slope says by how much it grows with a target (in the second half, when all that is loaded once is loaded).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import psutil

from conformance.campaign.admission import Admission
from conformance.campaign.course import Course, Options, conducted, opened
from conformance.campaign.engine import engine
from conformance.campaign.places import Folder
from conformance.campaign.results import Result
from conformance.campaign.rows import read_rows
from conformance.campaign.single import tested
from conformance.load import data_folders
from tests.bench import ROOT, machine

Numbers = dict[str, Any]
OPTIONS = Options(effort="quick", skip_preflight=True)


def apart(file: Path, out: Path, nth: int, of: int) -> None:
    """Every `of`-th target of a list from the `nth`, one after the other."""
    rows = read_rows(data_folders(), file)
    place = Folder(out)
    course = Course(rows, OPTIONS, place, str(out), {}, "")
    admission = Admission.of(rows.terms, rows.rows)
    for row in rows.rows[nth::of]:
        tested(course.job(row, admission, 1), place.work(row.name), lambda *_: None)


def independent(file: Path, out: Path, count: int) -> float:
    """Seconds that so many processes of their own take for a list."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=apart, args=(file, out, nth, count)) for nth in range(count)]
    began = time.perf_counter()
    for one in processes:
        one.start()
    for one in processes:
        one.join()
        assert one.exitcode == 0
    return time.perf_counter() - began


def campaign(file: Path, out: Path, workers: int) -> Numbers:
    """A campaign of so many workers: seconds, CPU seconds, memory after each target."""
    rows = read_rows(data_folders(), file)
    seen: dict[str, list[float]] = defaultdict(list)
    with opened(rows, OPTIONS, Folder(out), str(out), resume=False) as course:
        began = time.perf_counter()
        with engine(workers=workers) as made:
            started = time.perf_counter()
            pids, used = list(made.workers.values()), Used(list(made.workers.values()))

            def told(_: Result) -> None:
                for name, size in resident(pids).items():
                    seen[name].append(size)

            results = conducted(course, made, told=told)
            ended = time.perf_counter()
            cpu = used.end()
    assert {one.state for one in results.values()} == {"judged"}, {one.target: one.said for one in results.values() if one.said}
    return {"seconds": ended - began, "testing": ended - started, "cpu": cpu, "memory": seen}


class Used:
    """CPU seconds of this process, of the workers, and of what they run, looked at now and then, since a runner may end."""

    def __init__(self, workers: list[int]) -> None:
        self._workers, self._last, self._own = workers, dict[int, float](), time.process_time()
        self._kinds: dict[int, str] = {}
        self._before = {pid: spent(pid) for pid in workers}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while True:
            for pid in self._workers:
                self._last[pid], self._kinds[pid] = spent(pid) - self._before[pid], "workers"
                for child in children(pid):
                    self._last[child], self._kinds[child] = spent(child), "runners"
            if self._over.wait(2):
                return

    def end(self) -> Numbers:
        """What was spent since this was made."""
        self._over.set()
        self._thread.join()
        found: Numbers = {"scheduler": time.process_time() - self._own, "workers": 0.0, "runners": 0.0}
        for pid, seconds in self._last.items():
            found[self._kinds[pid]] += seconds
        return found


def spent(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(
        times.user + times.system + times.children_user + times.children_system
        if pid not in _WORKERS
        else times.user + times.system
    )


_WORKERS: set[int] = set()


def children(pid: int) -> list[int]:
    """The runners of a worker."""
    _WORKERS.add(pid)
    try:
        return [one.pid for one in psutil.Process(pid).children() if "conformance.campaign.runner" in one.cmdline()]
    except psutil.Error:
        return []


def resident(workers: list[int]) -> dict[str, float]:
    """MiB of the scheduler's process, and the most of a worker and of a runner."""

    def size(pid: int) -> float:
        try:
            return float(psutil.Process(pid).memory_info().rss / 2**20)
        except psutil.Error:
            return 0.0

    runners = [size(one) for pid in workers for one in children(pid)]
    return {"scheduler": size(os.getpid()), "worker": max(map(size, workers)), "runner": max(runners, default=0.0)}


def slope(sizes: list[float]) -> float:
    """MiB that a size grows by with each target, over the second half."""
    half = sizes[len(sizes) // 2 :]
    return statistics.linear_regression(range(len(half)), half).slope if len(half) > 2 else 0.0


def bench(size: int, seed: int) -> None:
    """Measure everything and print it; the last line is one JSON object."""
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        file = scratch / "fleet.yaml"
        words = [
            sys.executable,
            "cli.py",
            "fleet",
            "--size",
            str(size),
            "--seed",
            str(seed),
            "--processes",
            "2",
            "--out",
            str(file),
        ]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as served:
            try:
                assert served.stdout is not None
                while "serving" not in (line := served.stdout.readline()):
                    assert line, "the fleet did not start"
                woken(file)
                independent(one_of_each(file, scratch), scratch / "warm", 1)  # the plans are drawn
                two = independent(file, scratch / "apart", 2)
                both = campaign(file, scratch / "two", 2)
                one = campaign(file, scratch / "one", 1)
            finally:
                served.terminate()
    cpu = both["cpu"]
    found = {
        "targets": size,
        "two processes": round(two, 1),
        "campaign of 2": round(both["testing"], 1),
        "with its start": round(both["seconds"], 1),
        "campaign of 1": round(one["testing"], 1),
        "efficiency": round(two / both["testing"], 3),
        "efficiency with its start": round(two / both["seconds"], 3),
        "scaling": round(one["testing"] / both["testing"], 2),
        "overhead": round((cpu["scheduler"] + cpu["workers"]) / sum(cpu.values()), 4),
        "cpu a target": round(sum(cpu.values()) / size, 2),
        "memory": {kind: round(max(sizes)) for kind, sizes in both["memory"].items()},
        "slope": {kind: round(slope(sizes), 3) for kind, sizes in both["memory"].items()},
    }
    for key, value in found.items():
        print(f"{key:<28} {value}")
    print(json.dumps(found))


def woken(file: Path) -> None:
    """Ask every member something: its application is made when it is first asked, and whoever came first would pay for that."""
    for row in read_rows(data_folders(), file).rows:
        with contextlib.suppress(HTTPError), urlopen(row.settings.ixit.base_url) as answer:
            answer.read()


def one_of_each(file: Path, scratch: Path) -> Path:
    """The first target of each domain, as a list of its own."""
    lines = file.read_text().splitlines()
    rows = [line for line in lines if line.startswith("  - {")]
    made = scratch / "warm.yaml"
    made.write_text("\n".join([*lines[: lines.index(rows[0])], *rows[:3]]) + "\n")
    return made


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    bench(asked.size, asked.seed)
