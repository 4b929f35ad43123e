"""Where the numbers of a body end: the values at the bounds that a schema declares for a member, and those just beyond.

Bounds are `minimum`, `maximum` and their exclusive kinds (in OpenAPI 3.0 these are true or false), and `multipleOf`. Numbers of which readers
of JSON may differ (RFC 7493 section 2.2) are left out, and so are members of which a schema says what they may be one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from conformance.interface.parts import conjuncts
from conformance.model import Operation
from conformance.text import pointer

__all__ = ["BEYOND", "WITHIN", "Border", "borders", "with_number"]

WITHIN, BEYOND = "at", "beyond"
_EXACT = 2**53 - 1
_DEEPEST = 4
_WORDS = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))


@dataclass(frozen=True)
class Border:
    """One bound of a member: the value that just keeps it, and the one that just does not. `kind` is the word of the schema."""

    where: str
    kind: str
    kept: int | float
    broken: int | float

    @property
    def name(self) -> str:
        """How findings and aspects call it."""
        return f"{self.kind} of {self.where}"


def borders(operation: Operation, media_type: str, members: Sequence[str] = ()) -> list[Border]:
    """The bounds of the numbers in a body of this media type; of these members (pointers) alone, where some are named."""
    found = _walked(operation.spec.document, operation.bodies.get(media_type, {}), "", 0)
    return [one for one in found if not members or one.where in members]


def _walked(document: Mapping[str, Any], schema: Any, here: str, depth: int) -> Iterator[Border]:
    facts = list(conjuncts(document, schema))
    if any(one.get("readOnly") for one in facts) or depth > _DEEPEST:
        return
    yield from _of_number(facts, here)
    names = dict.fromkeys(name for one in facts for name in one.get("properties") or {})
    for name in names:
        told = [one["properties"][name] for one in facts if name in (one.get("properties") or {})]
        yield from _walked(document, told[0] if len(told) == 1 else {"allOf": told}, here + pointer.join(name), depth + 1)


def _of_number(facts: Sequence[Mapping[str, Any]], here: str) -> Iterator[Border]:
    kinds = {kind for one in facts for kind in ([one["type"]] if isinstance(one.get("type"), str) else one.get("type", ()))}
    if not kinds & {"integer", "number"} or kinds - {"integer", "number", "null"} or not here:
        return
    if any({"enum", "const", "anyOf", "oneOf", "not", "if"} & one.keys() for one in facts):
        return
    step = _step(facts, whole="integer" in kinds)
    if step is None:
        return
    low, high = (
        _end(facts, "minimum", "exclusiveMinimum", step, up=True),
        _end(facts, "maximum", "exclusiveMaximum", step, up=False),
    )
    for kind, end, past in (("minimum", low, -step), ("maximum", high, step)):
        if end is not None:
            yield from _border(here, kind, end, end + past)
    if any("multipleOf" in one for one in facts):
        inner = low if low is not None else (high if high is not None else step)
        yield from _border(here, "multipleOf", inner, inner + (1 if "integer" in kinds and step > 1 else step / 2))


def _step(facts: Sequence[Mapping[str, Any]], *, whole: bool) -> Decimal | None:
    """How far apart two neighbours are: by `multipleOf`, else one, or what lies near; None where several say so."""
    told = [_exact(one["multipleOf"]) for one in facts if "multipleOf" in one]
    if not told:
        return Decimal(1) if whole else _near(facts)
    step = told[0] if len(told) == 1 else None
    return None if step is None or step <= 0 or (whole and step % 1) else step


def _near(facts: Sequence[Mapping[str, Any]]) -> Decimal:
    """How far from a bound a number is tried that need not be whole: a half, or less where there is no room for it."""
    known = [[bound for one in facts for word in words if (bound := _exact(one.get(word))) is not None] for words in _WORDS]
    room = [high - low for low in known[0] for high in known[1] if high > low]
    return min(Decimal("0.5"), *(each / 4 for each in room))


def _end(facts: Sequence[Mapping[str, Any]], word: str, exclusive: str, step: Decimal, *, up: bool) -> Decimal | None:
    """The outermost value that keeps all bounds on this side; None where there is none. Values lie at multiples of the step."""
    ends: list[Decimal] = []
    for one in facts:
        bound, closed = _exact(one.get(word)), one.get(exclusive)
        multiples = any("multipleOf" in fact for fact in facts) or step == 1
        if bound is not None:
            ends.append(_inside(bound, step, up=up, multiples=multiples, reached=closed is not True))
        if (further := _exact(closed)) is not None:
            ends.append(_inside(further, step, up=up, multiples=multiples, reached=False))
    return (max(ends) if up else min(ends)) if ends else None


def _inside(bound: Decimal, step: Decimal, *, up: bool, multiples: bool, reached: bool) -> Decimal:
    """The value next to a bound, on its right side; the bound itself, where that is `reached`."""
    onward = step if up else -step
    if not multiples:
        return bound if reached else bound + onward
    over = bound % step  # of the sign of the bound
    near = bound - over
    if (near < bound) if up else (near > bound):
        near += onward
    return near + onward if near == bound and not reached else near


def _exact(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _border(where: str, kind: str, kept: Decimal, broken: Decimal) -> Iterator[Border]:
    if max(abs(kept), abs(broken)) <= _EXACT:
        yield Border(where, kind, _number(kept), _number(broken))


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def with_number(body: Any, where: str, value: float) -> dict[str, Any] | None:
    """A body with another number at a pointer; None where what the member stands in is not there."""
    return _with(body, pointer.segments(where), value)


def _with(node: Any, path: Sequence[str], value: float) -> dict[str, Any] | None:
    if not isinstance(node, Mapping):
        return None
    if len(path) == 1:
        return {**node, path[0]: value}
    inner = _with(node.get(path[0]), path[1:], value)
    return None if inner is None else {**node, path[0]: inner}
