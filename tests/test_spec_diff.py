"""`yance spec diff`: what changed between two versions of an interface, and for whom, proved or shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.changes import Answer, Change
from conformance.committee.diff import difference
from conformance.interface.inclusion import includes
from conformance.interface.openapi import read_operations
from conformance.interface.sets import Values, values, values_of
from conformance.model import Spec
from conformance.plan import witnesses
from tests.schema_changes import CHANGES, document

UNKNOWN = {"a pattern allows a shorter text"}  # whether one regular expression lies within another, the algebra does not say


def spec_of(content: dict[str, Any], version: str = "1.0.0") -> Spec:
    operations: dict[str, Any] = {}
    spec = Spec("", version, content, json.dumps(content), operations, {}, {}, [], {}, "-")
    operations.update(read_operations(spec))
    return spec


def compared(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Change]:
    """The changes by area, place and kind."""
    found = difference(spec_of(old), spec_of(new)).changes
    return {f"{one.area} {one.place} {one.kind}".replace("  ", " "): one for one in found}


def sets(old: Any, new: Any) -> tuple[Values, Values]:
    specs = [spec_of(document(one)) for one in (old, new)]
    found = [values(one, one.operations["getThing"].responses["200"]["content"]["application/json"]["schema"]) for one in specs]
    return found[0], found[1]


@pytest.mark.parametrize(("name", "old", "new", "keeps", "adds"), CHANGES, ids=[row[0] for row in CHANGES])
def test_a_change_is_judged_as_what_it_is(name: str, old: Any, new: Any, keeps: bool, adds: bool) -> None:
    first, second = sets(old, new)
    found = compared(document(old), document(new))
    truth = {"body": (keeps, keeps and adds), "answer": (adds, keeps)}
    for change in found.values():
        for one, compatible in zip((change.consumer, change.vendor), truth[change.area], strict=True):
            if name in UNKNOWN and one.answer is Answer.UNKNOWN:
                assert compatible
                continue
            assert one.answer is (Answer.COMPATIBLE if compatible else Answer.INCOMPATIBLE), (change.area, one)
            if one.witness is not None:
                admits, refuses = (first, second) if one.witness.admitted_by == "old" else (second, first)
                assert admits.holds(one.witness.value)
                assert refuses.excludes(one.witness.value)
            assert (one.witness is None) == compatible
    if not (keeps and adds):
        assert {change.area for change in found.values()} == {"body", "answer"}


def test_the_table_is_large_and_next_to_all_of_it_is_told() -> None:
    assert 2 * len(CHANGES) >= 100
    assert len(UNKNOWN) <= 3
    assert len({row[0] for row in CHANGES}) == len(CHANGES)


def test_a_proof_by_induction_does_not_prove_what_is_false() -> None:
    for name, old, new, keeps, adds in CHANGES:
        first, second = sets(old, new)
        assert keeps or not includes(second, first), name
        assert adds or not includes(first, second), name


# ------------------------------------------------------------------------------------------ everything that is no schema


def interface(operation: dict[str, Any], version: str = "1.0.0", path: str = "/things/{id}", **more: Any) -> dict[str, Any]:
    answers = {"responses": {"200": {"description": "-", "content": {"application/json": {"schema": {"type": "object"}}}}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "-", "version": version},
        "paths": {path: {"get": {"operationId": "getThing", **answers, **operation}}},
        **more,
    }


def query(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


def judged(old: dict[str, Any], new: dict[str, Any], key: str) -> tuple[str, str]:
    change = compared(old, new)[key]
    return change.consumer.answer, change.vendor.answer


BROKEN, FINE = "incompatible", "compatible"


@pytest.mark.parametrize(
    ("old", "new", "key", "consumer", "vendor"),
    [
        ([], [query("a", {"type": "string"})], "parameter query a added", FINE, BROKEN),
        ([], [query("a", {"type": "string"}, required=True)], "parameter query a added", BROKEN, BROKEN),
        ([query("a", {"type": "string"})], [], "parameter query a removed", BROKEN, BROKEN),
        ([query("a", {"type": "integer"})], [query("a", {"type": "string"})], "parameter query a changed", FINE, BROKEN),
        ([query("a", {"type": "string"})], [query("a", {"type": "integer"})], "parameter query a changed", BROKEN, BROKEN),
        ([query("a", {"type": "boolean"})], [query("a", {"enum": ["true", "false"]})], "parameter query a changed", FINE, FINE),
        ([query("a", {"maximum": 9, "type": "integer"})], [query("a", {"maximum": 5, "type": "integer"})], "parameter query a changed", BROKEN, BROKEN),
        ([query("a", {"type": "integer", "default": 1})], [query("a", {"type": "integer", "default": 2})], "parameter query a default", BROKEN, BROKEN),
        ([query("a", {"type": "array", "items": {}})], [query("a", {"type": "array", "items": {}}, explode=False)], "parameter query a style", BROKEN, BROKEN),
    ],
)  # fmt: skip
def test_parameters_are_judged_as_they_travel(old: list[Any], new: list[Any], key: str, consumer: str, vendor: str) -> None:
    assert judged(interface({"parameters": old}), interface({"parameters": new}), key) == (consumer, vendor)


def test_a_path_parameter_may_be_called_otherwise() -> None:
    one, two = ({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("id", "uid"))
    old, new = interface({"parameters": [one]}), interface({"parameters": [two]}, path="/things/{uid}")
    assert compared(old, new) == {}


def answers(**codes: Any) -> dict[str, Any]:
    return {"responses": {code.removeprefix("s"): {"description": "-", **answer} for code, answer in codes.items()}}


HEADER = {"X-Count": {"required": True, "schema": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("old", "new", "key", "consumer", "vendor"),
    [
        (answers(s200={}), answers(s200={}, s202={}), "status 202 added", BROKEN, FINE),
        (answers(s200={}), answers(s200={}, s404={}), "status 404 added", BROKEN, FINE),
        (answers(s200={}, s400={}), answers(s200={}, s400={}, s404={}), "status 404 added", FINE, FINE),
        (answers(s200={}, s404={}), answers(s200={}), "status 404 removed", FINE, BROKEN),
        (answers(s200={"headers": HEADER}), answers(s200={}), "header 200 x-count removed", BROKEN, FINE),
        (answers(s200={}), answers(s200={"headers": HEADER}), "header 200 x-count added", FINE, BROKEN),
        (answers(s200={"content": {"text/csv": {}}}), answers(s200={"content": {"text/csv": {}, "text/html": {}}}), "media 200 text/html added", FINE, FINE),
        (answers(s200={"content": {"text/csv": {}, "text/html": {}}}), answers(s200={"content": {"text/csv": {}}}), "media 200 text/html removed", BROKEN, BROKEN),
    ],
)  # fmt: skip
def test_answers_are_judged_by_what_may_come(old: Any, new: Any, key: str, consumer: str, vendor: str) -> None:
    assert judged(interface(old), interface(new), key) == (consumer, vendor)


def test_a_status_within_a_declared_range_is_not_new() -> None:
    old, new = interface(answers(s200={}, s4XX={})), interface(answers(s200={}, s4XX={}, s404={}))
    assert compared(old, new) == {}


def test_who_may_ask() -> None:
    schemes = {
        "components": {
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
                "token": {"type": "http", "scheme": "bearer"},
            }
        }
    }
    public, keyed, either = ([], [{"key": []}], [{"key": []}, {"token": []}])

    def told(old: list[Any], new: list[Any]) -> tuple[str, str]:
        return judged(interface({"security": old}, **schemes), interface({"security": new}, **schemes), "security changed")

    assert told(public, keyed) == (BROKEN, BROKEN)
    assert told(keyed, public) == (FINE, BROKEN)
    assert told(keyed, either) == (FINE, BROKEN)
    assert told(either, keyed) == (BROKEN, BROKEN)


def test_operations_come_go_and_move() -> None:
    assert judged(interface({}), {**interface({}), "paths": {}}, "operation removed") == (BROKEN, FINE)
    assert judged({**interface({}), "paths": {}}, interface({}), "operation added") == (FINE, BROKEN)
    assert judged(interface({}), interface({}, path="/v2/things/{id}"), "operation moved") == (BROKEN, BROKEN)


def callback(schema: dict[str, Any]) -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": schema}}}
    return {
        "callbacks": {
            "told": {"{$request.query.to}": {"post": {"requestBody": body, "responses": {"204": {"description": "-"}}}}}
        }
    }


def test_what_is_called_back_is_sent_by_the_vendor() -> None:
    """A wider body is what consumers may newly be sent; the vendor sends what it did."""
    narrow, wide = callback({"type": "integer"}), callback({"type": ["integer", "string"]})
    key = "body callback told POST {$request.query.to}: application/json changed"
    assert judged(interface(narrow), interface(wide), key) == (BROKEN, FINE)
    assert judged(interface(wide), interface(narrow), key) == (FINE, BROKEN)
    gone = "callback callback told POST {$request.query.to} removed"
    assert judged(interface(narrow), interface({}), gone) == (BROKEN, FINE)


def test_values_of_an_extensible_enumeration_break_no_reader() -> None:
    def answer(*known: str) -> dict[str, Any]:
        schema = {"type": "string", "enum": list(known), "x-extensible-enum": True}
        return interface(answers(s200={"content": {"application/json": {"schema": schema}}}))

    change = compared(answer("A"), answer("A", "B"))["answer 200 application/json changed"]
    assert (change.consumer.answer, change.consumer.why) == (Answer.COMPATIBLE, "extensible")
    assert judged(answer("A", "B"), answer("A"), "answer 200 application/json changed") == (FINE, BROKEN)


def test_what_travels_one_way_is_not_demanded_the_other_way() -> None:
    def both(**member: Any) -> dict[str, Any]:
        schema = {
            "type": "object",
            "properties": {"id": {"type": "string", **member}},
            "required": ["id"],
            "additionalProperties": False,
        }
        return document({"Node": schema})

    found = compared(both(), both(readOnly=True))
    assert set(found) == {"body application/json changed"} | {key for key in found if key.startswith("answer")}
    assert found["body application/json changed"].consumer.answer is Answer.COMPATIBLE
    assert all(one.consumer == one.vendor for key, one in found.items() if key.startswith("answer"))


# ------------------------------------------------------------------------------------------ as a user meets it


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(document({"type": "string"})))
    new.write_text(json.dumps(document({"type": "string", "maxLength": 3}, "1.1.0")))
    return old, new


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spec", *map(str, arguments)])


def test_a_breaking_change_asks_for_a_major_version(files: tuple[Path, Path], tmp_path: Path) -> None:
    done = yance("diff", *files, "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (told["consumer"], told["vendor"]) == ("incompatible", "incompatible")
    assert told["bump"]["least"] == "major"
    assert told["bump"]["verdict"] == "too-small"
    shown = next(one for one in told["changes"] if one["area"] == "body")["consumer"]["witness"]
    assert len(shown["value"]) == 4
    assert (shown["old"], shown["new"]) == (True, False)

    major = tmp_path / "major.json"
    major.write_text(json.dumps(document({"type": "string", "maxLength": 3}, "2.0.0")))
    assert yance("diff", files[0], major).exit_code == 0
    assert yance("diff", files[0], major, "--fail-on", "consumer").exit_code == 1
    assert yance("diff", files[0], major, "--fail-on", "nothing").exit_code == 0


@pytest.mark.heavy
def test_what_cannot_be_told_ends_in_three(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    old.write_text(json.dumps(document({"type": "string", "pattern": "^[A-Z]{3}$"})))
    new.write_text(json.dumps(document({"type": "string", "pattern": "^[A-Z]{2,3}$"}, "2.0.0")))
    assert yance("diff", old, new, "--fail-on", "consumer").exit_code == 1  # what is answered is wider, and that is shown


def test_the_changelog_is_in_both_languages(files: tuple[Path, Path]) -> None:
    english, chinese = (yance("diff", *files, "--format", "markdown", "--lang", lang).stdout for lang in ("en", "zh-Hant"))
    assert "## What breaks consumers" in english
    assert '`"0000"` is valid under the old version and not under the new one' in english
    assert "## 對介接方不相容之變更" in chinese
    assert english.count("\n- ") == chinese.count("\n- ") == 2


def test_the_page_shows_both_sides_and_runs_nothing(files: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "diff.html"
    assert yance("diff", *files, "--format", "html", "--out", out, "--lang", "zh-Hant").exit_code == 1
    page = out.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert '<span class="a-compatible">✓</span> <code>&#34;0000&#34;</code>' in page
    assert "已取證廠商" in page


def test_nothing_differs_from_itself() -> None:
    done = yance("diff", "health@1.0.0", "health", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["changes"] == told["requirements"] == []
    assert told["bump"]["verdict"] == "enough"


def test_a_requirement_that_reads_otherwise_is_never_passed_over(tmp_path: Path) -> None:
    """Seconds become minutes: the schema is the same, and only the row and its check know."""
    folder = tmp_path / "specs" / "transport" / "1.1.0"
    folder.mkdir(parents=True)
    published = Path(__file__).parents[1] / "specs" / "transport" / "1.0.0"
    (tmp_path / "specs" / "common").symlink_to(published.parents[1] / "common")
    (folder / "openapi.yaml").write_text(
        (published / "openapi.yaml").read_text().replace("../../common", str(published.parents[1] / "common"))
    )
    rows = (published / "requirements.yaml").read_text().replace("version: 1.0.0", "version: 1.1.0", 1)
    changed = rows.replace("id: TRN-001\n    level: MUST", "id: TRN-001\n    level: SHOULD", 1)
    assert changed != rows
    (folder / "requirements.yaml").write_text(changed)
    told = json.loads(yance("diff", "transport@1.0.0", "transport@1.1.0", "--data", tmp_path, "--json").stdout)
    assert [(row["id"], row["kind"], row["what"]) for row in told["requirements"]] == [("TRN-001", "changed", ["level"])]
    assert told["requirements"][0]["consumer"]["answer"] == "unknown"


@pytest.mark.parametrize("name", ["nowhere@1.0.0", "transport@9.9.9", "missing.yaml"])
def test_what_is_no_spec_is_said_in_one_line(name: str) -> None:
    done = yance("diff", "transport", name)
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1


def test_what_is_drawn_in_vain_is_bounded_for_all_places_together(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def draw(_schema: Any, _suits: Any, most: int, _count: int = 1) -> Iterator[Any]:
        drawn.append(most)
        yield from ()

    monkeypatch.setattr(witnesses, "_drawn", draw)
    one, same = values_of({"type": "integer", "minimum": 3}), values_of({"type": "integer", "minimum": 3, "maximum": 2**70})
    with witnesses.patience(400):
        for _ in range(50):
            witnesses.witness(one, same)
    searches = [most for most in drawn if most != witnesses._FEW]
    assert searches[:4] == [20, 20, 45, 39]  # the first are as thorough as one alone, until an eighth of what is left is less
    assert sum(searches) <= 400
    drawn.clear()
    witnesses.witness(one, same)
    assert [most for most in drawn if most != witnesses._FEW] == [20, 20, 100, 100]  # alone, a question has all of it


@pytest.mark.slow
def test_a_difference_does_not_depend_on_what_was_asked_before() -> None:
    old, new = (spec_of(document({"type": "string", "pattern": pattern})) for pattern in ("^(a|b)*$", "^[ab]*$"))
    first = difference(old, new)
    for _ in range(3):
        difference(new, spec_of(document({"type": "string", "pattern": "^(b|a)*$"})))
    assert difference(old, new) == first
