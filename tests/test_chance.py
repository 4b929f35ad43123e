"""The plain server of each domain passes whatever the seed draws, and however many cases are under way at once."""

from __future__ import annotations

import asyncio
from functools import cache

import pytest

from conformance import reference
from conformance.adequacy import START, reference_ixit, verdicts_of
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Ics, Outcome, Verdict
from conformance.plan import make_plan
from conformance.wire import Receiver

DOMAINS = ("transport", "health", "logistics")
BAD = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE)


@cache
def outcomes(domain: str, concurrency: int, seed: int) -> dict[str, Outcome]:
    chosen, spec = load_profile(data_folders(), domain, "full")
    ixit, clock = reference_ixit(domain), VirtualClock(START)
    receiver = Receiver(RECEIVER, clock)
    plan = make_plan(spec, chosen, Ics("reference", "1.0.0"), ixit, seed=seed)
    app = reference.application(domain, clock=clock.now, outgoing=outgoing_to(receiver, clock))
    verdicts = asyncio.run(verdicts_of(plan, spec, ixit, app, clock, receiver=receiver, concurrency=concurrency))[0]
    return {one.case: Outcome.PASS if _elsewhere(one) else one.outcome for one in verdicts}


def _elsewhere(verdict: Verdict) -> bool:
    """Which of its cases witnesses a requirement that needs it once is chance; that one does is not."""
    return verdict.reason is not None and verdict.reason.key == "witnessed-elsewhere"


@pytest.mark.slow
@pytest.mark.heavy
@pytest.mark.parametrize(("concurrency", "seed"), [(1, 1), (1, 2), (1, 3), (8, 2), (8, 3), (8, 7), (8, 77_777)])
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_verdicts_do_not_depend_on_chance_or_company(domain: str, concurrency: int, seed: int) -> None:
    found = outcomes(domain, concurrency, seed)
    assert [case for case, outcome in found.items() if outcome in BAD] == []
    assert found == outcomes(domain, 8, 1)
