"""What conforms passes, on a server that was written from the documents alone and shares nothing with the reference server."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.model import Level, Outcome, Verdict
from tests.second import Second
from tests.second_transport import TOKENS, Choices, SecondServer

SECOND = Second("transport", TOKENS)

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


def verdicts(choices: Choices, cache: Path, *only: str) -> list[Verdict]:
    """The verdicts of the full profile, or of some of its requirements, on a server with these choices."""
    return SECOND.verdicts(lambda clock, _: SecondServer(clock.now, choices), cache, *only, base=choices.base)


def test_the_first_ids_of_a_counter_are_not_found_in_times_and_counts(cache: Path) -> None:
    found = verdicts(Choices(ids="sequence"), cache, "COM-TEN-01", "TRN-034")
    assert SECOND.told(found, Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE) == []


@pytest.mark.slow
def test_the_stops_of_a_large_city_are_read_to_their_end(cache: Path) -> None:
    found = verdicts(Choices(data="many"), cache, "TRN-001")
    assert SECOND.told(found, Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE) == []


@pytest.mark.heavy
def test_the_second_implementation_conforms(cache: Path) -> None:
    found = verdicts(Choices(), cache)
    assert sum(one.outcome is Outcome.PASS for one in found) > 400
    SECOND.conforms(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIATIONS)
def test_whatever_the_documents_leave_open_conforms(name: str, cache: Path) -> None:
    found = verdicts(VARIATIONS[name], cache)
    SECOND.conforms(found)


@pytest.mark.slow
def test_drivers_who_come_and_go_all_the_time_are_nobodys_failure(cache: Path) -> None:
    """Whether the counts stand still for long enough to be judged is a matter of luck."""
    found = verdicts(Choices(moving=True, pace=1), cache)
    SECOND.failed_nowhere(found)


@pytest.mark.slow
@pytest.mark.parametrize("name", LITTLE)
def test_too_little_to_go_by_is_never_a_failure(name: str, cache: Path) -> None:
    found = verdicts(LITTLE[name], cache)
    SECOND.failed_nowhere(found)
    assert SECOND.told(found, Outcome.INCONCLUSIVE, levels=(Level.MUST,)) != []
