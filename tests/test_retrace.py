"""An honest run is never refused: whatever a conforming target does, every script driven again asks what was recorded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.errors import VerificationError
from conformance.evidence import check_evidence, read_evidence
from conformance.model import Exchange, Request, Response
from conformance.run import retrace as scripts
from conformance.run.likeness import Likeness, alike, hides, spoken
from conformance.run.retrace import retrace, retracing
from tests.forging import LAPSE, ONLY, made
from tests.second_transport import Choices, SecondServer

VARIANTS = (
    "BusyNowAndThen",
    "QuotaIsUsedUpNowAndThen",
    "OthersBookToo",
    "RecordsAreEdited",
    "RelativeLinks",
    "TagsNameTheVersion",
)
HIDDEN = {"kind": "secret", "n": "0" * 12, "type": "string", "length": 21, "class": "ascii"}


@pytest.mark.parametrize("seed", [1, pytest.param(4_242, marks=pytest.mark.slow)])
@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_conforming_target_answers_leads_to_what_was_recorded(tmp_path: Path, variant: str, seed: int) -> None:
    clock = VirtualClock(START)
    app = reference.application("transport", variant=variant, clock=clock.now)
    setting = made(tmp_path / "run", app=app, clock=clock, seed=seed)
    found = retrace(setting, failed=True)
    assert found.hidden == ()
    assert found.attempts >= len(ONLY)


@pytest.mark.heavy
def test_a_second_implementation_is_held_in_the_same_way(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    app = SecondServer(clock.now, Choices(busy=40, retry_after=3, links="absolute", location="absolute"))
    setting = made(tmp_path / "run", app=app, clock=clock, only=("COM-PAGE-04", "COM-PAGE-01", "COM-COND-02", "TRN-028"))
    assert retrace(setting, failed=True).hidden == ()


def test_a_pause_that_the_settings_do_not_allow_ends_a_case_again(tmp_path: Path) -> None:
    ixit = reference_ixit("transport")
    limits = type(ixit.limits)(**{**ixit.limits.__dict__, "longest_pause": 1.0})
    changed = type(ixit)(**{**ixit.__dict__, "limits": limits})
    setting = made(tmp_path / "run", only=(LAPSE.partition("/")[0],), ixit=changed)
    assert retrace(setting, failed=False).attempts == 1


def test_a_run_that_its_budget_ended_is_held_as_far_as_it_came(tmp_path: Path) -> None:
    ixit = reference_ixit("transport")
    limits = type(ixit.limits)(**{**ixit.limits.__dict__, "requests": 60})
    changed = type(ixit)(**{**ixit.__dict__, "limits": limits})
    setting = made(tmp_path / "run", ixit=changed)
    assert retrace(setting, failed=False).exchanges == sum(
        isinstance(one, Exchange) for one in read_evidence(setting.folder.evidence_file)
    )


# ------------------------------------------------------------------------------------------ in a process beside this one


def stopped(there: Any, *_: object) -> None:
    there.close()


@pytest.mark.heavy
@pytest.mark.parametrize("work", [None, stopped], ids=["that ends", "that is stopped"])
def test_a_process_beside_this_one_comes_to_the_same(
    tmp_path: Path, work: Callable[..., None] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = made(tmp_path / "run")
    monkeypatch.setattr(scripts, "processes", lambda *_: 2)
    monkeypatch.setattr(scripts, "safe_method", lambda: "fork")
    if work is not None:
        monkeypatch.setattr(scripts, "_help", work)
    root = check_evidence(setting.folder.evidence_file).root
    for failed, verified in ((False, root), (True, root), (False, "of other lines")):
        with retracing(setting) as retraced:
            assert retraced(failed, verified) == retrace(setting, failed=failed)


def test_a_process_beside_this_one_refuses_what_does_not_fit_in_the_same_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = made(tmp_path / "run")
    left_out = replace(setting, plan=replace(setting.plan, cases=setting.plan.cases[1:]))
    with pytest.raises(VerificationError) as alone:
        retrace(left_out, failed=False)
    monkeypatch.setattr(scripts, "processes", lambda *_: 2)
    monkeypatch.setattr(scripts, "safe_method", lambda: "fork")
    with pytest.raises(VerificationError) as beside, retracing(left_out) as retraced:
        retraced(False, "")
    assert str(beside.value) == str(alone.value)


# ------------------------------------------------------------------------------------------ what redaction took away


def recorded(request: Request, *marks: str, response: Response | None = None) -> Exchange:
    return Exchange(1, "c", request, response, attributes={"redactions": [HIDDEN | {"where": where} for where in marks]})


ASKED = Request("x", "GET", "/x", (("q", "one"),), (("Authorization", "Bearer yance.malformed.token"),), None, None, "s")
MASKED = ASKED.with_header("Authorization", "Bearer «secret:000000000000»")


def spec() -> object:
    class NoSpec:
        operations: dict[str, object] = {}  # noqa: RUF012 - one that nobody writes to

    return NoSpec()


def likeness(asked: Request, exchange: Exchange, *before: Exchange) -> Likeness:
    return alike(asked, exchange, before, spec())  # type: ignore[arg-type]  # of a spec it asks for the operations alone


def test_a_credential_that_was_redacted_is_the_one_that_was_asked_with() -> None:
    assert likeness(ASKED, recorded(MASKED, "/request/headers/authorization")) is Likeness.SAME
    longer = recorded(MASKED, "/request/headers/authorization")
    longer.attributes["redactions"][0]["length"] = 30
    assert likeness(ASKED, longer) is Likeness.SHAPE
    assert likeness(ASKED, recorded(MASKED.with_query(q="two"), "/request/headers/authorization")) is Likeness.SHAPE
    assert likeness(ASKED, recorded(MASKED)) is not Likeness.SAME, "nothing says that it was redacted"


def test_a_pseudonym_of_an_answer_stands_for_whatever_the_script_had() -> None:
    answered = recorded(ASKED, "/response/body/id", response=Response(200))
    assert hides(answered)
    asked = Request("x", "GET", "/x/%C2%ABsecret%3A000000000000%C2%BB")
    assert likeness(asked, Exchange(2, "c", Request("x", "GET", "/x/p7"), None), answered) is Likeness.SAME
    assert likeness(asked, Exchange(2, "c", Request("x", "GET", "/y/p7"), None), answered) is Likeness.SHAPE
    assert likeness(asked, Exchange(2, "c", Request("x", "PUT", "/x/p7"), None), answered) is Likeness.NONE
    assert likeness(asked, Exchange(2, "c", Request("x", "GET", "/x/p7"), None)) is Likeness.SHAPE


def test_half_a_character_is_recorded_as_none() -> None:
    asked = Request("x", "GET", "/x", (("q", "a\ud800"),))
    assert likeness(asked, Exchange(1, "c", asked.with_query(q="a\ufffd"), None)) is Likeness.SAME
    assert likeness(asked, Exchange(1, "c", asked.with_query(q="b\ufffd"), None)) is Likeness.SHAPE


def test_pseudonyms_are_spoken_by_their_kind() -> None:
    assert spoken("a «email:0123456789ab» b") == spoken("a «email:ba9876543210» b") != spoken("a «jwt:0123456789ab» b")
    assert spoken("no «quote» of ours") == "no «quote» of ours"
