"""The document itself: what any OpenAPI document has to keep to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.rules import ERROR, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import GOOD, draft, schemas
from conformance.given import target_of
from conformance.interface import expressions
from conformance.interface.openapi import METHODS
from conformance.interface.references import AstrayError, dangling, deref, path_item, said_in
from conformance.interface.schema import unusable
from conformance.model import Spec
from conformance.text import pointer

_NAME = re.compile(r"\{([^{}]*)\}")
_OAS = "OpenAPI Specification 3.1.0"


@rule(
    "STR-01", ERROR, "any", f"{_OAS}, section 4 (and its JSON Schema)",
    text("What is no valid OpenAPI document is read by every tool in its own way.", "不符 OpenAPI 格式之文件，各工具解讀不一。"),
    text("Write this place as the OpenAPI Specification has it.", "依 OpenAPI 規範改寫此處。"),
    draft({}), draft({"responses": "none"}),
)  # fmt: skip
def the_document_is_valid(found: Draft) -> Iterator[Place]:
    """Each place where the document, or one of its component schemas, is invalid by the published schemas."""
    yield from ((where, said) for where, said in found.invalid if "leads nowhere" not in said)


@rule(
    "STR-02", ERROR, "any", f"{_OAS}, 4.8.23 Reference Object",
    text("A reference that leads nowhere leaves open what is meant.", "無法解析之參照，使其意義不明。"),
    text("Name something that the document has, or add it.", "改為參照文件內既有之元件，或補上該元件。"),
    draft({"parameters": [{"$ref": "#/components/parameters/A"}]}, components={"parameters": {"A": {"name": "a", "in": "query", "schema": {}}}}),
    draft({"parameters": [{"$ref": "#/components/parameters/B"}]}),
)  # fmt: skip
def references_lead_somewhere(found: Draft) -> Iterator[Place]:
    """Each reference into the document that leads nowhere or back to itself."""
    yield from ((where, f"$ref {ref!r} leads nowhere") for where, ref in dangling(found.document))


def _written(found: Draft) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every operation of a path as it is written, with its pointer."""
    paths = found.document.get("paths")
    for path, item in paths.items() if isinstance(paths, Mapping) else ():
        try:
            whole = path_item(found.document, item)
        except AstrayError:
            continue
        for method in METHODS:
            if isinstance(one := whole.get(method), Mapping):
                yield pointer.join("paths", path, method), one


@rule(
    "STR-03", ERROR, "house", f"{_OAS}, 4.8.10 Operation Object (operationId)",
    text("Rows, profiles and clients name an operation by its operationId.", "要求、驗測範疇與用戶端程式均以 operationId 指稱操作。"),
    text("Give the operation an operationId.", "補上 operationId。"),
    draft({}), draft({"operationId": ""}),
)  # fmt: skip
def operations_have_an_id(found: Draft) -> Iterator[Place]:
    """Each operation without an operationId."""
    yield from ((where, "no operationId") for where, one in _written(found) if not one.get("operationId"))


@rule(
    "STR-04", ERROR, "any", f"{_OAS}, 4.8.10 Operation Object (operationId)",
    text("An operationId that two operations have means neither.", "兩個操作共用之 operationId 無法指稱任何一個。"),
    text("Give one of the two another operationId.", "將其中之一改用其他 operationId。"),
    draft({}), draft({}, webhooks={}, paths={"/a": {"get": {"operationId": "x", "responses": GOOD}, "put": {"operationId": "x", "responses": GOOD}}}),
)  # fmt: skip
def operation_ids_differ(found: Draft) -> Iterator[Place]:
    """Each operationId that was met before."""
    first: dict[str, str] = {}
    for where, one in _written(found):
        if isinstance(name := one.get("operationId"), str) and name:
            if name in first:
                yield f"{where}/operationId", f"{name!r} is that of {first[name]}, too"
            first.setdefault(name, where)


@rule(
    "STR-05", ERROR, "any", f"{_OAS}, 4.8.8.2 Path Templating",
    text("A name in a path that no parameter declares has no type.", "路徑中未宣告之參數沒有型別。"),
    text("Declare a required path parameter of this name, or take the name out of the path.", "宣告同名之必要路徑參數，或自路徑移除。"),
    draft({"parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}]}, path="/things/{id}"), draft({}, path="/things/{id}"),
)  # fmt: skip
def paths_and_their_parameters_agree(found: Draft) -> Iterator[Place]:
    """Each name of a path that no parameter declares, and each path parameter that its path does not have."""
    for one in found.operations.values():
        here = pointer.join("paths", one.path, one.method.lower())
        declared, named = {p.name for p in one.parameters if p.location == "path"}, set(_NAME.findall(one.path))
        yield from ((here, f"{{{name}}} is not declared") for name in sorted(named - declared))
        yield from ((here, f"{name!r} is not in the path") for name in sorted(declared - named))


@rule(
    "STR-06", ERROR, "any", f"{_OAS}, 4.8.8 Paths Object",
    text("Paths that differ only in what they call their parameters are one path.", "僅參數名稱不同之路徑視為同一路徑。"),
    text("Put their operations under one path.", "將其操作合併於同一路徑之下。"),
    draft({}), draft({}, paths={"/a/{x}": {}, "/a/{y}": {}}),
)  # fmt: skip
def paths_differ(found: Draft) -> Iterator[Place]:
    """Each path that is another one under other names."""
    first: dict[str, str] = {}
    paths = found.document.get("paths")
    for path in paths if isinstance(paths, Mapping) else ():
        key = _NAME.sub("{}", path)
        if key in first:
            yield pointer.join("paths", path), f"the same as {first[key]}"
        first.setdefault(key, path)


@rule(
    "STR-07", ERROR, "any", f"{_OAS}, 4.8.16 Responses Object",
    text("An operation of which no success is declared can only be answered wrongly.", "未宣告成功回應之操作，任何成功回應皆屬未宣告。"),
    text("Declare what a success is answered with.", "宣告成功時之回應。"),
    draft({}), draft({"responses": {"400": {"description": "no"}}}),
)  # fmt: skip
def a_success_is_declared(found: Draft) -> Iterator[Place]:
    """Each operation of which neither 1xx, 2xx, 3xx nor `default` is declared."""
    for one in found.operations.values():
        if not any(status[:1] in "123" or status == "default" for status in one.responses):
            yield pointer.join("paths", one.path, one.method.lower(), "responses"), f"{one.id} declares no success"


@rule(
    "STR-08", WARNING, "any", "RFC 9110 sections 9.3.1, 9.3.2 and 9.3.5",
    text("Content of a GET, HEAD or DELETE request has no meaning, and some servers refuse it.", "GET、HEAD、DELETE 請求之本文不具意義，部分伺服器會拒絕。"),
    text("Use a query parameter, or another method.", "改用查詢參數或其他方法。"),
    draft({}), draft({"requestBody": {"content": {"application/json": {"schema": {}}}}}),
)  # fmt: skip
def reads_have_no_body(found: Draft) -> Iterator[Place]:
    """Each body of a GET, HEAD or DELETE."""
    for one in found.operations.values():
        if one.method in ("GET", "HEAD", "DELETE") and one.bodies:
            yield pointer.join("paths", one.path, one.method.lower(), "requestBody"), f"{one.id} has a request body"


@rule(
    "STR-09", WARNING, "any", f"{_OAS}, 4.8.7 Components Object",
    text("A component that nobody refers to is no part of the interface, and is read as if it were.", "無人參照之元件不屬於介面，卻易使人誤認。"),
    text("Refer to it, or take it away.", "加以參照，或予以移除。"),
    draft({"responses": {"200": {"$ref": "#/components/responses/Ok"}}}, components={"responses": {"Ok": {"description": "-"}}}),
    draft({}, components={"responses": {"Ok": {"description": "-"}}}),
)  # fmt: skip
def components_are_used(found: Draft) -> Iterator[Place]:
    """Each component but security schemes that nothing written as a `$ref` reaches, by pointer, by anchor or by `$id`."""
    used = set(said_in(found.document).refs)  # those in extensions, too: somebody may read them
    used |= {str(ref) for _, node in found.objects("schemas") for ref in _mapping(node)}
    used |= {"/".join(ref.split("/")[:4]) for ref in used}  # what lies in a component uses it
    components = found.document.get("components")
    for section, members in components.items() if isinstance(components, Mapping) else ():
        if section == "securitySchemes" or not isinstance(members, Mapping):
            continue
        for name, one in members.items():
            where = pointer.join("components", section, name)
            by_name = isinstance(one, Mapping) and any(key in one for key in ("$id", "$anchor", "$dynamicAnchor"))
            if not by_name and f"#{where}" not in used and name not in used:
                yield where, f"{name} is not used"


def _mapping(node: Mapping[str, Any]) -> list[Any]:
    discriminator = node.get("discriminator")
    found = discriminator.get("mapping") if isinstance(discriminator, Mapping) else None
    return list(found.values()) if isinstance(found, Mapping) else []


@rule(
    "STR-10", ERROR, "any", "JSON Schema 2020-12, Core section 4.3",
    text("A schema that a validator cannot use says nothing of any value.", "驗證器無法使用之綱要，對任何值皆無約束。"),
    text("Mend the schema at this place: a pattern that cannot be read, a keyword of another type.", "修正此處綱要（無法解讀之樣式、型別不符之關鍵字）。"),
    draft({"responses": {"200": {"description": "-", "content": {"application/json": {"schema": {"pattern": "a"}}}}}}),
    draft({"responses": {"200": {"description": "-", "content": {"application/json": {"schema": {"pattern": "("}}}}}}),
)  # fmt: skip
def schemas_can_be_used(found: Draft) -> Iterator[Place]:
    """Each operation with a schema that cannot be compiled."""
    if found.spec is not None:
        for name, where, why in unusable(found.spec, found.operations):
            one = found.operations[name]
            yield pointer.join("paths", one.path, one.method.lower()), f"{name}{f', at {where}' if where else ''}: {why}"[:300]


@rule(
    "STR-11", WARNING, "any", "JSON Schema 2020-12, Validation section 6.5.3",
    text("A required member that is not described is most often misspelt.", "列為必要而未描述之欄位，多為拼寫錯誤。"),
    text("Describe the member under `properties`, or mend its name under `required`.", "於 properties 描述該欄位，或更正 required 中之名稱。"),
    schemas(A={"type": "object", "properties": {"a": {}}, "required": ["a"]}),
    schemas(A={"type": "object", "properties": {"a": {}}, "required": ["b"], "additionalProperties": False}),
)  # fmt: skip
def required_members_are_described(found: Draft) -> Iterator[Place]:
    """Each name under `required` that a closed object does not have, so that no value is valid."""
    for where, node in found.objects("schemas"):
        if node.get("additionalProperties") is False and not {"allOf", "patternProperties", "$ref"} & node.keys():
            named = node.get("properties")
            known = named.keys() if isinstance(named, Mapping) else set[str]()
            wanted = node.get("required")
            for name in wanted if isinstance(wanted, list) else ():
                if name not in known:
                    yield f"{where}/required", f"{name!r} is required and cannot be there"


@rule(
    "STR-12", WARNING, "any", "RFC 9110 sections 15.3.5 and 15.4.5",
    text("204 and 304 never have content.", "204 與 304 回應不得有本文。"),
    text("Take the content away, or declare another status.", "移除本文，或改宣告其他狀態碼。"),
    draft({"responses": {"204": {"description": "-"}}}), draft({"responses": {"204": {"description": "-", "content": {"application/json": {}}}}}),
)  # fmt: skip
def empty_answers_have_no_content(found: Draft) -> Iterator[Place]:
    """Each 204, 205 or 304 with content."""
    for one in found.operations.values():
        for status in ("204", "205", "304"):
            if (one.responses.get(status) or {}).get("content"):
                yield pointer.join("paths", one.path, one.method.lower(), "responses", status), f"{one.id}: {status} with content"


@rule(
    "STR-13", WARNING, "any", f"{_OAS}, 4.8.25 Discriminator Object",
    text("A discriminator that names no required member decides nothing.", "未指向必要欄位之 discriminator 無從判別。"),
    text("Make the member required in every alternative.", "於各替代綱要中將該欄位列為必要。"),
    schemas(A={"oneOf": [{"$ref": "#/components/schemas/B"}], "discriminator": {"propertyName": "t"}}, B={"properties": {"t": {}}, "required": ["t"]}),
    schemas(A={"oneOf": [{"$ref": "#/components/schemas/B"}], "discriminator": {"propertyName": "t"}}, B={"properties": {"t": {}}}),
)  # fmt: skip
def discriminators_are_required(found: Draft) -> Iterator[Place]:
    """Each discriminator whose member is not required in an alternative that describes its members itself."""
    for where, node in found.objects("schemas"):
        told = node.get("discriminator")
        name = told.get("propertyName") if isinstance(told, Mapping) else None
        for option in [*_list(node, "oneOf"), *_list(node, "anyOf")] if name else ():
            try:
                one = deref(found.document, option)
            except AstrayError:
                continue
            if "properties" in one and "allOf" not in one and name not in _list(one, "required"):
                yield f"{where}/discriminator", f"{name!r} is not required in {option.get('$ref', 'an alternative')}"


@rule(
    "STR-14", WARNING, "any", f"{_OAS}, 4.8.20 Link Object",
    text("A link that no client can follow leads nobody on, and no test to a value.", "用戶端無法依循之連結，無從導向下一步，測試亦無從取得值。"),
    text("Name an operation of the document and its parameters, with runtime expressions as they are written.", "指稱文件內之操作及其參數，並依規定書寫執行期運算式。"),
    draft({"responses": {"200": {"description": "-", "links": {"a": {"operationId": "listThings", "parameters": {"q": "$response.body#/q"}}}}}, "parameters": [{"name": "q", "in": "query", "schema": {}}]}),
    draft({"responses": {"200": {"description": "-", "links": {"a": {"operationId": "listThing"}}}}}),
)  # fmt: skip
def links_can_be_followed(found: Draft) -> Iterator[Place]:
    """Each link to an operation that the document does not have, or with a parameter or an expression that is none."""
    for one in found.operations.values():
        for status, answer in one.responses.items():
            for name, written in (answer.get("links") or {}).items():
                where = pointer.join("paths", one.path, one.method.lower(), "responses", status, "links", name)
                try:
                    link = deref(found.document, written)
                except AstrayError:
                    continue
                yield from ((where, f"{one.id}, link {name}: {said}") for said in _unfollowed(one.spec, link))


def _unfollowed(spec: Spec, link: Mapping[str, Any]) -> Iterator[str]:
    """What keeps a link from being followed. One into another document is that one's business."""
    target = target_of(spec, link)
    named = str(link.get("operationId", link.get("operationRef", "")))
    if target is None:
        if not named or "operationId" in link or named.startswith("#"):
            yield f"there is no operation {named!r}"
        return
    for key, value in (link.get("parameters") or {}).items():
        if not any(key in (p.name, f"{p.location}.{p.name}") for p in target.parameters):
            yield f"{target.id} has no parameter {key!r}"
        if not expressions.understood(value):
            yield f"{value!r} is no runtime expression"


def _list(node: Mapping[str, Any], key: str) -> list[Any]:
    return node[key] if isinstance(node.get(key), list) else []
