"""Versions, licence and withdrawal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.rules import ERROR, NOTE, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import GOOD, draft, schemas
from conformance.interface.contract import declared
from conformance.text import pointer

_SEMVER = re.compile(r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
BEYOND = (
    "if",
    "then",
    "else",
    "prefixItems",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contains",
    "dependentSchemas",
    "patternProperties",
)


def _info(found: Draft) -> Mapping[str, Any]:
    info = found.document.get("info")
    return info if isinstance(info, Mapping) else {}


@rule(
    "VER-01", ERROR, "any", "Semantic Versioning 2.0.0, section 2",
    text("What a change asks of a version number can be said only of three numbers.", "唯有三段式版號能表達變更之影響。"),
    text("Write MAJOR.MINOR.PATCH.", "改為 主版號.次版號.修訂號。"),
    draft({}), draft({}, info={"version": "v2"}),
)  # fmt: skip
def the_version_is_a_semantic_one(found: Draft) -> Iterator[Place]:
    """A version that is not of that form."""
    version = str(_info(found).get("version", ""))
    if not _SEMVER.fullmatch(version):
        yield "/info/version", version[:80]


@rule(
    "VER-02", ERROR, "house", "CONTRIBUTING: specs/<domain>/<version>/openapi.yaml",
    text("A document that calls itself otherwise than its folder is cited as two.", "文件自稱之版本與資料夾不同，會被當作兩份引用。"),
    text("Write the version of the folder.", "改為資料夾之版本。"),
    draft({}, version="1.0.0"), draft({}, version="1.1.0"),
)  # fmt: skip
def the_version_is_that_of_the_folder(found: Draft) -> Iterator[Place]:
    """A document of another version than it is kept under."""
    if found.version and found.version != str(_info(found).get("version", "")):
        yield "/info/version", f"{_info(found).get('version')} in the folder {found.version}"


@rule(
    "VER-03", NOTE, "any", "OpenAPI Specification 3.1.0, 4.8.2 Info Object",
    text("Who may use an interface, and whom to ask, stands in its document.", "介面之授權條款與聯絡窗口應載於文件。"),
    text("Give `info` a license and a contact.", "於 info 補上 license 與 contact。"),
    draft({}, info={"license": {"name": "MIT"}, "contact": {"name": "A"}}), draft({}),
)  # fmt: skip
def licence_and_contact_are_named(found: Draft) -> Iterator[Place]:
    """A document without a licence or a contact."""
    yield from (("/info", f"no {name}") for name in ("license", "contact") if not _info(found).get(name))


@rule(
    "VER-04", WARNING, "any", "RFC 8594 section 3; RFC 9745 section 2",
    text("Whoever uses what is withdrawn has to learn until when, and what comes in its place.", "使用者須知停用期限與替代方式。"),
    text("Say in its description what to use in its place.", "於 description 說明替代方式。"),
    draft({"deprecated": True, "description": "Use listItems."}), draft({"deprecated": True}),
)  # fmt: skip
def withdrawals_are_explained(found: Draft) -> Iterator[Place]:
    """Each deprecated operation without a description."""
    for one in found.operations.values():
        if one.raw.get("deprecated") is True and not one.raw.get("description"):
            yield pointer.join("paths", one.path, one.method.lower()), f"{one.id} is deprecated without a word"


@rule(
    "VER-05", WARNING, "house", "CONTRIBUTING: OpenAPI 3.1 in the subset that renders down to 3.0.3",
    text("Tools of vendors read OpenAPI 3.0; what it cannot say is lost on them.", "廠商工具多採 OpenAPI 3.0，無法表達者將會遺失。"),
    text("Say it with keywords that 3.0 has, or in a requirement.", "改用 3.0 具備之關鍵字，或改以要求表達。"),
    schemas(A={"type": "object"}), schemas(A={"prefixItems": [{}]}),
)  # fmt: skip
def schemas_render_down_to_3_0(found: Draft) -> Iterator[Place]:
    """Each keyword of a schema that OpenAPI 3.0 does not have."""
    for where, node in found.objects("schemas"):
        yield from ((f"{where}/{keyword}", keyword) for keyword in BEYOND if keyword in node)


@rule(
    "VER-06", ERROR, "house", "common interface 1.0.0, section on base URL and version (COM-VER-01)",
    text("Every answer says by which version it was made.", "每一回應皆須標示其所依版本。"),
    text("Declare the header API-Version for this answer.", "為此回應宣告 API-Version 標頭。"),
    draft({"responses": {"200": {"description": "-", "headers": {"API-Version": {"schema": {}}}}}}), draft({"responses": GOOD}),
)  # fmt: skip
def answers_state_their_version(found: Draft) -> Iterator[Place]:
    """Each declared answer without the header."""
    for one in found.operations.values():
        for status, answer in one.responses.items():
            if not any(name.lower() == "api-version" for name in answer.get("headers") or {}):
                yield pointer.join("paths", one.path, one.method.lower(), "responses", status), f"{one.id}: {status}"


@rule(
    "VER-07", ERROR, "house", "common interface 1.0.0, section on base URL and version (COM-DOC-01, COM-DOC-03)",
    text("A client finds the description and the declaration of conformance without asking anybody.", "用戶端無須詢問即可取得介面描述與符合性宣告。"),
    text("Add GET /openapi.json and GET /conformance.", "增加 GET /openapi.json 與 GET /conformance。"),
    draft({}, paths={path: {"get": {"responses": GOOD}} for path in ("/openapi.json", "/conformance")}), draft({}),
)  # fmt: skip
def the_interface_describes_itself(found: Draft) -> Iterator[Place]:
    """A document without one of the two."""
    known = {one.path for one in found.operations.values() if one.method == "GET" and declared(one, 200) is not None}
    yield from (("/paths", f"there is no GET {path}") for path in ("/openapi.json", "/conformance") if path not in known)
