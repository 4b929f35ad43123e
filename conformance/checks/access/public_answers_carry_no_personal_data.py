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
from urllib.parse import unquote

from conformance.checks._example import exchange, page
from conformance.checks.access._personal import IDENTIFIER, personal, suspicious
from conformance.interface import contract
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Operation, Touches, Witness
from conformance.model.remembered import remembered
from conformance.text import pointer

TOUCHES = Touches.NOTHING
SCOPE = "exchange"
ABOUT = """人人可讀取者，不含身分證或居留證號、行動電話、電子郵件地址或行蹤。
緣由：開放資料立即遭永久複製；寫在自由文字欄位之司機電話無法收回。
不通過：成功之公開回應，其文字含檢查碼正確之證號、臺灣行動電話或電子郵件地址（請求自行送出者除外）；或介面未宣告而名稱含 `plate` 之欄位，有車號並附日期時間（何車於何時在何處）。
無法判定：未見含文字之成功公開回應。
依據：個人資料保護法第 2 條；介面規範之個人資料規定。
"""

MESSAGES = {
    "personal": {
        "en": "{at} holds personal data: expected {expected}, got {actual}",
        "zh-Hant": "{at} 含有個人資料：應為 {expected}，實得 {actual}",
    }
}
_REDACTED = ("«tw-id:", "«mobile:", "«email:")  # how that begins which recording puts in the place of such a value
_PLATE = re.compile("[A-Z0-9]{2,4}-?[A-Z0-9]{2,4}")


def judge(operation: Operation, trace: Sequence[Exchange], dialect: Dialect) -> Iterator[Finding | Witness]:
    """One witness per successful public answer with text. What is found is named by its kind and cut."""
    for one in trace:
        if operation.secured or not one.ok or not _has_text(one.json):
            continue
        yield Witness((one.number,), "text")
        personal_data, plates = _worth_reading(one.response.body if one.response else b"")
        if personal_data:
            for at, found in _personal(one):
                yield Finding("personal", (one.number,), "none", found, at)
        if plates:
            for path, plate in _trips(one.json, ()):
                if not contract.describes(operation, one, path, "type"):
                    yield Finding("personal", (one.number,), "none", f"plate {plate[:3]}… with a time", pointer.join(*path))


@remembered
def _worth_reading(body: bytes) -> tuple[bool, bool]:
    """Whether there may be personal data in a body, and whether there may be plates; where texts are escaped, only the parsed ones tell."""
    raw = body.decode("utf-8", "replace")
    escaped = "\\u" in raw
    return escaped or suspicious(raw) or any(begin in raw for begin in _REDACTED), escaped or "plate" in raw.lower()


def _has_text(node: Any) -> bool:
    """Whether a document has a text in it, be it the name of a member."""
    if isinstance(node, list):
        return any(map(_has_text, node))
    return isinstance(node, str) or (isinstance(node, dict) and bool(node))


def _personal(one: Exchange) -> Iterator[tuple[str, str]]:
    """Where personal data stand that the request did not send, and of which kind they are."""
    sent, markers = _sent(one), sorted(text for text in one.pseudonyms if text.startswith(_REDACTED))
    for path, text in _texts(one.json, ()):
        for kind, match in personal(text):
            if match not in sent:
                yield pointer.join(*path), f"{kind} {match[:4]}…"
        for marker in (marker for marker in markers if marker in text):
            if marker not in sent and not IDENTIFIER.fullmatch(text.replace(marker, "")):
                yield pointer.join(*path), marker


def _sent(one: Exchange) -> str:
    """What the request said: an answer may echo it, as it went over the wire or as it was meant."""
    values = [value for _, value in (*one.request.query, *one.request.headers)]
    return "\n".join([one.request.path, unquote(one.request.path), *values, (one.request.body or b"").decode("utf-8", "replace")])


def _trips(node: Any, here: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every vehicle plate that stands beside a date-time, with its path."""
    if isinstance(node, list):
        for index, member in enumerate(node):
            if isinstance(member, dict | list):
                yield from _trips(member, (*here, index))
    elif isinstance(node, dict):
        plates = [(key, text) for key, text in node.items() if "plate" in key.lower() and isinstance(text, str)]
        if plates and any(instant(value) is not None for value in node.values()):
            yield from (((*here, key), text) for key, text in plates if _PLATE.fullmatch(text))
        for key, member in node.items():
            if isinstance(member, dict | list):
                yield from _trips(member, (*here, key))


def _texts(node: Any, here: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every text of a document, member names included, with its path."""
    if isinstance(node, str):
        yield here, node
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from _texts(member, (*here, index))
    elif isinstance(node, dict):
        for key, member in node.items():
            yield (*here, key), key
            yield from _texts(member, (*here, key))


def _noted(text: Any, line: str = "GET /things", redacted: str = "") -> list[Exchange]:
    marks = [redacted] if redacted else []
    return [exchange(line, 200, page({"thingId": "TPE0912345678", "note": text}), redacted=marks)]


def _escaped(text: str) -> list[Exchange]:
    body = "".join(f"\\u{ord(character):04x}" for character in text)
    return [exchange("GET /things", 200, b'{"items":[{"note":"\\n' + body.encode() + b'"}]}')]


EXAMPLES = Examples(
    operation="listThings",
    conforms=[
        _noted("nobody is called amy.wang@mail.tw", "GET /things/amy.wang%40mail.tw"),
        _noted("A123456788 04595257 20250912345678 1712345678901 0800-123-456 02-2345-6789 @iot.id"),
        _noted("2025-06-12T08:30:00.0912345678+08:00"),
        _noted("TPE-0912345678"),
        _noted("TPE-«mobile:3f9a1c0b77e2»", redacted="mobile:3f9a1c0b77e2"),
        _noted("«tw-id:3f9a1c0b77e2» as the target wrote it"),
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
        _noted("«tw-id:3f9a1c0b77e2»", redacted="tw-id:3f9a1c0b77e2"),
        _noted("駕駛 «mobile:3f9a1c0b77e2»", redacted="mobile:3f9a1c0b77e2"),
        _escaped("聯絡 0912345678"),
        _escaped("wang@example.tw"),
        [exchange("GET /things", 200, page({"0912345678": 1}))],
        [exchange("GET /things", 200, page({"thingId": "a", "last": {"plateNumb": "ABC-1234", "time": "2025-06-12T08:30:00Z"}}))],
    ],
    inconclusive=[[exchange("GET /things", 404, {"detail": "0912345678"})], [exchange("GET /things", 200, b"0912345678")]],
)
