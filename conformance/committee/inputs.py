"""What to send to whoever is certified, since no recorded request holds it: values that the draft accepts and the old version did not, and
values that it refuses from now on. Both are drawn from the difference of the two sets, and belong to it by the word of both validators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.committee.basis import Basis
from conformance.committee.judging import outside
from conformance.committee.requests import Asked, asked
from conformance.committee.standing import Input
from conformance.interface.sending import pairs
from conformance.model import Draw, json_bytes

__all__ = ["inputs_of", "sent"]

_EACH = 3  # values of a place, in either direction


def inputs_of(basis: Basis) -> Mapping[str, Sequence[Input]]:
    """The inputs of each operation of the draft that both versions have and whose requests are others, by operationId."""
    found: dict[str, tuple[Input, ...]] = {}
    for name, effect in basis.effects.items():
        if effect.narrowed or effect.widened:
            old, new = basis.old.operations[basis.was[name]], basis.new.operations[name]
            made = tuple(one for place in asked(old, new) for one in _at(name, place))
            if made:
                found[name] = made
    return found


def sent(inputs: Sequence[Input]) -> tuple[tuple[Draw, ...], tuple[Draw, ...]]:
    """Inputs as a plan holds them: those that the draft accepts, and those that it refuses."""
    drawn = [(one.expected, _draw(one)) for one in inputs if one.sendable]
    kinds = [tuple(draw for expected, draw in drawn if expected == kind) for kind in ("accepted", "refused")]
    return kinds[0], kinds[1]


def _draw(one: Input) -> Draw:
    body = None if one.body is None else one.body.encode("utf-8", "surrogatepass")
    return Draw(one.query, body, one.media_type, f"{one.expected} by the draft: {one.place}")


def _at(name: str, place: Asked) -> Iterator[Input]:
    for expected, outer, inner in (("accepted", place.read[0], place.new), ("refused", place.read[1], place.old)):
        for value in outside(outer, inner, _EACH, of=place.name):
            yield _input(name, place, expected, value)


def _input(name: str, place: Asked, expected: str, value: Any) -> Input:
    if place.parameter is None:
        body = json_bytes(value).decode("utf-8", "surrogatepass")
        return Input(name, place.place, expected, value, body=body, media_type=place.media_type)
    if place.name not in value:
        return Input(name, place.place, expected, None)  # to be left out
    sent = pairs(place.parameter, value[place.name]) if place.parameter.location == "query" else ()
    return Input(name, place.place, expected, value[place.name], query=sent)
