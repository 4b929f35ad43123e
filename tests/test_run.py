"""Runs on in-process servers: determinism, witnesses, gating, and whose fault an exception is."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from conformance import checks, reference
from conformance.adequacy import START, reference_ixit, verdicts_of
from conformance.clock import VirtualClock
from conformance.evidence import Record
from conformance.load import data_folders, load_profile
from conformance.load.catalogue import reason_text
from conformance.model import (
    Case,
    Exchange,
    Ics,
    Inbox,
    Ixit,
    Limits,
    Outcome,
    Pause,
    Plan,
    Request,
    Spec,
    Unmet,
    Verdict,
    Witness,
)
from conformance.plan import case_ids, generate, make_plan, plan_document, read_plan
from conformance.reference.transport.records import Network
from conformance.reference.transport.server import TransportServer
from conformance.verdict.judge import judge_run

pytestmark = pytest.mark.heavy

PLANNED_APART = """\
import sys
from pathlib import Path
import conformance
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics, Ixit
from conformance.plan import make_plan
profile, spec = load_profile(data_folders([sys.argv[1]]), "library")
ixit = Ixit("", True, {name: Credential("bearer", "") for name in ("b", "a")})
plan = make_plan(spec, profile, Ics(), ixit, cache=Path(sys.argv[2]))
sys.stdout.buffer.write(f"{Path(conformance.__file__).parent} {plan.digest}".encode())
"""


def planned(cache: Path, ixit: Ixit | None = None, **more: Any) -> tuple[Plan, Spec]:
    profile, spec = load_profile(data_folders(), "transport", more.pop("profile", "full"))
    ics = more.pop("ics", Ics())
    return make_plan(spec, profile, ics, ixit or reference_ixit("transport"), cache=cache, **more), spec


def ran(
    plan: Plan, spec: Spec, ixit: Ixit | None = None, app: Any = None, concurrency: int = 8
) -> tuple[list[Verdict], list[Record]]:
    clock = VirtualClock(START)
    served = app(clock) if app else reference.application("transport", clock=clock.now)
    return asyncio.run(verdicts_of(plan, spec, ixit or reference_ixit("transport"), served, clock, concurrency=concurrency))


# What follows the server's clock is a value that the server chose; pseudonyms have a key of their own in each run.
CHOSEN = re.compile(r"\d{4}-\d\d-\d\dT[^\"&,]*|«[^»]*»")


def asked(records: list[Record]) -> dict[str, list[tuple[object, ...]]]:
    found: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for one in records:
        if isinstance(one, Exchange):
            sent = one.request
            told = (sent.target, str(sent.headers), (sent.body or b"").decode("utf-8", "replace"))
            found[one.case].append((sent.method, *(CHOSEN.sub("<chosen>", text) for text in told), sent.actor, sent.step))
    return found


def told(verdicts: list[Verdict]) -> list[tuple[object, ...]]:
    return [(v.case, v.outcome, v.witnesses, [(f.message, f.expected, f.at) for f in v.findings]) for v in verdicts]


def test_two_runs_ask_the_same_and_come_to_the_same_at_any_concurrency(cache: Path) -> None:
    plan, spec = planned(cache)
    (alone, alone_records), (beside, beside_records) = ran(plan, spec, concurrency=1), ran(plan, spec, concurrency=8)
    assert asked(alone_records) == asked(beside_records)
    assert told(alone) == told(beside)
    assert {v.outcome for v in alone} <= {Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.NOT_TESTED}
    assert len({v.requirement for v in alone if v.outcome is Outcome.PASS}) >= 40


def test_findings_of_two_runs_name_the_same_exchanges(cache: Path) -> None:
    """Numbers are places in the evidence, and another order gives others; `case#index` stays."""
    plan, spec = planned(cache, only=("COM-PAGE-01", "COM-SORT-01", "COM-FILT-04", "COM-PAGE-04"))

    def faulty(clock: VirtualClock) -> Any:
        served = reference.application("transport", fault="DropsLastItemOfFullPage", clock=clock.now)

        async def slowly(scope: Any, receive: Any, send: Any) -> None:
            await clock.sleep(0.01 * (1 + len(scope["path"]) % 5))  # so that one case overtakes another
            await served(scope, receive, send)

        return slowly

    (alone, records), (beside, others) = (ran(plan, spec, app=faulty, concurrency=count) for count in (1, 8))

    def named(verdicts: list[Verdict]) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        return {v.case: [(f.message, f.references) for f in v.findings] for v in verdicts if v.findings}

    def numbered(verdicts: list[Verdict]) -> list[tuple[int, ...]]:
        return [f.exchanges for v in verdicts for f in v.findings]

    assert named(alone)
    assert named(alone) == named(beside)
    assert numbered(alone) != numbered(beside)
    for verdicts, kept in ((alone, records), (beside, others)):
        brought = defaultdict(list)
        for one in kept:
            if isinstance(one, Exchange):
                brought[one.case].append(one.number)
        for finding in (f for v in verdicts for f in v.findings):
            places = (reference.rpartition("#") for reference in finding.references)
            assert tuple(brought[case][int(index) - 1] for case, _, index in places) == finding.exchanges


def test_judging_the_records_again_gives_the_same_verdicts(cache: Path) -> None:
    from conformance.interface.dialect import read_dialect

    plan, spec = planned(cache, profile="open-data")
    verdicts, records = ran(plan, spec)
    assert judge_run(plan, spec, read_dialect(spec.dialect), records) == verdicts


def test_nothing_passes_on_an_empty_server_without_witnesses(cache: Path) -> None:
    class Empty(TransportServer):
        def seed(self) -> Network:
            return dataclasses.replace(super().seed(), stops=(), routes=(), car_parks=(), stations=())

    plan, spec = planned(cache, profile="open-data")

    def app(clock: VirtualClock) -> Any:
        return Empty(clock=clock.now, base_path="/v1", document=lambda: spec.document, ttl_seconds=5.0).starlette()

    verdicts, _ = ran(plan, spec, app=app)
    counts = Counter(v.outcome for v in verdicts)
    assert counts[Outcome.FAIL] == counts[Outcome.ERROR] == 0
    assert counts[Outcome.INCONCLUSIVE] > 50
    assert all(v.witnesses > 0 for v in verdicts if v.outcome is Outcome.PASS)
    data_bound = {"COM-PAGE-01", "COM-FILT-01", "COM-SORT-01", "COM-CONS-02", "TRN-001", "TRN-018"}
    assert not {v.requirement for v in verdicts if v.outcome is Outcome.PASS} & data_bound


class LargeTown(TransportServer):
    """Thousands of stops, as in a real city: more than a dozen of the largest pages."""

    def seed(self) -> Network:
        network = super().seed()
        model = next(stop for stop in network.stops if stop.county == "TPE")
        more = (dataclasses.replace(model, uid=f"TPE9{n:05d}", zh=f"{model.zh}{n}") for n in range(3000))
        return dataclasses.replace(network, stops=(*network.stops, *more))


def test_a_long_listing_is_read_to_its_end(cache: Path) -> None:
    plan, spec = planned(cache, only=("TRN-001",))
    verdicts, records = ran(plan, spec, app=lambda clock: LargeTown(clock=clock.now).starlette())
    assert {v.case: v.outcome for v in verdicts}["TRN-001/listStops"] is Outcome.PASS
    assert len([one for one in records if isinstance(one, Exchange) and one.case == "TRN-001/listStops"]) > 30


def test_without_a_sandbox_no_case_that_writes_is_driven(cache: Path) -> None:
    ixit = dataclasses.replace(reference_ixit("transport"), sandbox=False)
    plan, spec = planned(cache, ixit)
    verdicts, records = ran(plan, spec, ixit)
    held = [v for v in verdicts if v.reason and v.reason.key == "no-sandbox"]
    assert {v.outcome for v in held} == {Outcome.NOT_TESTED}
    assert any(v.requirement == "TRN-028" for v in held)
    stored = [r for r in records if isinstance(r, Exchange) and r.request.method in ("POST", "PATCH", "PUT", "DELETE") and r.ok]
    assert stored == []


def test_missing_credentials_leave_the_question_open_and_say_which(cache: Path) -> None:
    whole = reference_ixit("transport")
    ixit = dataclasses.replace(whole, actors={"a": whole.actors["a"]})
    plan, _ = planned(cache, ixit)
    case = next(c for c in plan.cases if c.id == "COM-TEN-01/getReservation")
    assert case.outcome is Outcome.INCONCLUSIVE
    assert case.reason is not None
    assert case.reason.values == {"actor": "b"}


def test_what_the_ics_leaves_out_is_not_tested_and_says_why(cache: Path) -> None:
    plan, _ = planned(cache, ics=Ics(unsupported={"updateReservation": "planned for 2.2"}))
    left = [c for c in plan.cases if c.operation == "updateReservation"]
    assert left
    assert {c.outcome for c in left} == {Outcome.NOT_TESTED}
    assert left[0].reason is not None
    assert left[0].reason.values["why"] == "planned for 2.2"


def test_a_plan_is_the_same_from_its_file_and_changes_with_its_seed(cache: Path) -> None:
    plan, _ = planned(cache)
    document = plan_document(plan)
    assert read_plan(document) == plan
    assert planned(cache, seed=2)[0].digest != plan.digest
    assert planned(cache)[0].digest == plan.digest


def test_what_drew_the_inputs_is_told_and_is_not_in_the_digest(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan, _ = planned(cache, profile="open-data")
    monkeypatch.setattr("conformance.plan.cases.generator", lambda: "another engine 1.0")
    other, _ = planned(cache, profile="open-data")
    assert (other.digest, other.generator) == (plan.digest, "another engine 1.0")
    assert read_plan(plan_document(other)) == other
    document = plan_document(plan)
    next(iter(document["inputs"].values()))["valid"].pop()
    assert read_plan(document).digest != plan.digest


def test_a_plan_is_the_same_whoever_makes_it_and_wherever(tmp_path: Path) -> None:
    root = Path(checks.__file__).parents[2]
    elsewhere = tmp_path / "又一處"
    for name in ("conformance", "specs", "profiles", "reports"):
        shutil.copytree(root / name, elsewhere / name, ignore=shutil.ignore_patterns("__pycache__"))
    both = []
    for place, hash_seed, locale in ((root, "1", "C"), (elsewhere, "4711", "zh_TW.UTF-8")):
        told = {
            "PYTHONPATH": str(place),
            "PYTHONHASHSEED": hash_seed,
            "LC_ALL": locale,
            "LANG": locale,
            "TZ": f"XYZ{hash_seed[0]}",
        }
        command = [sys.executable, "-c", PLANNED_APART, str(root / "examples/library"), str(tmp_path / hash_seed)]
        both.append(subprocess.Popen(command, cwd=tmp_path, env=os.environ | told, stdout=subprocess.PIPE, encoding="utf-8"))
    (one, first), (other, second) = (process.communicate(timeout=120)[0].split() for process in both)
    assert (one, other) == (str(root / "conformance"), str(elsewhere / "conformance"))
    assert first == second


def test_only_keeps_a_requirement_and_the_traffic_that_it_is_judged_on(cache: Path) -> None:
    plan, spec = planned(cache, only=["COM-PAGE-01"])
    assert {c.requirement for c in plan.cases} == {"COM-PAGE-01"}
    listening, spec = planned(cache, only=["COM-ERR-01"], profile="open-data")
    verdicts, _ = ran(listening, spec)
    own = [v for v in verdicts if v.requirement == "COM-ERR-01"]
    assert any(v.outcome is Outcome.PASS for v in own)


def test_a_spent_budget_leaves_the_rest_open(cache: Path) -> None:
    ixit = dataclasses.replace(reference_ixit("transport"), limits=Limits(requests=100))
    plan, spec = planned(cache, ixit, profile="open-data")
    verdicts, records = ran(plan, spec, ixit)
    assert sum(isinstance(r, Exchange) for r in records) <= 100
    assert any(v.reason and v.reason.key == "budget" for v in verdicts)
    assert not [v for v in verdicts if v.outcome in (Outcome.FAIL, Outcome.ERROR)]


# ------------------------------------------------------------------------------------------ a check of the tests' own


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, cache: Path) -> Any:
    """Runs one case whose drive and judge the test gives."""
    plan, spec = planned(cache, only=["COM-PAGE-01"])
    whole = checks.check("pages_cover_every_item_once")

    def run(drive: Any, judge: Any) -> tuple[Verdict, list[Record]]:
        check = dataclasses.replace(whole, drive=drive, judge=judge)
        monkeypatch.setattr(checks, "check", lambda _: check)
        case: Case = dataclasses.replace(plan.cases[0], arguments={})
        verdicts, records = ran(dataclasses.replace(plan, cases=(case,)), spec)
        return verdicts[0], records

    return run


def nothing(*_: Any) -> Iterator[Any]:
    yield from ()


def seen(*_: Any) -> Iterator[Any]:
    yield Witness((1,))


def test_an_exception_in_a_script_is_ours(scripted: Any) -> None:
    def drive(*_: Any) -> Iterator[Any]:
        yield Pause(1)
        raise ZeroDivisionError("ours")

    verdict, _ = scripted(drive, seen)
    assert verdict.outcome is Outcome.ERROR
    assert "ZeroDivisionError" in verdict.reason.values["error"]


def test_an_exception_in_judging_is_ours(scripted: Any) -> None:
    def judge(*_: Any) -> Iterator[Any]:
        yield Witness((1,))
        raise KeyError("ours")

    verdict, _ = scripted(nothing, judge)
    assert verdict.outcome is Outcome.ERROR


def test_a_script_without_witnesses_is_inconclusive(scripted: Any) -> None:
    verdict, _ = scripted(nothing, nothing)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.key == "no-witness"


@pytest.mark.parametrize(
    ("variant", "outcomes", "reasons"),
    [
        (None, {Outcome.NOT_APPLICABLE}, {"not-arisen"}),
        ("QuotaIsUsedUpNowAndThen", {Outcome.PASS, Outcome.NOT_APPLICABLE}, {"", "witnessed-elsewhere"}),
    ],
)
def test_what_need_not_arise_is_judged_only_where_it_did(
    cache: Path, variant: str | None, outcomes: set[Outcome], reasons: set[str]
) -> None:
    plan, spec = planned(cache, only=("COM-RATE-01",))
    verdicts, _ = ran(plan, spec, app=lambda clock: reference.application("transport", variant=variant, clock=clock.now))
    own = [verdict for verdict in verdicts if verdict.requirement == "COM-RATE-01"]
    assert {verdict.outcome for verdict in own} == outcomes
    assert {verdict.reason.key if verdict.reason else "" for verdict in own} == reasons


def test_requests_lists_and_pauses_are_answered(scripted: Any) -> None:
    got: list[Any] = []

    def drive(operation: Any, *_: Any) -> Iterator[Any]:
        one: Request = operation.request()
        got.append((yield one))
        got.append((yield [one, one, one]))
        got.append((yield Pause(30)))

    verdict, records = scripted(drive, seen)
    assert verdict.outcome is Outcome.PASS
    assert isinstance(got[0], Exchange)
    assert [type(g) for g in got[1]] == [Exchange] * 3
    assert got[2] is None
    assert [r.number for r in records if isinstance(r, Exchange)] == [1, 2, 3, 4]


def test_a_pause_that_may_be_shorter_is_as_long_as_allowed(scripted: Any) -> None:
    def drive(operation: Any, *_: Any) -> Iterator[Any]:
        yield Pause(3600, may_be_shorter=True)
        yield operation.request()

    verdict, records = scripted(drive, seen)
    assert verdict.outcome is Outcome.PASS
    assert next(r for r in records if isinstance(r, Exchange)).sent_at == int((START + Limits().longest_pause) * 1000)


@pytest.mark.parametrize("ask", [Pause(3600), Inbox("/hook", 1)])
def test_what_cannot_be_had_leaves_the_question_open(scripted: Any, ask: Any) -> None:
    def drive(*_: Any) -> Iterator[Any]:
        yield ask

    verdict, _ = scripted(drive, seen)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.key == "unmet"


@pytest.mark.parametrize(("step", "key"), [("given: a page", "unmet-said"), ("a page", "unmet")])
def test_why_set_up_was_refused_is_told_in_the_words_of_the_target(scripted: Any, step: str, key: str) -> None:
    def drive(operation: Any, *_: Any) -> Iterator[Any]:
        refused = yield operation.request(query={"limit": "0"}, step=step)
        raise Unmet(f"a page was answered {refused.status}")

    verdict, records = scripted(drive, nothing)
    refusal = next(one for one in records if isinstance(one, Exchange))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.reason.key == key
    assert verdict.reason.values["why"] == "a page was answered 400"
    assert (verdict.reason.values.get("said") == refusal.json["detail"]) is (key == "unmet-said")
    assert (refusal.json["detail"] in reason_text(verdict.reason)["zh-Hant"]) is (key == "unmet-said")


def test_what_a_refusal_of_set_up_tells_is_told_as_it_was_recorded(cache: Path) -> None:
    secrets = {one.value for one in reference_ixit("transport").actors.values() if one.value}

    def telling(clock: VirtualClock) -> Any:
        served = reference.application("transport", clock=clock.now)

        async def answer(scope: Any, receive: Any, send: Any) -> None:
            sent = dict(scope["headers"]).get(b"authorization", b"").decode()
            if scope["method"] != "POST" or not sent:
                await served(scope, receive, send)
                return
            problem = {"type": "about:blank", "title": "Forbidden", "status": 403, "detail": f"{sent} makes nothing"}
            headers = {"content-type": "application/problem+json"}
            await JSONResponse(problem, 403, headers)(scope, receive, send)

        return answer

    plan, spec = planned(cache, only=["TRN-031"])
    verdicts, _ = ran(plan, spec, app=telling)
    said = [v.reason.values["said"] for v in verdicts if v.reason is not None and v.reason.key == "unmet-said"]
    assert said
    assert all(one.endswith("makes nothing") for one in said)
    assert not any(secret in one for secret in secrets for one in said)


def test_what_is_drawn_does_not_depend_on_where_the_suite_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from hypothesis.internal.conjecture import providers
    from hypothesis.internal.constants_ast import Constants

    def drawn(local: bool) -> Any:
        monkeypatch.setattr(providers, "is_local_module_file", lambda _: local)
        monkeypatch.setattr(providers, "_seen_modules", set())
        monkeypatch.setattr(providers, "_local_constants", Constants())
        providers.CONSTANTS_CACHE.cache.clear()
        monkeypatch.setattr(providers, "_sys_modules_len", None)
        return generate.draw(spec, ("createReservation", "listStops"), seed=3, count=12, cache=tmp_path / str(local))

    _, spec = load_profile(data_folders(), "transport", "full")
    assert drawn(True) == drawn(False)


def test_a_plan_that_leaves_something_out_is_not_complete(cache: Path) -> None:
    profile, spec = load_profile(data_folders(), "transport", "open-data")
    whole, _ = planned(cache, profile="open-data")
    part, _ = planned(cache, profile="open-data", only=["COM-PAGE-01"])
    assert {case.id for case in whole.cases} == case_ids(spec, profile)
    assert {case.id for case in part.cases} < case_ids(spec, profile)
