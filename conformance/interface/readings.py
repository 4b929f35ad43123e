"""What a server may take a text for: on the wire a query or a form has no types.

A text is itself, and whatever it is as JSON; several texts of one name are a list. What a document excludes is excluded beyond doubt only
when no such reading is valid, so these are all of them. Where there are too many to try, nothing is said of the text.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice, product
from typing import Any

from conformance.interface.sending import DELIMITERS, scattered, structured
from conformance.model import Pairs, Parameter
from conformance.text.escapes import whole

__all__ = ["as_json", "of_form", "of_parameter", "of_text", "one_text"]

_MOST = 64  # readings of several texts together
_KEY = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")
Reading = Callable[[str], Sequence[Any]]


def as_json(text: str) -> Iterator[Any]:
    """The reading of a text as a JSON value, when it has one. `NaN` and `Infinity` are none."""
    with contextlib.suppress(ValueError, RecursionError):
        yield _decode(whole(text))


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


_decode = json.JSONDecoder(parse_constant=_no_number).decode


def of_text(text: str) -> list[Any]:
    """A text, and the JSON value that it is."""
    return [text, *as_json(text)]


def one_text(text: str, *, listed: bool) -> Iterator[Any]:
    """What one text alone may be, the likeliest first: itself, a JSON value, a list of what its commas part. `listed`: a list is
    expected.
    """
    yield text
    yield from as_json(text)
    if "," in text or listed:
        parts = text.split(",")
        yield parts
        yield [next(as_json(part), part) for part in parts]


def of_parameter(p: Parameter, pairs: Pairs, of: Reading = of_text) -> list[Any] | None:
    """What the pairs of a query say of a parameter that is a list or an object: every value that it may be.

    None when that cannot be told: it is not there, its members go under names of their own, or there are too many readings.
    """
    style = p.raw.get("style", "form")
    if style == "deepObject":
        keys = [(key[2], value) for name, value in pairs if (key := _KEY.fullmatch(name)) and key[1] == p.name]
        loose = any(name != p.name and name.startswith(f"{p.name}[") and not _KEY.fullmatch(name) for name, _ in pairs)
        return None if loose or not keys or len(dict(keys)) < len(keys) else _objects(keys, of)
    texts = [value for name, value in pairs if name == p.name]
    if not texts or scattered(p):
        return None
    if p.raw.get("content"):
        return list(as_json(texts[0])) if len(texts) == 1 else None
    if len(texts) > 1:
        return _lists(texts, of)
    parts = texts[0].split(DELIMITERS.get(style, ","))
    members = list(zip(parts[::2], parts[1::2], strict=False)) if len(parts) % 2 == 0 else []
    found = [_lists([texts[0]], of), _lists(parts, of), _objects(members, of)]
    return None if None in found else [*of(texts[0]), *(one for each in found for one in each or ())]


def of_form(pairs: Sequence[tuple[str, str]], of: Reading = of_text) -> list[Any] | None:
    """What the fields of a form may be together; a field that is there several times is a list. None when there are too many readings."""
    texts: dict[str, list[str]] = {}
    for name, value in pairs:
        texts.setdefault(name, []).append(value)
    choices = [_choices(each, of) for each in texts.values()]
    if None in choices:
        return None
    found = _bounded(product(*(each or () for each in choices)))
    return None if found is None else [dict(zip(texts, values, strict=True)) for values in found]


def _choices(texts: Sequence[str], of: Reading) -> list[Any] | None:
    """What the texts of one field may be; one that says nothing may also be none, or an empty list."""
    lists = _lists(texts, of)
    if lists is None or len(texts) > 1:
        return lists
    return [*of(texts[0]), *lists, *([None, []] if not texts[0] else [])]


def _lists(texts: Sequence[str], of: Reading) -> list[Any] | None:
    found = _bounded(product(*map(of, texts)))
    return None if found is None else [list(values) for values in found]


def _objects(members: Sequence[tuple[str, str]], of: Reading) -> list[Any] | None:
    found = _bounded(product(*(of(value) for _, value in members)))
    return None if found is None else [dict(zip((name for name, _ in members), values, strict=True)) for values in found]


def _bounded(readings: Iterator[Any]) -> list[Any] | None:
    found = list(islice(readings, _MOST + 1))
    return found if len(found) <= _MOST else None


def unlike(pairs: Pairs, parameters: Mapping[str, Parameter]) -> list[str]:
    """The names in a query that no parameter can mean: declared by none, nor a member of an object that is one."""
    objects = {p.name for p in parameters.values() if structured(p) and p.raw.get("style") == "deepObject"}
    if any(scattered(p) and p.raw.get("style") != "deepObject" for p in parameters.values()):
        return []
    return [name for name, _ in pairs if name not in parameters and name.partition("[")[0] not in objects]
