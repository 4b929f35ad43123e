"""Where a document meets the condition of a rule, it meets the rule.

Why: the meaning of one member often hangs on another (no estimate when the last bus has gone); the types of both stay right when the
two contradict each other.

Fails when: a document is valid under a rule's `if` and not under its `then`.
Inconclusive when: no document met the condition of any rule.
Source: the rows that use it; JSON Schema 2020-12.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, page
from conformance.checks._reading import documents, read, shown
from conformance.interface import schema
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness

TOUCHES = Touches.NOTHING
ASKS = 22
_RULE = {"if": {"type": "object"}, "then": {"type": "object"}, "means": {"type": "string"}}
WITH = {
    "properties": {
        "rules": {"items": {"type": "object", "required": ["if", "then"], "properties": _RULE, "additionalProperties": False}}
    }
}
ABOUT = """文件符合規則之條件時，即須符合該規則。
緣由：一欄位之意義常取決於另一欄位（末班車已過即無預估）；兩者矛盾時，型別仍各自正確。
不通過：文件符合規則之 `if` 而不符 `then`。
無法判定：沒有文件符合任一規則之條件。
依據：使用本檢查之各要求；JSON Schema 2020-12。
"""

MESSAGES = {
    "broken": {
        "en": "{at} breaks a rule: expected {expected}, got {actual}",
        "zh-Hant": "{at} 違反規則：應為 {expected}，實得 {actual}",
    }
}
Rule = Mapping[str, Any]


def drive(operation: Operation, inputs: Inputs, dialect: Dialect, *, most: int = 20) -> Script:
    """Reads up to `most` samples of the operation."""
    yield from read(operation, inputs, dialect, most=most)


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, rules: Sequence[Rule], at: str | None = None
) -> Iterator[Finding | Witness]:
    """Each rule has `if` and `then`, JSON Schemas for the objects at `at` (by default the items, or the whole answer), and may
    say in `means` what it asks for. One witness per answer and rule whose condition was met.
    """
    yield from _judged(operation, trace, dialect, rules, at, given=False)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, rules: Sequence[Rule], at: str | None = None
) -> Iterator[Finding]:
    """The same of any answer of the run."""
    said = _judged(operation, trace, dialect, rules, at, given=True)
    yield from (one for one in said if isinstance(one, Finding))


def _judged(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, rules: Sequence[Rule], at: str | None, *, given: bool
) -> Iterator[Finding | Witness]:
    for one, found in documents(operation, trace, dialect, at, given=given):
        for rule in rules:
            met = [(where, each) for where, each in found if isinstance(each, Mapping) and schema.is_valid(rule["if"], each)]
            if met:
                yield Witness((one.number,), f"{len(met)} documents")
            for where, document in met:
                if schema.refuses(rule["then"], document):
                    yield Finding("broken", (one.number,), _asked(rule), _said(rule, document), where)


def _asked(rule: Rule) -> str:
    return str(rule["means"]) if "means" in rule else shown(rule["then"])


def _said(rule: Rule, document: Mapping[str, Any]) -> str:
    """The members of the document that the rule speaks of."""
    named = dict.fromkeys(_names(rule["if"])) | dict.fromkeys(_names(rule["then"]))
    return shown({name: document[name] for name in named if name in document})


def _names(node: Any) -> Iterator[str]:
    """The property names that a schema speaks of, at its top or inside its combinations."""
    if isinstance(node, Mapping):
        yield from node.get("properties", {})
        for key in ("allOf", "anyOf", "oneOf"):
            for member in node.get(key, ()):
                yield from _names(member)


def _thing(**members: Any) -> list[Exchange]:
    return [exchange("GET /things", 200, page({"thingId": "a", **members}), step="read")]


EXAMPLES = Examples(
    operation="listThings",
    arguments={
        "rules": [
            {
                "if": {"required": ["state"], "properties": {"state": {"const": "GONE"}}},
                "then": {"properties": {"size": {"type": "null"}}},
                "means": "size null",
            },
            {"if": {"required": ["weight"]}, "then": {"anyOf": [{"properties": {"weight": {"maximum": 43}}}]}},
        ]
    },
    conforms=[_thing(state="GONE", size=None), _thing(state="GONE"), _thing(state="NEW", weight=43)],
    violates=[_thing(state="GONE", size=3), _thing(weight=44)],
    inconclusive=[
        _thing(state="NEW", size=3),
        [exchange("GET /things", 503, step="read")],
        [exchange("GET /things", 200, page(), step="read")],
    ],
)
