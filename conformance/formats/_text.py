"""Texts from outside, made fit to be shown.

What a solution answered may hold control characters, halves of characters, and marks that turn the direction of reading, so that
a line on the screen says something else than its bytes. `visible` puts each of them in words; `xml` writes a text for XML 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["named", "shortened", "visible", "xml", "xml_attribute"]

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for the tab and the line feed
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of reading
    "\ud800-\udfff\ufffe\uffff]"  # halves of characters, and two that are none
)
_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_XML_ATTRIBUTE = str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


def visible(text: str) -> str:
    """The text with every character that is not seen, or that turns what is seen, written as `⟨U+202E⟩`.

    A carriage return before a line feed is taken as the line's end that it is.
    """
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", text.replace("\r\n", "\n"))


def xml(text: str) -> str:
    """The text for an element of XML 1.0; what XML cannot hold is written as `visible` writes it."""
    return visible(text).translate(_XML)


def xml_attribute(text: str) -> str:
    """The text for a quoted attribute of XML 1.0, which a parser would otherwise take line feeds and tabs from."""
    return xml(text).translate(_XML_ATTRIBUTE)


def shortened(text: str, most: int) -> str:
    """The text, cut after `most` characters with a mark that it was cut."""
    return text if len(text) <= most else text[:most] + "…"


def named(texts: Mapping[str, Any] | None, language: str) -> str:
    """A text of the report in a language; in English, or in whichever there is, when it lacks that one."""
    if not texts:
        return ""
    found: Sequence[Any] = [texts[key] for key in (language, "en") if texts.get(key)] or list(texts.values())
    return str(found[0])
