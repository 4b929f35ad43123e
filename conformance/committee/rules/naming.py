"""What things are called: the house's style (common interface, section on style; RFC 3986 section 6 for why case matters in a path)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from conformance.committee.rules import WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import draft, schemas
from conformance.text import pointer

_STYLE = "common interface 1.0.0, house style (JSON in lowerCamelCase)"
_CAMEL, _PASCAL = re.compile(r"[a-z][A-Za-z0-9]*"), re.compile(r"[A-Z][A-Za-z0-9]*")
_SEGMENT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.json)?|\{[^{}]+\}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


@rule(
    "NAM-01", WARNING, "house", "RFC 3986 section 6.2.2.1; " + _STYLE,
    text("Paths tell capitals apart, and people do not.", "路徑區分大小寫，而人易混淆。"),
    text("Write each part in small letters, words joined by hyphens.", "各段以小寫英文書寫，字詞間以連字號相連。"),
    draft({}, path="/bus-stops"), draft({}, path="/busStops"),
)  # fmt: skip
def paths_are_in_kebab_case(found: Draft) -> Iterator[Place]:
    """Each path with a part that is neither in small letters with hyphens nor a parameter."""
    for path in dict.fromkeys(one.path for one in found.operations.values()):
        if any(part and not _SEGMENT.fullmatch(part) for part in path.split("/")):
            yield pointer.join("paths", path), path


@rule(
    "NAM-02", WARNING, "house", _STYLE,
    text("One style for names: whoever knows one member can guess the next.", "命名風格一致，可推知其他欄位名稱。"),
    text("Write the name in lowerCamelCase.", "以 lowerCamelCase 命名。"),
    schemas(A={"properties": {"stopUid": {}}}), schemas(A={"properties": {"stop_uid": {}}}),
)  # fmt: skip
def members_are_in_camel_case(found: Draft) -> Iterator[Place]:
    """Each member that is neither in lowerCamelCase nor a language tag."""
    for where, node in found.objects("schemas"):
        named = node.get("properties")
        for name in named if isinstance(named, Mapping) else ():
            if not _CAMEL.fullmatch(name) and not _LANGUAGE.fullmatch(name):
                yield where + pointer.join("properties", name), name


@rule(
    "NAM-03", WARNING, "house", _STYLE,
    text("A filter is called as the member that it filters.", "篩選參數與其所篩選之欄位同名。"),
    text("Write the name in lowerCamelCase.", "以 lowerCamelCase 命名。"),
    draft({"parameters": [{"name": "cityCode", "in": "query", "schema": {}}]}), draft({"parameters": [{"name": "city_code", "in": "query", "schema": {}}]}),
)  # fmt: skip
def query_parameters_are_in_camel_case(found: Draft) -> Iterator[Place]:
    """Each query or path parameter that is not in lowerCamelCase."""
    for one in found.operations.values():
        for p in one.parameters:
            if p.location in ("query", "path") and not _CAMEL.fullmatch(p.name):
                yield pointer.join("paths", one.path, one.method.lower()), f"{one.id}: {p.name}"


@rule(
    "NAM-04", WARNING, "house", _STYLE,
    text("An operationId becomes the name of a function in generated clients.", "operationId 會成為用戶端程式之函式名稱。"),
    text("Write a verb and what it acts on in lowerCamelCase: listStops.", "以 lowerCamelCase 書寫動詞與受詞，例如 listStops。"),
    draft({"operationId": "listThings"}), draft({"operationId": "Things.List"}),
)  # fmt: skip
def operation_ids_are_in_camel_case(found: Draft) -> Iterator[Place]:
    """Each operationId that is not in lowerCamelCase."""
    for one in found.operations.values():
        if one.raw.get("operationId") and not _CAMEL.fullmatch(one.id):
            yield pointer.join("paths", one.path, one.method.lower(), "operationId"), one.id


@rule(
    "NAM-05", WARNING, "house", _STYLE,
    text("A schema becomes the name of a type in generated clients.", "綱要名稱會成為用戶端程式之型別名稱。"),
    text("Write the name in UpperCamelCase.", "以 UpperCamelCase 命名。"),
    schemas(BusStop={}), schemas(bus_stop={}),
)  # fmt: skip
def schemas_are_in_upper_camel_case(found: Draft) -> Iterator[Place]:
    """Each component schema that is not in UpperCamelCase."""
    components = found.document.get("components")
    named = components.get("schemas") if isinstance(components, Mapping) else None
    for name in named if isinstance(named, Mapping) else ():
        if not _PASCAL.fullmatch(name):
            yield pointer.join("components", "schemas", name), name
