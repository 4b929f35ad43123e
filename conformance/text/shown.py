"""Texts from outside, made fit to be shown.

What a solution answered may hold control characters, halves of characters, ends of lines of every sort, and marks that turn the
direction of reading, so that a line on the screen says something else than its bytes, or begins another line that a reader of logs
obeys (`::error`). Here each of them is put in words.
"""

from __future__ import annotations

import re

__all__ = ["one_line", "visible"]

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the line feed
    "\u2028\u2029"  # ends of lines and paragraphs
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of reading
    "\ud800-\udfff\ufffe\uffff]"  # halves of characters, and two that are none
)


def visible(text: str) -> str:
    """The text with every character that is not seen, or that turns what is seen, written as `⟨U+202E⟩`.

    A carriage return before a line feed is taken as the line's end that it is.
    """
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The same on one line: what it has of line feeds is written as `⟨U+000A⟩`."""
    return visible(text).replace("\n", "⟨U+000A⟩")
