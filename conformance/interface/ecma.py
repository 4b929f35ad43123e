r"""Regular expressions of JSON Schema (ECMA-262, read by code points) as Python's `re` writes them.

They look alike and mean different things: to `re`, `\d` and `\w` take digits and letters of every script, `$` also matches before a
last line feed, `.` takes a carriage return, `\s` and `\/` and named groups are others. Not translated is what has no plain equivalent
(`\p{…}`, flags), and what may take `re` for ever, which tries every way to divide a text: a repeated group in which something repeats or
has alternatives. Then there is no second opinion on that pattern.

Some of what ECMA-262 allows jsonschema-rs does not read either. That is first put in a form that means the same and that both read.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["plain_pattern", "python_pattern"]

_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # ECMA-262: WhiteSpace and LineTerminator
_OUTSIDE = {"s": f"[{_SPACE}]", "S": f"[^{_SPACE}]", "d": "[0-9]", "D": "[^0-9]", "w": "[A-Za-z0-9_]", "W": "[^A-Za-z0-9_]"}
_INSIDE = {
    "s": _SPACE,
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "S": r"\x00-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff\u3001-\ufefe\uff00-\U0010ffff",
    "D": r"\x00-/:-\U0010ffff",
    "W": r"\x00-/:-@\[-\^`{-\U0010ffff",
}
_BORDER = {
    "b": r"(?:(?<![A-Za-z0-9_])(?=[A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?![A-Za-z0-9_]))",
    "B": r"(?:(?<![A-Za-z0-9_])(?![A-Za-z0-9_])|(?<=[A-Za-z0-9_])(?=[A-Za-z0-9_]))",
}
_TOKEN = re.compile(
    r"""\\u\{(?P<point>[0-9A-Fa-f]{1,6})\}   | \\u(?P<unit>[0-9A-Fa-f]{4})  | \\x(?P<byte>[0-9A-Fa-f]{2})
      | \\c(?P<control>[A-Za-z])             | \\k<(?P<same>[A-Za-z_]\w*)>  | \(\?<(?P<name>[A-Za-z_]\w*)>
      | \\(?P<escape>.)                      | (?P<group>\(\?(?:[:=!]|<[=!])) | (?P<flags>\(\?) | (?P<plain>.)""",
    re.VERBOSE | re.DOTALL,
)

_AWRY = re.compile(
    r"""\\u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})
      | \\k<(?P<same>[^>]+)> | \\[pP]\{[^}]*\} | \\u\{[^}]*\} | \\. | \(\?(?:<(?P<name>[^=!>][^>]*)>|.) | \[\^?\]?
      | \{(?P<count>\d+(?:,\d*)?\})? | .""",
    re.VERBOSE | re.DOTALL,
)
_SET = re.compile(r"\\[wWdDsS]|\\[pP]\{")  # an escape that stands for several characters
_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)  # an escape or a class: one character to what follows
_PARTS = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\)(?:[*+]|\{\d+,\d*\}|\{\d+\})?|[*+|]|\{\d+,\d*\}")


@lru_cache(maxsize=1024)
def python_pattern(pattern: str) -> re.Pattern[str] | None:
    """The pattern for `re.search`; None when it cannot be translated."""
    parts: list[str] = []
    inside = False
    pattern = plain_pattern(pattern)
    for token in _TOKEN.finditer(pattern):
        part = _translated(token, inside)
        if part is None:
            return None
        if token["plain"] == "[" and not inside:
            inside = True
        elif token["plain"] == "]" and inside:
            inside = False
        parts.append(part)
    if _explodes(pattern):
        return None
    try:
        return re.compile("".join(parts))
    except (re.error, RecursionError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def plain_pattern(pattern: str) -> str:
    r"""The pattern without the forms of ECMA-262 that jsonschema-rs does not read, and otherwise unchanged.

    These are `[^]` and `[]`, a reference to a named group, a hyphen beside a class (`[\w-.]`, Annex B), a brace that counts nothing, `\0`,
    `[\b]`, and two halves of one character.
    """
    names = _group_names(pattern)
    parts, inside, before = list[str](), False, ""
    for token in _AWRY.finditer(pattern):
        text = token[0]
        if inside:
            after = pattern[token.end() :]
            parts.append(_within(text, _SET.match(before), after) if token["high"] is None else _paired(token))
            inside = text != "]"
        elif token["same"] in names:
            parts.append(f"(?:\\{names.index(token['same']) + 1})")
        elif text in ("[^]", "[]"):
            parts.append(r"[\s\S]" if text == "[^]" else r"[^\s\S]")
        elif text == "{":
            parts.append(r"\{")
        else:
            parts.append(_paired(token) if token["high"] is not None else _null(text, pattern[token.end() :]))
            inside = text in ("[", "[^")
        before = text
    return "".join(parts)


def _within(text: str, after_set: object, rest: str) -> str:
    """A token of a character class: a hyphen beside a set of characters is one itself."""
    if text == "-" and not rest.startswith("]") and (after_set or _SET.match(rest)):
        return r"\-"
    return r"\x08" if text == r"\b" else _null(text, rest)


def _null(text: str, rest: str) -> str:
    return r"\x00" if text == r"\0" and not rest[:1].isdigit() else text


def _paired(token: re.Match[str]) -> str:
    """The character that two surrogates stand for."""
    high, low = int(token["high"], 16), int(token["low"], 16)
    return f"\\u{{{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:X}}}"


def _group_names(pattern: str) -> list[str]:
    """The names of the groups that capture, in the order of their numbers; empty for one without a name."""
    found, inside = list[str](), False
    for token in _AWRY.finditer(pattern):
        text = token[0]
        if inside:
            inside = text != "]"
        elif text == "(" or token["name"]:
            found.append(token["name"] or "")
        else:
            inside = text in ("[", "[^")
    return found


def _explodes(pattern: str) -> bool:
    """Whether a group that repeats holds a repetition or alternatives."""
    plain = _CLASS.sub("x", pattern)
    open_groups = [False]  # whether each holds one, the whole pattern first
    for token in _PARTS.finditer(plain):
        text = token[0]
        if text.startswith("("):
            open_groups.append(False)
        elif text.startswith(")"):
            within = open_groups.pop() if len(open_groups) > 1 else False
            if within and text != ")":
                return True
            open_groups[-1] |= within or text != ")"
        else:
            open_groups[-1] = True
    return False


def _translated(token: re.Match[str], inside: bool) -> str | None:
    """One token as `re` has it; None when there is no such thing. `inside`: within a character class."""
    kind, text = token.lastgroup, token[token.lastgroup or 0]
    if kind in ("point", "unit", "byte"):
        code = int(text, 16)
        return re.escape(chr(code)) if code < 0x110000 and not 0xD800 <= code < 0xE000 else None
    if kind == "control":
        return re.escape(chr(ord(text) % 32))
    if kind == "escape":
        return _escaped(text, inside)
    if inside and kind in (
        "same",
        "name",
        "group",
        "flags",
    ):  # in a class these are characters, and no pattern that we know has them
        return None
    if kind == "same":
        return f"(?P={text})"
    if kind == "name":
        return f"(?P<{text}>"
    if kind == "flags":
        return None
    if kind == "group":
        return text
    if inside:
        return "\\[" if text == "[" else re.escape(text) if text in "&|~" else text
    return {"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}.get(text, text)


def _escaped(text: str, inside: bool) -> str | None:
    """What stands for a backslash and a character."""
    if inside and text in _INSIDE:
        return _INSIDE[text]
    if not inside and text in _OUTSIDE:
        return _OUTSIDE[text]
    if inside and text == "b":
        return r"\x08"
    if not inside and text in _BORDER:
        return _BORDER[text]
    if text in "tnrvf":
        return "\\" + text
    if text == "0":
        return r"\x00"
    if text.isdigit():
        return None if inside else f"\\{text}"
    return re.escape(text) if text in "^$\\.*+?()[]{}|/-" else None
