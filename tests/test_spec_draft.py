"""`yance spec draft`: what is written for a published document is read at once, passes lint and can be planned; and says what a person has to
fill in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from conformance import checks
from conformance.commands.main import main
from conformance.interface.schema import errors
from conformance.load import data_folders, load_profile, load_settings
from conformance.load.data import own_folder
from conformance.load.documents import read_document
from conformance.text.yamltext import block, commented
from tests.small_interface import described, document

STOCK = yaml.safe_load((own_folder() / "reports" / "draft.yaml").read_text())
LEVELS = {"MUST": ("必須", "不得"), "SHOULD": ("應",)}
BOX = {
    "type": "object",
    "required": ["boxId", "label"],
    "properties": {
        "boxId": {"type": "string", "readOnly": True},
        "label": {"type": "string"},
        "size": {"type": "integer", "minimum": 1},
        "opened": {"type": "string", "format": "date-time"},
    },
}
ID = [{"name": "boxId", "in": "path", "required": True, "schema": {"type": "string"}}]
REF = {"$ref": "#/components/schemas/Box"}
PAGE = {
    "type": "object",
    "required": ["boxes"],
    "properties": {
        "boxes": {"type": "array", "items": REF},
        "page": {"type": "object", "properties": {"nextCursor": {"type": "string"}, "totalCount": {"type": "integer"}}},
    },
}
PAGED = [
    {"name": "pageSize", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
    {"$ref": "#/components/parameters/Cursor"},
    {"name": "label", "in": "query", "schema": {"type": "string"}},
]
MADE = {"type": "object", "required": ["label", "note"], "properties": {"label": {"type": "string"}, "note": {"type": "string"}}}
NOTHING = {"404": {"description": "-"}}
BODY = {"required": True, "content": {"application/json": {"schema": REF}}}
NOTE_BODY = {"required": True, "content": {"application/json": {"schema": MADE}}}
PUBLISHED = document(
    {
        "/v2/boxes": {
            "get": {"operationId": "listBoxes", "parameters": PAGED, "responses": described(PAGE)},
            "post": {
                "operationId": "createBox",
                "requestBody": BODY,
                "responses": described(REF, "201", headers={"Location": {"schema": {"type": "string"}}}),
            },
        },
        "/v2/boxes/{boxId}": {
            "get": {"operationId": "getBox", "parameters": ID, "responses": described(REF) | NOTHING},
            "delete": {"operationId": "deleteBox", "parameters": ID, "responses": {"204": {"description": "-"}} | NOTHING},
        },
        "/v2/boxes/{boxId}/notes": {
            "post": {
                "operationId": "createNote",
                "parameters": ID,
                "requestBody": NOTE_BODY,
                "responses": described(MADE, "201"),
            },
        },
        "/v2/boxes/{boxId}/notes/{note}": {
            "get": {
                "operationId": "getNote",
                "parameters": [*ID, {"name": "note", "in": "path", "required": True, "schema": {"type": "string"}}],
                "responses": described(MADE) | NOTHING,
            },
        },
        "/v2/odd/{missing}": {"get": {"operationId": "odd", "responses": described({"$ref": "#/components/schemas/Odd"})}},
    },
    "3.1.0",
    schemas={"Box": BOX | {"example": {"label": 7}}, "Odd": {"type": "string", "pattern": "("}},
    parameters={"Cursor": {"name": "cursor", "in": "query", "schema": {"type": "string"}}},
) | {"info": {"title": "The Box API", "version": "2.0.0"}}


def yance(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("drafted")
    (place / "published.json").write_text(json.dumps(PUBLISHED))
    done = yance("spec", "draft", place / "published.json", "--out", place / "data", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.output)
    assert (told["interface"], told["version"]) == ("box", "2.0.0")
    assert [one["target"] for one in told["removed"]] == [
        "$['components']['schemas']['Odd']['pattern']",
        "$['components']['schemas']['Box']['example']",
    ]
    assert list(told["leftOut"]) == ["odd"]
    return place / "data"


def rows(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((folder / "specs/box/2.0.0/requirements.yaml").read_text())
    return found


def test_the_document_stays_as_it_was_published(folder: Path) -> None:
    assert (folder / "specs/box/2.0.0/openapi.yaml").read_text() == json.dumps(PUBLISHED)


def test_what_is_written_passes_lint_and_can_be_planned_at_once(folder: Path) -> None:
    linted = yance("spec", "lint", "box@2.0.0", "--data", folder, "--json")
    grave = [one for one in json.loads(linted.output)["faults"] if one["severity"] == "error"]
    assert all(one["where"].startswith("/paths/~1v2~1odd") for one in grave), (
        grave
    )  # a path without its parameter is the publisher's
    planned = yance("plan", "box", "--data", folder, "-c", folder / "box.toml", "--json")
    assert planned.exit_code == 0, planned.output
    assert json.loads(planned.stdout)["cases"]


def test_lists_pages_and_things_are_recognised(folder: Path) -> None:
    profile, spec = load_profile(data_folders([folder]), "box", None)
    listing = spec.operations["listBoxes"]
    assert listing.collection == {"items": "/boxes", "id": ["/boxId"], "get": "getBox"}
    assert {p.name: p.paging for p in listing.parameters if p.paging} == {"pageSize": "limit", "cursor": "cursor"}
    assert listing.resource == "boxes"
    assert "odd" not in profile.operations
    dialect = rows(folder)["dialect"]
    assert (dialect["style"], dialect["next_at"], dialect["total_at"]) == ("cursor", "/page/nextCursor", "/page/totalCount")


def test_recipes_make_things_and_what_lies_in_them(folder: Path) -> None:
    made = rows(folder)["setup"]
    assert made["box"]["candidates"] == [{"name": "box", "body": {"label": {"unique": "box-label"}}}]
    assert (made["box"]["create"], made["box"]["delete"], made["box"]["list"]) == ("createBox", "deleteBox", "listBoxes")
    assert made["note"]["candidates"][0]["of"] == {"box": {}}
    assert made["note"]["candidates"][0]["body"]["{boxId}"] == {"found": "/box/boxId"}


def test_rows_are_those_that_the_document_justifies(folder: Path) -> None:
    bound = {row["check"]: row["operations"] for row in rows(folder)["requirements"]}
    assert bound["what_does_not_exist_is_not_found"] == ["getBox", "deleteBox", "getNote"]
    assert bound["pages_cover_every_item_once"] == bound["list_items_equal_single_reads"] == ["listBoxes"]
    assert bound["what_was_created_is_there_at_once"] == ["createBox"]
    assert bound["what_was_deleted_is_gone"] == ["deleteBox"]
    assert "stray_query_parameters_are_refused" not in bound
    assert "protected_operations_ask_for_credentials" not in bound


def test_what_stands_in_comments_reads_once_they_are_taken_away(folder: Path, tmp_path: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            there = tmp_path / path.relative_to(folder)
            there.parent.mkdir(parents=True, exist_ok=True)
            lines = path.read_text().splitlines()
            there.write_text("\n".join(line.removeprefix("# ") if line.startswith("#   ") else line for line in lines) + "\n")
    listing = load_profile(data_folders([tmp_path]), "box", None)[1].operations["listBoxes"]
    assert [p.name for p in listing.filters] == ["label"]
    bound = [row["check"] for row in rows(tmp_path)["requirements"]]
    assert "stray_query_parameters_are_refused" in bound
    assert load_settings(data_folders([folder]), folder / "box.toml").domain == "box"


def test_nothing_that_somebody_wrote_is_lost(folder: Path) -> None:
    again = yance("spec", "draft", folder.parent / "published.json", "--out", folder)
    assert again.exit_code == 2
    assert "is there already" in again.output


def test_comments_are_in_the_language_of_the_command(folder: Path, tmp_path: Path) -> None:
    done = yance("spec", "draft", folder.parent / "published.json", "--out", tmp_path / "data", "--lang", "zh-Hant")
    assert done.exit_code == 0
    assert "文件足以支持之要求" in done.output
    assert "待決定：" in (tmp_path / "data/specs/box/2.0.0/requirements.yaml").read_text()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"swagger": "2.0"}, "Swagger 2.0 is not read"),
        (document({}), "no operation under paths"),
        (document({"/a/{b}": {"get": {"responses": described({})}}}), "no operation of this document can be tested"),
    ],
)
def test_a_document_that_cannot_be_used_is_told_in_one_line(content: Any, said: str, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(json.dumps(content))
    done = yance("spec", "draft", tmp_path / "odd.json", "--out", tmp_path / "data")
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    "value",
    ["a", "yes", "1e3", "0o7", "a: b", "a #b", " a", "x\u2028y", "\x07", "名稱", "", "- a", {"a b": [1, {"c": []}]}, ["~", None]],
)
def test_what_is_written_reads_back_as_it_was(value: Any, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("\n".join([*commented(["odd\x07 \u2028"]), *block({"told": value, "more": [value]})]) + "\n")
    assert read_document(tmp_path / "a.yaml").content == {"told": value, "more": [value]}


@pytest.mark.parametrize("row", STOCK["rows"], ids=lambda row: row["check"])
def test_every_row_of_the_stock_binds_and_says_how_binding_it_is(row: dict[str, Any]) -> None:
    own = {"member": "/label"} if row["of"] == "texts" else {}  # what only the document tells
    checks.refuse_unknown(row["check"], row.get("with", {}) | own)
    assert row["class"] in STOCK["classes"]
    assert row["level"] in row["text"]["en"]
    assert any(word in row["text"]["zh-Hant"] for word in LEVELS[row["level"]])
    assert ("fill" in row) == bool(row.get("open"))
    rules = json.loads((own_folder() / "reports/schemas/requirements.schema.json").read_text())["$defs"]
    written = {key: value for key, value in row.items() if key not in ("of", "open", "fill")} | {
        "id": "ABC-001",
        "operations": ["a"],
    }
    assert not errors({"$ref": "#/$defs/requirement", "$defs": rules}, written)
