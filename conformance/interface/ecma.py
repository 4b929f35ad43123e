r"""Regular expressions of JSON Schema (ECMA-262, read by code points) as Python's `re` writes them.

They look alike and mean different things: to `re`, `\d` and `\w` take digits and letters of every script, `$` also matches before a
last line feed, `.` takes a carriage return, `\s` and `\/` and named groups are others. Not translated is what has no plain equivalent
(`\p{…}`, flags), and what may take `re` for ever, which tries every way to divide a text: a repeated group in which something repeats or
has alternatives. Then there is no second opinion on that pattern.
"""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["python_pattern"]

_SPACE = r"\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"  # ECMA-262: WhiteSpace and LineTerminator
_OUTSIDE = {"s": f"[{_SPACE}]", "S": f"[^{_SPACE}]", "d": "[0-9]", "D": "[^0-9]", "w": "[A-Za-z0-9_]", "W": "[^A-Za-z0-9_]"}
_INSIDE = {"s": _SPACE, "d": "0-9", "w": "A-Za-z0-9_"}
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

_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]", re.DOTALL)  # an escape or a class: one character to what follows
_PARTS = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<\w+>))?|\)(?:[*+]|\{\d+,\d*\}|\{\d+\})?|[*+|]|\{\d+,\d*\}")


@lru_cache(maxsize=1024)
def python_pattern(pattern: str) -> re.Pattern[str] | None:
    """The pattern for `re.search`; None when it cannot be translated."""
    parts: list[str] = []
    inside = False
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
