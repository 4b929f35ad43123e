"""Escapes of JSON texts. Half of a surrogate pair is no character, and neither a URL nor a schema can carry it: it reads as U+FFFD.

Readers differ about it (RFC 8259 section 8.2), so whoever reads what a stranger wrote, or what is to be sent to one, reads it in this way.
"""

from __future__ import annotations

import re

__all__ = ["whole"]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def whole(text: str) -> str:
    """A JSON text in which every escape names a whole character."""
    return _ESCAPE.sub(_named, text) if _SURROGATE.search(text) else text


def _named(escape: re.Match[str]) -> str:
    return r"\ufffd" if escape[1] else escape[0]
