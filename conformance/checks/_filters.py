"""Which values to try on a filter: taken from the data seen, on their boundaries, and outside them.

Scripts for `drive`. `learn` asks other operations what a filter's truth depends on; `choices` gives values that match
something (and, from enumerations and past the largest value, that do not); `unmatched` gives values that match nothing.
Every value given is one that the parameter's schema accepts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, timedelta, timezone
from itertools import islice
from typing import Any

from conformance import given
from conformance.checks._predicates import LISTED, RELATED, World, place, related_request
from conformance.checks._views import traverse
from conformance.interface import contract
from conformance.interface.dialect import Dialect, instant
from conformance.model import Exchange, Guise, Inputs, Operation, Parameter, Request, Script, wire_text
from conformance.text import pointer

__all__ = ["MADE_UP", "choices", "corners", "learn", "sample", "spread", "unmatched"]

MADE_UP = "-yance-none"
SAMPLE = 12
_FEW_VALUES = 12  # of a member that says what kind an item is of
FAR_EAST = timezone(timedelta(hours=12, minutes=59))  # the most minutes that an offset may have


def sample(items: Sequence[Any], inputs: Inputs, *salt: str, most: int = SAMPLE) -> list[Any]:
    """A few of the items, in an order that the seed fixes."""
    kept = list(items)
    inputs.random("sample", *salt).shuffle(kept)
    return kept[:most]


def spread(items: Sequence[Any], inputs: Inputs, *salt: str, most: int = SAMPLE, by: str = "") -> list[Any]:
    """A few of the items, in an order that the seed fixes: one of each value at the pointer `by`; up to a half of them for what few others
    show (a value of few, a member that most lack); the rest by chance. By chance alone one item in a hundred is hardly ever among the few.
    """
    drawn = sample(items, inputs, *salt, most=len(items))
    shown = [_traits(item) for item in drawn]
    values: dict[str, set[Any]] = {}
    for name, value in (trait for traits in shown for trait in traits):
        values.setdefault(name, set()).add(value)
    counts = Counter(trait for traits in shown for trait in traits if len(values[trait[0]]) <= _FEW_VALUES)
    states: dict[str, int] = {}
    for nth, item in enumerate(drawn if by else ()):
        states.setdefault(wire_text(pointer.first(item, by)), nth)
    found = list(states.values())[:most]
    covered = {trait for nth in found for trait in shown[nth]}
    for trait, _ in sorted(counts.items(), key=lambda one: one[1]):
        if len(found) >= (most + 1) // 2:
            break
        if trait not in covered:
            place = next(place for place, traits in enumerate(shown) if trait in traits and place not in found)
            found.append(place)
            covered.update(shown[place])
    rest = [place for place in range(len(drawn)) if place not in found]
    return [drawn[place] for place in (*found, *rest)[:most]]


def _traits(item: Any) -> list[tuple[str, Any]]:
    """What an item shows: which members it has, and the values of those that are words or truth values."""
    members = item.items() if isinstance(item, dict) else ()
    return [(name, value if isinstance(value, str | bool) else type(value).__name__) for name, value in members]


# ------------------------------------------------------------------------------------------ related data


def learn(
    operation: Operation,
    parameter: Parameter,
    text: str,
    items: Iterable[Any],
    dialect: Dialect,
    seen: list[Exchange],
    *,
    again: bool = False,
) -> Script:
    """Asks what the filter's truth depends on for these items and this value, unless `seen` has it (or `again`); adds it to `seen`."""
    rule = parameter.filter or {}
    if "operation" not in rule:
        return
    spec = operation.spec
    wanted: dict[str, Request] = {}
    for item in [None] if rule["match"] == "related" else items:
        request = related_request(spec, rule, text, item)
        if request is not None and (again or not World(spec, seen, dialect).knows(request)):
            wanted[request.target] = request
    for request in wanted.values():
        source = spec.operations[rule["operation"]]
        if source.collection is None:
            seen.append((yield request))
        else:
            yield from given.watched(traverse(source, dialect, request, step=RELATED + source.id), seen)


# ------------------------------------------------------------------------------------------ values that match something


def choices(
    operation: Operation,
    parameter: Parameter,
    items: Sequence[Any],
    inputs: Inputs,
    dialect: Dialect,
    seen: list[Exchange],
    *,
    most: int = SAMPLE,
) -> Script:
    """Up to five values worth trying on a filter; the related data of `most` items that they depend on are put into `seen`."""
    rule = parameter.filter or {}
    match, found = rule.get("match"), list[str]()
    chance = inputs.random("choices", operation.id, parameter.name)
    if match == "related":
        source = operation.spec.operations[rule["operation"]]
        wanted = [p for p in source.parameters if rule["parameters"].get(p.name) == "$value"]
        rows = yield from given.values_for(source, wanted, inputs, dialect, most=3)
        found = [wire_text(value) for row in rows for value in row.values()]
        for text in found:
            yield from learn(operation, parameter, text, items, dialect, seen)
    elif match == "related-value":
        yield from learn(operation, parameter, "", sample(items, inputs, operation.id, most=most), dialect, seen)
        found = ["true", "false"]
    elif match == "any-related":
        few = sample(items, inputs, operation.id, most=most)
        yield from learn(operation, parameter, "", few, dialect, seen)
        world = World(operation.spec, seen, dialect)
        readings = [reading for item in few if (reading := world.reading(rule, "", item))]
        values = [value for one in readings for part in one.items for value in pointer.values(part, rule["on"])]
        found = _bounds(values) if rule.get("test") == "at-least" else _present(parameter, values, chance)
    else:
        found = _told_by_items(parameter, items, chance)
    return [text for text in dict.fromkeys(found) if contract.parameter_accepts(operation, parameter.name, text)][:5]


def _told_by_items(parameter: Parameter, items: Sequence[Any], chance: Any) -> list[str]:
    """Values of a filter whose truth the items themselves tell."""
    rule = parameter.filter or {}
    values = _all(items, rule.get("on", "/-"))
    match rule.get("match"):
        case "equals" | "contains" | "not":
            later = [value for item in items for value in pointer.values(item, rule["on"])[1:]]
            return [*_present(parameter, values, chance), *_present(parameter, later, chance)[:1]]
        case "in-list":
            return _lists(_present(parameter, values, chance))
        case "prefix":
            return _beginnings(_present(parameter, values, chance))
        case "at-least" | "at-most" as bound:
            return _bounds(values, least=bound == "at-least")
        case "since" | "from" | "before":
            return _instants(values)
        case "bbox":
            return _boxes(items, rule["on"], chance)
    return []


def _all(items: Iterable[Any], where: str) -> list[Any]:
    return [value for item in items for value in pointer.values(item, where)]


def _present(parameter: Parameter, values: Iterable[Any], chance: Any) -> list[str]:
    """The commonest value, one that is not there (of the enumeration, or next to one), the rarest, and the one most like another (the
    beginning of it, if there is such a one).
    """
    counted = Counter(wire_text(value) for value in values if value is not None and not isinstance(value, dict | list))
    ranked = [text for text, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]
    absent = [text for value in parameter.schema.get("enum", ()) if (text := wire_text(value)) not in counted]
    absent = absent or [text for shown in ranked[:1] if (text := _next_to(shown)) not in counted]
    likeness = _likenesses(ranked)
    alike = max(ranked, key=likeness.__getitem__, default="")
    return [*ranked[:1], *(chance.sample(absent, 1) if absent else []), *ranked[-1:], *([alike] if alike else [])]


def _next_to(text: str) -> str:
    """A text that differs from this one in its last digit; the same one when it does not end with a digit."""
    return text[:-1] + str((int(text[-1]) + 1) % 10) if text[-1:].isascii() and text[-1:].isdigit() else text


def _likenesses(texts: Iterable[str]) -> dict[str, int]:
    """How likely each of some different texts is taken for another: most likely where it is the whole beginning of that, else the more they
    share there. In alphabetic order those that begin with a text follow it, and nobody shares more with it than its neighbours.
    """
    ordered = sorted(texts)
    found = dict.fromkeys(ordered, 0)
    for at, text in enumerate(ordered):
        found[text] = max((_common(text, other) for other in ordered[max(at - 1, 0) : at + 2] if other != text), default=0)
        for other in islice(ordered, at + 1, None):
            if not other.startswith(text):
                break
            found[text] = max(found[text], len(text) + len(other))
    return found


def _common(one: str, two: str) -> int:
    """How many characters two texts have in common at their beginning."""
    return next((index for index, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))


def _bounds(values: Iterable[Any], *, least: bool = True) -> list[str]:
    """The largest number itself, one in the middle, one past the largest, one just above the middle, and one that is not whole; of what is
    to be at most so much, the smallest, one before it, and one just below the middle.
    """
    known = {value for value in values if isinstance(value, int | float) and not isinstance(value, bool)}
    ranked, step = sorted(known, reverse=not least), 1 if least else -1
    if not ranked:
        return []
    broken = [value for value in ranked if value % 1]
    between = [ranked[len(ranked) // 2] + step * 0.5, *broken[:1]]
    return [wire_text(value) for value in (ranked[-1], ranked[len(ranked) // 2], ranked[-1] + step, *between)]


def _lists(texts: Sequence[str]) -> list[str]:
    """Two values that are likely to be there, with one that is not between them; each of them alone; those that would part at the comma left out."""
    single = [text for text in dict.fromkeys(texts) if text and LISTED not in text]
    return [*([LISTED.join(single), LISTED.join(single[::-1])] if len(single) > 1 else []), *single]


def _beginnings(texts: Sequence[str]) -> list[str]:
    """The first character of the commonest value, the first half of it, and its end, which begins others at most; the whole of the rarest, and
    of one that is not there.
    """
    whole = [text for text in dict.fromkeys(texts) if text]
    return [one for text in whole[:1] for one in (text[:1], text[: (len(text) + 1) // 2], text[1:]) if one] + whole[::-1]


def _instants(values: Iterable[Any]) -> list[str]:
    """The latest instant as it is written, one in the middle in UTC and as it is written, one past the latest, and one that is
    half a second after the one in the middle, written with an offset of hours and minutes.
    """
    ranked = sorted((moment, text) for text in set(map(str, values)) if (moment := instant(text)))
    if not ranked:
        return []
    middle, text = ranked[len(ranked) // 2]
    past = (ranked[-1][0] + timedelta(days=366)).isoformat().replace("+00:00", "Z")
    after = (middle + timedelta(seconds=0.5)).astimezone(FAR_EAST).isoformat()
    return [ranked[-1][1], middle.astimezone(UTC).isoformat().replace("+00:00", "Z"), text, past, after]


def corners(first: tuple[float, float], second: tuple[float, float]) -> str:
    """The box that has two points in opposite corners, as text."""
    edges = (min(first[0], second[0]), min(first[1], second[1]), max(first[0], second[0]), max(first[1], second[1]))
    return ",".join(_decimal(edge) for edge in edges)


def _decimal(value: float) -> str:
    text = repr(value)
    return f"{value:.15f}".rstrip("0").rstrip(".") if "e" in text else text.removesuffix(".0")


def _boxes(items: Iterable[Any], where: str, chance: Any) -> list[str]:
    points = sorted({point for item in items if (point := place(item, where))})
    if not points:
        return []
    first, second = chance.choice(points), chance.choice(points)
    middle = points[len(points) // 2]
    return [corners(first, second), corners(points[0], middle), corners(first, first)]


# ------------------------------------------------------------------------------------------ values that match nothing


def unmatched(parameter: Parameter, operation: Operation, items: Sequence[Any], values: Sequence[str], guise: Guise) -> list[str]:
    """Values of a filter that should match nothing: absent ones, ones past the last, and an identifier of nothing.

    `values` are values that match something; an identifier of nothing is made from one of them, and so is one that begins like it.
    """
    rule, found = parameter.filter or {}, list[str]()
    match, present = rule.get("match"), _all(items, rule.get("on", "/-"))
    if match == "bbox":
        places = guise.shifted(-1.0, 30), guise.shifted(-61.0, 30)  # far from all that is served in Taiwan
        found = [corners((at, at), (at + 0.5, at + 0.5)) for at in places]
    elif match in ("since", "from", "before"):
        ranked = sorted(moment for value in present if (moment := instant(value)))
        if ranked:
            moment = ranked[0] - timedelta(days=366) if match == "before" else ranked[-1] + timedelta(days=366)
            found = [moment.isoformat().replace("+00:00", "Z")]
    elif match == "at-least" or rule.get("test") == "at-least":
        bound = parameter.schema.get("maximum")
        known = [n for v in (*present, *values) if (n := _plain(v)) is not None]
        found = ([wire_text(max(known) + 1)] if known else []) + ([] if bound is None else [wire_text(bound)])
    elif match == "at-most":
        known = [n for v in present if (n := _plain(v)) is not None]
        found = [wire_text(min(known) - 1)] if known else []
    elif match == "in-list":
        single = [text for text in values if LISTED not in text]
        found = [text + MADE_UP for text in single[:1]] + [
            LISTED.join(text + MADE_UP + end for end in "ab") for text in single[:1]
        ]
    elif match not in ("related-value", "not"):  # of what is not this, there is nearly always something
        shown = {wire_text(value) for value in present} | set(values)
        found = [text for value in parameter.schema.get("enum", ()) if (text := wire_text(value)) not in shown]
        found = found or [text[:40] + MADE_UP for text in values[:1]]
        found += [text for text in map(_next_to, values) if text not in shown][:1]
        found += [text for text in (value[:-1] for value in values) if text not in shown][:1]
    return [text for text in found if contract.parameter_accepts(operation, parameter.name, text)]


def _plain(value: Any) -> float | int | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    try:
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return None
