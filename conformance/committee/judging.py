"""Two sets of values → a judgement: proved to lie within, shown not to by a witness, or neither.

The same pair of schemas stands at many places of a document, so what was found of a pair is kept. A proof is the algebra's or one by
induction (`interface/inclusion`); a witness is drawn from the difference and admitted and refused by both validators. A difference of which
no value is found ends in `unknown`, however likely it is: nobody is told that something breaks without being shown what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from conformance.committee.changes import Answer, Judgement, Witness
from conformance.interface.inclusion import includes
from conformance.interface.readings import of_text
from conformance.interface.sets import Values, either, proven, values_of
from conformance.model import wire_text
from conformance.plan.witnesses import NONE, witness, witnesses

__all__ = ["COMPATIBLE", "afresh", "as_texts", "both", "judged", "outside", "request", "response"]

COMPATIBLE = Judgement(Answer.COMPATIBLE, "proven")


def judged(outer: Values, inner: Values, admitted_by: str, *, of: str = "", why: str = "witness") -> Judgement:
    """Whether every value of `inner`, which `admitted_by` ("old" or "new") admits, is one of `outer`.

    `of`: the member whose values travel as text, where the values are such objects: a value is outside only if no reading of its text
    is inside. `why`: what it is called when there is a witness.
    """
    found = _judged(outer.text, inner.text, of)
    if found.witness is None:
        return found
    return Judgement(found.answer, why, Witness(found.witness.value, admitted_by, found.witness.at, found.witness.wanted))


@contextmanager
def afresh() -> Iterator[None]:
    """Within this, nothing is known that was found before it, and nothing of it is known after."""
    _judged.cache_clear()
    try:
        yield
    finally:
        _judged.cache_clear()


@lru_cache(maxsize=4096)
def _judged(outer_text: str, inner_text: str, of: str) -> Judgement:
    outer, inner = Values(outer_text), Values(inner_text)
    if includes(outer, inner):
        return COMPATIBLE
    found = witness(outer, inner, (lambda value: _strange(outer, value, of)) if of else None)
    if found is NONE:
        return Judgement(Answer.UNKNOWN, "recursive" if _recursive(inner) or _recursive(outer) else "no-witness")
    at, wanted = outer.why_not(found)
    if of and wanted == "additionalProperties":  # of our own frame: the member is not declared there
        at, wanted = "", ""
    return Judgement(Answer.INCOMPATIBLE, "witness", Witness(found, "", at, wanted))


def _strange(outer: Values, value: Any, name: str) -> bool:
    """Whether a member is still outside when it is read from the text as which it travels."""
    if not isinstance(value, Mapping) or name not in value:
        return True
    return not any(outer.asked.is_valid({**value, name: reading}) for reading in _readings(value[name]))


def outside(outer: Values, inner: Values, count: int, *, of: str = "") -> tuple[Any, ...]:
    """Up to `count` values of `inner` that are none of `outer`, as `judged` takes them: none where there is a proof, or nothing is found."""
    if includes(outer, inner):
        return ()
    return witnesses(outer, inner, count, (lambda value: _strange(outer, value, of)) if of else None)


def _readings(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield [wire_text(one) for one in value]
        yield [of_text(wire_text(one))[-1] for one in value]
    elif not isinstance(value, Mapping):
        yield from of_text(wire_text(value))


def _recursive(of: Values) -> bool:
    """Whether a schema refers to its own definitions from within them."""
    definitions: Mapping[str, Any] = of.schema.get("components") or {}
    return any("$ref" in str(one) for one in definitions.values())


def as_texts(of: Values) -> Values:
    """What a reader of texts takes for a value of a schema: of one that admits every text, any scalar; of one that lists values,
    whatever has their texts.
    """
    if proven(of, values_of({"type": "string"})):
        return either(of, {"type": ["string", "number", "boolean", "null"]})
    schema = of.schema
    kinds = schema["type"] if isinstance(schema.get("type"), list) else [schema.get("type")]
    listed = schema.get("enum", [True, False] if "boolean" in kinds else [])
    meant = [reading for one in listed if not isinstance(one, list | dict) for reading in of_text(wire_text(one))]
    return either(of, {"enum": meant}) if meant else of


def both(first: Judgement, second: Judgement) -> Judgement:
    """What holds only if both do: the worse of the two."""
    order = (Answer.INCOMPATIBLE, Answer.UNKNOWN, Answer.COMPATIBLE)
    return min(first, second, key=lambda one: order.index(one.answer))


def request(old: Values, new: Values, *, read: tuple[Values, Values] | None = None, of: str = "") -> tuple[Judgement, Judgement]:
    """What a change of what is asked is to a consumer and to a vendor.

    `read`: what a reader of the old and of the new version takes for such values, where they travel as text; `of` as for `judged`.
    """
    before, after = read or (old, new)
    keeps = judged(after, old, "old", of=of, why="refused-now")
    return keeps, both(keeps, judged(before, new, "new", of=of, why="accepted-now"))


def response(old: Values, new: Values, *, read: tuple[Values, Values] | None = None, of: str = "") -> tuple[Judgement, Judgement]:
    """What a change of what is answered is to a consumer and to a vendor. `read` and `of` as for `request`."""
    before, after = read or (old, new)
    adds = judged(before, new, "new", of=of, why="sent-now")
    if adds.answer is not Answer.COMPATIBLE and judged(before.open_ended, new, "new", of=of).answer is Answer.COMPATIBLE:
        adds = Judgement(Answer.COMPATIBLE, "extensible")
    return adds, judged(after, old, "old", of=of, why="no-longer-sent")
