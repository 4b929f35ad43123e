"""Replacing strings inside JSON text without touching any other byte.

The text is not parsed and written again: spacing, number formats, member order and even mistakes are evidence. It is walked
token by token; where a string (or a number) is to be replaced, its token alone is. Broken or cut JSON is walked as far as
its tokens go, so that an error in a document does not leave its secrets in it.

What becomes of a value depends on the value and its name alone, and documents say the same few things over and over: an item stands in
every page that lists it. So of each small object it is remembered what in it was replaced (`Left`); where the same text comes again, that
is asked for again, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from conformance.text import pointer

__all__ = ["Left", "looks_like_json", "rewrite"]

# (member name or None, value, what tells its JSON Pointer, whether it is a string) -> value
Replace = Callable[[str | None, str, Callable[[], str], bool], str]
Way = tuple[str | int, ...]

_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NEST = 3  # objects and arrays that a small object has in one another


def _small(opening: str, closing: str, depth: int) -> str:
    """What an object or an array is that has so many levels at most. Nothing is tried twice: what opens a level belongs to it, or fails."""
    inner = (_small(r"\{", r"\}", depth - 1), _small(r"\[", r"\]", depth - 1)) if depth > 1 else ()
    return opening + "(?:" + "|".join([r'[^{}\[\]"]++', _STRING, *inner]) + ")*+" + closing


_TOKEN = re.compile(
    "(?P<object>" + _small(r"\{", r"\}", _NEST) + ")"
    r'|"(?P<text>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\\?\Z)'
    r'|[{}\[\],:]|(?P<bare>[^\s{}\[\],:"]++)',
    re.DOTALL,
)
_START = re.compile(rb'[\s\xef\xbb\xbf]*["{\[]')
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_MOST_LEFT, _LONGEST_LEFT = 4096, 128  # values that are known to be left as they are, and characters of one
_MOST_OBJECTS, _LONGEST_OBJECT = 1024 * 1024, 2048  # characters of all objects that are known, and of one


class _Change(NamedTuple):
    """A value that is replaced: where its token lies, the way to it, and what it is."""

    start: int
    end: int
    way: Way
    name: str | None
    value: str
    is_text: bool


@dataclass
class Left:
    """What was left as it was in the documents until now: values with their names and whether they are strings, and of objects all but the
    changes that are noted. It is bounded.
    """

    values: set[tuple[str | None, str, bool]] = field(default_factory=set)
    objects: dict[str, tuple[_Change, ...]] = field(default_factory=dict)
    held: int = 0

    def keep_value(self, name: str | None, value: str, is_text: bool) -> None:
        """Note that a value is left as it is."""
        if len(value) > _LONGEST_LEFT:
            return
        if len(self.values) >= _MOST_LEFT:
            self.values.clear()
        self.values.add((name, value, is_text))

    def keep_object(self, whole: str, changes: tuple[_Change, ...]) -> None:
        """Note what changes in an object."""
        self.held += len(whole)
        if self.held > _MOST_OBJECTS:
            self.objects.clear()
            self.held = len(whole)
        self.objects[whole] = changes


@dataclass(slots=True)
class _Level:
    """Where the walk is inside one object or array."""

    is_object: bool
    name: str | None  # of an object: the member; of an array: the member that holds it
    index: int = 0
    at_name: bool = True


def looks_like_json(body: bytes) -> bool:
    """Whether the body begins as a JSON object, array or string does."""
    return _START.match(body) is not None


def rewrite(text: str, replace: Replace, left: Left | None = None) -> str:
    """`text` with every string, number and member name replaced by what `replace` makes of it.

    A number is offered as its digits; when it changes, a string takes its place. What was `left` as it is under a name is not offered
    under that name again, here or to whoever brings the same.
    """
    walk = _Walk(text, replace, Left() if left is None else left)
    walk.through(0, len(text))
    return walk.result()


class _Walk:
    """A walk over a text: the levels that it is in, and what it changed."""

    def __init__(self, text: str, replace: Replace, left: Left) -> None:
        self._text, self._replace, self._left = text, replace, left
        self._levels: list[_Level] = []
        self._changes: list[_Change] = []
        self._pieces: list[str] = []
        self._done = 0

    def result(self) -> str:
        """The text as it is now."""
        return "".join([*self._pieces, self._text[self._done :]]) if self._pieces else self._text

    def through(self, start: int, end: int) -> None:
        """Walk over a part."""
        levels, known = self._levels, self._left.values
        for token in _TOKEN.finditer(self._text, start, end):
            kind = token.lastgroup
            if kind is None:
                _step(levels, token[0])
                continue
            if kind == "object":
                self._object(token[0], token.start(), token.end())
                continue
            is_text, raw = kind == "text", token[kind]
            if not is_text and not _NUMBER.fullmatch(raw):
                continue
            value = _plain(raw) if is_text else raw
            name = _under(levels, value)
            if (name, value, is_text) not in known and not self._offer(token.start(), token.end(), (), name, value, is_text):
                self._left.keep_value(name, value, is_text)

    def _object(self, whole: str, start: int, end: int) -> None:
        """Walk over a small object, or over what is known to change in it."""
        known = self._left.objects.get(whole)
        if known is not None:
            for one in known:
                self._offer(start + one.start, start + one.end, one.way, one.name, one.value, one.is_text)
            return
        before, depth = len(self._changes), len(self._levels)
        _step(self._levels, "{")
        self.through(start + 1, end - 1)
        _step(self._levels, "}")
        if len(whole) <= _LONGEST_OBJECT:
            mine = self._changes[before:]
            self._left.keep_object(
                whole, tuple(one._replace(start=one.start - start, end=one.end - start, way=one.way[depth:]) for one in mine)
            )

    def _offer(self, start: int, end: int, further: Way, name: str | None, value: str, is_text: bool) -> bool:
        """Offer a value to be replaced, `further` on from here; whether it was."""
        new = self._replace(name, value, lambda: pointer.join(*self._way(), *further), is_text)
        if new == value:
            return False
        self._pieces += [self._text[self._done : start], json.dumps(new, ensure_ascii=False)]
        self._done = end
        self._changes.append(_Change(start, end, (*self._way(), *further), name, value, is_text))
        return True

    def _way(self) -> Way:
        return tuple([(level.name or "") if level.is_object else level.index for level in self._levels])


def _under(levels: list[_Level], value: str) -> str | None:
    """The name of the member that a value belongs to; none for one that is a name itself, which the level takes note of."""
    if not levels:
        return None
    top = levels[-1]
    if top.is_object and top.at_name:
        top.name = value
        return None
    return top.name


def _step(levels: list[_Level], mark: str) -> None:
    if mark in "{[":
        levels.append(_Level(mark == "{", levels[-1].name if mark == "[" and levels else None))
    elif levels:
        top = levels[-1]
        if mark in "}]":
            levels.pop()
        else:
            top.at_name = mark == ","
            top.index += mark == ","


def _plain(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw  # a cut or wrong escape: the letters as they stand
