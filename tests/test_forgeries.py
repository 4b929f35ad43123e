"""What a vendor with a key of their own may make of a run: each forgery is refused for its own reason, and none by accident.

Every sum, digest, rendering and signature of a forged run is right (`forging`). What is left to notice it by is what the scripts ask, what
the suite's own words and files are, and what whoever signs or verifies expects.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from conformance import reference
from conformance.adequacy import START
from conformance.attest import load_key, sign_run
from conformance.errors import VerificationError, YanceError
from tests.forging import (
    KEYS,
    LAPSE,
    PAGES,
    PLACES,
    RACE,
    TAGS,
    TENANTS,
    TOKENS,
    Documents,
    Edit,
    added,
    again,
    answer,
    at,
    backwards,
    body,
    exchanged,
    forged,
    header,
    hidden,
    made,
    masked_body,
    masked_key,
    member,
    moved,
    request,
    retold,
    step,
    those,
    turned,
    twice,
    verified,
    without,
)

pytestmark = pytest.mark.heavy


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Path:
    """A copy of a signed run, to be altered."""
    return Path(shutil.copytree(home / "run", tmp_path / "run"))


# ------------------------------------------------------------------------------------------ requests


NEXT = "the script asks"
GONE = "and nothing more was recorded; exchanges were left out"
MORE = "the script has ended, and"
REQUESTS: dict[str, tuple[Edit, str]] = {
    # left out
    "the first of a case": (without(PAGES, 1), rf"{PAGES}, its exchange 1 .*{NEXT} GET /reservations as a \[given: list.*later$"),
    "one in the middle": (without(PAGES, 4), rf"{PAGES}, its exchange 4 .*{NEXT} POST .*recorded is PATCH"),
    "the last of a case that reads": (without(PAGES, -1), rf"{PAGES}, after its exchange \d+: .*{GONE}"),
    "the last of a clean-up": (without(TENANTS, -1), rf"{TENANTS}, after its exchange \d+: .*cleanup: undo.*{GONE}"),
    "a whole clean-up": (without(TENANTS, -1, -2), rf"{TENANTS}, after its exchange \d+: .*cleanup: read.*{GONE}"),
    "what set a case up": (without(TAGS, 3), rf"{TAGS}, its exchange 3 .*{NEXT} POST .*given: create"),
    "one of a race": (
        without(RACE, 7),
        rf"{RACE}, its exchange 7 .*Idempotency-Key|{RACE}, its exchange 7 .*differing: .*headers",
    ),
    "the winner of a race": (without(RACE, 6), rf"{RACE}, its exchange 6 .*differing"),
    "all that tenant b asked": (those(lambda one: one.get("actor") != "b"), r"its exchange \d+ .*as b"),
    "every tenth exchange": (those(lambda one: one.get("n", 1) % 10 != 0), "differing|left out"),
    "all exchanges of a case": (
        those(lambda one: one["kind"] != "exchange" or one["case"] != KEYS),
        rf"{KEYS}, after its exchange 0: .*{GONE}",
    ),
    "a case": (those(lambda one: one.get("case") != KEYS), rf"{KEYS}: the plan has it and the evidence nothing"),
    "how a case ended": (without(PAGES, 0), rf"{PAGES}: it has exchanges and no end"),
    "what came after a pause": (without(LAPSE, -3), rf"{LAPSE}, its exchange \d+"),
    # added
    "one twice": (twice(PAGES, 3), rf"{PAGES}, its exchange 4 .*{NEXT}"),
    "one at the end": (twice(PAGES, 1, -1), rf"{PAGES}, its exchange \d+ .*{MORE} GET /reservations"),
    "one after the clean-up": (twice(TENANTS, -1), rf"{TENANTS}, its exchange \d+ .*{MORE} PATCH"),
    "one more in a race": (twice(RACE, 6), rf"{RACE}, its exchange 7 .*differing"),
    "a case that the plan does not have": (
        added("COM-PAGE-99/listStops", PAGES),
        r"COM-PAGE-99/listStops: the plan drives no such case",
    ),
    "a case once more": (again(PAGES, resumed=False), rf"{PAGES}: it was asked twice though the run was not interrupted"),
    "a case once more, after an interruption": (
        again(PAGES, resumed=True),
        rf"{PAGES}: it had ended for good and was asked again",
    ),
    "a search that nothing calls for": (added(f"shrink/{PAGES}", PAGES), rf"shrink/{PAGES}: nothing calls for such a search"),
    # moved
    "two neighbours": (exchanged((PAGES, 3), (PAGES, 4)), rf"{PAGES}, its exchange 3 .*that comes 1 exchanges later"),
    "two of a race": (
        exchanged((RACE, 6), (RACE, 7)),
        rf"{RACE}, its exchange 6 .*differing: headers, actor; that comes 1 exchanges later",
    ),
    "the first to the end": (moved(PAGES, 1, 0), rf"{PAGES}, its exchange 1 .*that comes \d+ exchanges later"),
    "a clean-up to the front": (moved(TENANTS, -2, 1), rf"{TENANTS}, its exchange 1 .*recorded is GET .*cleanup: read"),
    "a case backwards": (backwards(PAGES), rf"{PAGES}, its exchange 1 "),
    # exchanged
    "requests of two tenants": (exchanged((TENANTS, 4), (TENANTS, 6), "actor"), rf"{TENANTS}, its exchange 4 .*differing: actor"),
    "two requests and not their answers": (
        exchanged((TENANTS, 5), (TENANTS, 6), "request"),
        rf"{TENANTS}, its exchange 5 .*differing: path",
    ),
    "two answers and not their requests": (exchanged((PAGES, 3), (PAGES, 2), "response"), rf"{PAGES}, its exchange \d+ "),
    "exchanges of two cases": (exchanged((PAGES, 2), (TENANTS, 4), "request", "response", "step"), rf"its exchange \d .*{NEXT}"),
    "the names of two cases": (
        lambda records: [
            one | {"case": {PAGES: TENANTS, TENANTS: PAGES}.get(one["case"], one["case"])} if "case" in one else one
            for one in records
        ],
        r"its exchange 1 .*differing: operation",
    ),
    # altered
    "a method": (request(PAGES, 3, lambda asked: asked.update(method="POST")), r"exchange 3 .*differing: method"),
    "a path": (request(PAGES, 3, lambda asked: asked.update(path="/stops")), r"exchange 3 .*differing: path"),
    "a value of a query": (
        request(PAGES, 3, lambda asked: asked.update(query=[["limit", "2"]])),
        r"exchange 3 .*differing: query",
    ),
    "a name in a query": (
        request(PAGES, 3, lambda asked: asked.update(query=[["Limit", "1"]])),
        r"exchange 3 .*differing: query",
    ),
    "the order of a query": (turned(PAGES), r"exchange \d+ .*differing: query"),
    "one more in a query": (request(PAGES, 3, lambda asked: asked["query"].append(["x", "1"])), r"exchange 3 .*differing: query"),
    "an entity tag": (header(TAGS, "If-Match", '"other"'), rf"{TAGS}, its exchange \d+ .*differing: headers"),
    "a key": (header(KEYS, "Idempotency-Key", "yance-other"), rf"{KEYS}, its exchange 4 .*differing: headers"),
    "no key": (header(KEYS, "Idempotency-Key", None), rf"{KEYS}, its exchange 4 .*differing: headers"),
    "a media type": (header(TAGS, "Content-Type", "text/plain"), rf"{TAGS}, its exchange 3 .*differing: headers"),
    "a header of nobody's": (
        request(PAGES, 1, lambda asked: asked["headers"].append(["X-Suite", "1"])),
        "exchange 1 .*differing: headers",
    ),
    "what is accepted": (
        request(PAGES, 1, lambda asked: asked["headers"].append(["Accept", "text/html"])),
        "exchange 1 .*differing: headers",
    ),
    "a byte of a body": (request(KEYS, 4, body("EV_CONNECTOR", "EV_C0NNECTOR")), rf"{KEYS}, its exchange 4 .*differing: body"),
    "no body": (request(KEYS, 4, lambda asked: asked.pop("body")), rf"{KEYS}, its exchange 4 .*differing: body"),
    "a body where none was": (request(PAGES, 1, lambda asked: asked.update(body="{}")), r"exchange 1 .*differing: body"),
    "an actor": (member(PAGES, 1, actor="b"), r"exchange 1 .*differing: actor"),
    "no actor": (member(PAGES, 1, actor=None), r"exchange 1 .*differing: actor"),
    "a step": (member(PAGES, 3, step="query 9"), r"exchange 3 .*differing: step"),
    "an operation": (request(PAGES, 3, lambda asked: asked.update(operation="listStops")), r"exchange 3 .*differing: operation"),
    "a token said to be hidden elsewhere": (
        header(TOKENS, "Authorization", "Bearer x"),
        rf"{TOKENS}, its exchange \d+ .*differing: headers",
    ),
    "a key said to be hidden": (hidden(KEYS, "body", masked_key), rf"{KEYS}, its exchange 4 .*differing: headers"),
    "a body said to be hidden": (hidden(KEYS, "body", masked_body), rf"{KEYS}, its exchange 4 .*differing: body"),
    # answers that would have led to other questions
    "another id": (answer(TENANTS, "given: create", body("rsv-", "rsv-0")), rf"{TENANTS}, its exchange 4 .*differing: path"),
    "another tag": (
        answer(TAGS, "read", lambda came: came.update(headers=[[n, '"zz"' if n == "etag" else v] for n, v in came["headers"]])),
        rf"{TAGS}, its exchange \d+ .*differing: headers",
    ),
    "a creation refused": (
        answer(TENANTS, "given: create", lambda came: came.update(status=409)),
        rf"{TENANTS}, (its|after its) exchange ",
    ),
    "nothing found": (
        answer(TENANTS, "given: list", body('"items":[{', '"items":[],"old":[{')),
        rf"{TENANTS}, (its|after its) exchange ",
    ),
    "a link elsewhere": (
        answer(PAGES, "query 1", body("cursor=", "cursor=A")),
        rf"{PAGES}, its exchange 10 .*cursor=A.*differing: query",
    ),
    # ends
    "a case that could not go on": (
        member(PAGES, 0, ended="unmet", reason="there was nothing"),
        "driven again it ends as complete.*says unmet",
    ),
    "a case that nobody answered": (member(PAGES, 0, ended="unreachable"), "driven again it ends as complete.*says unreachable"),
    "a case that the budget cut": (
        member(PAGES, 0, ended="budget", reason="spent"),
        "driven again it ends as complete.*says budget",
    ),
    "an interruption that was none": (
        member(PAGES, 0, ended="interrupted"),
        "said to have been interrupted, and the run went on",
    ),
    "a pause that was too long": (
        lambda records: records[0].update(longestPause=1),
        rf"{LAPSE}, .*{LAPSE}|the longest pause allowed is 1 s|its exchange",
    ),
}


def test_what_was_not_forged_is_accepted(home: Path, run: Path) -> None:
    forged(run, home / "one.pem", evidence=retold(lambda records: None))
    found = verified(run, home)
    assert found.unverified == ()
    assert any("each of the" in step["en"] and "(0 asked anew" in step["en"] for step in found.steps)


@pytest.mark.parametrize("name", REQUESTS)
def test_requests_that_the_scripts_do_not_ask_are_refused(home: Path, run: Path, name: str) -> None:
    edit, says = REQUESTS[name]
    forged(run, home / "one.pem", evidence=retold(edit))
    with pytest.raises(VerificationError, match=says) as refused:
        verified(run, home)
    assert str(refused.value).startswith(f"{run / 'evidence.ndjson.zst'}: case "), "and by the scripts, not by another check"


def test_a_fault_of_the_suite_cannot_be_claimed_and_signed(home: Path, run: Path) -> None:
    with pytest.raises(YanceError, match="ended in a fault of the suite itself"):
        forged(run, home / "one.pem", evidence=retold(member(PAGES, 0, ended="error", reason="KeyError")))


def test_a_budget_that_ended_a_case_earlier_is_no_pass(home: Path, run: Path) -> None:
    """That nothing was left to ask with cannot be told from the evidence; so such a run is never complete."""

    def edit(records: Documents) -> Documents:
        cut = step(records, TENANTS, "owner afterwards")
        records[at(records, TENANTS, 0)] |= {"ended": "budget", "reason": "all 90 requests of the budget are used"}
        return [one for index, one in enumerate(records) if index < cut or one.get("case") != TENANTS or one["kind"] == "case"]

    forged(run, home / "one.pem", evidence=retold(edit))
    found = verified(run, home)
    assert (found.report["result"], found.report["complete"]) == ("INCONCLUSIVE", False)


def test_attempts_that_were_interrupted_are_counted_and_shown(home: Path, run: Path) -> None:
    def edit(records: Documents) -> Documents:
        """Twelve times a case was begun, and the plug pulled before its last exchange; all in the millisecond to which its keys are bound."""
        own = [one for one in records if one.get("case") == PLACES]
        rest = [one for one in records if one.get("case") != PLACES]
        cut = [*own[:8], own[-1] | {"ended": "interrupted", "reason": "the run was interrupted"}]
        tries = [
            json.loads(json.dumps(one)) for _ in range(12) for one in [*cut, {"kind": "resumed", "at": rest[0]["startedAt"]}]
        ]
        return [*rest[:1], *tries, *rest[1:-1], *own, rest[-1]]

    forged(run, home / "one.pem", evidence=retold(edit))
    found = verified(run, home)
    assert found.report["evidence"]["attempts"] == {
        "resumed": 12,
        "repeated": 12,
        "cases": [{"case": PLACES, "ended": ["interrupted"] * 12}],
    }
    assert found.envelope.predicate["evidence"]["attempts"] == {"resumed": 12, "repeated": 12}
    assert PLACES in (run / "report.html").read_text(encoding="utf-8")


def test_a_case_that_was_open_when_the_run_was_resumed_is_asked_again(home: Path, run: Path) -> None:
    def edit(records: Documents) -> Documents:
        end = records[at(records, TOKENS, 0)]
        end |= {"ended": "budget", "reason": "spent"}
        last = at(records, TOKENS, -1)
        return [*records[:last], *records[last + 1 : -1], {"kind": "resumed", "at": records[-1]["finishedAt"]}, records[-1]]

    forged(run, home / "one.pem", evidence=retold(edit))
    with pytest.raises(VerificationError, match=f"case {TOKENS}: it was open when the run was resumed, and was not asked again"):
        verified(run, home)


# ------------------------------------------------------------------------------------------ smaller inputs


@pytest.fixture(scope="module")
def failed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed run in which a drawn input broke the server, and smaller ones were tried."""
    whole = reference.application("transport", clock=lambda: START)

    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].endswith("/stops") and b"updatedSince" in scope["query_string"]:
            raise RuntimeError("a fault that only one parameter brings forth")
        await whole(scope, receive, send)

    setting = made(tmp_path_factory.mktemp("failed") / "run", only=("COM-ERR-06",), app=breaks, profile="open-data")
    sign_run(setting.folder, load_key(home / "one.pem", None))
    return setting.folder.path


SMALLER, OTHER = "shrink/COM-ERR-06/listStops", "shrink/COM-DOC-02/listStops"
ACROSS = "exchanges were moved across cases"
SEARCHES: dict[str, tuple[Edit, str]] = {
    "a candidate": (without(SMALLER, 1), f"{SMALLER}, its exchange 1 .*differing: query"),
    "the smallest": (without(SMALLER, -1), f"{SMALLER}, after its exchange .*smaller.*{GONE}"),
    "all of it": (those(lambda one: one.get("case") != SMALLER), f"{SMALLER}: a smaller input was to be sought"),
    "another candidate": (
        request(SMALLER, 1, lambda asked: asked.update(query=[["limit", "1"]])),
        f"{SMALLER}, its exchange 1 .*differing: query",
    ),
    "one more": (twice(SMALLER, 2), f"{SMALLER}, its exchange 3 "),
    "for another case": (
        lambda records: [
            one | ({"case": "shrink/COM-ERR-06/listRoutes"} if one.get("case") == SMALLER else {}) for one in records
        ],
        f"{SMALLER}: a smaller input was to be sought",
    ),
    "before all cases had ended": (
        lambda records: records.insert(-1, records.pop(at(records, "COM-LIC-01/listEvConnectors", 0))),
        rf"{OTHER}: a smaller input was sought \(number \d+\) before COM-LIC-01/listEvConnectors had ended; {ACROSS}",
    ),
    "while another was sought": (
        lambda records: records.insert(at(records, OTHER, 3), records.pop(at(records, SMALLER, 1))),
        rf"{SMALLER}: a smaller input was sought \(number \d+\) before {OTHER} had ended; {ACROSS}",
    ),
    "before another": (
        lambda records: [
            *(one for one in records[:-1] if one.get("case") != OTHER),
            *(one for one in records if one.get("case") == OTHER),
            records[-1],
        ],
        f"{SMALLER}: {OTHER} is sought before it; {ACROSS}",
    ),
    "ended by a budget": (
        member(SMALLER, 0, ended="budget", reason="spent"),
        f"{SMALLER}: it came to its end, and the evidence says budget",
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_for_smaller_inputs_is_held_like_a_script(home: Path, failed: Path, tmp_path: Path, name: str) -> None:
    run = Path(shutil.copytree(failed, tmp_path / "run"))
    edit, says = SEARCHES[name]
    forged(run, home / "one.pem", evidence=retold(edit))
    with pytest.raises(VerificationError, match=says):
        verified(run, home)
