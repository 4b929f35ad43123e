"""What conforms passes, on a server that was written from the documents alone and shares nothing with the reference server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from conformance.adequacy import START, verdicts_of
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics, Ixit, Level, Outcome, Verdict
from conformance.plan import make_plan
from tests.second_transport import TOKENS, Choices, SecondServer

ACTORS = {name: Credential("bearer", token) for name, token in TOKENS.items()}
PROFILE, SPEC = load_profile(data_folders(), "transport", "full")
LEVELS = {row.id: row.level for row in SPEC.requirements}

VARIATIONS: dict[str, Choices] = {
    "confirmed at once": Choices(opening="confirmed", in_use="OCCUPIED"),
    "connectors confirmed at once, spaces later": Choices(opening="mixed", keeps_expiry=True),
    "a patch to the present state is a conflict, refused keys are bound": Choices(same_state=409, binds_refused_keys=True),
    "a patch to the present state is an invalid body, a lacking scope hides the resource": Choices(
        same_state=422, scope_hides=True
    ),
    "a patch to the present state is a move, a tenant holds sixteen at most": Choices(same_state=0, most_active=16),
    "lists and views lag": Choices(lag=1.9, lapse=40.0),
    "relative links, totals": Choices(links="name", location="path", total=True, further_links=True),
    "absolute links that state the limit": Choices(links="absolute", location="absolute", states_limit=True),
    "links with a path under a gateway": Choices(
        base="/home/open/v1", links="path", location="path", problems="/home/problems/", normal_paths=True
    ),
    "links with everything encoded, long cursors": Choices(links="encoded", cursor_length=512, cursor_keeps_limit=True),
    "links in capitals with the port": Choices(links="port", location="absolute"),
    "links with dots": Choices(links="dots", cursor_life=30.0),
    "links without a scheme": Choices(links="network", lenient=True),
    "other offset in small letters": Choices(offset=-570, small_letters=True, digits=3),
    "whole seconds in Taiwan": Choices(offset=480, digits=0),
    "nothing beyond the document": Choices(extras=False, instance=False, vague=True),
    "an id of the request in every answer, other cursors each time": Choices(request_ids=True, nonces=True),
    "charset and capitals in media types": Choices(charset=True, odd_media_case=True),
    "compressed, chunked, no connection kept": Choices(gzip=True, chunked=True, closes=True),
    "escaped and indented": Choices(escaped=True, indented=True, byte_order=True, languages=True),
    "50.0 for 50": Choices(whole_floats=True),
    "OPTIONS and no HEAD": Choices(head=False, options=True),
    "weak tags on lists, other words in Cache-Control, RateLimit": Choices(weak_list_tags=True, ages=True, rates=True),
    "tags are versions, ids are numbers": Choices(tags="version", ids="sequence"),
    "odd tags and long ids": Choices(tags="odd", ids="long"),
    "clock three seconds ahead": Choices(skew=3.0),
    "clock an hour behind": Choices(skew=-3600.0),
    "every fortieth request is refused over quota": Choices(busy=40, retry_after=3),
    "long waits over quota": Choices(busy=97, retry_after=25, lapse=50.0),
    "decayed estimates": Choices(decayed=True),
    "old data": Choices(stale=True),
    "sources that update all the time": Choices(live=True),
    "other drivers come and go": Choices(moving=True),
    "pages half as large as they may be": Choices(pages="short"),
    "no to all that may be refused, what is in use counts at once": Choices(strict=True, early_use=True, cuts=True, notices=True),
    "yes to all that may be taken, later intervals leave spaces to others": Choices(easy=True, lenient=True, spare=1),
    "a gateway that stops what is long, errors that may be kept, the present tag for a repetition": Choices(
        gateway=True, errors_cached=True, current_tag=True, bare_self=True
    ),
    "several challenges, OpenAPI 3.1, a URN for problems": Choices(
        challenge='Basic realm="x", Bearer realm="y"', description="3.1", problems="urn:pehu:problem/"
    ),
}
LITTLE: dict[str, Choices] = {
    "one stop": Choices(data="tiny"),
    "nothing at all": Choices(data="none"),
    "charging stations only": Choices(data="charging"),
    "every second page empty": Choices(pages="sparse"),
    "reservations wait longer than the suite": Choices(lapse=600.0),
}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("draws")


def verdicts(choices: Choices, cache: Path, *only: str) -> list[Verdict]:
    """The verdicts of the full profile, or of some of its requirements, on a server with these choices."""
    ixit = Ixit(f"http://second.example{choices.base}", sandbox=True, actors=ACTORS)
    plan = make_plan(SPEC, PROFILE, Ics("second", "1.0.0"), ixit, only=only, cache=cache)
    clock = VirtualClock(START)
    found, _ = asyncio.run(verdicts_of(plan, SPEC, ixit, SecondServer(clock.now, choices), clock))
    return found


def _told(found: Iterable[Verdict], *outcomes: Outcome, levels: tuple[Level, ...] = tuple(Level)) -> list[str]:
    return [
        f"{one.requirement}/{one.operation}: {one.outcome} {one.reason} {one.findings[:1]}"
        for one in found
        if one.outcome in outcomes and LEVELS[one.requirement] in levels
    ]


def test_the_first_ids_of_a_counter_are_not_found_in_times_and_counts(cache: Path) -> None:
    found = verdicts(Choices(ids="sequence"), cache, "COM-TEN-01", "TRN-034")
    assert _told(found, Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE) == []


@pytest.mark.slow
def test_the_stops_of_a_large_city_are_read_to_their_end(cache: Path) -> None:
    found = verdicts(Choices(data="many"), cache, "TRN-001")
    assert _told(found, Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE) == []


@pytest.mark.heavy
def test_the_second_implementation_conforms(cache: Path) -> None:
    found = verdicts(Choices(), cache)
    assert sum(one.outcome is Outcome.PASS for one in found) > 400
    assert _told(found, Outcome.FAIL, Outcome.ERROR) == []
    assert _told(found, Outcome.INCONCLUSIVE, levels=(Level.MUST,)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIATIONS)
def test_whatever_the_documents_leave_open_conforms(name: str, cache: Path) -> None:
    found = verdicts(VARIATIONS[name], cache)
    assert _told(found, Outcome.FAIL, Outcome.ERROR) == []
    assert _told(found, Outcome.INCONCLUSIVE, levels=(Level.MUST,)) == []


@pytest.mark.slow
def test_drivers_who_come_and_go_all_the_time_are_nobodys_failure(cache: Path) -> None:
    """Whether the counts stand still for long enough to be judged is a matter of luck."""
    found = verdicts(Choices(moving=True, pace=1), cache)
    assert _told(found, Outcome.FAIL, Outcome.ERROR) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", LITTLE)
def test_too_little_to_go_by_is_never_a_failure(name: str, cache: Path) -> None:
    found = verdicts(LITTLE[name], cache)
    assert _told(found, Outcome.FAIL, Outcome.ERROR) == []
    assert _told(found, Outcome.INCONCLUSIVE, levels=(Level.MUST,)) != []
