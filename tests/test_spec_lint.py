"""`yance spec lint`: rules, each with an example that keeps it and one that does not; documents of the house, and of strangers."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from conformance.commands.main import main
from conformance.committee.lint import examined, read
from conformance.committee.rules import ERROR, NOTE, WARNING, Rule, draft_of, rules
from conformance.load import data_folders, load_spec

RULES = rules()


def yance(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["spec", "lint", *map(str, arguments)])


@pytest.mark.parametrize("rule", RULES, ids=[one.id for one in RULES])
def test_a_rule_finds_what_breaks_it_and_nothing_else(rule: Rule) -> None:
    assert rule.found(rule.conforms) == []
    assert rule.found(rule.violates) != []


def test_the_rules_are_many_and_each_says_what_it_rests_on() -> None:
    assert len(RULES) >= 40
    assert len({one.id for one in RULES}) == len({one.find.__name__ for one in RULES}) == len(RULES)
    for one in RULES:
        assert re.fullmatch(r"[A-Z]{3}-[0-9]{2}", one.id)
        assert one.severity in (ERROR, WARNING, NOTE)
        assert one.source
        for told in (one.rationale, one.mend):
            assert re.search(r"[\u4e00-\u9fff]", told["zh-Hant"]), one.id
            assert len(re.findall(r"[a-z]{3}", told["en"])) > 0, one.id


@pytest.mark.heavy
@pytest.mark.parametrize("domain", ["transport", "health", "logistics"])
def test_the_specs_of_the_house_are_clean(domain: str) -> None:
    spec = load_spec(data_folders(), domain)
    assert [(one.rule.id, one.where, one.said) for one in examined(*read(Path(spec.source), spec))] == []


def test_what_breaks_a_rule_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.0.3\ninfo:\n  title: A\n  version: two\npaths:\n  /a/{b}:\n    get:\n      responses: {}\n")
    done = yance(file, "--json")
    told = {one["rule"]: one for one in json.loads(done.stdout)["faults"]}
    assert done.exit_code == 1
    assert (told["VER-01"]["line"], told["VER-01"]["where"]) == (4, "/info/version")
    assert told["STR-05"]["line"] == 7
    assert not any(name.startswith(("NAM", "PAG", "ERR")) for name in told)  # the house's style is the house's


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[]",
        "openapi: 3.1.0",
        "openapi: 3.1.0\npaths: []\ncomponents: 7\ninfo: text\nservers: {}\nsecurity: x",
        "openapi: 3.1.0\npaths: {/a: {get: 5, post: {parameters: [3], responses: [], security: [4], requestBody: 1}}}",
        "openapi: 3.0.3\npaths: {/a: {get: {parameters: [{$ref: '#/nowhere'}], responses: {200: {content: {a: {schema: {$ref: '#/no'}}}}}}}}",
        "openapi: 3.1.0\ncomponents: {schemas: {A: {$ref: '#/components/schemas/A'}, B: {enum: 5, required: 7, properties: 9, examples: 3}}}",
        "openapi: 3.1.0\ncomponents: {schemas: {A: {type: 7, default: 1, pattern: '('}}, securitySchemes: {o: {type: oauth2, flows: 4}, p: 5}}",
        "swagger: '2.0'",
    ],
)
def test_no_document_is_too_wrong_to_be_examined(content: str, tmp_path: Path) -> None:
    file = tmp_path / "odd.yaml"
    file.write_text(content)
    done = yance(file, "--json")
    assert done.exit_code == 1, done.stderr
    assert any(one["rule"].startswith(("STR", "VER")) for one in json.loads(done.stdout)["faults"])


WHOLE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1.0.0", "x-domain": "t"},
    "servers": [{"url": "https://a"}],
    "security": [{"o": ["r"]}],
    "paths": {
        "/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "x"}],
            "post": {
                "operationId": "postA",
                "x-collection": {"items": "/items"},
                "parameters": [{"name": "limit", "in": "query", "x-paging": "limit", "schema": {"type": "integer", "default": 1}}],
                "requestBody": {"content": {"application/json": {"schema": {}, "examples": {"e": {"value": {}}}}}},
                "responses": {"200": {"description": "d", "headers": {"X": {"schema": {}}}, "content": {"application/json": {"schema": {"oneOf": [{"$ref": "#/components/schemas/A"}], "discriminator": {"propertyName": "t"}}}}}},
            },
        }
    },
    "components": {
        "schemas": {"A": {"type": "object", "required": ["t"], "properties": {"t": {"enum": ["a"], "x-enum-labels": {"a": {"en": "A"}}, "examples": ["a"]}}}},
        "securitySchemes": {"o": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t", "scopes": {"r": "-"}}}}},
    },
}  # fmt: skip


def nodes(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where everything of a document stands."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, member in members:
        yield (*path, key)
        yield from nodes(member, (*path, key))


def test_whatever_stands_anywhere_no_rule_fails() -> None:
    for number, path in enumerate(nodes(WHOLE)):
        document = copy.deepcopy(WHOLE)
        holder: Any = document
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = (None, 5, ["x", {}], {"a": 1})[number % 4]
        draft = draft_of(document)
        for rule in RULES:
            assert all(isinstance(said, str) for place in rule.found(draft) for said in place)


def test_code_scanners_get_sarif(tmp_path: Path) -> None:
    file, out = tmp_path / "openapi.yaml", tmp_path / "lint.sarif"
    file.write_text("openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n")
    assert yance(file, "--format", "sarif", "--out", out, "--lang", "zh-Hant").exit_code == 1
    run: Any = json.loads(out.read_text(encoding="utf-8"))["runs"][0]
    result = next(one for one in run["results"] if one["ruleId"] == "VER-01")
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "VER-01"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": file.as_uri()},
        "region": {"startLine": 2},
    }
    assert "版號" in result["message"]["text"]


def test_what_counts_as_a_failure_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text("openapi: 3.1.0\ninfo: {title: A, version: 1.0.0}\npaths: {}\n")  # only a note: no licence, no contact
    assert yance(file).exit_code == 0
    assert yance(file, "--fail-on", "note").exit_code == 1
    file.write_text("openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {}\n")
    assert yance(file, "--fail-on", "nothing").exit_code == 0


@pytest.mark.heavy
def test_a_fault_in_a_row_names_the_row(tmp_path: Path) -> None:
    folder = tmp_path / "specs" / "logistics" / "1.0.0"
    folder.mkdir(parents=True)
    published = Path(__file__).parents[1] / "specs"
    (tmp_path / "specs" / "common").symlink_to(published / "common")
    for name in ("openapi.yaml", "requirements.yaml"):
        (folder / name).write_text((published / "logistics" / "1.0.0" / name).read_text())
    rows = folder / "requirements.yaml"
    head, mark, tail = rows.read_text().partition("  - id: LGS-002")
    rows.write_text(re.sub(r"(?<!level: )MUST", "will", head) + mark + tail)
    done = yance("logistics@1.0.0", "--data", tmp_path, "--json")
    told = next(one for one in json.loads(done.stdout)["faults"] if one["rule"] == "REQ-05")
    assert done.exit_code == 1
    assert told["file"].endswith("specs/logistics/1.0.0/requirements.yaml")
    assert told["line"] > 1


def test_the_rules_can_be_read_in_both_languages() -> None:
    english, chinese = yance("--rules"), yance("--rules", "--lang", "zh-Hant")
    assert english.exit_code == chinese.exit_code == 0
    assert english.stdout.count("Source:") == chinese.stdout.count("依據：") == len(RULES)
