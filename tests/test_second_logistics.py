"""What conforms passes, on a logistics server that was written from the documents alone and shares nothing with the reference server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.clock import VirtualClock
from conformance.model import Outcome, Verdict
from conformance.reference import Outgoing
from tests.second import Second, as_it_is
from tests.second_logistics import TOKENS, Choices, Manner, SecondLogisticsServer
from tests.second_logistics.faults import FAULTS

SECOND = Second("logistics", TOKENS)

FLOOR = 176  # of 193 faults; a lower number is a step back

VARIATIONS: dict[str, Choices] = {
    "own offset west of Greenwich in small letters, a second cancellation and a declaration are something new": Choices(
        Manner(echo="own", offset=-570, small_letters=True, digits=3), recancel=200, declared=201
    ),
    "ids of a counter, random ids of events that belong to a tenant, a patch that changes nothing is dated": Choices(
        Manner(ids="sequence", tags="odd"),
        rising_ids=False,
        ids_by_tenant=True,
        late_repeat=409,
        idle_patch_dates=True,
        lapse_dates=True,
    ),
    "lists and public tracking lag": Choices(Manner(total=False), lag=1.9, tracking_lag=1.9),
    "absolute links that state the limit, half pages, a lacking scope hides the resource": Choices(
        Manner(links="absolute", location="absolute", states_limit=True, pages="short", scope_hides=True, gzip=True)
    ),
    "no to all that may be refused, only missing numbers are refused": Choices(
        Manner(strict=True, cursor_length=512, cursor_keeps_limit=True, nonces=True, ids="long"),
        blocks_all=False,
        counts_repeats=False,
        instants_equal=False,
    ),
    "yes to all that may be taken, long codes, a lock of an hour": Choices(
        Manner(easy=True, lenient=True, leap=True, cuts=True),
        closed_counts=True,
        right_code_forgives=True,
        lock_seconds=3600,
        code_digits=12,
    ),
    "a gateway, a base of three segments, slow repetitions under the old secret": Choices(
        Manner(gateway=True, base="/cargo/north/v1", links="path", problems="urn:keelung:problem/"),
        first_retry=5.0,
        retries=5,
        new_secret_for_all=False,
    ),
    "nothing beyond the document, no city, every fault is named": Choices(
        Manner(extras=False, instance=False, head=False, options=True, thorough=True, description="3.0"), tracks_city=False
    ),
    "a creation takes its time, clock three seconds ahead": Choices(
        Manner(waits=3, skew=3.0, escaped=True, indented=True, byte_order=True, charset=True, ages=True)
    ),
}
LITTLE: dict[str, Choices] = {"every fortieth request is over quota": Choices(Manner(busy=40, retry_after=3))}


def verdicts(
    choices: Choices, cache: Path, *only: str, bend: Callable[[SecondLogisticsServer], None] = as_it_is
) -> list[Verdict]:
    """The verdicts of the full profile, or of some of its requirements, on a server with these choices."""

    def served(clock: VirtualClock, way: Outgoing) -> SecondLogisticsServer:
        server = SecondLogisticsServer(clock.now, choices, post=way.post, sleep=way.sleep, excepted=way.excepted)
        bend(server)
        return server

    return SECOND.verdicts(served, cache, *only, base=choices.manner.base)


@pytest.mark.heavy
def test_the_second_implementation_conforms(cache: Path) -> None:
    found = verdicts(Choices(), cache)
    assert sum(one.outcome is Outcome.PASS for one in found) > 300
    SECOND.conforms(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIATIONS)
def test_whatever_the_documents_leave_open_conforms(name: str, cache: Path) -> None:
    found = verdicts(VARIATIONS[name], cache)
    SECOND.conforms(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", LITTLE)
def test_too_little_to_go_by_is_never_a_failure(name: str, cache: Path) -> None:
    found = verdicts(LITTLE[name], cache)
    SECOND.failed_nowhere(found)


def caught(name: str, cache: Path) -> list[str]:
    """The requirements that fail on a server with this fault, of those under which it should show."""
    fault = FAULTS[name]
    found = verdicts(Choices(), cache, *fault.rows, bend=fault.bend)
    return SECOND.failed(found)


@pytest.mark.parametrize("name", ["content_is_only_what_happened_and_when", "the_old_types_stay"])
def test_a_fault_of_the_second_implementation_is_caught(name: str, cache: Path) -> None:
    assert caught(name, cache) != []


@pytest.mark.slow
def test_most_faults_that_were_thought_up_from_the_documents_are_caught(cache: Path) -> None:
    survivors = {name for name in FAULTS if not caught(name, cache)}
    assert len(FAULTS) - len(survivors) >= FLOOR, sorted(survivors)
