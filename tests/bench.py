"""How fast the suite is, from one run on one machine: `make bench`, or `python -m tests.bench [--rounds N]`.

The target is the reference server in a process of its own (uvicorn, loopback, a free port), started anew for every measurement, so
that each begins with the same stock. It counts its requests itself; that is how another tool's requests are counted too.

    run              a full run, sandbox, plan from the cache: plan, evidence, verdicts and report on disk. Its driving phase lasts
                     from the first request sent to the last answer recorded, as the evidence says; judging and report follow
    raw replay       the requests of that run in their order, by the same client at the same concurrency, every answer checked against
                     its declared schema, and nothing else: no scripts, no order to keep, no redaction, no evidence, no verdicts. Its
                     server never issued the identifiers of that run, so some answers are a cheaper 404: that favours the replay
    schemathesis     `schemathesis run` on the same server and document, its coverage and fuzzing phases, for 20 s; requests per
                     second from its first request to its last, so without its start
    plan             the command `yance plan`, as a user waits for it: cold with an empty cache folder, then with the cache
    plan large       the same of a made document of 200 operations over 800 schemas that all reach each other, without draws
    judge            verdicts from the evidence file, in a fresh process, once: by one process, and by as many as pay
    whole commands   `yance judge`, `yance verify` and `yance report` of a finished run, `yance registry list`, `stats` and `show` of 10,000
                     certificates, and `yance --help`, as a user waits for them: as seconds and as multiples of `python -c pass` right
                     beside them; other load disturbs the multiples less
    redaction        what looking at a clean page of 17 kB costs the first time and again, as multiples of parsing it
    memory           the largest resident size of a run's process, and of one with four times the cases that ask most

Some cases wait on purpose: until a hold lapses, until data are due again. What they wait is not speed, so the figures are of a plan
without them; which they are is found by driving the plan in-process on a virtual clock, in the midst of a minute and near the end of
one (where a case waits for the next quota), and noting whose clock was slept on. The
time of a whole `yance run` with all its waits is printed as well. Ratios compare neighbours in time; the figures are medians of the
rounds. Other load on the machine disturbs them: the load average is printed first.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import sqlalchemy as sa

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import generate_key, load_key, sign_run
from conformance.clock import SystemClock, VirtualClock
from conformance.commands.loopback import uvicorn_server
from conformance.evidence import read_evidence
from conformance.interface import contract
from conformance.interface.dialect import Dialect, read_dialect
from conformance.load import data_folders, load_profile
from conformance.model import Exchange, Ics, Ixit, Plan, Profile, Request, Response, Spec
from conformance.office import Registry
from conformance.office.store import database_url
from conformance.office.tables import EVENTS
from conformance.plan import make_plan, read_plan
from conformance.run.conduct import Setting, conduct, exchanges, redactor_for
from conformance.run.pump import run_plan
from conformance.run.replay import MemoryRecorder
from conformance.verdict.beside import judge_file
from conformance.verdict.folder import RunFolder, plan_bytes
from conformance.verdict.judge import judge_run
from conformance.wire import Wire, in_process
from tests.large import data_folder, document
from tests.test_log import at_length, rows_of

DOMAIN = "transport"
COUNT = "/bench/count"
SECONDS = 20  # of schemathesis
WAITED = ("judge", "verify", "report", "list", "stats", "show", "help")  # commands of which the whole process is timed
CERTIFICATES = 10_000
ROOT = Path(__file__).resolve().parents[1]
Numbers = dict[str, Any]


# ------------------------------------------------------------------------------------------ the server's process


class Counting:
    """An ASGI application with its requests counted; the counts are at `COUNT`, which is not counted."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.requests = 0
        self.first = self.last = 0.0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == COUNT:
            seen = {"requests": self.requests, "seconds": self.last - self.first, "cpu": time.process_time()}
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": json.dumps(seen).encode()})
            return
        self.last = time.perf_counter()
        self.first = self.first or self.last
        self.requests += 1
        await self.app(scope, receive, send)


def serve() -> None:
    """Serve until terminated; the base URL is the first line."""
    server, bound, url = uvicorn_server(DOMAIN)
    server.config.app = Counting(server.config.app)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # it warns of what a fuzzer sends
    bound.listen()  # from here on a connection waits to be accepted, so the URL may be told
    print(url, flush=True)
    server.run(sockets=[bound])


def counted(url: str) -> Numbers:
    """What the server at `url` has counted so far."""
    with urlopen(url.removesuffix("/v1") + COUNT) as answer:
        seen: Numbers = json.load(answer)
    return seen


@contextlib.contextmanager
def server() -> Iterator[str]:
    """A fresh reference server in a process of its own, by its base URL."""
    process = subprocess.Popen([sys.executable, "-m", "tests.bench", "serve"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate()


# ------------------------------------------------------------------------------------------ what is measured, each in a fresh process


def loaded() -> tuple[Profile, Spec]:
    """The full profile and its spec."""
    return load_profile(data_folders(), DOMAIN, "full")


def target(url: str) -> Ixit:
    """What is needed to test the server at `url`."""
    return replace(reference_ixit(DOMAIN), base_url=url)


def run(folder: Path, plan_file: Path, url: str) -> Numbers:
    """One run, and what it took."""
    profile, spec = loaded()
    plan = read_plan(json.loads(plan_file.read_bytes()))
    kept = RunFolder(folder)
    driven = [time.process_time()]
    began, before = time.perf_counter(), driven[0]
    setting = Setting(plan, spec, profile, Ics("reference", "1.0.0"), target(url), kept)
    report = asyncio.run(conduct(setting, listener=lambda _: driven.__setitem__(0, time.process_time())))
    whole, after = time.perf_counter() - began, time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = [(one.sent_at, one.sent_at + one.elapsed) for one in exchanges(kept)]
    driving = (max(end for _, end in times) - min(start for start, _ in times)) / 1000
    spent = {"cpu": driven[0] - before, "whole cpu": after - before}
    wrong = report["counts"]["fail"] + report["counts"]["error"]
    assert wrong == 0, f"{wrong} verdicts are not as on a conforming server; such a run says nothing of speed"
    return {"exchanges": len(times), "driving": driving, "whole": whole, "peak": peak, **spent}


def replay(folder: Path, url: str) -> Numbers:
    """The requests of a run again, as fast as the client can, with nothing done but checking the schema of each answer."""
    _, spec = loaded()
    ixit = target(url)
    asked = [one.request for one in exchanges(RunFolder(folder)) if one.request.operation in spec.operations]

    async def worker(wire: Wire, requests: Iterator[Request]) -> int:
        found = [
            contract.response_errors(spec.operations[one.operation], await wire.send(one, case="replay")) for one in requests
        ]
        return sum(map(len, found))

    async def replayed() -> tuple[float, int]:
        async with Wire(ixit, clock=SystemClock()) as wire:
            began = time.perf_counter()
            shared = iter(asked)
            wrong = await asyncio.gather(*(worker(wire, shared) for _ in range(ixit.limits.concurrency)))
            return time.perf_counter() - began, sum(wrong)

    before = time.process_time()
    seconds, wrong = asyncio.run(replayed())
    return {"exchanges": len(asked), "seconds": seconds, "wrong": wrong, "cpu": time.process_time() - before}


def judge(folder: Path) -> Numbers:
    """The verdicts of a run from its evidence: on one processor, and then on all (both begin with nothing remembered)."""
    _, spec = loaded()
    kept = RunFolder(folder)
    plan, dialect = kept.plan(), read_dialect(spec.dialect)
    with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as apart:  # what it remembers goes with it
        seconds, cpu, count = apart.submit(judged_alone, plan, spec, dialect, kept.evidence_file).result()
    shared = -time.perf_counter()
    verdicts = judge_file(plan, spec, dialect, kept.evidence_file)
    shared += time.perf_counter()
    return {"verdicts": len(verdicts), "seconds": seconds, "cpu": cpu, "shared": shared, "exchanges": count}


def judged_alone(plan: Plan, spec: Spec, dialect: Dialect, path: Path) -> tuple[float, float, int]:
    """The seconds and CPU seconds that one process takes to judge a run, and how many exchanges it has."""
    began, before = time.perf_counter(), time.process_time()
    judge_run(plan, spec, dialect, read_evidence(path))
    taken = time.perf_counter() - began, time.process_time() - before
    return *taken, sum(isinstance(one, Exchange) for one in read_evidence(path))


def commands(folder: Path, rounds: int = 5) -> Numbers:
    """Seconds of commands on a signed run folder and on a registry beside it, and of a Python that does nothing; medians."""
    public = next(folder.glob("*.pub.pem"))
    registry = ["--registry", office(folder.with_name("registry.sqlite"))]
    words: dict[str, list[str | Path]] = {
        "judge": [ROOT / "cli.py", "judge", folder],
        "verify": [ROOT / "cli.py", "verify", folder, "--key", public],
        "report": [ROOT / "cli.py", "report", folder, "--out", folder],
        "list": [ROOT / "cli.py", "registry", "list", *registry],
        "stats": [ROOT / "cli.py", "registry", "stats", *registry],
        "show": [ROOT / "cli.py", "registry", "show", f"TW-2026-{CERTIFICATES // 2:05d}", *registry],
        "help": [ROOT / "cli.py", "--help"],
        "nothing": ["-c", "pass"],
    }
    taken: dict[str, list[float]] = {name: [] for name in words}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder.parent / "bytecode")  # as an installed suite has it; the first round makes it
    for _ in range(rounds):
        for name, command in words.items():
            began = time.perf_counter()
            # 3: a run without the cases that wait leaves questions open
            finished([sys.executable, *command], ROOT, environment, codes=(0, 3))
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def office(path: Path) -> Path:
    """A registry with `CERTIFICATES`: by events, without a signature."""
    Registry.create(str(path), scheme="TW", uri="https://r.example").close()
    engine = sa.create_engine(database_url(str(path)))
    with engine.begin() as connection:
        connection.execute(EVENTS.insert(), rows_of(at_length(CERTIFICATES)))
    engine.dispose()
    return path


def signed(folder: Path) -> Path:
    """A run folder with its statement and the public key beside it, as `yance demo` leaves it."""
    generate_key(folder / "bench-key.pem", "ecdsa", None)
    sign_run(RunFolder(folder), load_key(folder / "bench-key.pem", None))
    return folder


def fresh(*words: object) -> Numbers:
    """The numbers of a measurement in a process of its own."""
    command = [sys.executable, "-m", "tests.bench", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    numbers: Numbers = json.loads(done.stdout.splitlines()[-1])
    return numbers


# ------------------------------------------------------------------------------------------ the plan and its waits


class Noting(VirtualClock):
    """A virtual clock that notes which case slept on it, and for how long. The runner names a case's task after the case."""

    def __init__(self, start: float) -> None:
        super().__init__(start)
        self.slept: dict[str, float] = {}

    async def sleep(self, seconds: float) -> None:
        task = asyncio.current_task()
        name = task.get_name() if task else ""
        self.slept[name] = self.slept.get(name, 0.0) + seconds
        await super().sleep(seconds)


MOMENTS = (
    START,
    START - START % 60 + 58,
)  # in the midst of a minute, and near the end of one, where a case waits for the next quota


def waits(plan: Plan, spec: Spec) -> dict[str, float]:
    """The cases that pause at one of the moments, and the most seconds that each asks for."""
    found: dict[str, float] = {}
    for moment in MOMENTS:
        for name, seconds in paused(plan, spec, moment).items():
            found[name] = max(seconds, found.get(name, 0.0))
    known = {case.id for case in plan.cases}
    assert known >= found.keys() > set(), "some cases pause, and the runner names its tasks after their cases"
    return found


def paused(plan: Plan, spec: Spec, moment: float) -> dict[str, float]:
    """The cases that pause in a run from a moment on."""
    clock, ixit = Noting(moment), reference_ixit(DOMAIN)
    app = reference.application(DOMAIN, clock=clock.now)

    async def driven() -> None:
        async with Wire(ixit, clock=clock, transport=in_process(app)) as wire:
            await run_plan(plan, spec, read_dialect(spec.dialect), wire, MemoryRecorder(redactor_for(ixit)), clock)

    asyncio.run(driven())
    return clock.slept


def repeated(plan: Plan, times: int) -> Plan:
    """The plan with each case that is judged on its own exchanges there `times` times, under other names and other chance."""
    more = tuple(
        replace(case, id=f"{case.id}~{again}", inputs=replace(case.inputs, seed=case.inputs.seed + again))
        for again in range(1, times)
        for case in plan.cases
        if case.scope == "case" and case.outcome is None
    )
    return replace(plan, cases=(*plan.cases, *more))


def planned(cache: Path) -> float:
    """Seconds that `yance plan` takes with this cache folder."""
    began = time.perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    finished([sys.executable, ROOT / "cli.py", "plan", DOMAIN, "--profile", "full"], cache, environment)
    return time.perf_counter() - began


def planned_large(scratch: Path) -> tuple[float, int]:
    """Seconds and MiB that `yance plan` takes for a large document."""
    folder = data_folder(scratch / "large", document(200, 800))
    began = time.perf_counter()
    command = [sys.executable, ROOT / "cli.py", "plan", "large", "--data", folder]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"yance plan ended with {process.returncode}"
    return time.perf_counter() - began, used.ru_maxrss // 1024


def finished(
    command: list[str | Path], folder: Path, environment: dict[str, str] | None = None, codes: tuple[int, ...] = (0,)
) -> None:
    """Run a command that is to succeed, in silence unless it does not."""
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in codes, f"{command} ended with {done.returncode}: {done.stderr}"


def whole_command(scratch: Path) -> tuple[float, int]:
    """Seconds and exchanges of `yance run` with everything, waits and start included."""
    with server() as url:
        actors = "".join(f'[actors.{name}]\ntoken = "{token}"\n' for name, token in reference.credentials(DOMAIN).items())
        config, out = scratch / "yance.toml", scratch / "whole"
        config.write_text(f'[target]\nurl = "{url}"\nsandbox = true\n{actors}')
        began = time.perf_counter()
        finished([sys.executable, ROOT / "cli.py", "run", DOMAIN, "-c", config, "--out", out], scratch)
        return time.perf_counter() - began, sum(1 for _ in exchanges(RunFolder(out)))


# ------------------------------------------------------------------------------------------ the other engine


def schemathesis(scratch: Path, spec: Spec) -> Numbers:
    """What the server counted while schemathesis ran against it for `SECONDS`."""
    here = scratch / "schemathesis"
    here.mkdir()
    (here / "openapi.json").write_text(json.dumps(spec.document))
    token = reference.credentials(DOMAIN)["a"]
    options = ["--phases", "coverage,fuzzing", "--continue-on-failure", "--max-time", str(SECONDS), "--seed", "1"]
    with server() as url:
        engine = str(Path(sys.executable).with_name("schemathesis"))
        command = [engine, "run", "openapi.json", "--url", url, "-H", f"Authorization: Bearer {token}", *options]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode in (0, 1), done.stdout  # 1: it found something to say
        seen = counted(url)
    return {**seen, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


# ------------------------------------------------------------------------------------------ redaction


def redaction(times: int = 200) -> tuple[float, float]:
    """What a clean body costs to look at, new and known, in multiples of what it costs to parse."""
    item = {"stopUid": "TPE10001", "stopName": {"zh-Hant": "捷運市政府站", "en": "MRT Taipei City Hall"}, "cityCode": "TPE"}
    item |= {"position": {"positionLon": 121.565401, "positionLat": 25.0411}, "updateTime": "2026-09-12T10:00:00+08:00"}
    pages = [json.dumps({"items": [item] * 60, "page": {"limit": nth}}, ensure_ascii=False).encode() for nth in range(times)]
    redactor, asked = redactor_for(reference_ixit(DOMAIN)), Request("listStops", "GET", "/stops")

    def looked(bodies: list[bytes]) -> float:
        came = [Exchange(1, "bench", asked, Response(200, (("content-type", "application/json"),), body)) for body in bodies]
        began = time.process_time()
        for one in came:
            assert redactor.exchange(one) is one
        return time.process_time() - began

    new, known = looked(pages), looked(pages[-1:] * times)
    began = time.process_time()
    for body in pages:
        json.loads(body)
    parsing = time.process_time() - began
    return new / parsing, known / parsing


# ------------------------------------------------------------------------------------------ all of it


def machine() -> str:
    """What it was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, Python {platform.python_version()}, load {load}"


def one_round(scratch: Path, number: int, plan_file: Path) -> tuple[Numbers, Numbers]:
    """A run and, right after it, the raw replay of what it asked."""
    folder = scratch / f"run-{number}"
    with server() as url:
        done = fresh("run", folder, plan_file, url)
        done["server"] = counted(url)["cpu"]
    with server() as url:
        again = fresh("replay", folder, url)
    print(
        f"  round {number}: run {done['exchanges'] / done['driving']:.0f}/s driving ({done['driving']:.2f} s; "
        f"{done['whole']:.2f} s with verdicts and report), "
        f"raw replay {again['exchanges'] / again['seconds']:.0f}/s ({again['seconds']:.2f} s); "
        f"CPU {done['cpu']:.1f} s (with report {done['whole cpu']:.1f}), replay {again['cpu']:.1f}, server {done['server']:.1f} s",
        flush=True,
    )
    return done, again


def bench(rounds: int) -> None:
    """Measure everything and print it; the last line is one JSON object."""
    print(f"machine: {machine()}")
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        cache = scratch / "cache"
        cache.mkdir()
        cold, cached = planned(cache), statistics.median(planned(cache) for _ in range(3))
        print(f"plan: {cold:.1f} s cold, {cached:.2f} s from the cache (the whole command)", flush=True)
        large, mebibytes = planned_large(scratch)
        print(f"plan large: {large:.1f} s, {mebibytes} MiB (200 operations, 800 schemas, no draws)", flush=True)
        profile, spec = loaded()
        plan = make_plan(spec, profile, Ics("reference", "1.0.0"), reference_ixit(DOMAIN))
        slow = waits(plan, spec)
        quick = replace(plan, cases=tuple(case for case in plan.cases if case.id not in slow))
        print(f"left out of the speeds: {len(slow)} cases of {len(plan.cases)} that wait, {sum(slow.values()):.0f} s in all")
        plan_file, large_file = scratch / "plan.json", scratch / "large.json"
        plan_file.write_bytes(plan_bytes(quick))
        large_file.write_bytes(plan_bytes(repeated(quick, 4)))
        pairs = [one_round(scratch, number, plan_file) for number in range(1, rounds + 1)]
        judged = [fresh("judge", scratch / "run-1") for _ in range(rounds)]
        summary = summed(pairs, judged)
        waited = commands(signed(scratch / "run-1"))
        print(
            "whole commands: "
            + ", ".join(f"{name} {waited[name]:.2f} s ({waited[name] / waited['nothing']:.0f} times nothing)" for name in WAITED)
            + f"; a Python that does nothing {waited['nothing']:.3f} s",
            flush=True,
        )
        seconds, asked = whole_command(scratch)
        print(f"whole command `yance run` with all waits: {seconds:.1f} s, {asked} exchanges", flush=True)
        with server() as url:
            large = fresh("run", scratch / "large", large_file, url)
        small = pairs[0][0]
        print(
            "memory: " + ", ".join(f"{one['peak']:.0f} MiB at {one['exchanges']} exchanges" for one in (small, large)), flush=True
        )
        new, known = redaction()
        print(f"redaction of a clean page: {new:.2f} times its parsing when it is new, {known:.2f} when it is known", flush=True)
        other = schemathesis(scratch, spec)
        rate = other["requests"] / other["seconds"]
        print(f"schemathesis: {other['requests']} requests in {other['seconds']:.1f} s, {rate:.0f}/s")
        print(effort(*pairs[-1], other))
        print(
            json.dumps(
                figures(summary, rate, cold, cached, small["peak"])
                | {f"{name}Seconds": round(waited[name], 3) for name in WAITED}
            )
        )


def summed(pairs: list[tuple[Numbers, Numbers]], judged: list[Numbers]) -> Numbers:
    """The medians, printed."""
    middle = statistics.median
    found = {
        "rate": middle(done["exchanges"] / done["driving"] for done, _ in pairs),
        "ratio": middle(done["driving"] / again["seconds"] for done, again in pairs),
        "whole": middle(done["whole"] / again["seconds"] for done, again in pairs),
        "judge": middle(one["exchanges"] / one["seconds"] for one in judged),
        "shared": middle(one["exchanges"] / one["shared"] for one in judged),
    }
    print(
        f"run: {found['rate']:.0f} exchanges per second; {found['ratio']:.2f} times the raw replay, {found['whole']:.2f} with report"
    )
    print(f"judge: {found['judge']:.0f} exchanges per second by one process, {found['shared']:.0f} by all that pay", flush=True)
    return found


def effort(done: Numbers, again: Numbers, other: Numbers) -> str:
    """What a request costs this side in CPU: the figure that other load disturbs least."""
    own, raw, engine = 1000 / done["exchanges"], 1000 / again["exchanges"], 1000 / other["requests"]
    return (
        f"CPU per request: {done['cpu'] * own:.2f} ms to drive and record ({done['whole cpu'] * own:.2f} with verdicts and report), "
        f"raw replay {again['cpu'] * raw:.2f} ms, schemathesis {other['cpu'] * engine:.2f} ms with its start"
    )


def figures(summary: Numbers, other: float, cold: float, cached: float, peak: float) -> Numbers:
    """The last line."""
    return {
        "exchangesPerSecond": round(summary["rate"], 1),
        "overRawReplay": round(summary["ratio"], 3),
        "overSchemathesis": round(summary["rate"] / other, 2),
        "planColdSeconds": round(cold, 2),
        "planCachedSeconds": round(cached, 3),
        "peakMiB": round(peak, 1),
        "judgePerSecond": round(summary["judge"], 1),
        "judgePerSecondShared": round(summary["shared"], 1),
    }


def main() -> None:
    """All of it, or one measurement of it in this process."""
    parser = argparse.ArgumentParser(description="Measure the suite.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("words", nargs="*", help=argparse.SUPPRESS)
    given = parser.parse_args()
    match given.words:
        case []:
            bench(given.rounds)
        case ["serve"]:
            serve()
        case ["run", folder, plan_file, url]:
            print(json.dumps(run(Path(folder), Path(plan_file), url)))
        case ["replay", folder, url]:
            print(json.dumps(replay(Path(folder), url)))
        case ["judge", folder]:
            print(json.dumps(judge(Path(folder))))
        case ["commands", folder]:
            print(json.dumps(commands(Path(folder))))


if __name__ == "__main__":
    main()
