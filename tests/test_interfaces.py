"""Any document ends in a plan or in one line with its place: the suite's own input is checked like anybody's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.errors import DataError, UsageError
from conformance.load import data_folders, load_profile, load_settings
from conformance.load.data import own_folder
from conformance.load.documents import read_document
from conformance.load.interfaces import read_interface
from conformance.model import Ics, Ixit
from conformance.plan import make_plan
from tests.large import data_folder

OK = {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}


def toys(**operation: Any) -> dict[str, Any]:
    """A small legal document."""
    get = {"operationId": "listToys", "parameters": [{"name": "q", "in": "query", "schema": {"type": "integer"}}]}
    whole = {**get, "responses": {"200": OK}, **operation}
    return {"openapi": "3.1.0", "info": {"title": "Toys", "version": "1"}, "paths": {"/toys": {"get": whole}}}


def planned(folder: Path, document: Any) -> None:
    where = data_folder(folder, document if isinstance(document, dict) else {}, operations="all")
    if not isinstance(document, dict):
        next(folder.rglob("openapi.*")).write_text(document, encoding="utf-8")
    profile, spec = load_profile(data_folders([where]), "large")
    make_plan(spec, profile, Ics(), Ixit("http://x.example"), cache=folder / "draws")


# ------------------------------------------------------------------------------------------ reading


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("090", 90),
        ("0o10", 8),
        ("0x1F", 31),
        ("yes", "yes"),
        ("off", "off"),
        ("1:30", "1:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
        ("'010'", "010"),
        ("~", None),
        ("", None),
    ],
)
def test_yaml_is_read_as_1_2_has_it(tmp_path: Path, text: str, value: Any) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(f"a: {text}\n")
    found = read_document(path).content["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\n<<: {b: 2}\n", 2, "no merge key"),
        ("a: 1\nb: !!binary aGk=\n", 2, "is not read"),
        ("a: 1\nb: .nan\n", 2, "no number"),
        ("a: 1\n---\nb: 2\n", 2, "a second document"),
        ("a: &a\n  b: *a\n", 2, "an alias holds itself"),
        ("a: 1\nb: *c\n", 2, "stands for nothing"),
        ("a:\n  " + "[" * 100_000, 2, "nested more than 200 deep"),
        ("- " * 100_000 + "1", 1, "nested more than 200 deep"),
        ('{"a": 1,\n"b": {"c": 1,\n"c": 2}}', 3, "'c' stands here twice"),
        ('{"a": 1,\n"b": 1e999}', 2, "no number"),
        ("[" * 100_000 + "]" * 100_000, 0, "nested more than 200 deep"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_its_place(tmp_path: Path, text: str, line: int, says: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    with pytest.raises(DataError, match=says) as caught:
        read_document(path)
    assert caught.value.line == line


def test_json_is_read_as_json_with_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text('{"a": "\\ud83d\\ude00",\n "b": [1,\n  {"c/d": "\\/"}]}')
    document = read_document(path)
    assert document.content == {"a": "😀", "b": [1, {"c/d": "/"}]}
    assert [document.line(where) for where in ("/a", "/b", "/b/0", "/b/1", "/b/1/c~1d")] == [1, 2, 2, 3, 3]


# ------------------------------------------------------------------------------------------ looking over


LEGAL = {
    "extensions": {**toys(responses={"200": OK, "x-note": "hello"}), "x-any": [1]},
    "extension among paths": {**toys(), "paths": {**toys()["paths"], "x-note": "hello"}},
    "schema true": toys(requestBody={"content": {"application/json": {"schema": True}}}),
    "undeclared server variable": {**toys(), "servers": [{"url": "https://api.example/{version}"}]},
    "the document's servers again": {**toys(servers=[{"url": "/v1"}]), "servers": [{"url": "/v1/"}]},
    **{
        f"pattern {pattern}": toys(parameters=[{"name": "q", "in": "query", "schema": {"type": "string", "pattern": pattern}}])
        for pattern in (r"(?i)abc", r"^\p{Script=Han}+$", r"^\cA?b$", r"^\p{L}$")
    },
}


@pytest.mark.parametrize("name", LEGAL)
def test_what_openapi_allows_is_planned(tmp_path: Path, name: str) -> None:
    planned(tmp_path, LEGAL[name])


PARAMETER = {"name": "q", "in": "query", "schema": {"type": "integer"}}
FAULTY: list[tuple[Any, str]] = [
    ({"swagger": "2.0"}, "Swagger 2.0 is not read; convert"),
    ({**toys(), "openapi": "3.2.0"}, "3.2.0 is not supported.*write the document as 3.1"),
    ({**toys(), "openapi": "4.0.0"}, "4.0.0 is not supported"),
    ({**toys(), "openapi": 3.1}, "in quotes"),
    ({**toys(), "paths": {}}, "no operation under paths"),
    ({**toys(), "security": None}, "/security: null is not of type"),
    (toys(parameters=None), "null is not of type"),
    (toys(parameters=[{"name": "q"}]), '"in" is a required property'),
    (toys(responses={"200": None}), "null is not of type"),
    (toys(requestBody={"content": {"application/json": None}}), "null is not of type"),
    (toys(parameters=[{**PARAMETER, "x-filter": "equals"}]), "is not of type"),
    (toys(parameters=[{**PARAMETER, "x-filter": {"match": "equal", "on": "/q"}}]), "did you mean 'equals'"),
    (toys(parameters=[{**PARAMETER, "x-filter": {"match": "equals", "on": "q"}}]), "does not match"),
    (toys(parameters=[{**PARAMETER, "x-paging": "limits"}]), "did you mean 'limit'"),
    (toys(**{"x-collection": {"items": "items", "id": ["/id"]}}), "does not match"),
    (toys(**{"x-collection": {"items": "", "ids": ["/id"]}}), "did you mean 'id'"),
    (toys(**{"x-collection": {"items": "", "id": ["/id"], "get": "listToy"}}), "did you mean 'listToys'"),
    (toys(**{"x-colection": {"items": "", "id": ["/id"]}}), "did you mean 'x-collection'"),
    (toys(**{"x-requires-one-of": ["p"]}), "no parameter"),
    (toys(servers=[{"url": "https://other.example/"}]), "a server on another host"),
    ({**toys(), "paths": {"/toys": toys()["paths"]["/toys"], "/b": toys()["paths"]["/toys"]}}, "is that of GET /toys, too"),
    ({**toys(), "paths": {"/toys/{id}": toys()["paths"]["/toys"]}}, "which no parameter declares"),
    (toys(responses={"200": {"$ref": "http://["}}), "is an address"),
    (toys(responses={"200": {"$ref": "\0#/a"}}), "no file can have this name"),
    ("- 1\n", "not an OpenAPI document"),
    ("", "not an OpenAPI document"),
]


@pytest.mark.parametrize(("document", "says"), FAULTY)
def test_what_openapi_does_not_allow_is_one_line(tmp_path: Path, document: Any, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        planned(tmp_path, document)
    assert "\n" not in str(caught.value)
    assert "openapi." in str(caught.value) or "no file" in str(caught.value)


def test_a_mistake_in_another_file_is_said_of_that_file(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text(json.dumps(toys(parameters=[{"$ref": "more/parts.yaml#/q"}])))
    (tmp_path / "more").mkdir()
    (tmp_path / "more/parts.yaml").write_text("p: 1\nq:\n  name: q\n  in: query\n  x-paging: limits\n")
    with pytest.raises(DataError, match=r"parts\.yaml:5: .*did you mean 'limit'"):
        read_interface(tmp_path / "openapi.yaml")


def test_an_authority_is_a_file_beside_the_settings_and_holds_a_certificate(tmp_path: Path) -> None:
    path = tmp_path / "yance.toml"
    path.write_text('\ufeff[target]\nurl = "https://x.example"\ntlsVerify = "ca.pem"\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"yance\.toml:3: .*ca\.pem cannot be read"):
        load_settings(data_folders(), path)
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(DataError, match=r"yance\.toml:3: .*ca\.pem holds no certificate"):
        load_settings(data_folders(), path)


# ------------------------------------------------------------------------------------------ whatever comes


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=3),
    st.just([]),
    st.just({}),
    st.just([None]),
    st.just({"$ref": "#/"}),
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, member in members for place in _places(member, (*path, key)))]


def _changed(node: Any, path: tuple[Any, ...], change: Any) -> Any:
    if not path:
        return change(node)
    if isinstance(node, list):
        return [_changed(one, path[1:], change) if index == path[0] else one for index, one in enumerate(node)]
    return {key: _changed(one, path[1:], change) if key == path[0] else one for key, one in node.items()}


OWN = json.loads(json.dumps(read_interface(own_folder() / "specs/transport/1.0.0/openapi.yaml").content))
OWN["paths"] = {path: item for path, item in OWN["paths"].items() if path in ("/stops", "/reservations")}
SEEDS = [OWN, *LEGAL.values()]
SPOTS = [_places(one) for one in SEEDS]


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_document_with_anything_anywhere_never_breaks_the_suite(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    which = data.draw(st.integers(0, len(SEEDS) - 1))
    path = data.draw(st.sampled_from(SPOTS[which]))
    other = data.draw(ANYTHING)
    folder = tmp_path_factory.mktemp("spoilt")
    document = _changed(SEEDS[which], path, lambda _: other)
    try:
        where = data_folder(folder, {}, operations="all")
        next(folder.rglob("openapi.*")).write_text(json.dumps(document))
        load_profile(data_folders([where]), "large")
    except UsageError as error:
        said = str(error)
        assert "\n" not in said
