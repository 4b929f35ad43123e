"""Another programme's API is a data folder: its document, its rows bound to our checks, its dialect; no Python for it here."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.adequacy import START, verdicts_of
from conformance.clock import VirtualClock
from conformance.commands.loopback import uvicorn_server
from conformance.commands.main import main
from conformance.errors import UsageError
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics, Ixit, Outcome, Plan, Reach, Spec, Verdict
from conformance.plan import make_plan
from conformance.reference.impostors import impostor, impostors
from conformance.reference.library import FAULTS, KEY, Library
from conformance.wire import Receiver

FOLDER = Path(__file__).parent.parent / "examples" / "library"
KEYS = {"a": Credential("api-key", KEY, "X-Library-Key")}
# One that repeats the examples of the document, and one whose pages never end, lead every case round until its bound.
LONG = {"RepeatsTheExamples": pytest.mark.heavy, "MakesItUp": pytest.mark.slow}
IMPOSTORS = [pytest.param(name, marks=LONG.get(name, [])) for name in impostors()]
IXIT = Ixit("http://library.example/api", sandbox=True, actors=KEYS, receiver=Reach("http://suite.example/hooks"))


@pytest.fixture(scope="module")
def planned(cache: Path) -> tuple[Plan, Spec]:
    profile, spec = load_profile(data_folders([FOLDER]), "library")
    return make_plan(spec, profile, Ics(), IXIT, cache=cache), spec


def judged(planned: tuple[Plan, Spec], kind: type[Library]) -> list[Verdict]:
    """The verdicts on a library whose deliveries come to the suite's receiver, on a virtual clock."""
    plan, spec = planned
    clock = VirtualClock(START)
    receiver = Receiver("http://suite.example/hooks", clock)

    async def deliver(url: str, headers: dict[str, str], body: bytes) -> int:
        return receiver.take("POST", url.removeprefix("http://suite.example"), headers.items(), body)

    library = kind(deliver, clock.sleep)
    verdicts, _ = asyncio.run(verdicts_of(plan, spec, IXIT, library.app(), clock, receiver=receiver))
    return verdicts


def test_the_folder_holds_data_alone() -> None:
    assert {path.suffix for path in (FOLDER / "specs").rglob("*") if path.is_file()} == {".yaml"}
    assert {path.suffix for path in (FOLDER / "profiles").rglob("*") if path.is_file()} == {".yaml"}


def test_all_rows_pass_on_the_library_as_it_should_be(planned: tuple[Plan, Spec]) -> None:
    verdicts = judged(planned, Library)
    assert len({verdict.requirement for verdict in verdicts}) == 16
    assert [v for v in verdicts if v.outcome is not Outcome.PASS] == []


@pytest.mark.heavy
@pytest.mark.parametrize("fault", FAULTS.values(), ids=lambda fault: fault.__name__)
def test_each_fault_fails_exactly_what_it_breaks(planned: tuple[Plan, Spec], fault: type[Library]) -> None:
    failed = {verdict.requirement for verdict in judged(planned, fault) if verdict.outcome is Outcome.FAIL}
    assert failed == fault.BREAKS  # type: ignore[attr-defined]


def test_a_claim_or_a_seed_that_names_nothing_is_refused_before_anything_is_drawn(planned: tuple[Plan, Spec]) -> None:
    _, spec = planned
    profile, _ = load_profile(data_folders([FOLDER]), "library")
    with pytest.raises(UsageError, match=r"ics\.unsupported.*did you mean 'getBook'"):
        make_plan(spec, profile, Ics(unsupported={"getBok": "later"}), IXIT)
    with pytest.raises(UsageError, match=r"\[seed\].*did you mean 'isbn'"):
        make_plan(spec, profile, Ics(), replace(IXIT, seeds={"isbm": ("1",)}))


@pytest.mark.parametrize("name", IMPOSTORS)
def test_an_impostor_of_another_programmes_api_is_never_conformant(planned: tuple[Plan, Spec], name: str) -> None:
    plan, spec = planned
    clock = VirtualClock(START)
    receiver = Receiver("http://suite.example/hooks", clock)
    app = impostor(name, spec.document, "/api")
    verdicts, _ = asyncio.run(verdicts_of(plan, spec, IXIT, app, clock, receiver=receiver))
    assert {one.outcome for one in verdicts} - {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert Outcome.ERROR not in {one.outcome for one in verdicts}


def test_the_example_is_served_and_tested_with_what_travels(tmp_path: Path) -> None:
    """What a reader of the documentation does: `yance serve library`, then a run with the example's own settings and rows."""
    server, bound, url = uvicorn_server("library", fault=("PagesOverlap", "AloneUnderAnotherTitle"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        only = [word for row in ("LIB-002", "LIB-003", "LIB-006") for word in ("--only", row)]
        words = [
            "run",
            "library",
            url,
            "-c",
            FOLDER / "library.toml",
            "--data",
            FOLDER,
            "--out",
            tmp_path / "run",
            *only,
            "--json",
        ]
        result = CliRunner().invoke(main, [str(word) for word in words], env={"LANG": "C.UTF-8"})
    finally:
        server.should_exit = True
        thread.join(5)
        bound.close()
    assert result.exit_code == 1, result.output
    assert json.loads(result.stdout)["failed"] == ["LIB-002", "LIB-006"]


def test_serve_says_how_the_example_is_tested_and_lists_its_faults() -> None:
    listed = json.loads(CliRunner().invoke(main, ["serve", "library", "--list", "--json"]).stdout)
    assert listed["faults"]["PagesOverlap"] == ["LIB-002"]
    assert listed["impostors"] == {}
    refused = CliRunner().invoke(main, ["serve", "library", "--config", "yance.toml"])
    assert (refused.exit_code, "library.toml" in refused.output) == (2, True)
    for words in (["--fault", "PagesOverlp"], ["--variant", "Nothing"], ["--impostor", "SaysNothing"]):
        refused = CliRunner().invoke(main, ["serve", "library", *words])
        assert (refused.exit_code, "there is no" in refused.output) == (2, True)
