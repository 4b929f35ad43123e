"""How this vendor reads a request: its query, its media types, its tags; and where the documents let it choose."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from urllib.parse import unquote_plus

from tests.second_health.asking import Ask
from tests.second_health.choices import Choices
from tests.second_health.instants import Times
from tests.second_health.refusals import Refusal, wrong_parameter
from tests.second_health.shapes import CODES, ID, STATES, STATUSES

__all__ = ["TAKES", "acceptable", "based_on", "has_tag", "idempotency_key", "read_query", "readable", "stopped"]

TAKES: dict[str, tuple[str, ...]] = {
    "listMeasurements": ("patientId", "code", "from", "to", "status", "deviceId", "sort", "limit", "cursor"),
    "listCareTasks": ("patientId", "state", "limit", "cursor"),
}
_LISTS = {"code": CODES, "status": STATUSES, "state": STATES, "sort": ("asc", "desc")}
_TAGS = re.compile(r'\s*(,\s*)*(W/)?"[!#-~\x80-\xff]*"\s*(,\s*((W/)?"[!#-~\x80-\xff]*"\s*)?)*')


def stopped(ask: Ask) -> int:
    """What a gateway answers to a request that is longer than the documents want it to be taken; 0 for nothing."""
    if len(ask.body) > 65_536:
        return 413
    if len(ask.path) + len(ask.query) > 4_000:
        return 414
    return 431 if sum(len(name) + len(value) for name, value in ask.headers) > 8_000 else 0


def read_query(ask: Ask, times: Times, choices: Choices) -> None:
    """The parameters as values; 400 for one that is unknown, repeated, missing or invalid."""
    pairs = [part.partition("=")[::2] for part in ask.query.split("&") if part]
    try:
        ask.pairs = [(unquote_plus(name, errors="strict"), unquote_plus(text, errors="strict")) for name, text in pairs]
    except UnicodeDecodeError:
        ask.pairs = [(unquote_plus(name), unquote_plus(text)) for name, text in pairs]
    for name, text in ask.pairs:
        if name not in TAKES.get(ask.operation, ()) or name in ask.values:
            raise wrong_parameter(name)
        ask.values[name] = _value(name, text, times, choices)
    if ask.operation == "listMeasurements" and "patientId" not in ask.values:
        raise wrong_parameter("patientId")
    if "from" in ask.values and "to" in ask.values and ask.values["from"] > ask.values["to"]:
        raise wrong_parameter("from")


def _value(name: str, text: str, times: Times, choices: Choices) -> Any:
    value: Any = text
    if name in _LISTS and text not in _LISTS[name]:
        raise wrong_parameter(name)
    if name in ("patientId", "deviceId") and not ID.fullmatch(text):
        raise wrong_parameter(name)
    if name in ("from", "to"):
        value = times.read(text)
        if value is None:
            raise wrong_parameter(name)
    if name == "cursor" and not re.fullmatch(r"[!-~]{1,512}", text):
        raise wrong_parameter(name, "invalid-cursor")
    if name == "limit":
        form = r"-?(0|[1-9][0-9]*)" + (r"(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?" if choices.lenient else "")
        if not re.fullmatch(form, text) or len(text) > 30:
            raise wrong_parameter(name)
        number = Decimal(text)
        if number != number.to_integral_value() or not 1 <= number <= 200:
            raise wrong_parameter(name)
        value = int(number)
    return value


def acceptable(ask: Ask, choices: Choices) -> bool:
    """Whether Accept admits JSON: among the ranges that match, the most specific decides."""
    sent = ",".join(ask.all("accept")).strip()
    ranges = [[part.strip().lower() for part in one.split(";")] for one in sent.split(",") if one.strip()]
    malformed = any(not re.fullmatch(r"[!#-.0-9A-^_`a-z|~*]+/[!#-.0-9A-^_`a-z|~*]+", one[0]) for one in ranges)
    if not ranges or (malformed and not choices.strict):
        return True
    if choices.easy and all(one[0] == "application/problem+json" for one in ranges):
        return True
    rank = {"*/*": 1, "application/*": 2, "application/json": 3}
    best = max((rank.get(one[0], 0) for one in ranges), default=0)
    return best > 0 and any(_quality(one) > 0 for one in ranges if rank.get(one[0], 0) == best)


def _quality(parts: list[str]) -> float:
    found = next((part[2:] for part in parts[1:] if part.startswith("q=")), "1")
    return float(found) if re.fullmatch(r"[01](\.[0-9]{0,3})?", found) else 1.0


def readable(ask: Ask, media: str, choices: Choices) -> bool:
    """Whether the body is of the declared type."""
    sent = ask.all("content-type")
    if not "".join(sent).strip():
        return choices.easy
    return len(sent) == 1 and sent[0].split(";")[0].strip().lower() == media


def idempotency_key(ask: Ask) -> str:
    """The key; 400 where there is none."""
    sent = ask.all("idempotency-key")
    if len(sent) != 1 or not re.fullmatch(r"[!-~]{1,255}", sent[0]):
        raise wrong_parameter("Idempotency-Key", "missing-idempotency-key")
    return sent[0]


def has_tag(ask: Ask, tag: str, choices: Choices) -> bool:
    """Whether If-None-Match holds the tag, compared weakly."""
    sent = ",".join(ask.all("if-none-match")).strip()
    if not sent or sent == "*":
        return sent == "*"
    if not _TAGS.fullmatch(sent):
        if choices.strict:
            raise wrong_parameter("If-None-Match")
        return False
    return tag in re.findall(r'"[^"]*"', sent)


def based_on(ask: Ask, tag: str, choices: Choices) -> None:
    """428 or 412 for a change that is not based on the current tag."""
    sent = ask.all("if-match")
    if not sent or (choices.strict and not "".join(sent).strip()):
        raise Refusal("precondition-required")
    listed = ",".join(sent)
    strong = re.findall(r'(?<!W/)("[^"]*")', listed) if _TAGS.fullmatch(listed) else []
    if [one.strip() for one in sent] != [tag] and not (choices.easy and tag in strong):
        raise Refusal("precondition-failed")
