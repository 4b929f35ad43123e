"""Every bound of `limits`: what is beyond it ends in its own word, in memory and work that do not grow with it."""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import zstandard
from click.testing import CliRunner

from conformance import checks, limits
from conformance.commands.loopback import reference_server
from conformance.commands.main import main
from conformance.errors import DataError, UntoldError, VerificationError
from conformance.evidence import EvidenceWriter, Footer, Header, Resumed, check_evidence, read_evidence
from conformance.evidence.merkle import MerkleTree
from conformance.evidence.records import CaseEnd, Ended, encode
from conformance.interface import schema
from conformance.interface.dialect import HOUSE
from conformance.load import data_folders, load_profile
from conformance.load.jsonlines import read_json
from conformance.load.yaml12 import read_yaml
from conformance.model import Exchange, Finding, Request, Response
from conformance.redaction import Redactor
from conformance.text.measure import is_deeper, is_larger
from conformance.verdict.folder import RunFolder
from tests.bounded import MOST_MIB, ended

pytestmark = pytest.mark.heavy

BASE = "https://target.example/v1"
HEADER = Header("sha256:" + "5" * 64, BASE, 1_764_000_000_000, "yance", "0.1.0")


def exchange(body: bytes = b"{}", number: int = 0, case: str = "case", **changes: Any) -> Exchange:
    answer = Response(200, (("content-type", "application/json"),), body, False, len(body))
    return replace(
        Exchange(number, case, Request("listStops", "GET", "/stops"), answer, None, BASE, 1_764_000_000_123, 7), **changes
    )


# ------------------------------------------------------------------------------------------ one body


@pytest.mark.parametrize(
    ("text", "deep", "large"),
    [
        (b"[" * 200 + b"]" * 200, False, False),
        (b"[" * 201 + b"]" * 201, True, False),
        (b'{"a":' * 201, True, False),
        (b'["' + b"[" * 5000 + b'"]', False, False),
        (b'["\\"' + b"[" * 5000 + b'"]', False, False),
        (b"[]," * 150_000, False, True),
        (b'["' + b"," * 150_000 + b'"]', False, False),
        (b"[1" + b",1" * 99_998 + b"]", False, False),
        (b"[1" + b",1" * 100_000 + b"]", False, True),
    ],
)
def test_a_text_is_measured_before_it_is_parsed(text: bytes, deep: bool, large: bool) -> None:
    assert is_deeper(text, limits.DEPTH) is deep
    assert is_larger(text, limits.VALUES) is large
    answer = Response(200, (), text)
    assert answer.unread == ("too-deep" if deep else "too-many" if large else "")
    assert not (answer.unread and answer.is_json)


def test_of_very_many_errors_the_first_are_enough() -> None:
    rules = {"type": "array", "items": {"type": "object", "required": ["a", "b"]}}
    assert len(schema.errors(rules, [{}] * 300)) == 600, "data of our own: all of them"
    found = schema.alone(rules)
    assert len(found.errors([{}] * 300)) == limits.ERRORS
    assert len(found.errors([{}] * 60_000)) == 1
    assert found.errors([{"a": 1, "b": 1}] * 20_000) == []
    assert found.refuses([{}] * 60_000)


def test_of_very_many_errors_beside_what_was_redacted_one_is_told_or_none() -> None:
    rules = {"type": "array", "items": {"type": "object", "required": ["a", "b"]}}
    found, many = schema.alone(rules), [{}] * 60_000
    assert len(found.errors(many, apart_from=["/59999"])) == 1
    with pytest.raises(UntoldError, match="the first that is wrong was redacted"):
        found.errors(many, apart_from=["/0"])
    assert len(found.errors([{}] * 50, apart_from=["/0"])) == 98
    assert found.errors([{}, *([{"a": 1, "b": 1}] * 20)], apart_from=["/0"]) == []


def test_an_answer_of_which_nothing_can_be_told_is_neither_right_nor_wrong() -> None:
    _, spec = load_profile(data_folders(), "transport", "full")
    mark = {"where": "/response/body/items/0", "kind": "email", "n": "0" * 12}
    body = b'{"items":["\xc2\xabemail:000000000000\xc2\xbb"' + b",{}" * 20_000 + b'],"page":{},"meta":{}}'
    answered = exchange(body, 1, attributes={"redactions": [mark]})
    schema_of = {"type": "object", "properties": {"items": {"items": {"type": "object", "required": ["a"]}}}}
    operation = replace(spec.operations["listStops"], responses={"200": {"content": {"application/json": {"schema": schema_of}}}})
    judge = checks.check("answers_are_declared").judge
    assert list(judge(operation, [answered], HOUSE)) == []
    (finding,) = (one for one in judge(operation, [replace(answered, attributes={})], HOUSE) if isinstance(one, Finding))
    assert finding.at == "/items/0"


@pytest.mark.parametrize("secret", [True, False])
def test_a_body_in_which_more_is_to_be_replaced_than_is_noted_is_withheld(secret: bool) -> None:
    texts = ["tenant-token-1" if secret else f"user{number}@clinic.example" for number in range(limits.MARKS + 1)]
    redactor = Redactor({"a": "tenant-token-1"})
    done, _ = redactor.recorded(exchange(json.dumps(texts).encode()))
    assert done.response is not None
    assert (done.response.body, done.response.truncated, done.attributes["cut"]) == (b"", True, "withheld")
    few, _ = redactor.recorded(exchange(json.dumps(texts[:50]).encode()))
    assert len(few.attributes["redactions"]) == 50


def test_a_request_in_which_too_much_is_to_be_replaced_is_withheld_with_its_answer() -> None:
    texts = [f"user{number}@clinic.example" for number in range(limits.MARKS + 1)]
    one = exchange(request=Request("createThing", "POST", "/things", body=json.dumps(texts).encode()))
    done, _ = Redactor({}).recorded(one)
    assert (done.failure, done.response, done.request.body) == ("withheld", None, None)


# ------------------------------------------------------------------------------------------ evidence that is written


@pytest.mark.parametrize("bound", ["LINE", "EVIDENCE", "OPEN"])
def test_a_body_for_which_there_is_no_room_is_left_out_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(limits, bound, 5_000)
    with EvidenceWriter.open(tmp_path / "e.zst", HEADER, Redactor({})) as evidence:
        recorded = [evidence.append(exchange(b'{"x":"' + b"y" * 3_000 + b'"}')) for _ in range(3)]
        evidence.append(exchange(b"{" + b" " * 9_000 + b"}", case="other"))
        evidence.end_case("case", "complete")
        evidence.end_case("other", "complete")
        evidence.finish()
    cut = [one.attributes.get("cut") for one in recorded]
    assert cut == ([None, None, None] if bound == "LINE" else [None, "no-room", "no-room"])
    assert all(one.response is not None and one.response.truncated for one in recorded if one.is_withheld)
    read = [one for one in read_evidence(tmp_path / "e.zst") if isinstance(one, Exchange)]
    assert read[-1].attributes["cut"] == "no-room"
    assert [one.attributes.get("cut") for one in read[:3]] == cut


# ------------------------------------------------------------------------------------------ evidence that is handed over


def file_of(lines: list[bytes]) -> bytes:
    """An evidence file of these lines with a footer and a seal that are right."""
    tree, digest = MerkleTree(), sha256()
    for line in lines:
        tree.append(line)
        digest.update(line + b"\n")
    exchanges = sum(b'"kind":"exchange"' in line for line in lines)
    footer = encode(
        Footer(len(lines), exchanges, f"sha256:{digest.hexdigest()}", tree.root().hex(), 1_764_000_000_001, "sha256:0", 0)
    )
    content = zstandard.ZstdCompressor(write_checksum=True).compress(b"".join(line + b"\n" for line in [*lines, footer]))
    return content + struct.pack("<4sI", b"\x59\x2a\x4d\x18", 32) + sha256(content).digest()


def head(plan: str = HEADER.plan) -> bytes:
    return encode(replace(HEADER, plan=plan))


def never_ends(count: int = limits.CASE + 1, body: bytes = b"{}") -> Iterator[bytes]:
    yield head()
    yield from (encode(exchange(body, number), BASE) for number in range(1, count + 1))


def with_facts(facts: bytes) -> Iterator[bytes]:
    yield head()
    yield encode(exchange(number=1), BASE).replace(b'"attributes":{}', b'"attributes":{"x":' + facts + b"}")


HOSTILE: dict[str, tuple[Callable[[], Iterator[bytes]], str]] = {
    "a case that never ends": (never_ends, "one too many"),
    "cases that never end, with large bodies": (lambda: never_ends(150, b'"' + b"x" * 1_000_000 + b'"'), "one too many"),
    "a line of objects": (lambda: with_facts(b"[{}" + b",{}" * 5_000_000 + b"]"), "holds more values"),
    "a line of numbers": (lambda: with_facts(b"[1" + b",1" * 7_000_000 + b"]"), "holds more values"),
    "a line that is too long": (lambda: with_facts(b'"' + b"x" * 20_000_000 + b'"'), "line of more than"),
    "a line that is deep": (lambda: with_facts(b"[" * 100_000 + b"]" * 100_000), "strict JSON"),
    "a line of open brackets": (lambda: with_facts(b"[" * 10_000_000), "holds more values"),
    "run on and on": (lambda: iter([head(), *[encode(Resumed(1_764_000_000_001))] * (limits.RESUMED + 1)]), "one too many"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_evidence_beyond_a_bound_is_refused_for_its_own_reason(tmp_path: Path, name: str) -> None:
    lines, says = HOSTILE[name]
    (tmp_path / "e.zst").write_bytes(file_of(list(lines())))
    with pytest.raises(VerificationError, match=says):
        check_evidence(tmp_path / "e.zst")


def test_more_lines_than_a_run_has_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ENTRIES", 100)
    ends = [encode(CaseEnd(f"case-{number}", Ended.COMPLETE, "", 0)) for number in range(100)]
    (tmp_path / "e.zst").write_bytes(file_of([head(), *ends]))
    with pytest.raises(VerificationError, match="one too many"):
        check_evidence(tmp_path / "e.zst")
    (tmp_path / "f.zst").write_bytes(file_of([head(), *ends[:99]]))
    assert check_evidence(tmp_path / "f.zst").entries == 100


# ------------------------------------------------------------------------------------------ folders that are handed over


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bounds")
    with reference_server("transport") as target:
        words = ["run", "transport", target.url, "--profile", "open-data", "--only", "TRN-018", "--out", str(folder / "run")]
        assert CliRunner().invoke(main, words).exit_code == 0
    return folder / "run"


def _report(content: bytes) -> Callable[[Path], object]:
    return lambda run: (run / "report.json").write_bytes(content)


def _plan(content: bytes) -> Callable[[Path], object]:
    return lambda run: (run / "plan.json").write_bytes(content)


def _evidence(lines: Callable[[], Iterator[bytes]]) -> Callable[[Path], object]:
    def put(run: Path) -> None:
        plan = RunFolder(run).plan().digest
        (run / "evidence.ndjson.zst").write_bytes(file_of([head(plan), *list(lines())[1:]]))

    return put


FOLDERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a report of objects": (_report(b'{"a":[{}' + b",{}" * 15_000_000 + b"]}"), "holds more than"),
    "a report of depth": (_report(b'{"a":' + b"[" * 1_000_000), "this is not JSON"),
    "a report of one text": (_report(b'{"a":"' + b"x" * 60_000_000 + b'"}'), "report.json"),
    "a report that is too large": (_report(b" " * (limits.REPORT + 1)), "more than"),
    "a plan of numbers": (_plan(b'{"a":[1' + b",1" * 10_000_000 + b"]}"), "holds more than"),
    "a plan of depth": (_plan(b"[" * 1_000_000), "this is not JSON"),
    "a plan of one member twice": (_plan(b'{"digest":1,' * 3 + b"1"), "this is not JSON"),
    "a plan that is too large": (_plan(b" " * (limits.PLAN + 1)), "more than"),
    **{f"evidence: {name}": (_evidence(lines), says) for name, (lines, says) in HOSTILE.items()},
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_hostile_folder_is_refused_in_bounded_memory(made: Path, tmp_path: Path, name: str) -> None:
    change, says = FOLDERS[name]
    run = Path(shutil.copytree(made, tmp_path / "run"))
    change(run)
    code, said, mebibytes = ended("report" if name.startswith("a report of") else "judge", run)
    assert code == 6, said
    assert says in said
    assert said.count("\n") == 1
    assert mebibytes < MOST_MIB


# ------------------------------------------------------------------------------------------ files of a user


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "nested more than"),
        ("- " * 100_000 + "x", "nested more than"),
        ("? " * 100_000, "nested more than"),
        ("{a: " * 100_000, "nested more than"),
        ("a: [" + "1," * (limits.NODES + 1) + "]", "holds more than"),
        ("a: &a [" + "x," * 2_000 + "]\nb: &b [" + "*a," * 1_000 + "]\nc: [" + "*b," * 100 + "]", "holds more than"),
    ],
    ids=["lists", "dashes", "keys", "mappings", "wide", "aliases of aliases"],
)
def test_a_yaml_file_beyond_a_bound_is_refused_with_its_reason(text: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "NODES", 20_000)
    monkeypatch.setattr("conformance.load.yaml12.MOST_VALUES", 50_000)
    text = "a: [" + "1," * 20_001 + "]" if text.startswith("a: [1") else text
    with pytest.raises(DataError, match=says):
        read_yaml(text, "f.yaml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[" * 100_000, "nested more than"),
        ('{"a":' * 100_000, "nested more than"),
        ("[" + "{}," * 4_000_000 + "1]", "holds more than"),
    ],
)
def test_a_json_file_beyond_a_bound_is_refused_before_it_is_parsed(text: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def parsed(*_: object, **__: object) -> None:
        raise AssertionError("it was parsed")

    monkeypatch.setattr("conformance.load.jsonlines.json.loads", parsed)
    with pytest.raises(DataError, match=says):
        read_json(text, "f.json")
