"""What many targets cost together: `python -m tests.bench_campaign [--size N]`, also part of `make bench` (`make bench TARGETS=N`).

A fleet of reference servers, drawn from a seed, is served by processes of its own, and the same list is tested in three ways, one right after
the other, each with quick effort, with plans from the cache, and against servers that were just started (they keep what they are given, so
that whoever came second would be answered longer lists):

    two processes    two processes of Python that know nothing of each other, each with every other target, one after the other, through the
                     same function that a campaign's runner calls: no engine, no journal, nobody to end what hangs
    campaign of 2    the embedded engine with two workers
    campaign of 1    the same with one worker, on the first quarter of the list

Other load on the machine disturbs what the clock says, so the load average is printed first, and for every way the CPU seconds of a target,
without those of the servers: on processors that are never idle, throughput is what they leave. `efficiency` is the throughput of a campaign of
two by that of the two processes, `by CPU` the same by CPU seconds; `scaling` the throughput of two workers by that of one; `overhead` the CPU
seconds of scheduler and workers as a share of all CPU seconds of the campaign, runners included. Memory is the resident size of the
scheduler's process, of each worker and of each runner after every target that it had to do with. `growth` is by how many MiB it grows with a
target, over the second half (of a runner: of each one's life, since a runner is replaced after some calls), when what is loaded once is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
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
MEMORY = 10  # times that sizes are printed
SERIES = 6  # sizes from which it can be told whether they grow


def apart(file: Path, out: Path, nth: int, of: int) -> None:
    """Every `of`-th target of a list from the `nth`, one after the other."""
    rows = read_rows(data_folders(), file)
    place = Folder(out)
    course = Course(rows, OPTIONS, place, str(out), {}, "")
    admission = Admission.of(rows.terms, rows.rows)
    for row in rows.rows[nth::of]:
        tested(course.job(row, admission, 1), place.work(row.name), lambda *_: None)


def independent(file: Path, out: Path, count: int) -> Numbers:
    """What so many processes of their own take for a list: seconds, CPU seconds."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=apart, args=(file, out, nth, count)) for nth in range(count)]
    began, before = time.perf_counter(), of_children()
    for one in processes:
        one.start()
    for one in processes:
        one.join()
        assert one.exitcode == 0
    return {"seconds": time.perf_counter() - began, "cpu": of_children() - before}


def of_children() -> float:
    """CPU seconds of all processes that were begun here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# ------------------------------------------------------------------------------------------ a campaign


def campaign(file: Path, out: Path, workers: int) -> Numbers:
    """A campaign of so many workers: seconds, CPU seconds, memory after each target."""
    rows = read_rows(data_folders(), file)
    seen = Sizes()
    with opened(rows, OPTIONS, Folder(out), str(out), resume=False) as course:
        began = time.perf_counter()
        with engine(workers=workers) as made:
            started = time.perf_counter()
            processes = made.workers
            used = Used(list(processes.values()))

            def told(one: Result) -> None:
                seen.note(processes[one.worker])

            results = conducted(course, made, told=told)
            ended = time.perf_counter()
            cpu = used.end()
    assert {one.state for one in results.values()} == {"judged"}, {one.target: one.said for one in results.values() if one.said}
    return {
        "targets": len(results),
        "seconds": ended - began,
        "testing": ended - started,
        "cpu": cpu,
        "sizes": seen,
        "exchanges": sum(one.exchanges for one in results.values()),
        "bytes": sum(one.stat().st_size for one in (out / "runs").rglob("*") if one.is_file()),
        "outcome bytes": statistics.mean(len(json.dumps(one.as_json())) for one in results.values()),
    }


class Used:
    """CPU seconds of this process, of the workers, and of what they run, looked at now and then, since a runner may end."""

    def __init__(self, workers: list[int]) -> None:
        self._workers, self._own = workers, time.process_time()
        self._last = {"workers": dict[int, float](), "runners": dict[int, float]()}
        self._before = {pid: spent(pid) for pid in workers}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while True:
            for pid in self._workers:
                self._last["workers"][pid] = spent(pid) - self._before[pid]
                for runner in runners(pid):
                    self._last["runners"][runner] = spent(runner, children=True)
            if self._over.wait(1):
                return

    def end(self) -> Numbers:
        """What was spent since this was made."""
        self._over.set()
        self._thread.join()
        return {"scheduler": time.process_time() - self._own, **{kind: sum(of.values()) for kind, of in self._last.items()}}


def spent(pid: int, *, children: bool = False) -> float:
    """CPU seconds of a process, and of those that it began and that have ended."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system + (times.children_user + times.children_system if children else 0.0))


def runners(worker: int) -> list[int]:
    """The runners of a worker."""
    try:
        return [one.pid for one in psutil.Process(worker).children() if "conformance.campaign.runner" in one.cmdline()]
    except psutil.Error:
        return []


class Sizes:
    """MiB of the scheduler's process, of workers and of their runners: by kind and process, after each target that it had to do with."""

    def __init__(self) -> None:
        self.of: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.most: dict[str, list[float]] = defaultdict(list)

    def note(self, worker: int) -> None:
        """A target of a worker has ended: look at it, at its runner and at this process."""
        for kind, pids in (("scheduler", [os.getpid()]), ("worker", [worker]), ("runner", runners(worker))):
            for pid in pids:
                self.of[kind][pid].append(resident(pid))
            self.most[kind].append(max((sizes[-1] for sizes in self.of[kind].values()), default=0.0))

    def growth(self, kind: str) -> float:
        """MiB that a process grows by with each target, over the second half of what it had to do."""
        halves = [sizes[len(sizes) // 2 :] for sizes in self.of[kind].values()]
        slopes = [statistics.linear_regression(range(len(half)), half).slope for half in halves if len(half) >= SERIES]
        return statistics.mean(slopes) if slopes else 0.0

    def over_time(self, kind: str) -> list[int]:
        """The largest of a kind, so many times from the first target to the last."""
        most = self.most[kind]
        return [round(most[(len(most) - 1) * nth // (MEMORY - 1)]) for nth in range(MEMORY)]


def resident(pid: int) -> float:
    """MiB of a process; 0 when it has ended."""
    try:
        return float(psutil.Process(pid).memory_info().rss / 2**20)
    except psutil.Error:
        return 0.0


# ------------------------------------------------------------------------------------------ all of it


@contextlib.contextmanager
def served(file: Path, *more: object) -> Iterator[None]:
    """A fleet that was just started: that of the file, or one that is drawn and written there. Every member was asked something, since its
    application is made when it is first asked, and whoever came first would pay for that.
    """
    words = [sys.executable, "cli.py", "fleet", *map(str, more or (file,)), "--processes", "2"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as fleet:
        try:
            assert fleet.stdout is not None
            while "serving" not in (line := fleet.stdout.readline()):
                assert line, "the fleet did not start"
            for row in read_rows(data_folders(), file).rows:
                with contextlib.suppress(HTTPError), urlopen(row.settings.ixit.base_url) as answer:
                    answer.read()
            yield
        finally:
            fleet.terminate()


def part(file: Path, made: Path, count: int) -> Path:
    """The first targets of a list, as a list of its own."""
    lines = file.read_text().splitlines()
    rows = [line for line in lines if line.startswith("  - {")]
    made.write_text("\n".join([*lines[: lines.index(rows[0])], *rows[:count]]) + "\n")
    return made


def bench(size: int, seed: int) -> None:
    """Measure everything and print it; the last line is one JSON object."""
    print(f"machine: {machine()}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        file, few = scratch / "fleet.yaml", max(3, size // 4)
        with served(file, "--size", size, "--seed", seed, "--out", file):
            independent(part(file, scratch / "warm.yaml", 3), scratch / "warm", 1)  # one of each domain: the plans are drawn
        with served(file):
            two = shown("two processes", independent(file, scratch / "apart", 2), size)
        with served(file):
            both = shown("campaign of 2", campaign(file, scratch / "two", 2), size)
        with served(file):
            one = shown("campaign of 1", campaign(part(file, scratch / "few.yaml", few), scratch / "one", 1), few)
    found = compared(size, two, both, one)
    for key, value in found.items():
        print(f"{key:<28} {value}")
    print(json.dumps(found))


def shown(name: str, came: Numbers, targets: int) -> Numbers:
    """Tell what a way took, as soon as it did."""
    seconds, cpu = came.get("testing", came["seconds"]), came["cpu"]
    used = sum(cpu.values()) if isinstance(cpu, dict) else cpu
    print(f"{name}: {targets} targets, {seconds:.1f} s, {used:.1f} CPU s", flush=True)
    return came


def compared(size: int, two: Numbers, both: Numbers, one: Numbers) -> Numbers:
    """What the three ways say together."""
    cpu, sizes = both["cpu"], both["sizes"]
    used = sum(cpu.values())
    kinds = ("scheduler", "worker", "runner")
    return {
        "targets": size,
        "two processes": round(two["seconds"], 1),
        "campaign of 2": round(both["testing"], 1),
        "with its start": round(both["seconds"], 1),
        "efficiency": round(two["seconds"] / both["testing"], 3),
        "efficiency with its start": round(two["seconds"] / both["seconds"], 3),
        "efficiency by CPU": round(two["cpu"] / used, 3),
        "scaling": round(one["testing"] / one["targets"] / (both["testing"] / size), 2),
        "overhead": round((cpu["scheduler"] + cpu["workers"]) / used, 4),
        "CPU of two processes": round(two["cpu"] / size, 2),
        "CPU of a campaign": {kind: round(seconds / size, 3) for kind, seconds in cpu.items()},
        "exchanges a target": round(both["exchanges"] / size),
        "kB a run folder": round(both["bytes"] / size / 1000),
        "kB an outcome": round(both["outcome bytes"] / 1000, 1),
        "memory": {kind: round(max(sizes.most[kind])) for kind in kinds},
        "growth": {kind: round(sizes.growth(kind), 3) for kind in kinds},
        "memory over time": {kind: sizes.over_time(kind) for kind in kinds},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    bench(asked.size, asked.seed)
