"""Judging on several processors comes to the same as judging on one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.errors import VerificationError
from conformance.evidence import Record, read_evidence
from conformance.load.catalogue import say
from conformance.model import Exchange, Outcome, Request, Response, Verdict
from conformance.run.conduct import Setting, conduct
from conformance.verdict import beside
from conformance.verdict.beside import judge_file, shares
from conformance.verdict.judge import judge_run
from conformance.verdict.ration import Ration
from conformance.verdict.weighing import vain
from tests.test_conduct import setting


@pytest.fixture(scope="module")
def finished(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Setting:
    """A run in which something failed."""
    made = setting(
        tmp_path_factory.mktemp("beside") / "run",
        cache,
        fault="NotFoundHasNoTitle",
        only=("COM-ERR-01", "COM-SORT-01", "TRN-018", "COM-CACHE-01"),
    )
    asyncio.run(conduct(made))
    return made


def judged(made: Setting, **how: Any) -> list[Verdict]:
    return judge_file(made.plan, made.spec, made.dialect, made.folder.evidence_file, **how)


def alone(made: Setting) -> list[Verdict]:
    return judge_run(made.plan, made.spec, made.dialect, read_evidence(made.folder.evidence_file))


@pytest.mark.heavy
@pytest.mark.parametrize(("count", "method"), [(1, ""), (2, "fork"), (3, "fork"), (2, "spawn"), (0, "")])
def test_the_verdicts_are_the_same_however_many_take_part(finished: Setting, count: int, method: str) -> None:
    assert judged(finished, count=count, method=method) == alone(finished)
    assert any(verdict.findings for verdict in alone(finished))


def test_every_operation_is_in_one_share(finished: Setting) -> None:
    for count in (1, 2, 3, 7):
        found = shares(finished.plan, count)
        assert len(found) == count
        assert sorted(name for share in found for name in share) == sorted({case.operation for case in finished.plan.cases})


def test_the_records_are_seen_once(finished: Setting) -> None:
    seen: list[Record] = []

    def through(records: Any) -> Iterator[Record]:
        for record in records:
            seen.append(record)
            yield record

    judged(finished, count=2, method="fork", through=through)
    assert seen == list(read_evidence(finished.folder.evidence_file))


@pytest.mark.parametrize("instead", ["stopped", "other evidence"])
def test_a_helper_that_fails_is_made_up_for(finished: Setting, instead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_help(there: Any, *_: object) -> None:
        if instead == "other evidence":
            there.send(("0" * 64, {}))
        there.close()

    monkeypatch.setattr(beside, "_help", no_help)
    assert judged(finished, count=3, method="fork") == alone(finished)


def test_evidence_that_is_not_intact_is_refused_with_helpers_too(finished: Setting, tmp_path: Path) -> None:
    content = bytearray(finished.folder.evidence_file.read_bytes())
    content[len(content) // 2] ^= 1
    cut = tmp_path / "evidence.ndjson.zst"
    cut.write_bytes(content)
    with pytest.raises(VerificationError):
        judge_file(finished.plan, finished.spec, finished.dialect, cut, count=2, method="fork")


def test_a_small_run_is_judged_by_one(finished: Setting, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.write_bytes(b"x" * 1000)
    assert beside.processes(small, "fork") == beside.processes(small, "spawn") == 1
    assert beside.processes(tmp_path / "none", "fork") == 1


@pytest.mark.heavy
def test_all_that_is_judged_of_a_run_is_bounded_and_what_is_beyond_decides_nothing(
    finished: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = alone(finished)
    assert any(one.outcome is Outcome.FAIL for one in whole)
    for most in (0, 300, 2_000):
        monkeypatch.setattr("conformance.limits.JUDGED", most)
        found = alone(finished)
        assert judged(finished, count=2, method="fork") == found, "it is counted alike in every process"
        for one, before in zip(found, whole, strict=True):
            assert one.outcome in (before.outcome, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE), "neither fails nor passes by it"
    assert [one.outcome for one in found] != [one.outcome for one in whole]


def test_equal_bodies_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.limits.JUDGED", 5_000)
    ration = Ration()

    def answered(body: bytes) -> Exchange:
        return Exchange(1, "c", Request("listThings", "GET", "/things"), Response(200, (), body, False, len(body)))

    def cut(one: Exchange) -> bool:
        assert one.response is not None
        return one.response.truncated

    large, other = answered(b"[" + b"{}," * 1_200 + b"1]"), answered(b"[" + b"{}," * 1_250 + b"1]")
    assert [cut(one) for one in ration.of([large, large, other, other, large])] == [False] * 5
    (beyond,) = ration.of([answered(b"[" + b"{}," * 600 + b"]")])
    assert vain([beyond], bodies=True) == "unjudged"
    assert say("reason.vain-unjudged", "en", count=1)
    assert [cut(one) for one in ration.of([answered(b"[" + b"{}," * 600 + b"]"), large])] == [True, False]
