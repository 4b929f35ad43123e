"""Replacing strings inside JSON text without touching any other byte.

The text is not parsed and written again: spacing, number formats, member order and even mistakes are evidence. It is walked
token by token; where a string (or a number) is to be replaced, its token alone is. Broken or cut JSON is walked as far as
its tokens go, so that an error in a document does not leave its secrets in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from conformance.text import pointer

__all__ = ["Left", "looks_like_json", "rewrite"]

# (member name or None, value, what tells its JSON Pointer, whether it is a string) -> value
Replace = Callable[[str | None, str, Callable[[], str], bool], str]
Left = set[tuple[str | None, str, bool]]
"""Names, values and whether they are strings, of what was left as it was: documents say the same few things over and over."""

_TOKEN = re.compile(r'"(?P<text>[^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|[{}\[\],:]|(?P<bare>[^\s{}\[\],:"]+)', re.DOTALL)
_START = re.compile(rb'[\s\xef\xbb\xbf]*["{\[]')
_NUMBER = re.compile(r"-?[0-9][0-9.eE+-]*")
_MOST_LEFT, _LONGEST_LEFT = 4096, 128  # values that are known to be left as they are, and characters of one


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
    under that name again, here or to whoever brings the same set.
    """
    left = set() if left is None else left
    pieces: list[str] = []
    done = 0
    levels: list[_Level] = []

    def here() -> str:
        return pointer.join(*((level.name or "") if level.is_object else level.index for level in levels))

    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind is None:
            _step(levels, token[0])
            continue
        is_text, raw = kind == "text", token[kind]
        if not is_text and not _NUMBER.fullmatch(raw):
            continue
        value = _plain(raw) if is_text else raw
        name = _under(levels, value)
        if (name, value, is_text) in left:
            continue
        new = replace(name, value, here, is_text)
        if new != value:
            pieces += [text[done : token.start()], json.dumps(new, ensure_ascii=False)]
            done = token.end()
        elif len(value) <= _LONGEST_LEFT:
            if len(left) >= _MOST_LEFT:
                left.clear()
            left.add((name, value, is_text))
    return text if not pieces else "".join([*pieces, text[done:]])


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
