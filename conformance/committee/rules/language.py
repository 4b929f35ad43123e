"""Both languages, the terms that names come from, the labels of codes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.committee.rules import ERROR, NOTE, WARNING, Draft, Place, rule, text
from conformance.committee.rules._sample import draft, schemas
from conformance.interface.references import objects
from conformance.text import pointer

_STYLE = "common interface 1.0.0, extension keywords"
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


def _described(found: Draft) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Every text for people with its pointer: the keyword, and the object that has it."""
    for where, node, kind in objects(found.document):
        for keyword in ("title", "summary", "description"):
            if isinstance(node.get(keyword), str) and (keyword != "title" or where == "/info") and kind != "examples":
                yield where, keyword, node


@rule(
    "LNG-01", ERROR, "house", _STYLE,
    text("The document is read in Chinese by those who procure and in English by those who build.", "採購者讀中文，開發者讀英文。"),
    text("Write the same text in Chinese under `x-…-zh-Hant`.", "於 x-…-zh-Hant 補上相同內容之中文。"),
    draft({"summary": "List", "x-summary-zh-Hant": "列出"}, info={"x-title-zh-Hant": "事物"}), draft({"summary": "List"}),
)  # fmt: skip
def texts_are_in_both_languages(found: Draft) -> Iterator[Place]:
    """Each text for people that has no Chinese beside it."""
    for where, keyword, node in _described(found):
        if f"x-{keyword}-zh-Hant" not in node and "$ref" not in node:
            yield f"{where}/{keyword}", f"no x-{keyword}-zh-Hant"


@rule(
    "LNG-02", ERROR, "house", _STYLE,
    text("A Chinese text that was left in English was forgotten.", "中文欄位仍為英文者，應係遺漏翻譯。"),
    text("Translate the text.", "補上中文翻譯。"),
    draft({"summary": "List", "x-summary-zh-Hant": "列出"}), draft({"summary": "List", "x-summary-zh-Hant": "List"}),
)  # fmt: skip
def chinese_texts_are_chinese(found: Draft) -> Iterator[Place]:
    """Each Chinese text without a Han character."""
    for where, node, _ in objects(found.document):
        for key, value in node.items():
            if key.startswith("x-") and key.endswith("-zh-Hant") and isinstance(value, str) and not _HAN.search(value):
                yield where + pointer.join(key), value[:80]


@rule(
    "LNG-03", WARNING, "any", "OpenAPI Specification 3.1.0, 4.8.10 Operation Object",
    text("An operation without a word on it is guessed at.", "未說明之操作，讀者只能猜測。"),
    text("Give it a summary or a description.", "補上 summary 或 description。"),
    draft({"summary": "List"}), draft({}),
)  # fmt: skip
def operations_are_described(found: Draft) -> Iterator[Place]:
    """Each operation with neither a summary nor a description."""
    for one in found.operations.values():
        if not one.raw.get("summary") and not one.raw.get("description"):
            yield pointer.join("paths", one.path, one.method.lower()), f"{one.id} has neither summary nor description"


@rule(
    "LNG-04", ERROR, "house", _STYLE,
    text("A code without its label in both languages is read from a colleague's memory.", "未附雙語標籤之代碼，須仰賴他人記憶。"),
    text("Give every value a label in en and zh-Hant under `x-enum-labels`.", "於 x-enum-labels 為每一代碼值提供 en 與 zh-Hant 標籤。"),
    schemas(A={"enum": ["X"], "x-enum-labels": {"X": {"en": "Ex", "zh-Hant": "某"}}}), schemas(A={"enum": ["X", "Y"], "x-enum-labels": {"X": {"en": "Ex"}}}),
)  # fmt: skip
def codes_have_labels(found: Draft) -> Iterator[Place]:
    """Each value of an enumeration without a label in both languages."""
    for where, node in found.objects("schemas"):
        listed, labels = node.get("enum"), node.get("x-enum-labels")
        if not isinstance(listed, list):
            continue
        known = labels if isinstance(labels, Mapping) else {}
        for value in listed:
            told = known.get(str(value))
            if value is not None and not (isinstance(told, Mapping) and {"en", "zh-Hant"} <= told.keys()):
                yield f"{where}/enum", f"{value!r} has no label in both languages"


@rule(
    "LNG-05", NOTE, "house", _STYLE + "; inventory of the standards that an interface follows",
    text("The inventory is made of the terms that names derive from.", "規範盤點報告由名稱之來源用語產生。"),
    text("Name the domestic or international term under `x-source-term`.", "於 x-source-term 註明國內或國際用語。"),
    schemas(A={"properties": {"stopUid": {"x-source-term": "TDX:StopUID"}}}), schemas(A={"properties": {"stopUid": {}}}),
)  # fmt: skip
def members_say_where_they_come_from(found: Draft) -> Iterator[Place]:
    """Each member without an `x-source-term`, unless a reference says all of it."""
    for where, node in found.objects("schemas"):
        named = node.get("properties")
        for name, one in named.items() if isinstance(named, Mapping) else ():
            if isinstance(one, Mapping) and "x-source-term" not in one and "$ref" not in one:
                yield where + pointer.join("properties", name), f"{name} has no x-source-term"
