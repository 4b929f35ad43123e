"""Nothing that everyone may read holds an identity or resident certificate number, a mobile number, an e-mail address or a trip.

Why: open data are copied at once and for ever; a driver's phone in a free-text field cannot be called back.

Fails when: a text of a successful public answer holds a certificate number with a right check digit, a Taiwanese mobile number or an
e-mail address that the request did not itself send; or a member that the interface does not declare, with `plate` in its name, holds
a vehicle plate beside a date-time (which car was where, and when).
Inconclusive when: no successful public answer with text was seen.
Source: Personal Data Protection Act (個人資料保護法), Article 2; the interface's rules on personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from conformance import pointer, schema
from conformance.checks._example import exchange, page
from conformance.checks._personal import IDENTIFIER, personal
from conformance.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
MESSAGES = {
    "personal": {
        "en": "{at} holds personal data: expected {expected}, got {actual}",
        "zh-Hant": "{at} 含有個人資料：應為 {expected}，實得 {actual}",
    }
}
_REDACTED = re.compile("«(?:tw-id|mobile|email):[0-9a-f]+»")  # what recording puts in the place of such a value
_PLATE = re.compile("[A-Z0-9]{2,4}-?[A-Z0-9]{2,4}")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness per successful public answer with text. What is found is named by its kind and cut."""
    for one in trace:
        if operation.secured or not one.ok:
            continue
        texts = list(_texts(one.json, ""))
        if texts:
            yield Witness((one.number,), f"{len(texts)} texts")
        for at, found in _personal(one, texts):
            yield Finding("personal", (one.number,), "none", found, at)
        declared = {at for at, _ in schema.locate(operation, one, "type")}
        for at, plate in _trips(one.json, ""):
            if at not in declared:
                yield Finding("personal", (one.number,), "none", f"plate {plate[:3]}… with a time", at)


def _personal(one: Exchange, texts: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Where personal data stand that the request did not send, and of which kind they are."""
    sent = _sent(one)
    for at, text in texts:
        for kind, match in personal(text):
            if match not in sent:
                yield at, f"{kind} {match[:4]}…"
        for marker in _REDACTED.findall(text):
            if marker not in sent and not IDENTIFIER.fullmatch(_REDACTED.sub("", text)):
                yield at, marker


def _sent(one: Exchange) -> str:
    """What the request said: an answer may echo it."""
    values = [value for _, value in (*one.request.query, *one.request.headers)]
    return "\n".join([one.request.path, *values, (one.request.body or b"").decode("utf-8", "replace")])


def _trips(node: Any, here: str) -> Iterator[tuple[str, str]]:
    """Every vehicle plate that stands beside a date-time, with its pointer."""
    members = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    if isinstance(node, dict) and any(instant(value) is not None for value in node.values()):
        for key, value in node.items():
            if "plate" in key.lower() and isinstance(value, str) and _PLATE.fullmatch(value):
                yield here + pointer.join(key), value
    for key, member in members:
        yield from _trips(member, here + pointer.join(key))


def _texts(node: Any, here: str) -> Iterator[tuple[str, str]]:
    """Every text of a document, member names included, with its pointer."""
    if isinstance(node, str):
        yield here, node
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from _texts(member, f"{here}/{index}")
    elif isinstance(node, dict):
        for key, member in node.items():
            yield here + pointer.join(key), key
            yield from _texts(member, here + pointer.join(key))


def _noted(text: Any, line: str = "GET /things") -> list[Exchange]:
    return [exchange(line, 200, page({"thingId": "TPE0912345678", "note": text}))]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _noted("A123456788 04595257 20250912345678 1712345678901 0800-123-456 02-2345-6789 @iot.id"),
        _noted("2025-06-12T08:30:00.0912345678+08:00"),
        _noted("TPE-0912345678"),
        _noted("TPE-«mobile:3f9a1c0b77e2»"),
        _noted("eyJhIjoi-0912345678-A123456789"),
        _noted({"plateNumb": "ABC-1234"}),
        _noted("a@b.example", "GET /things?colour=a@b.example"),
    ],
    violates=[
        _noted("駕駛 A123456789"),
        _noted("A800000014"),
        _noted("AC01234567"),
        _noted("請撥 0912-345-678 洽詢"),
        _noted("+886 912345678"),
        _noted("0912345678"),
        _noted("聯絡：wang@example.tw"),
        _noted("«tw-id:3f9a1c0b77e2»"),
        _noted("駕駛 «mobile:3f9a1c0b77e2»"),
        [exchange("GET /things", 200, page({"0912345678": 1}))],
        [exchange("GET /things", 200, page({"thingId": "a", "last": {"plateNumb": "ABC-1234", "time": "2025-06-12T08:30:00Z"}}))],
    ],
    inconclusive=[[exchange("GET /things", 404, {"detail": "0912345678"})], [exchange("GET /things", 200, b"0912345678")]],
)
