"""References: where they lead, what stands beside them, and what several files become."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import DataError
from conformance.interface.bundling import bundle
from conformance.interface.references import MISSING, dangling, deref, find, path_item, referenced, references
from conformance.text import pointer

NEW, OLD = {"openapi": "3.1.0"}, {"openapi": "3.0.3"}


def encoded(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


@given(st.text(max_size=8), st.text(max_size=8))
def test_any_name_is_found_plain_or_percent_encoded(outer, inner):
    document = {outer: [{inner: 7}]}
    where = pointer.join(outer, 0, inner)
    assert find(document, "#" + "/".join(encoded(part) for part in where.split("/"))) == 7
    if "%" not in where:
        assert find(document, f"#{where}") == 7
    assert find(document, f"#{where}/more") is MISSING


def test_a_name_is_no_pattern_and_an_index_is_in_the_list():
    assert find({"a": [1]}, "#/*/0") is MISSING
    assert [find({"a": [1]}, f"#/a/{part}") for part in ("1", "-1", "x", "٠")] == [MISSING] * 4
    assert find({"100%": 1, "{id}": 2}, "#/100%") == 1
    assert find({"100%": 1, "{id}": 2}, "#/%7Bid%7D") == 2


def test_anchors_and_identifiers_name_schemas():
    document = {
        **NEW,
        "components": {"schemas": {"A": {"$id": "https://x.example/a", "$defs": {"b": {"$anchor": "b", "type": "null"}}}}},
    }
    assert find(document, "#b") == find(document, "https://x.example/a#b") == find(document, "https://x.example/a#/$defs/b")
    assert find(document, "#c") is find(document, "https://x.example/c") is MISSING


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (NEW, {"type": "object", "title": "above", "required": ["a", "b"], "properties": {"a": {}, "b": {}}}),
        (OLD, {"type": "object", "title": "below", "required": ["a"], "properties": {"a": {}}}),
    ],
)
def test_siblings_of_a_schemas_reference_apply_from_3_1_on(document, expected):
    below = {"type": "object", "title": "below", "required": ["a"], "properties": {"a": {}}}
    above = {"$ref": "#/components/schemas/A", "title": "above", "required": ["b"], "properties": {"b": {}}}
    assert deref({**document, "components": {"schemas": {"A": below}}}, above) == expected


def test_other_objects_keep_what_they_refer_to_but_for_their_texts():
    answer = {"description": "below", "content": {}}
    asked = {"$ref": "#/components/responses/A", "description": "above", "content": {"text/csv": {}}}
    components = {"components": {"responses": {"A": answer}}}
    assert referenced({**NEW, **components}, asked) == {"description": "above", "content": {}}
    assert referenced({**OLD, **components}, asked) == answer


def test_a_path_item_has_both_what_it_refers_to_and_what_stands_beside():
    document = {**OLD, "paths": {"/a": {"get": {"x": 1}, "summary": "below"}}}
    assert path_item(document, {"$ref": "#/paths/~1a", "put": {}, "summary": "above"}) == {
        "get": {"x": 1},
        "put": {},
        "summary": "above",
    }


def test_a_schema_may_be_true_or_false():
    document = {**NEW, "components": {"schemas": {"A": True, "B": False}}}
    assert deref(document, {"$ref": "#/components/schemas/A"}) == {}
    assert deref(document, {"$ref": "#/components/schemas/B"}) == {"not": {}}


@pytest.mark.parametrize("follow", [deref, referenced, path_item])
def test_what_leads_nowhere_or_to_itself_is_said_with_its_place(follow):
    loop = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}, "C": 7}
    document = {**NEW, "components": {"schemas": loop}}
    with pytest.raises(DataError, match=r"/here: .*leads back to itself"):
        follow(document, loop["A"], "/here")
    with pytest.raises(DataError, match=r"/here: .*leads nowhere"):
        follow(document, {"$ref": "#/components/schemas/Z"}, "/here")
    with pytest.raises(DataError, match=r"/here: an? .* was expected"):
        follow(document, {"$ref": "#/components/schemas/C"}, "/here")


def test_names_are_no_keywords_and_data_are_no_references():
    here = {"$ref": "#/nowhere"}
    schema = {
        "properties": {"example": here, "default": here, "$ref": {"type": "string"}},
        "example": here,
        "examples": [here],
        "enum": [here],
    }
    document = {
        **NEW,
        "paths": {"/a": {"get": {"callbacks": {"c": {"{$url}": here}}, "parameters": [{**here}, {"example": here}]}}},
        "components": {
            "schemas": {"A": schema, "example": here},
            "examples": {"E": {"value": here}, "F": here},
            "parameters": {"default": here},
        },
    }
    assert sorted((where, kind) for where, _, kind in references(document)) == [
        ("/components/examples/F", "examples"),
        ("/components/parameters/default", "parameters"),
        ("/components/schemas/A/properties/default", "schemas"),
        ("/components/schemas/A/properties/example", "schemas"),
        ("/components/schemas/example", "schemas"),
        ("/paths/~1a/get/callbacks/c/{$url}", "pathItems"),
        ("/paths/~1a/get/parameters/0", "parameters"),
    ]
    assert len(list(dangling(document))) == 7


def test_extensions_examples_and_what_a_link_hands_on_are_left_alone():
    here, to = {"$ref": "other.yaml#/a"}, {"type": "string"}
    link = {"operationId": "a", "parameters": {"q": here}, "requestBody": here}
    answer = {"description": "-", "links": {"l": link}, "x-more": here, "content": {"a/b": {"schema": {"examples": {"e": here}}}}}
    document = {
        **NEW,
        "x-more": [here],
        "paths": {"x-more": {"get": here}, "/a": {"x-more": here, "get": {"responses": {"200": answer, "x-more": here}}}},
        "components": {"schemas": {"x-named": {"properties": {"x-member": to}, "x-more": here, "examples": {"e": here}}}},
    }
    assert list(references(document)) == []
    assert bundle(document, {}.__getitem__, file="/some/where/openapi.yaml") == document
    named = {
        "webhooks": {"x-w": here},
        "components": {"responses": {"x-r": here}, "schemas": {"A": {"properties": {"x-p": here}}}},
    }
    assert [where for where, _, _ in references({**NEW, **named})] == [
        "/webhooks/x-w",
        "/components/responses/x-r",
        "/components/schemas/A/properties/x-p",
    ]


def test_a_loop_of_nothing_but_references_dangles():
    document = {
        **NEW,
        "components": {"schemas": {"A": {"$ref": "#/components/schemas/A"}, "B": {"items": {"$ref": "#/components/schemas/B"}}}},
    }
    assert list(dangling(document)) == [("/components/schemas/A", "#/components/schemas/A")]


# ------------------------------------------------------------------------------------------ several files


def joined(files: dict[str, Any], schema: Any) -> dict[str, Any]:
    main = {**NEW, "components": {"schemas": {"Main": schema, "Number": {"type": "number"}}}}
    return bundle(main, {"openapi.yaml": main, **files}.__getitem__, file="/some/where/openapi.yaml")["components"]


def test_a_file_name_is_resolved_against_the_file_in_which_it_stands():
    files = {
        "parts/thing.yaml": {
            "components": {"schemas": {"Thing": {"items": {"$ref": "more/a%20b.yaml#/components/schemas/Part"}}}}
        },
        "parts/more/a b.yaml": {
            "components": {"schemas": {"Part": {"not": {"$ref": "../../openapi.yaml#/components/schemas/Number"}}}}
        },
    }
    schemas = joined(files, {"$ref": "./parts/thing.yaml#/components/schemas/Thing"})["schemas"]
    assert schemas["Main"] == {"$ref": "#/components/schemas/Thing"}
    assert schemas["Thing"] == {"items": {"$ref": "#/components/schemas/Part"}}
    assert schemas["Part"] == {"not": {"$ref": "#/components/schemas/Number"}}


def test_whole_files_and_parts_of_them_become_components_of_their_kind():
    files = {
        "thing.yaml": {
            "type": "object",
            "properties": {"next": {"$ref": "#"}, "id": {"$ref": "#/$defs/id"}},
            "$defs": {"id": {"type": "string"}},
        },
        "paths.yaml": {"/a": {"get": {"responses": {"200": {"$ref": "answers.yaml#/Good"}}}}},
        "answers.yaml": {"Good": {"description": "good", "content": {"a/b": {"schema": {"$ref": "thing.yaml"}}}}},
    }
    main = {**NEW, "paths": {"/a": {"$ref": "paths.yaml#/~1a"}}}
    found = bundle(main, files.__getitem__, file="openapi.yaml")
    assert found["paths"] == {"/a": {"$ref": "#/components/pathItems/_a"}}
    assert found["components"]["pathItems"]["_a"]["get"]["responses"]["200"] == {"$ref": "#/components/responses/Good"}
    assert found["components"]["responses"]["Good"]["content"]["a/b"]["schema"] == {"$ref": "#/components/schemas/thing"}
    assert found["components"]["schemas"]["thing"]["properties"] == {
        "next": {"$ref": "#/components/schemas/thing"},
        "id": {"$ref": "#/components/schemas/id"},
    }
    assert list(dangling(found)) == []


def test_two_components_of_one_name_stay_two():
    files = {
        "a.yaml": {"components": {"schemas": {"Number": {"type": "integer"}}}},
        "b.yaml": {"components": {"schemas": {"Number": {"type": "null"}}}},
    }
    both = {"anyOf": [{"$ref": f"{name}.yaml#/components/schemas/Number"} for name in "aba"]}
    schemas = joined(files, both)["schemas"]
    meant = [schemas[one["$ref"].rpartition("/")[2]] for one in schemas["Main"]["anyOf"]]
    assert meant == [{"type": "integer"}, {"type": "null"}, {"type": "integer"}]
    assert schemas["Number"] == {"type": "number"}


def test_examples_travel_as_they_are():
    assert joined({}, {"example": {"$ref": "no.yaml#/x"}})["schemas"]["Main"] == {"example": {"$ref": "no.yaml#/x"}}


def test_addresses_are_not_fetched_and_what_is_missing_is_said():
    with pytest.raises(DataError, match=r"/components/schemas/Main: .*is an address"):
        joined({}, {"$ref": "https://x.example/a.yaml#/b"})
    with pytest.raises(DataError, match=r"leads nowhere: a\.yaml has no /b"):
        joined({"a.yaml": {}}, {"$ref": "a.yaml#/b"})
    own = {"$id": "https://x.example/own", "properties": {"a": {"$ref": "https://x.example/own"}}}
    assert joined({}, own)["schemas"]["Main"] == own
