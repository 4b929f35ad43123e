"""The suite's own strength: every requirement catches a seeded fault, nothing else fails, and what conforms passes."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import signal
from dataclasses import replace
from functools import cache
from random import Random

import pytest
from click.testing import CliRunner, Result
from starlette.requests import Request
from starlette.responses import Response

from conformance import reference
from conformance.adequacy import (
    START,
    Attempt,
    Bounds,
    Stand,
    Standing,
    Sweep,
    Terms,
    adequacy,
    attempt,
    attempts,
    reference_ixit,
    stand_for,
    verdicts_of,
)
from conformance.adequacy.reach import Trail, chosen, recorded, touched
from conformance.adequacy.uses import replaced
from conformance.clock import VirtualClock
from conformance.commands.main import main
from conformance.committee.lifecycle import recognised
from conformance.load import data_folders, load_spec
from conformance.model import Effort, Verdict
from conformance.reference.answers import Visit
from conformance.reference.transport.records import Reservation
from conformance.reference.transport.server import TransportServer
from conformance.verdict.alike import Panel

pytestmark = pytest.mark.heavy

DOMAINS = reference.domains()
EVERY = [(d, row.id) for d in DOMAINS for row in load_spec(data_folders(), d).requirements if row.binding is not None]
CHECKED = [requirement for domain, requirement in EVERY if domain == "transport"]
FAULTS = reference.faults("transport")
FEW = ("COM-IDEM-02", "COM-PAGE-03", "TRN-001")  # requirements with few cases: one that races, one that writes, one that reads


@cache
def every_case(domain: str) -> Stand:
    """All of a domain: planned once, and what one server says as another did is judged once."""
    return stand_for(Terms(domain))


@pytest.fixture(scope="session")
def few() -> Stand:
    return stand_for(Terms("transport", only=FEW))


@pytest.fixture(scope="session")
def trail(few: Stand) -> Trail:
    return recorded(few)[1]


def swept(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["adequacy", "transport", *arguments])


class NeverAnswers(TransportServer):
    """Asked for reservations, it does not come to an end."""

    BREAKS = ("COM-PAGE-03",)

    async def respond(self, request: Request) -> Response:
        while request.url.path.endswith("/reservations"):
            pass
        return await super().respond(request)


class BreaksNothing(TransportServer):
    """It says that it breaks something, and does not."""

    BREAKS = ("TRN-001",)


class KeepsAnotherHolder(TransportServer):
    """What it answers to a booking is right; what it keeps is not."""

    BREAKS = ("COM-PAGE-03",)

    def keep(self, reservation: Reservation) -> Reservation:
        super().keep(replace(reservation, holder="somebody-else"))
        return reservation


class CountsEveryRequestTwice(TransportServer):
    """What remains of the quota is another number in every answer."""

    BREAKS = ("COM-RATE-02",)

    def spend(self, visit: Visit) -> int:
        super().spend(visit)
        return super().spend(visit)


class WithAnotherQuota(TransportServer):
    """It differs in something that is no method."""

    quota = 7


@pytest.fixture
def seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some faults more, which are no faults to leave in the reference server."""
    more = {kind.__name__: kind for kind in (NeverAnswers, BreaksNothing, KeepsAnotherHolder, CountsEveryRequestTwice)}
    monkeypatch.setitem(reference._FAULTS, "transport", lambda: {**FAULTS, **more})


def test_at_least_forty_requirements_of_every_oracle_class_are_checked() -> None:
    assert len(CHECKED) >= 40


@pytest.mark.parametrize("domain", DOMAINS)
def test_what_is_not_checked_says_why_in_both_languages(domain: str) -> None:
    for row in load_spec(data_folders(), domain).requirements:
        if row.binding is None:
            assert row.untested is not None
            assert len(row.untested["en"]) > 20
            assert len(row.untested["zh-Hant"]) > 8


# Of transport every second, of the other domains every tenth; the rest is as slow as the sweeps that run every fault.
SHARES = {"transport": 2}
SEEDED = [
    pytest.param(domain, requirement, marks=[] if nth % SHARES.get(domain, 10) == 1 else pytest.mark.slow)
    for nth, (domain, requirement) in enumerate(EVERY)
]


@pytest.mark.parametrize(("domain", "requirement"), SEEDED)
def test_a_seeded_fault_of_the_requirement_is_caught(domain: str, requirement: str) -> None:
    """One fault a requirement here, judged on that requirement alone; `test_every_fault…` runs them all in full."""
    known = [(kind.SUBTLE, name) for name, kind in reference.faults(domain).items() if requirement in kind.BREAKS]
    stand = stand_for(Terms(domain, only=(requirement,)))
    tried = []
    for _, name in sorted(known, key=lambda one: one[0]):  # what is subtle may show beside other cases only
        tried.append(attempt(stand, name))
        if requirement in tried[-1].failed:
            break
    else:
        pytest.fail(f"none of the faults of {requirement} shows where it is run alone: {[one.name for one in tried]}")
    assert [one.errors for one in tried] == [()] * len(tried)


# One of each domain, and those unlike one another; the others are as slow as the sweeps that run every variant.
UNLIKE = {"transport": "SourcesChangeEverySecond", "health": "IdsAreLong", "logistics": "LocksLast"}
CONFORMING = [
    pytest.param(domain, variant, marks=[] if UNLIKE[domain] == variant else pytest.mark.slow)
    for domain in DOMAINS
    for variant in list(reference.variants(domain))[:: 8 if domain == "transport" else 20]
]


@pytest.mark.parametrize(("domain", "variant"), CONFORMING)
def test_what_conforms_is_not_failed(domain: str, variant: str) -> None:
    found = attempt(every_case(domain), variant=variant)
    assert found.failed == ()
    assert found.errors == ()


# One whose pages never end leads every case round until its bound: that is slow.
POSING = [
    pytest.param(domain, name, marks=pytest.mark.slow if name == "MakesItUp" else [])
    for domain in DOMAINS
    for name in reference.impostors(domain)
]


@pytest.mark.parametrize(("domain", "name"), POSING)
def test_an_impostor_is_never_conformant(domain: str, name: str) -> None:
    found = attempt(every_case(domain), impostor=name)
    assert not found.conformant
    assert found.sound
    assert found.errors == ()


def test_an_impostor_that_is_not_seen_through_before_its_bounds_is_no_success() -> None:
    assert not Attempt(impostor="MakesItUp", stopped="budget").sound
    assert Attempt(impostor="MakesItUp", stopped="budget", failed=("COM-DOC-02",)).sound
    assert Attempt(impostor="SaysNothing", inconclusive=("COM-DOC-02",)).sound


def test_a_run_of_some_requirements_needs_no_impostor_but_those_that_are_named() -> None:
    some, every = stand_for(Terms("transport", only=("COM-PAGE-01",))), every_case("transport")
    assert Sweep(some).posing == Sweep(every, variants=()).posing == ()
    assert Sweep(some, impostors=("SaysNothing",)).posing == ("SaysNothing",)
    assert Sweep(every).posing == tuple(reference.impostors("transport"))
    posed = [Attempt(impostor="SaysNothing", conformant=True), Attempt(impostor="MakesItUp", failed=("COM-PAGE-01",))]
    told = adequacy(Sweep(every), posed)
    assert [one.sound for one in posed] == [False, True]
    assert told["impostors"] == [
        {"impostor": "SaysNothing", "conformant": True},
        {"impostor": "MakesItUp", "conformant": False},
    ]
    assert told["falseFailures"] == []


def test_the_summary_counts_what_was_caught_and_missed() -> None:
    found = [
        Attempt(fault="LicenceIsVague", declared=("COM-PAGE-01", "COM-PAGE-02"), failed=("COM-PAGE-02",), cases=3, planned=9),
        Attempt(
            fault="DropsLastItemOfFullPage", declared=("COM-PAGE-01",), failed=("COM-PAGE-01", "COM-SORT-01"), cases=4, planned=9
        ),
        Attempt(variant="RelativeLinks", failed=("COM-PAGE-04",), cases=9, planned=9),
        Attempt(cases=9, planned=9),
    ]
    told = adequacy(Sweep(every_case("transport")), found)
    assert told["requirements"]["COM-PAGE-01"] == {"faults": 2, "caught": 1}
    assert told["survivors"] == [{"fault": "LicenceIsVague", "missed": ["COM-PAGE-01"]}]
    assert told["falseFailures"] == [{"variant": "RelativeLinks", "failed": ["COM-PAGE-04"]}]
    assert told["unexpected"] == [{"fault": "DropsLastItemOfFullPage", "failed": ["COM-SORT-01"]}]
    assert told["cases"] == {"driven": 25, "planned": 36}
    assert told["selective"] is True


# ------------------------------------------------------------------------------------------ what a fault can touch


def test_a_fault_touches_the_cases_that_it_answers_otherwise_and_no_others(few: Stand, trail: Trail) -> None:
    assert {case.split("/")[0] for case in touched(few, trail, "ReusedKeyMakesAnother")} == {"COM-IDEM-02"}
    assert touched(few, trail, "LandingPageHasNoLinkHeader") == {one.case for one in trail.asked if one.scope["path"] == "/v1/"}


def test_an_answer_that_an_earlier_write_made_wrong_is_seen(few: Stand, trail: Trail, seeded: None) -> None:
    assert "COM-PAGE-03" in {case.split("/")[0] for case in touched(few, trail, "KeepsAnotherHolder")}


def test_what_remains_of_a_quota_touches_nothing(few: Stand, trail: Trail, seeded: None) -> None:
    assert touched(few, trail, "CountsEveryRequestTwice") == frozenset()
    assert touched(few, trail, "PublicDataSayNothingOfCaching")


def test_the_trail_holds_every_request_with_its_moment(few: Stand, trail: Trail) -> None:
    assert set(trail.requests) == {case.id for case in few.driven}
    moments = [one.at for one in trail.asked]
    assert moments == sorted(moments)
    assert moments[0] < moments[-1], "some case waits, on the virtual clock"


def test_the_plain_server_answers_its_trail_as_it_did(few: Stand, trail: Trail, seeded: None) -> None:
    assert touched(few, trail, "BreaksNothing") == frozenset()


@pytest.mark.parametrize("names", [list(FAULTS)[::8], pytest.param(list(FAULTS), marks=pytest.mark.slow)], ids=["some", "all"])
def test_what_cannot_bring_a_fault_out_need_not_be_asked(few: Stand, trail: Trail, seeded: None, names: list[str]) -> None:
    everything = replace(trail, begun=None)
    for name in (*names, "KeepsAnotherHolder"):
        assert touched(few, trail, name) == touched(few, everything, name), name


@pytest.mark.parametrize(
    ("fault", "methods"),
    [
        ("CountsEveryRequestTwice", {"spend"}),
        ("KeepsAnotherHolder", {"keep"}),
        ("EnglishReadersGetOtherData", {"envelope"}),
        ("WithAnotherQuota", None),
    ],
)
def test_a_fault_is_known_by_the_methods_that_it_replaces(fault: str, methods: set[str] | None) -> None:
    known = {**FAULTS, **{kind.__name__: kind for kind in (CountsEveryRequestTwice, KeepsAnotherHolder, WithAnotherQuota)}}
    assert replaced(known[fault], TransportServer) == methods


@pytest.mark.parametrize("domain", reference.domains())
def test_what_a_fault_says_of_itself_is_no_difference_from_the_plain_server(domain: str) -> None:
    plain, faults = reference.plain(domain), reference.faults(domain)
    unlike = {name for name, kind in faults.items() if replaced(kind, plain) is None}
    assert len(unlike) < 0.05 * len(faults), f"these are asked everything: {sorted(unlike)}"


def test_a_request_is_known_by_what_it_calls_and_changes(few: Stand, trail: Trail) -> None:
    bookings = [one for one in trail.asked if "keep" in one.called]
    lists = [one for one in trail.asked if one.scope["path"] == "/v1/routes"]
    assert {one.changed for one in bookings} == {True}
    assert {("list_routes" in one.called, one.changed) for one in lists} == {(True, False)}
    repeated = [one for place, one in enumerate(trail.asked) if one.first != place]
    assert repeated
    assert all(one.question == trail.asked[one.first].question and not one.changed for one in repeated)
    assert "seed" in (trail.begun or ())
    assert "list_routes" not in (trail.begun or ())


def test_what_a_fault_declares_and_what_races_is_driven_whatever_was_seen(few: Stand, trail: Trail) -> None:
    assert any(case.startswith("COM-IDEM-02/") for case in trail.racing)
    drawn = chosen(few, trail, "VanishedItemEndsTheTraversal", frozenset())
    assert {case.id for case in few.driven if case.requirement == "COM-PAGE-03"} <= drawn
    assert trail.racing <= drawn


def test_a_sweep_draws_every_case_several_times_beside_what_is_touched() -> None:
    stand = every_case("transport")
    drawn = [chosen(stand, Trail((), frozenset()), name, frozenset()) for name in FAULTS]
    for case in stand.driven:
        assert sum(case.id in one for one in drawn) >= 3
    assert sum(map(len, drawn)) < 0.1 * len(FAULTS) * len(stand.driven)
    assert drawn[7] == chosen(stand, Trail((), frozenset()), list(FAULTS)[7], frozenset())


def test_a_case_that_is_not_driven_listens_all_the_same() -> None:
    stand = every_case("transport")
    driven = frozenset(case.id for case in stand.driven if case.requirement == "COM-FILT-04")
    found = attempt(stand, "NothingIsNull", cases=driven)
    assert (found.cases, found.planned) == (len(driven), len(stand.driven))
    assert set(found.failed) == {"COM-FILT-04", "COM-DOC-02"}


# ------------------------------------------------------------------------------------------ bounds


def test_an_attempt_ends_when_its_requests_are_used_up(few: Stand) -> None:
    bounded = replace(few, terms=replace(few.terms, bounds=Bounds(requests=20)))
    assert attempt(bounded).stopped == "budget"
    assert attempt(few).stopped == ""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_a_server_that_never_answers_ends_its_attempt_and_touches_every_case(few: Stand, trail: Trail, seeded: None) -> None:
    bounded = replace(few, terms=replace(few.terms, bounds=Bounds(cpu=0.2)))
    assert attempt(bounded, "NeverAnswers").stopped == "cpu"
    assert touched(bounded, trail, "NeverAnswers") == {case.id for case in few.driven}


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_what_was_heard_of_a_server_whose_judging_was_stopped_is_said_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_told(*_: object) -> None:
        while True:
            pass

    def judged(stand: Stand | None) -> list[Verdict]:
        clock, ixit = VirtualClock(START), reference_ixit("transport")
        app = reference.application("transport", clock=clock.now)
        return asyncio.run(verdicts_of(listening.plan, listening.spec, ixit, app, clock, bench=stand and stand.bench))[0]

    listening = stand_for(Terms("transport", only=("COM-DOC-02", "TRN-001")))
    with monkeypatch.context() as patched:
        patched.setattr(Panel, "settle", never_told)
        bounded = replace(listening, terms=replace(listening.terms, bounds=Bounds(cpu=2.0)))
        assert attempt(bounded).stopped == "cpu"
    assert judged(listening) == judged(listening) == judged(None)


def test_a_sweep_is_evidence_as_it_ends() -> None:
    sweep = Sweep(every_case("transport"))
    seen_through = Attempt(impostor="MakesItUp", stopped="budget", failed=("COM-DOC-02",))
    led_round, survivor = replace(seen_through, failed=()), Attempt("NextLinkDropsFilters", declared=("COM-PAGE-02",))
    for attempt_, unsound in ((seen_through, []), (led_round, ["MakesItUp"]), (survivor, ["NextLinkDropsFilters"])):
        result = adequacy(sweep, [attempt_])
        evidence = recognised(result, "sha256:")
        assert (result["unsound"], evidence and evidence.good) == (unsound, not unsound)
    quick = Sweep(stand_for(Terms("transport", effort=Effort.QUICK)))
    screened = recognised(adequacy(quick, [survivor]), "sha256:")
    assert quick.clears(survivor)
    assert screened is not None
    assert not screened.good, "what a screening did not catch is no evidence"


# ------------------------------------------------------------------------------------------ the command


def test_only_confines_a_sweep_to_the_faults_and_cases_of_a_requirement() -> None:
    told = json.loads(swept("--only", "COM-IDEM-02", "--json").output)
    declaring = [name for name, kind in FAULTS.items() if "COM-IDEM-02" in kind.BREAKS]
    every = len(declaring)
    assert told["requirements"] == {"COM-IDEM-02": {"faults": every, "caught": every, "efforts": {"standard": every}}}
    assert told["cases"]["planned"] == 1 + len(reference.variants("transport")) + len(declaring)


def test_named_servers_are_run_and_no_others() -> None:
    result = swept(
        "--only", "COM-PAGE-03", "--fault", "VanishedItemEndsTheTraversal", "--variant", "RelativeLinks", "--workers", "1"
    )
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        ["passed", "(plain)"],
        ["passed", "RelativeLinks"],
        ["caught", "VanishedItemEndsTheTraversal"],
    ]
    assert result.exit_code == 0
    assert "a sample" in lines[-1]
    assert "servers, about" in result.stderr


def test_full_drives_every_case() -> None:
    told = json.loads(swept("--only", "COM-PAGE-03", "--fault", "VanishedItemEndsTheTraversal", "--full", "--json").output)
    assert told["selective"] is False
    assert told["cases"]["driven"] == told["cases"]["planned"]


@pytest.mark.parametrize(
    ("option", "given", "near"),
    [
        ("--fault", "LicenceIsVage", "LicenceIsVague"),
        ("--variant", "RelativLinks", "RelativeLinks"),
        ("--only", "COM-PAGE-0", "COM-PAGE-0"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(option: str, given: str, near: str) -> None:
    result = swept(option, given)
    assert result.exit_code == 2
    assert f"did you mean '{near}" in result.stderr


@pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="workers are to know faults that are only in this process"
)
def test_a_survivor_is_named_at_the_end_and_in_the_exit_code(seeded: None) -> None:
    result = swept("--only", "TRN-001", "--fault", "BreaksNothing")
    assert result.exit_code == 1
    assert result.stdout.count("SURVIVED  BreaksNothing") == 2
    assert result.stdout.count("It says that it breaks something, and does not.") == 1
    assert result.stdout.splitlines()[-2].startswith("0 of 1 ")


def test_the_time_left_comes_from_the_work_done(few: Stand) -> None:
    told: list[Standing] = []
    names = ("ReusedKeyMakesAnother", "KeysIgnoreCase", "VanishedItemEndsTheTraversal")
    found = list(attempts(Sweep(few, names, ("RelativeLinks",), workers=2), listener=told.append))
    assert {one.name for one in found} == {"(plain)", "RelativeLinks", *names}
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert all(0 < one.share < 1 for one in told[:-1])
    assert (told[-1].done, told[-1].share, told[-1].seconds) == (5, 1.0, 0.0)
    assert all(one.seconds > 0 for one in told[:-1])


# ------------------------------------------------------------------------------------------ all of it


@pytest.mark.slow
def test_every_fault_fails_exactly_what_it_declares_and_every_variant_passes() -> None:
    result = swept("--json")
    told = json.loads(result.output)
    assert told["survivors"] == told["falseFailures"] == told["unexpected"] == told["errors"] == told["unsound"] == []
    assert {one["server"] for one in told["stopped"]} <= {one["impostor"] for one in told["impostors"]}
    assert all(row["faults"] >= 1 and row["faults"] == row["caught"] for row in told["requirements"].values())
    assert result.exit_code == 0
    assert told["cases"]["driven"] < 0.5 * told["cases"]["planned"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_the_cases_that_are_chosen_for_a_fault_say_what_all_of_them_say(seed: int) -> None:
    """Faults drawn by a seed, each under every case and under those alone that the selective sweep drives. Another seed draws others;
    all of them are run under every case by a sweep with `--full`.
    """
    stand = every_case("transport")
    drawn = tuple(Random(seed).sample(sorted(FAULTS), 15))
    full, selective = (list(attempts(Sweep(stand, drawn, full=full))) for full in (True, False))
    by_name = {one.name: one for one in full}
    assert {one.name: one for one in selective}.keys() == by_name.keys() == {"(plain)", *drawn}
    for one in selective:
        whole = by_name[one.name]
        assert (one.name, one.failed, one.errors, one.stopped) == (one.name, whole.failed, whole.errors, whole.stopped)
        assert whole.sound, one.name
