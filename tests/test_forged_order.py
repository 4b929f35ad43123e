"""Cases that were asked in an order, or together, as no run asks them: each request is right, and stands in the wrong place among those of others."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from conformance.errors import VerificationError
from tests.forging import (
    KEYS,
    LAPSE,
    PAGES,
    PLACES,
    RACE,
    RESTS,
    TAGS,
    TENANTS,
    TOKENS,
    Documents,
    Edit,
    at,
    forged,
    retold,
    unpacked,
    verified,
)

pytestmark = pytest.mark.heavy

STOP, PARK = "COM-AUTH-04/getStop", "COM-AUTH-04/getCarPark"
READERS = [f"COM-AUTH-04/{name}" for name in ("getStop", "listRoutes", "listRouteStops", "listArrivals", "listEvStations")]
MOVED = "exchanges were moved across cases$"


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Path:
    """A copy of a signed run, to be altered."""
    return Path(shutil.copytree(home / "run", tmp_path / "run"))


def block(case: str, before: str) -> Edit:
    """All lines of a case in front of those of another."""

    def edit(records: Documents) -> Documents:
        own, rest = [one for one in records if one.get("case") == case], [one for one in records if one.get("case") != case]
        place = at(rest, before)
        return [*rest[:place], *own, *rest[place:]]

    return edit


def put(case: str, nth: int, other: str, to: int) -> Edit:
    """One line of a case in front of one of another."""

    def edit(records: Documents) -> None:
        line = records.pop(at(records, case, nth))
        records.insert(at(records, other, to), line)

    return edit


def onward(case: str, nth: int, other: str, to: int) -> Edit:
    """All lines of a case from one of its exchanges on, its end with them, in front of a line of another."""

    def edit(records: Documents) -> Documents:
        cut = at(records, case, nth)
        own = [one for place, one in enumerate(records) if one.get("case") == case and place >= cut]
        rest = [one for place, one in enumerate(records) if one.get("case") != case or place < cut]
        place = at(rest, other, to)
        return [*rest[:place], *own, *rest[place:]]

    return edit


def shuffled(*cases: str, concurrency: int = 8) -> Edit:
    """These cases line by line in turn, as if they had been under way together."""

    def edit(records: Documents) -> Documents:
        rest = [one for one in records if one.get("case") not in cases]
        rows = [[one for one in records if one.get("case") == case] for case in cases]
        mixed = [row[nth] for nth in range(max(map(len, rows))) for row in rows if nth < len(row)]
        return [rest[0] | {"concurrency": concurrency}, *mixed, *rest[1:]]

    return edit


def resumed(case: str, edit: Edit) -> Edit:
    """The run interrupted after a case, and then what was edited."""

    def whole(records: Documents) -> Documents:
        place = at(records, case, 0) + 1
        done: Documents = edit(records) or records  # type: ignore[assignment]  # whatever an edit gives back is what it made
        line = {"kind": "resumed", "at": records[0]["startedAt"]}
        return [*done[:place], line, *done[place:]]

    return whole


ORDERS: dict[str, tuple[Edit, str]] = {
    "one that writes before another": (
        block(KEYS, TENANTS),
        rf"{KEYS}, its exchange 1 \(number \d+\): its turn comes when \S+ is over, which was not; {MOVED}",
    ),
    "one that writes before all that read the same": (
        block("COM-TEN-01/listReservations", PARK),
        rf"COM-TEN-01/listReservations, its exchange 1 .*its turn comes when {PARK} is over.*{MOVED}",
    ),
    "the first that one asks": (put(KEYS, 1, TENANTS, 2), rf"{KEYS}, its exchange 1 .*its turn comes when .*{MOVED}"),
    "the last that one asks": (
        onward("COM-TEN-01/updateReservation", -1, PAGES, 3),
        rf"{LAPSE}, its exchange \d+ .*its turn comes when COM-TEN-01/updateReservation is over.*{MOVED}",
    ),
    "the end of one": (put(KEYS, 0, RACE, 3), rf"{RESTS}, its exchange 1 .*its turn comes when {KEYS} is over.*{MOVED}"),
    "one that reads, while another writes": (
        onward(PARK, -1, TENANTS, 2),
        rf"{LAPSE}, its exchange 1 .*its turn comes when {PARK} is over.*{MOVED}",
    ),
    "others before one that lets time change its own": (
        block(LAPSE, RACE),
        rf"{TAGS}, its exchange 1 .*its turn comes when {LAPSE} is over.*{MOVED}",
    ),
    "the first that such a one asks": (
        put(LAPSE, 1, PARK, -1),
        rf"{LAPSE}, its exchange 1 .*its turn comes when {PARK} is over.*{MOVED}",
    ),
    "what came after a pause apart": (
        onward(RESTS, 4, RACE, 5),
        rf"{RESTS}, its exchange \d+ .*its turn comes when {RACE} is over.*{MOVED}",
    ),
    "two that write, in turn": (shuffled(TENANTS, KEYS), rf"({TENANTS}|{KEYS}), its exchange 1 .*its turn comes when .*{MOVED}"),
    "two at once where one may be": (
        shuffled(STOP, TOKENS, concurrency=1),
        rf"{TOKENS}, its exchange 1 \(number 2\): 2 cases were under way, and no more than 1 may be \({STOP}.*{MOVED}",
    ),
    "five at once where four may be": (
        shuffled(*READERS, concurrency=4),
        rf"{READERS[4]}, its exchange 1 \(number 5\): 5 cases were under way, and no more than 4 may be.*{MOVED}",
    ),
    "one before its turn in a run that was resumed": (
        resumed(PARK, block(KEYS, TENANTS)),
        rf"{KEYS}, its exchange 1 \(number \d+\): its turn comes when .*{MOVED}",
    ),
    "nobody said how many may go at once": (
        lambda records: records[0].pop("concurrency") and None,
        "member concurrency is missing",
    ),
}


@pytest.mark.parametrize("name", ORDERS)
def test_cases_that_no_run_asks_so_are_refused(home: Path, run: Path, name: str) -> None:
    edit, says = ORDERS[name]
    forged(run, home / "one.pem", evidence=retold(edit))
    with pytest.raises(VerificationError, match=says):
        verified(run, home)


MAY_BE: dict[str, Edit] = {
    "as many at once as may be": shuffled(*READERS, concurrency=5),
    "any number at once": shuffled(*READERS, concurrency=0),
    "others that only read in another order": block(STOP, TOKENS),
    "two that change the same, and look at their own alone, together": onward(TENANTS, -1, "COM-TEN-01/updateReservation", 3),
    "one that reads other things, while another writes": onward(PLACES, -1, TENANTS, 3),
    "a run that was resumed": resumed(PARK, lambda records: None),
}


@pytest.mark.parametrize("name", MAY_BE)
def test_what_a_run_may_have_asked_so_is_accepted(home: Path, run: Path, name: str) -> None:
    forged(run, home / "one.pem", evidence=retold(MAY_BE[name]))
    assert verified(run, home).unverified == ()


def test_those_that_pause_apart_are_asked_again_where_they_come_to_stand(home: Path) -> None:
    """The run has what this is about: one case pauses, others that touch the same things go on, and it ends after them."""
    records = [json.loads(line) for line in unpacked(home / "run")]
    assert at(records, RESTS) < at(records, RACE) < at(records, RACE, 0) < at(records, RESTS, -1)
