"""An overlay beside a published document: what it does, with its lines, and what of it is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.errors import DataError
from conformance.load.interfaces import read_interface

PUBLISHED = """\
openapi: 3.1.0
info: {title: Published, version: "1"}
paths:
  /books:
    get:
      operationId: listBooks
      parameters:
        - {name: page, in: query, schema: {type: integer}}
        - {name: secret, in: query, schema: {type: string}}
        - {name: size, in: query, schema: {type: integer}}
      responses: &same
        "200":
          description: fine
  /pens:
    get:
      operationId: listPens
      responses: *same
"""


def read(folder: Path, actions: str, document: str = PUBLISHED) -> Any:
    (folder / "openapi.yaml").write_text(document, encoding="utf-8")
    (folder / "overlay.yaml").write_text(
        f'overlay: "1.0.0"\ninfo: {{title: Ours, version: "1"}}\nactions:\n{actions}', encoding="utf-8"
    )
    return read_interface(folder / "openapi.yaml")


def test_updates_are_merged_appended_and_in_their_order(tmp_path: Path) -> None:
    document = read(
        tmp_path,
        "  - target: $.paths['/books'].get\n    update: {x-collection: {items: /items, id: [/id]}, summary: Books}\n"
        "  - target: $.paths['/books'].get.parameters[?@.name=='page']\n    update: {x-paging: page, schema: {minimum: 1}}\n"
        "  - target: $.paths['/books'].get.parameters\n    update: {name: q, in: query, schema: {type: string}}\n"
        "  - target: $.paths.*.get\n    update: {tags: [ours]}\n"
        "  - target: $.paths['/books'].get\n    update: {tags: [more], summary: All books}\n",
    )
    books = document.content["paths"]["/books"]["get"]
    assert books["x-collection"] == {"items": "/items", "id": ["/id"]}
    assert books["parameters"][0] == {
        "name": "page",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1},
        "x-paging": "page",
    }
    assert [one["name"] for one in books["parameters"]] == ["page", "secret", "size", "q"]
    assert (books["tags"], books["summary"]) == (["ours", "more"], "All books")
    assert document.content["paths"]["/pens"]["get"]["tags"] == ["ours"]
    assert document.place("/paths/~1books/get/x-collection/id") == (str(tmp_path / "overlay.yaml"), 5)
    assert document.place("/paths/~1books/get/parameters/2/name") == (str(tmp_path / "openapi.yaml"), 10)


def test_what_is_removed_leaves_the_lines_of_the_rest(tmp_path: Path) -> None:
    document = read(tmp_path, "  - {target: \"$.paths['/books'].get.parameters[?@.name!='size']\", remove: true}\n")
    assert [one["name"] for one in document.content["paths"]["/books"]["get"]["parameters"]] == ["size"]
    assert document.place("/paths/~1books/get/parameters/0/name") == (str(tmp_path / "openapi.yaml"), 10)


def test_an_alias_of_yaml_is_changed_where_it_was_meant(tmp_path: Path) -> None:
    document = read(tmp_path, "  - target: $.paths['/pens'].get.responses\n    update: {\"404\": {description: gone}}\n")
    assert list(document.content["paths"]["/pens"]["get"]["responses"]) == ["200", "404"]
    assert list(document.content["paths"]["/books"]["get"]["responses"]) == ["200"]


@pytest.mark.parametrize(
    ("action", "line", "said"),
    [
        ("{target: $.paths.nowhere, update: {a: 1}}", 4, "finds nothing"),
        ("{target: '$.paths[', update: {a: 1}}", 4, "is no JSONPath"),
        ("{target: $.info.title, update: {a: 1}}", 4, "is a single value"),
        ("{target: $.info, update: [1]}", 4, "the update is none"),
        ("{target: $, remove: true}", 4, "cannot be removed"),
        ("{target: $.info, updaet: {a: 1}}", 4, "did you mean 'update'"),
        ("{target: $.info}", 4, "update"),
        ("{target: \"$.paths['/books'].get\", update: {x-colection: {}}}", 4, "x-collection"),
    ],
)
def test_what_cannot_be_done_names_its_line(tmp_path: Path, action: str, line: int, said: str) -> None:
    with pytest.raises(DataError) as refused:
        read(tmp_path, f"  - {action}\n")
    assert str(refused.value).startswith(f"{tmp_path / 'overlay.yaml'}:{line}: ")
    assert said in str(refused.value)


def test_another_version_of_overlays_is_refused(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(PUBLISHED, encoding="utf-8")
    (tmp_path / "overlay.yaml").write_text(
        "overlay: 1.1.0\ninfo: {title: t, version: v}\nactions: [{target: $.info, update: {}}]\n"
    )
    with pytest.raises(DataError, match=r"overlay\.yaml:1"):
        read_interface(tmp_path / "openapi.yaml")
