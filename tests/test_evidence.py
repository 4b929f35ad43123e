"""Evidence survives crashes, cuts and liars: what is read is what was written, or nothing."""

from __future__ import annotations

import json
import struct
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.errors import SuiteError, UsageError, VerificationError
from conformance.evidence import (
    CaseEnd,
    Ended,
    EvidenceWriter,
    Footer,
    Header,
    MerkleTree,
    Resumed,
    attempts,
    check_evidence,
    quick,
    read_evidence,
)
from conformance.evidence.records import decode, encode
from conformance.model import Exchange, Request, Response
from conformance.redaction import Redactor
from conformance.text import strictjson

BASE = "https://target.example/v1"
HEADER = Header("sha256:" + "5" * 64, BASE, 1_764_000_000_000, "yance", "0.1.0")
calmly = settings(max_examples=100, deadline=None, database=None)


def ticking() -> Callable[[], int]:
    ticks = iter(range(1_764_000_000_000, 1_765_000_000_000, 1000))
    return lambda: next(ticks)


def exchange(case: str = "COM-ENC-01@listStops", body: bytes = b'{"items":[]}', **changes: Any) -> Exchange:
    request = Request("listStops", "GET", "/stops", (("limit", "2"),), (("Accept", "application/json"),), None, "a", "limit=2")
    response = Response(200, (("content-type", "application/json"),), body, False, len(body))
    return replace(Exchange(0, case, request, response, None, BASE, 1_764_000_000_123, 7), **changes)


def written(path: Path, *, cases: int = 3, each: int = 2, finish: bool = True, redactor: Redactor | None = None) -> Path:
    with EvidenceWriter.open(path, HEADER, redactor or Redactor({}), clock=ticking()) as evidence:
        for case in range(cases):
            for turn in range(each):
                evidence.append(exchange(f"case-{case}", b'{"turn":%d}' % turn))
            evidence.end_case(f"case-{case}", "complete")
        if finish:
            evidence.finish()
    return path


def sealed(content: bytes) -> bytes:
    return content + struct.pack("<4sI", b"\x59\x2a\x4d\x18", 32) + sha256(content).digest()


def packed(lines: list[bytes]) -> bytes:
    return sealed(zstandard.ZstdCompressor(write_checksum=True).compress(b"".join(line + b"\n" for line in lines)))


def unpacked(path: Path) -> list[bytes]:
    content = path.read_bytes()[:-40]
    return zstandard.ZstdDecompressor().decompressobj().decompress(content).splitlines()


# ------------------------------------------------------------------------------------------- the tree


def defined_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is defined."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + defined_root(leaves[:split]) + defined_root(leaves[split:])).digest()


def test_the_root_is_that_of_the_published_vectors() -> None:
    tree = MerkleTree()
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"):
        tree.append(bytes.fromhex(leaf))
    assert tree.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@calmly
@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_grown_leaf_by_leaf_is_the_defined_one(leaves: list[bytes]) -> None:
    tree = MerkleTree()
    for leaf in leaves:
        tree.append(leaf)
    assert tree.root() == defined_root(leaves)


# ------------------------------------------------------------------------------------------- lines

names = st.text(st.characters(codec="utf-8"), max_size=12)
pairs = st.lists(st.tuples(names, names), max_size=3).map(tuple)
exact = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
requests = st.builds(Request, names, names, names, pairs, pairs, st.none() | st.binary(max_size=40), st.none() | names, names)
responses = st.builds(Response, st.integers(100, 599), pairs, st.binary(max_size=60), st.booleans(), st.integers(0, 2**40))
exchanges = st.builds(
    Exchange,
    st.integers(1, 10**9),
    names,
    requests,
    st.none() | responses,
    st.none() | names,
    st.sampled_from([BASE, "", "http://127.0.0.1:1/inbox"]),
    st.integers(0, 2**45),
    st.integers(0, 10**7),
    st.dictionaries(names, exact, max_size=3),
)


@pytest.mark.heavy
@calmly
@given(exchanges)
def test_an_exchange_comes_back_as_it_was(one: Exchange) -> None:
    line = encode(one, BASE)
    assert b"\n" not in line
    assert decode(line, BASE, 1) == one
    assert encode(decode(line, BASE, 1), BASE) == line
    assert json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode() == line


spoilt = st.sampled_from(
    [b"", b" ", b'"', b"0", b"-", b".0", b"e1", b",", b"\\", b"\xff", b'"n":1,', b"\\ud800", b'"kind":"exchange",', b"true"]
)


@calmly
@given(exchanges, spoilt, st.floats(0, 1), st.integers(0, 3))
def test_the_quick_reading_of_a_line_is_the_careful_one(one: Exchange, more: bytes, where: float, lost: int) -> None:
    """Whatever is done to a line: what is read quickly is what careful reading gives."""
    line = encode(one, BASE)
    at = round(where * len(line))
    for text in (line, line[:at] + more + line[at + lost :]):
        if (found := quick.exchange(text, BASE)) is not None:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(quick, "exchange", lambda *_, **__: None)
                assert decode(text, BASE, 1) == found
                assert encode(found, BASE) == encode(decode(text, BASE, 1), BASE)


def test_a_line_of_ours_is_read_quickly() -> None:
    assert quick.exchange(encode(exchange(number=1), BASE), BASE) == exchange(number=1)


@pytest.mark.parametrize("fact", [b"1.0", b"9007199254740992", b"-9007199254740992", b'[{"deep":1e1}]'])
def test_an_inexact_attribute_is_not_read_quickly(fact: bytes) -> None:
    line = encode(exchange(number=1, attributes={"fact": 7}), BASE).replace(b'"fact":7', b'"fact":' + fact)
    assert quick.exchange(line, BASE) is None
    with pytest.raises(VerificationError):
        decode(line, BASE, 1)


def test_a_body_that_is_not_utf8_comes_back_byte_for_byte() -> None:
    one = exchange(body=bytes(range(256)))
    assert b"bodyBase64" in encode(one, BASE)
    assert decode(encode(one, BASE), BASE, 1) == one


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, b"x", {1: "x"}, {"deep": [{"er": 0.1}]}])
def test_an_inexact_attribute_is_our_own_fault(value: object) -> None:
    with pytest.raises(SuiteError, match="attributes of an exchange"):
        encode(exchange(attributes={"fact": value}), BASE)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b'{"kind":"other"}',
        b'{"kind":["case"]}',
        b'{"kind":"resumed","at":1,"at":2}',
        b'{"kind":"resumed","at":1.0}',
        b'{"kind":"resumed","at":true}',
        b'{"kind":"resumed","at":NaN}',
        b'{"kind":"resumed","at":1e3}',
        b'{"kind":"resumed","at":9007199254740992}',
        b'{"kind":"resumed","at":-0}',
        b'{"kind":"resumed"}',
        b'{"kind":"resumed","at":1,"by":"me"}',
        b'\xef\xbb\xbf{"kind":"resumed","at":1}',
        b'{"kind":"resumed","at":1}\xff',
        b'{"kind":"case","case":"\\ud800","ended":"complete","reason":"","exchanges":0}',
        b'{"kind":"case","case":"x","ended":"done","reason":"","exchanges":0}',
        b'{"kind":"exchange"}',
        b"[" * 100_000,
    ],
)
def test_a_line_that_could_be_read_in_two_ways_is_refused(line: bytes) -> None:
    with pytest.raises(VerificationError, match="line 7 of the evidence"):
        decode(line, BASE, 7)


@pytest.mark.parametrize(("old", "new"), [(b'"body":"{', b'"bodyBase64":"{'), (b'["limit","2"]', b'["limit"]'), (b'"GET"', b"7")])
def test_a_line_of_another_shape_is_refused(old: bytes, new: bytes) -> None:
    line = encode(exchange(number=1), BASE)
    assert old in line
    with pytest.raises(VerificationError):
        decode(line.replace(old, new), BASE, 1)


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    one = exchange(failure="cut \udc80 here", response=None)
    assert decode(encode(one, BASE), BASE, 1).failure == "cut \ufffd here"  # type: ignore[union-attr]


# ------------------------------------------------------------------------------------------- files


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


# ------------------------------------------------------------------------------------------- liars


def test_any_flipped_byte_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.zst").read_bytes()
    path = tmp_path / "e.zst"
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1 << position % 8]) + whole[position + 1 :])
        with pytest.raises(VerificationError):
            check_evidence(path)


def test_any_cut_is_refused(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole.zst").read_bytes()
    path = tmp_path / "e.zst"
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        with pytest.raises(VerificationError):
            check_evidence(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(VerificationError):
        check_evidence(path)


def test_a_flip_under_a_seal_made_anew_is_refused_or_changes_no_record(tmp_path: Path) -> None:
    original = written(tmp_path / "whole.zst")
    content, records = original.read_bytes()[:-40], list(read_evidence(original))
    path = tmp_path / "e.zst"
    harmless = 0
    for position in range(len(content)):
        path.write_bytes(sealed(content[:position] + bytes([content[position] ^ 0x10]) + content[position + 1 :]))
        try:
            assert list(read_evidence(path)) == records
            harmless += 1
        except VerificationError:
            pass
    assert harmless < 20


def forgeries(lines: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    *body, footer = lines
    yield "dropped", [*body[:2], *body[3:], footer]
    yield "repeated", [*body[:2], body[1], *body[2:], footer]
    yield "swapped", [body[0], body[2], body[1], *body[3:], footer]
    yield "changed", [body[0], body[1].replace(b'"status":200', b'"status":201'), *body[2:], footer]
    yield "no end of a case", [*body[:3], *body[4:], footer]
    yield "an end too many", [*body, b'{"case":"x","ended":"complete","exchanges":0,"kind":"case","reason":""}', footer]
    yield "no footer", body
    yield "no header", [*body[1:], footer]
    yield "two headers", [body[0], *body, footer]
    yield "two footers", [*lines, footer]
    yield "more after the footer", [*lines, body[1]]
    yield "other counts", [*body, footer.replace(b'"exchanges":6', b'"exchanges":7')]
    yield "other root", [*body, footer.replace(b'"rfc6962Root":"', b'"rfc6962Root":"0')]
    yield "other replacements", [*body, footer.replace(b'"replacements":0', b'"replacements":1')]
    yield "spaces", [body[0], body[1].replace(b":", b": ", 1), *body[2:], footer]
    yield "later version", [body[0].replace(b'"version":1}', b'"version":2}'), *body[1:], footer]


def test_a_forged_file_is_refused_though_its_seal_is_right(tmp_path: Path) -> None:
    lines = unpacked(written(tmp_path / "e.zst"))
    path = tmp_path / "forged.zst"
    path.write_bytes(packed(lines))
    assert check_evidence(path).exchanges == 6
    for name, forged in forgeries(lines):
        assert forged != lines, name
        path.write_bytes(packed(forged))
        try:
            check_evidence(path)
        except VerificationError:
            continue
        pytest.fail(f"{name}: accepted")


def test_who_reads_beside_another_reads_no_other_lines(tmp_path: Path) -> None:
    """The root is left to whoever verifies the file meanwhile, and compared with what that found; every other forgery is refused here, too."""
    original = written(tmp_path / "e.zst")
    assert list(read_evidence(original, beside=True)) == list(read_evidence(original))
    path = tmp_path / "forged.zst"
    for name, forged in forgeries(unpacked(original)):
        path.write_bytes(packed(forged))
        if name == "other root":
            *_, footer = read_evidence(path, beside=True)
            assert isinstance(footer, Footer)
            assert footer.root != check_evidence(original).root
            continue
        with pytest.raises(VerificationError):
            list(read_evidence(path, beside=True))


def test_the_footer_error_names_what_differs(tmp_path: Path) -> None:
    *body, footer = unpacked(written(tmp_path / "e.zst"))
    path = tmp_path / "forged.zst"
    path.write_bytes(packed([*body, footer.replace(b'"replacements":0', b'"replacements":3')]))
    with pytest.raises(VerificationError, match=r"redaction.replacements \(footer 3, computed 0\); do not"):
        check_evidence(path)


def test_a_decompression_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    compressor = zstandard.ZstdCompressor(level=3).compressobj()
    content = b"".join(compressor.compress(bytes(1 << 20)) for _ in range(80)) + compressor.flush()
    path.write_bytes(sealed(content))
    assert len(content) < 20_000
    tracemalloc.start()
    with pytest.raises(VerificationError, match="more than 1000000 bytes"):
        check_evidence(path, limit=1_000_000)
    with pytest.raises(VerificationError, match="a line of more than"):
        check_evidence(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 1024 * 1024


def test_a_frame_that_asks_for_a_huge_window_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.zst"
    parameters = zstandard.ZstdCompressionParameters.from_level(3, window_log=27)
    compressor = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    path.write_bytes(sealed(compressor.compress(b"{}\n") + compressor.flush()))
    with pytest.raises(VerificationError, match="not an intact zstd stream"):
        check_evidence(path)


@pytest.mark.heavy
def test_memory_does_not_grow_with_the_run(tmp_path: Path) -> None:
    def peak(exchanges: int) -> int:
        path = tmp_path / f"{exchanges}.zst"
        tracemalloc.start()
        with EvidenceWriter.open(path, HEADER, Redactor({})) as evidence:
            for number in range(exchanges):
                evidence.append(exchange("x", b'{"number":%d}' % number * 40))
            evidence.end_case("x", "complete")
            evidence.finish()
        for _ in read_evidence(path):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    few = peak(500)
    assert peak(2000) < few * 1.3 + 100_000


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
    response = replace(one.response, **{name: value for name, value in changes.items() if name != "query"})  # type: ignore[type-var]
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
        recorded = evidence.append(replace(one, response=replace(one.response, body=body)))  # type: ignore[type-var]
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


# ------------------------------------------------------------------------------------------- strict JSON


@calmly
@given(exact)
def test_canonical_json_is_read_back_equal(document: Any) -> None:
    data = strictjson.canonical(document)
    assert strictjson.parse(data, "it") == document
    assert strictjson.canonical(strictjson.parse(data, "it")) == data


def test_canonical_refuses_what_parse_refuses() -> None:
    for document in ("\ud800", 2**60, 0.5, {"a": {1}}):
        with pytest.raises(SuiteError):
            strictjson.canonical(document)
    with pytest.raises(VerificationError, match="more than the 3 allowed"):
        strictjson.parse(b"[1,2]", "it", limit=3)
    assert strictjson.parse(rb'"\ud83d\ude00"', "it") == "😀", "a pair of surrogates is one character"
