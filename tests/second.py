"""What the tests of all second implementations share: one of them under the suite, in this process and on a virtual clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.adequacy import START, verdicts_of
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics, Ixit, Level, Outcome, Reach, Verdict
from conformance.plan import make_plan
from conformance.wire import Receiver

Served = Callable[[VirtualClock, reference.Outgoing], Any]  # an ASGI application for a clock and its way to the suite's receiver


def as_it_is(_server: object) -> None:
    """Nothing is bent."""


class Second:
    """A domain's second implementation: whoever has these tokens is its actors."""

    def __init__(self, domain: str, tokens: Mapping[str, str]) -> None:
        self._profile, self._spec = load_profile(data_folders(), domain, "full")
        self._actors = {name: Credential("bearer", token) for name, token in tokens.items()}
        self._levels = {row.id: row.level for row in self._spec.requirements}

    def verdicts(self, served: Served, cache: Path, *only: str, base: str = "/v1", start: float = START) -> list[Verdict]:
        """The verdicts of the full profile, or of some of its requirements, of a run that begins at `start` (Unix time). `cache` is where
        drawn inputs are kept.
        """
        ixit = Ixit(f"http://second.example{base}", sandbox=True, actors=self._actors, receiver=Reach(RECEIVER))
        plan = make_plan(self._spec, self._profile, Ics("second", "1.0.0"), ixit, only=only, cache=cache)
        clock = VirtualClock(start)
        receiver = Receiver(RECEIVER, clock)
        app = served(clock, outgoing_to(receiver, clock))
        found, _ = asyncio.run(verdicts_of(plan, self._spec, ixit, app, clock, receiver=receiver))
        return found

    def told(self, found: Iterable[Verdict], *outcomes: Outcome, levels: tuple[Level, ...] = tuple(Level)) -> list[str]:
        """The verdicts with one of these outcomes, in a line each."""
        return [
            f"{one.requirement}/{one.operation}: {one.outcome} {one.reason} {one.findings[:1]}"
            for one in found
            if one.outcome in outcomes and self._levels[one.requirement] in levels
        ]

    def failed(self, found: Iterable[Verdict]) -> list[str]:
        """The requirements that failed."""
        return sorted({one.requirement for one in found if one.outcome is Outcome.FAIL})

    def failed_nowhere(self, found: list[Verdict]) -> None:
        """Nothing failed, and nothing of ours."""
        assert self.told(found, Outcome.FAIL, Outcome.ERROR) == []

    def conforms(self, found: list[Verdict]) -> None:
        """Nor is any MUST left open."""
        self.failed_nowhere(found)
        assert self.told(found, Outcome.INCONCLUSIVE, levels=(Level.MUST,)) == []
