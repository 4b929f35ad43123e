"""Codes that the target issued in this run, such as a pickup code: facts about them that hiding them by name would destroy.

A code under a secret name (`pickupCode`) becomes a pseudonym. The same digits under a name that nobody suspects stay as they are, and
no verdict could tell that they are the code; and of several pseudonyms nobody sees that each code is the one before and seven more.
So both are established here, where the values are seen, and only that they hold is noted:

    "shows": ["«secret:3f9a1c0b77e2»"]     the answer (or the delivery) holds codes that were issued in earlier answers
    "codes": {"/pickupCode": "step"}       this code follows from those that the case got before: by a fixed step, or by a linear rule

A code stands as a word of its own. Six digits inside of longer ones are chance, and so are those of a fraction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import gcd
from typing import Any

from conformance import limits
from conformance.model import Exchange
from conformance.model.remembered import remembered
from conformance.redaction.unfolding import is_spelt, meant
from conformance.text import pointer

__all__ = ["Issued", "rule_of"]

_CODE = re.compile(r"(?=[A-Za-z]*[0-9])[A-Za-z0-9]{4,64}")
_FEWEST = {"step": 4, "linear": 5}  # codes by which a rule is more than chance
_MOST_FACTORS = 10_000


class Issued:
    """What was issued so far. `names` are those of members that hold a secret and no personal datum, `pseudonym` gives a value's."""

    def __init__(self, names: frozenset[str], pseudonym: Callable[[str], str]) -> None:
        self._names, self._pseudonym = names, pseudonym
        self._quoted = frozenset(name.encode() for name in names)
        self._codes: dict[str, str] = {}
        self._of_case: dict[tuple[str, str], list[str]] = {}
        self._words: Callable[[bytes], frozenset[str]] | None = None  # the words of a body that may be codes, once there are some
        self._word = ""  # the pattern of such a word
        # whether one of the names stands between two quotes; parting a body at its quotes costs less than looking for each name
        self._may_hold = remembered(lambda body: not self._quoted.isdisjoint(body.split(b'"')))

    def facts(self, exchange: Exchange) -> Mapping[str, Any]:
        """What is to be noted of an exchange that has not been redacted yet; most often nothing."""
        found: dict[str, Any] = {}
        if shown := self._shown(exchange):
            found["shows"] = shown
        if rules := self._learnt(exchange):
            found["codes"] = rules
        return found

    def _shown(self, exchange: Exchange) -> list[str]:
        """The pseudonyms of the codes that the target shows."""
        if self._words is None:
            return []
        body = exchange.request.body if exchange.is_delivery else exchange.response.body if exchange.response else b""
        return sorted({self._codes[word] for word in self._words(body) if word in self._codes}) if body else []

    def _learnt(self, exchange: Exchange) -> dict[str, str]:
        """Takes in the codes of an answer; the rules by which they follow from those before them, by where they stand."""
        if exchange.is_delivery or exchange.response is None or not exchange.ok or not self._may_hold(exchange.response.body):
            return {}
        sent, rules = (exchange.request.body or b"").decode("utf-8", "replace"), dict[str, str]()
        for where, value in _named(exchange.json, self._names, ""):
            if _CODE.fullmatch(value) is None or value in sent:
                continue
            self._keep(value)
            line = self._of_case.setdefault((exchange.case, where), [])
            if value not in line:
                line.append(value)
                if rule := rule_of(line):
                    rules[where] = rule
        return rules

    def _keep(self, value: str) -> None:
        self._codes[value] = self._pseudonym(value)
        if len(self._codes) > limits.CODES:
            del self._codes[next(iter(self._codes))]
        lengths = sorted({len(code) for code in self._codes})
        class_ = "[0-9]" if all(code.isdigit() for code in self._codes) else "[A-Za-z0-9]"
        word = rf"(?<![A-Za-z0-9])(?<![0-9]\.){class_}{{{lengths[0]},{lengths[-1]}}}(?![A-Za-z0-9])"
        if word != self._word:
            self._word, find = word, re.compile(word).findall
            self._words = remembered(lambda body: frozenset(find(_text(body))))


def _text(body: bytes) -> str:
    """What a body says."""
    text = body.decode("utf-8", "replace")
    return meant(text) if is_spelt(body) else text


def _named(node: Any, names: frozenset[str], here: str) -> Iterator[tuple[str, str]]:
    """The texts and numbers under secret names, with where they stand: of the items of a list alike."""
    if isinstance(node, Mapping):
        for name, value in node.items():
            where = here + pointer.join(name)
            if name in names and isinstance(value, str | int) and not isinstance(value, bool):
                yield where, str(value)
            else:
                yield from _named(value, names, where)
    elif isinstance(node, list):
        for value in node:
            yield from _named(value, names, f"{here}/*")


def rule_of(codes: Sequence[str]) -> str:
    """The rule by which codes of as many digits follow from one another: `step` (each so much more), `linear` (each a multiple of the one
    before and so much more), or none, which is empty. Both are taken modulo the number of such codes.
    """
    if len(codes) < _FEWEST["step"] or not all(code.isdigit() and len(code) == len(codes[0]) for code in codes):
        return ""
    whole = 10 ** len(codes[0])
    steps = [(int(after) - int(before)) % whole for before, after in pairwise(codes)]
    if len(set(steps)) == 1:
        return "step"
    if len(codes) < _FEWEST["linear"]:
        return ""
    fits = (
        all(factor * one % whole == other for one, other in pairwise(steps)) for factor in _factors(steps[0], steps[1], whole)
    )
    return "linear" if any(fits) else ""


def _factors(one: int, other: int, whole: int) -> Iterator[int]:
    """By what a step could have been multiplied to give the next one."""
    common = gcd(one, whole)
    if other % common or common > _MOST_FACTORS:
        return
    part = whole // common
    least = other // common * pow(one // common, -1, part) % part if part > 1 else 0
    yield from range(least, whole, part)
