"""What conforms passes, on a health server that was written from the documents alone and shares nothing with the reference server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.adequacy import START
from conformance.clock import VirtualClock
from conformance.model import Outcome, Verdict
from conformance.reference import Outgoing
from tests.second import Second, as_it_is
from tests.second_health import TOKENS, Choices, SecondHealthServer
from tests.second_health.faults import FAULTS
from tests.second_health.faults.unseen import UNSEEN

SECOND = Second("health", TOKENS)

VARIATIONS: dict[str, Choices] = {
    "what is there already is a conflict, in a batch too; own offset west of Greenwich in small letters": Choices(
        twin=409, twin_amends=False, echo="own", offset=-570, small_letters=True, digits=3, same_status=409
    ),
    "whole seconds, long ids, numbers with exponents, a patch to the present state is a conflict": Choices(
        digits=0, ids="long", numbers="exponent", same_state=409, same_assignee=409, links="name", location="path"
    ),
    "fractions are cut, fifteen digits are kept, ids of a counter, tags are versions": Choices(
        cuts=True, fifteen=True, ids="sequence", tags="version", numbers="padded", echo="own", organisations="short"
    ),
    "the lists lag, the search too, a patch to the present state is an invalid body": Choices(
        lag=1.9, search_lag=1.9, same_state=422, numbers="plain", total=False, due_varies=True
    ),
    "absolute links that state the limit, half pages, a lacking scope hides the resource": Choices(
        links="absolute", location="absolute", states_limit=True, pages="short", scope_hides=True, odd_media_case=True, gzip=True
    ),
    "no to all that may be refused, a key is one of its operation": Choices(
        strict=True, keys_by_operation=True, closed_cursor=True, links="encoded", cursor_length=512, cursor_keeps_limit=True
    ),
    "yes to all that may be taken, the present tag for a repetition": Choices(
        easy=True, lenient=True, leap=True, current_tag=True, empty_patch=200, counts_nothing=True, same_state=0, bare_self=True
    ),
    "a gateway, refused keys are bound, pointers to what holds the fault, a base of three segments": Choices(
        gateway=True, binds_refused_keys=True, vague=True, base="/care/east/v1", links="path", problems="urn:hualien:problem/"
    ),
    "nothing beyond the document, glucose in one unit, no HEAD": Choices(
        extras=False, instance=False, canonical=False, head=False, options=True, based_on=False
    ),
    "a creation takes its time and its key is in use meanwhile, other cursors in every answer": Choices(
        waits=3, nonces=True, request_ids=True, cursor_life=40.0, links="dots", rates=True, thorough=True
    ),
    "every fortieth request is refused over quota, clock three seconds ahead, odd tags and ids": Choices(
        busy=40, retry_after=3, skew=3.0, tags="odd", ids="odd", escaped=True, indented=True, byte_order=True, charset=True
    ),
    "clock an hour behind, links in capitals, OpenAPI 3.0, several challenges": Choices(
        skew=-3600.0,
        links="port",
        description="3.0",
        challenge='Basic realm="x", Bearer realm="y"',
        ages=True,
        rounds_canonical=True,
        due_together=False,
        further_links=True,
    ),
    "links without a scheme, Greenwich": Choices(links="network", offset=0, echo="own", due=0, canonical=False),
}
LITTLE: dict[str, Choices] = {"every second page empty": Choices(pages="sparse")}


def verdicts(
    choices: Choices, cache: Path, *only: str, bend: Callable[[SecondHealthServer], None] = as_it_is, start: float = START
) -> list[Verdict]:
    """The verdicts of the full profile, or of some of its requirements, on a server with these choices."""

    def served(clock: VirtualClock, _: Outgoing) -> SecondHealthServer:
        server = SecondHealthServer(clock.now, choices)
        bend(server)
        return server

    return SECOND.verdicts(served, cache, *only, base=choices.base, start=start)


@pytest.mark.heavy
def test_the_second_implementation_conforms(cache: Path) -> None:
    found = verdicts(Choices(), cache)
    assert sum(one.outcome is Outcome.PASS for one in found) > 500
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


@pytest.mark.parametrize(
    "name", ["every_code_by_id", "amendments_merge", "forgets_the_last", "half_a_patch", "one_task_only", "assigned_without_date"]
)
def test_a_fault_of_the_second_implementation_is_caught(name: str, cache: Path) -> None:
    assert caught(name, cache) != []


@pytest.mark.slow
def test_the_faults_that_were_thought_up_from_the_documents_are_caught_but_for_those_that_are_explained(cache: Path) -> None:
    assert {name for name in FAULTS if not caught(name, cache)} == set(UNSEEN)


def test_a_birth_today_in_taiwan_is_refused_at_night_by_who_looks_at_the_day_in_greenwich(cache: Path) -> None:
    night = START - START % 86_400 + 17 * 3600  # one in the morning in Taiwan
    assert SECOND.failed(verdicts(Choices(), cache, "HLT-003", bend=FAULTS["today_in_greenwich"].bend, start=night)) == [
        "HLT-003"
    ]
    assert SECOND.failed(verdicts(Choices(), cache, "HLT-003", start=night)) == []
