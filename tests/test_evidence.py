"""Evidence survives crashes and cuts: what is read is what was written, or nothing; and no secret is written."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard

from conformance.errors import SuiteError, UsageError, VerificationError
from conformance.evidence import CaseEnd, Ended, EvidenceWriter, Footer, Header, Resumed, attempts, check_evidence, read_evidence
from conformance.evidence.records import decode
from conformance.model import Exchange
from conformance.redaction import Redactor
from tests.recording import BASE, HEADER, defined_root, exchange, ticking, unpacked, written


def test_a_finished_file_reads_back_in_order_and_verifies(tmp_path: Path) -> None:
    path = written(tmp_path / "evidence.ndjson.zst")
    records = list(read_evidence(path))
    assert records[0] == HEADER
    assert [r.number for r in records if isinstance(r, Exchange)] == [1, 2, 3, 4, 5, 6]
    assert [(end.case, len(trace)) for end, trace in attempts(records)] == [("case-0", 2), ("case-1", 2), ("case-2", 2)]
    footer = check_evidence(path)
    assert records[-1] == footer
    lines = unpacked(path)[:-1]
    assert footer.entries == len(lines) == 10
    assert footer.root == defined_root(lines).hex()
    assert footer.digest == "sha256:" + sha256(b"".join(line + b"\n" for line in lines)).hexdigest()


def test_append_gives_the_number_and_end_case_the_count(tmp_path: Path) -> None:
    with EvidenceWriter.open(tmp_path / "e.zst", HEADER, Redactor({})) as evidence:
        assert [evidence.append(exchange("x")).number for _ in range(3)] == [1, 2, 3]
        assert evidence.append(exchange("y")).number == 4
        assert evidence.end_case("x", "unmet", "no stop was found") == CaseEnd("x", Ended.UNMET, "no stop was found", 3)
        assert evidence.finished == {"x"}
        evidence.end_case("y", Ended.BUDGET)
        assert evidence.finished == {"x"}
        assert evidence.finish().exchanges == 4
        with pytest.raises(SuiteError, match="closed"):
            evidence.append(exchange("x"))


def test_a_run_is_never_written_over_another(tmp_path: Path) -> None:
    path = written(tmp_path / "e.zst")
    with pytest.raises(UsageError, match="exists"):
        EvidenceWriter.open(path, HEADER, Redactor({}))
    with pytest.raises(UsageError, match="is finished"):
        EvidenceWriter.resume(path, Redactor({}))
    with pytest.raises(UsageError, match="no run to resume"):
        EvidenceWriter.resume(tmp_path / "none.zst", Redactor({}))
    with pytest.raises(UsageError, match="cannot be written"):
        EvidenceWriter.open(tmp_path / "none" / "e.zst", HEADER, Redactor({}))
    with pytest.raises(UsageError, match="no such file"):
        check_evidence(tmp_path / "none.zst")


def test_what_a_case_brought_is_on_disk_when_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    with EvidenceWriter.open(path, HEADER, Redactor({})) as evidence:
        evidence.append(exchange("x"))
        evidence.end_case("x", "complete")
        evidence.append(exchange("y"))
        seen = list(read_evidence(path, partial=True))
        assert [type(record) for record in seen] == [Header, Exchange, CaseEnd]
        with pytest.raises(VerificationError, match="no seal"):
            check_evidence(path)


@pytest.mark.heavy
def test_a_file_cut_anywhere_resumes_with_every_intact_line(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    path.write_bytes(whole := written(tmp_path / "whole.zst", cases=2, each=1, finish=False).read_bytes())
    everything = list(read_evidence(path, partial=True))
    kept = []
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        intact = list(read_evidence(path, partial=True))
        assert intact == everything[: len(intact)]
        kept.append(len(intact))
        if not intact:
            with pytest.raises(UsageError, match="no intact line"):
                EvidenceWriter.resume(path, Redactor({}))
            assert path.read_bytes() == whole[:cut], "what cannot be resumed is left as it is"
            continue
        with EvidenceWriter.resume(path, Redactor({}), clock=ticking()) as evidence:
            assert evidence.header == HEADER
            for case in {"case-0", "case-1"} - evidence.finished:
                evidence.append(exchange(case))
                evidence.end_case(case, "complete")
            footer = evidence.finish()
        assert check_evidence(path) == footer
        records = list(read_evidence(path))
        assert records[: len(intact)] == intact
        assert sum(isinstance(record, Resumed) for record in records) == 1
        last = {end.case: end.ended for end, _ in attempts(records)}
        assert last == {"case-0": "complete", "case-1": "complete"}
    assert kept == sorted(kept)
    assert len(set(kept)) > 3
    assert list(tmp_path.glob("*.resumed")) == []


def test_a_case_that_was_running_ends_interrupted_and_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    with EvidenceWriter.open(path, HEADER, Redactor({})) as evidence:
        evidence.append(exchange("x"))
        evidence.append(exchange("x"))
    with EvidenceWriter.resume(path, Redactor({})) as evidence:
        assert evidence.ended["x"].ended == Ended.INTERRUPTED
        assert evidence.finished == frozenset()
        assert evidence.append(exchange("x")).number == 3
        evidence.end_case("x", "complete")
        evidence.finish()
    ends = [(end.ended, [e.number for e in trace]) for end, trace in attempts(read_evidence(path))]
    assert ends == [("interrupted", [1, 2]), ("complete", [3])]


def test_a_run_may_be_interrupted_more_than_once(tmp_path: Path) -> None:
    path = written(tmp_path / "e.zst", cases=1, finish=False)
    for turn in range(3):
        with EvidenceWriter.resume(path, Redactor({})) as evidence:
            evidence.append(exchange(f"more-{turn}"))
            evidence.end_case(f"more-{turn}", "complete")
    with EvidenceWriter.resume(path, Redactor({})) as evidence:
        assert len(evidence.finished) == 4
        evidence.finish()
    assert check_evidence(path).exchanges == 5


def test_a_run_killed_between_footer_and_seal_resumes(tmp_path: Path) -> None:
    path = written(tmp_path / "e.zst")
    path.write_bytes(path.read_bytes()[:-40])
    with EvidenceWriter.resume(path, Redactor({})) as evidence:
        assert len(evidence.finished) == 3
        evidence.finish()
    assert check_evidence(path).exchanges == 6


# ------------------------------------------------------------------------------------------- secrets

SECRET = "sk-live-8f72jd82hs7"


def test_a_line_with_a_secret_is_refused_by_its_label(tmp_path: Path) -> None:
    with EvidenceWriter.open(tmp_path / "e.zst", HEADER, Redactor({"tenant a": SECRET})) as evidence:
        with pytest.raises(SuiteError, match="tenant a") as caught:
            evidence.append(exchange(case=f"case of {SECRET}"))
        assert SECRET not in str(caught.value)
        assert evidence.append(exchange()).number == 1, "what was refused left no trace"
        evidence.end_case("COM-ENC-01@listStops", "error", f"it broke on {SECRET}")
        evidence.finish()
    lines = b"\n".join(unpacked(tmp_path / "e.zst"))
    assert SECRET.encode() not in lines
    assert b"it broke on" in lines


def test_a_secret_that_the_target_echoes_is_recorded_as_its_pseudonym(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    with EvidenceWriter.open(path, HEADER, Redactor({"tenant a": SECRET})) as evidence:
        recorded = evidence.append(exchange(body=b'{"detail":"no token %s"}' % SECRET.encode()))
        evidence.end_case(recorded.case, "complete")
        footer = evidence.finish()
    assert recorded.json["detail"].startswith("no token «secret:")
    assert footer.replacements == 1
    assert [r for r in read_evidence(path) if isinstance(r, Exchange)] == [recorded]


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": ((SECRET, "x"),)},
        {"query": ((SECRET, "x"),)},
    ],
)
def test_an_answer_whose_secret_cannot_be_replaced_is_withheld(tmp_path: Path, changes: dict[str, Any]) -> None:
    path = tmp_path / "e.zst"
    one = exchange()
    response = replace(one.response, **{name: value for name, value in changes.items() if name != "query"})
    request = replace(one.request, query=changes.get("query", ()))
    with EvidenceWriter.open(path, HEADER, Redactor({"tenant a": SECRET})) as evidence:
        recorded = evidence.append(replace(one, request=request, response=response))
        evidence.end_case(recorded.case, "complete")
        evidence.finish()
    assert (recorded.failure, recorded.response) == ("withheld", None)
    assert recorded.request.headers == recorded.request.query == ()
    assert [r for r in read_evidence(path) if isinstance(r, Exchange)] == [recorded]


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode("utf-16"),
        SECRET.encode("utf-32"),
        b'{"a":"' + SECRET[:9].encode() + b"\\u0" + b'"}' + SECRET.encode("utf-16"),
    ],
)
def test_a_body_whose_secret_cannot_be_replaced_is_withheld_and_the_rest_is_recorded(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "e.zst"
    one = exchange()
    with EvidenceWriter.open(path, HEADER, Redactor({"tenant a": SECRET})) as evidence:
        recorded = evidence.append(replace(one, response=replace(one.response, body=body)))
        evidence.finish()
    assert recorded.response is not None
    assert (recorded.status, recorded.failure) == (one.status, None)
    assert (recorded.response.body, recorded.response.truncated, recorded.attributes["cut"]) == (b"", True, "withheld")
    assert [r for r in read_evidence(path) if isinstance(r, Exchange)] == [recorded]


def test_a_run_is_resumed_on_its_own_target_only(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    with EvidenceWriter.open(path, HEADER, Redactor({})) as evidence:
        evidence.end_case("x", "complete")
    for change in ({"base_url": "https://other.example/v1"}, {"plan": "sha256:0"}, {"suite_version": "9"}):
        with pytest.raises(UsageError, match="begun with another"):
            EvidenceWriter.resume(path, Redactor({}), replace(HEADER, **change))
    assert not path.with_name(path.name + ".resumed").exists()
    with EvidenceWriter.resume(path, Redactor({}), HEADER) as evidence:
        evidence.finish()
    assert check_evidence(path).exchanges == 0


def test_userinfo_in_the_base_url_is_not_recorded(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    with EvidenceWriter.open(path, replace(HEADER, base_url="https://me:pw@target.example/v1"), Redactor({})) as evidence:
        evidence.append(exchange(base_url="https://me:pw@target.example/v1"))
        evidence.finish()
    assert b"me:pw" not in b"".join(unpacked(path))
    header, one, _ = read_evidence(path)
    assert isinstance(header, Header)
    assert isinstance(one, Exchange)
    assert one.base_url == header.base_url


def test_the_file_is_an_ordinary_zstd_file(tmp_path: Path) -> None:
    path = written(tmp_path / "e.zst")
    with path.open("rb") as file:
        text = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert text.splitlines() == unpacked(path)
    assert isinstance(decode(text.splitlines()[-1], BASE, 11), Footer)
