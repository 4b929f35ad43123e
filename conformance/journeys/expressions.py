"""Runtime expressions and conditions of Arazzo 1.0 (section 4.7), as far as a journey may use them.

    $inputs.NAME              a value that the workflow was given
    $steps.ID.outputs.NAME    what an earlier step put out
    $statusCode               of the answer at hand
    $response.header.NAME     a header of it
    $response.body#/POINTER   a place in its body, or all of it
    $request.body#/POINTER    a place in what was sent

A text that is one expression stands for its value, of whatever type; `{$…}` inside a text for its value as text. A condition compares
with `==`, `!=`, `<`, `<=`, `>` and `>=`; `&&` binds before `||`. What cannot be resolved is `ABSENT`, and is equal to nothing.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from conformance.model import Exchange, wire_text
from conformance.text import pointer

__all__ = ["ABSENT", "Scope", "fault", "named", "unset"]


class _Absent:
    """The value of what is not there."""

    def __repr__(self) -> str:
        return "nothing"


ABSENT: Final = _Absent()
_STEP = re.compile(r"\$steps\.([A-Za-z0-9_-]+)\.outputs\.([A-Za-z0-9._-]+)")
_INPUT = re.compile(r"\$inputs\.([A-Za-z0-9._-]+)")
_HEADER = re.compile(r"\$response\.header\.([A-Za-z0-9!#$%&'*+.^_`|~-]+)")
_BODY = re.compile(r"\$(request|response)\.body(?:#((?:/[^#]*)?))?")
_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")
_COMPARED = re.compile(r"\s*(\$\S+)\s*(==|!=|<=|>=|<|>)\s*(\S.*?)\s*")
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def named(text: str) -> Iterator[tuple[str, str]]:
    """The steps and outputs that expressions in a text name, and the inputs (under the step ``""``)."""
    yield from _STEP.findall(text)
    yield from (("", name) for name in _INPUT.findall(text))


def fault(text: str) -> str | None:
    """What is wrong with a text that begins as an expression, or None."""
    if not text.startswith("$") or text == "$statusCode" or any(p.fullmatch(text) for p in (_STEP, _INPUT, _HEADER, _BODY)):
        return None
    return f"{text!r:.80} is no runtime expression that a journey may use; expected $inputs.X, $steps.X.outputs.Y, $statusCode or $response…"


def unset(condition: str) -> str | None:
    """What is wrong with a condition, or None."""
    for part in re.split(r"\|\||&&", condition):
        found = _COMPARED.fullmatch(part)
        if found is None or fault(found[1]) is not None:
            return f"{condition!r:.80} is no condition; expected comparisons such as $statusCode == 200, joined by && and ||"
    return None


@dataclass
class Scope:
    """What expressions may stand for: inputs, the outputs of the steps so far and, where one is at hand, an exchange.

    `body` stands for the body of the answer where a step has found an item of it.
    """

    inputs: Mapping[str, Any]
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    exchange: Exchange | None = None
    body: Any = ABSENT

    def value(self, template: Any) -> Any:
        """A template with the values of its expressions. A member or item of nothing is left out."""
        if isinstance(template, Mapping):
            filled = {key: self.value(one) for key, one in template.items()}
            return {key: one for key, one in filled.items() if one is not ABSENT}
        if isinstance(template, list):
            return [one for one in map(self.value, template) if one is not ABSENT]
        if not isinstance(template, str):
            return template
        if template.startswith("$"):
            return self._one(template)
        return _EMBEDDED.sub(lambda found: wire_text(self._one(found[1])), template)

    def holds(self, condition: str) -> bool:
        """Whether a condition holds."""
        return any(all(map(self._compared, part.split("&&"))) for part in condition.split("||"))

    def _compared(self, text: str) -> bool:
        found = _COMPARED.fullmatch(text)
        assert found is not None, "conditions are looked over when a document is read"
        left, right = self._one(found[1]), self._literal(found[3])
        if ABSENT in (left, right):
            return False
        try:
            return _OPERATORS[found[2]](left, right)
        except TypeError:
            return False

    def _literal(self, text: str) -> Any:
        if text.startswith("$"):
            return self._one(text)
        if text[:1] == text[-1:] == "'" and len(text) > 1:
            return text[1:-1].replace("''", "'")
        try:
            return json.loads(text)
        except ValueError:
            return text

    def _one(self, text: str) -> Any:
        if found := _STEP.fullmatch(text):
            return self.steps.get(found[1], {}).get(found[2], ABSENT)
        if found := _INPUT.fullmatch(text):
            return self.inputs.get(found[1], ABSENT)
        if self.exchange is None:
            return ABSENT
        if text == "$statusCode":
            return self.exchange.status or ABSENT
        if found := _HEADER.fullmatch(text):
            said = self.exchange.header(found[1])
            return ABSENT if said is None else said
        found = _BODY.fullmatch(text)
        assert found is not None, "expressions are looked over when a document is read"
        return pointer.first(self._document(found[1]), found[2] or "", ABSENT)

    def _document(self, whose: str) -> Any:
        assert self.exchange is not None
        if whose == "request":
            return self.exchange.request.json()
        return self.exchange.json if self.body is ABSENT else self.body
