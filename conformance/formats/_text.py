"""Texts of a report, made fit for their format: `xml` writes one for XML 1.0; what is not seen stands there in words (`text.shown`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.text.shown import visible

__all__ = ["named", "shortened", "xml", "xml_attribute"]

_XML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_XML_ATTRIBUTE = str.maketrans({'"': "&quot;", "\t": "&#9;", "\n": "&#10;"})


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
