"""Texts from outside, made fit to be shown: on a terminal, in a log, in a report.

What a target answered, a key is called or a folder holds may have control characters, halves of characters, and marks that turn the
direction of reading or are not seen, so that a screen says something else than its bytes: one sequence clears the line that warns,
another writes "verified". `visible` puts each of them in words; `one_line` leaves no line end either, so that one text cannot
look like two. Whatever prints, prints what one of them gave back (`commands.front`, the formats).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["few", "in_json", "one_line", "visible"]

_FEW = 4  # names of a list; of the rest, how many

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters (C0, DEL, C1), but for the tab and the line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of reading
    "\u2028\u2029"  # line ends to some readers
    "\u00ad\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"  # seen by nobody
    "\ud800-\udfff\ufffe\uffff]"  # halves of characters, and two that are none
)


def visible(text: str) -> str:
    """The text with every character that is not seen, or that turns what is seen, written as `⟨U+202E⟩`.

    A carriage return before a line feed is taken as the line's end that it is.
    """
    return _HIDDEN.sub(_in_words, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same for a text that is to stay on its line: line feeds, too, are put in words."""
    return visible(text).replace("\n", "⟨U+000A⟩")


def few(names: Iterable[str]) -> str:
    """The first of some names, each once, and how many more there are."""
    found = list(dict.fromkeys(names))
    more = len(found) - _FEW
    return ", ".join(found[:_FEW]) + (f" (+{more})" if more > 0 else "")


def in_json(text: str) -> str:
    r"""A JSON text whose strings say the same, with every such character of theirs escaped (`\u202e`)."""
    return _HIDDEN.sub(lambda found: "".join(f"\\u{unit:04x}" for unit in _units(found[0])), text)


def _in_words(found: re.Match[str]) -> str:
    return f"⟨U+{ord(found[0]):04X}⟩"


def _units(character: str) -> list[int]:
    """The UTF-16 code units of a character, as JSON escapes it."""
    data = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]
