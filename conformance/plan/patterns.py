r"""Patterns for the drawing engine, which reads them as Python's `re` does and knows a few of the classes `\p{…}`.

Only what it cannot read is put otherwise: as `re` has it, with a class of a script as the letters of that script; and where there is no
such form, left out. That changes nothing in what is sent: a draw is kept only when the schema itself, as ECMA-262 reads its patterns,
accepts it, or refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from conformance.interface.ecma import python_pattern
from conformance.interface.references import DATA

__all__ = ["readable"]

_CLASS = re.compile(r"\\[pP]\{\^?([A-Za-z_]+)(?:=([A-Za-z_]+))?\}")
_KNOWN = frozenset(
    ["L", "Lu", "Ll", "Lo", "N", "Nd", "Alpha", "Digit", "XDigit", "Alnum", "Space", "Z", "Zs", "P", "Punct", "M", "S", "C"]
)
_ANY = re.compile(r"(?<!\\)\[\\(?:s\\S|S\\s|d\\D|D\\d|w\\W|W\\w)\]")  # the engine would look at a million characters for each
_SCRIPTS = {
    ("Han", "Hani"): "\u3005\u3007\u4e00-\u9fff",
    ("Hiragana", "Hira"): "\u3041-\u3096",
    ("Katakana", "Kana"): "\u30a1-\u30fa",
    ("Bopomofo", "Bopo"): "\u3105-\u312f",
    ("Hangul", "Hang"): "\uac00-\ud7a3",
    ("Latin", "Latn"): "A-Za-z",
    ("Greek", "Grek"): "\u03b1-\u03c9",
    ("Cyrillic", "Cyrl"): "\u0410-\u044f",
    ("Thai",): "\u0e01-\u0e2e",
}


def readable(node: Any, names: bool = False) -> Any:
    """A document or schema with patterns that the engine can read. `names`: the keys of `node` are names, not keywords."""
    if isinstance(node, list):
        return [readable(one) for one in node]
    if not isinstance(node, Mapping):
        return node
    found: dict[str, Any] = {}
    for key, value in node.items():
        if key == "patternProperties" and not names and isinstance(value, Mapping):
            found[key] = {read: readable(one) for name, one in value.items() if (read := _put(name)) is not None}
        elif names or not (key == "pattern" and isinstance(value, str)):
            found[key] = value if key in DATA and not names else readable(value, not names and key == "properties")
        elif (put := _put(value)) is not None:
            found[key] = put
    return found


@lru_cache(maxsize=1024)
def _put(pattern: str) -> str | None:
    """The pattern as the engine reads it; None when it cannot."""
    known = _CLASS.sub(lambda found: "x" if found[1] in _KNOWN and not found[2] else found[0], pattern)
    if _compiles(known):
        return _ANY.sub("(?s:.)", pattern)
    plain = _letters(pattern)
    translated = python_pattern(plain) if plain is not None else None
    return translated.pattern.replace(_everything(), "(?s:.)") if translated is not None else None


@lru_cache(maxsize=1)
def _everything() -> str:
    r"""What `[\s\S]` becomes in translation."""
    found = python_pattern(r"[\s\S]")
    assert found is not None
    return found.pattern


def _letters(pattern: str) -> str | None:
    """The pattern with the classes of scripts as their letters; None when it has another class, or one that is negated."""
    parts, here, inside = list[str](), 0, False
    for found in _CLASS.finditer(pattern):
        ahead = pattern[here : found.start()]
        inside = _inside(ahead, inside)
        name = found[2] or found[1]
        letters = next((span for names, span in _SCRIPTS.items() if name in names), None)
        if letters is None or found[0][1] == "P":
            return None
        parts += [ahead, letters if inside else f"[{letters}]"]
        here = found.end()
    return "".join([*parts, pattern[here:]])


def _inside(text: str, inside: bool) -> bool:
    """Whether a text that begins inside of a character class, or not, ends inside of one."""
    for mark in re.findall(r"\\.|[\[\]]", text, re.DOTALL):
        inside = mark == "[" or (inside and mark != "]")
    return inside


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True
