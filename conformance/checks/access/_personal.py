"""Personal data in text: numbers of national identity and resident certificates, mobile phones, e-mail addresses.

A certificate number counts only with its right check digit, which one chance number in ten has; and in text that is nothing but an
opaque identifier (letters, digits, `.`, `_`, `~`, `-`) only the whole of it counts, so that UIDs and cursors do not look like phones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["IDENTIFIER", "certificate_is_valid", "personal", "suspicious"]

_ORDER = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # A stands for 10, B for 11, … O for 35
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
_ALONE_BEFORE, _ALONE_AFTER = r"(?<![A-Za-z0-9.])", r"(?![A-Za-z0-9])"
_PATTERNS = {
    "tw-id": re.compile(_ALONE_BEFORE + r"[A-Z][1289A-D][0-9]{8}" + _ALONE_AFTER),
    "mobile": re.compile(r"(?<![A-Za-z0-9.+])(?:\+886[- ]?9|09)[0-9]{2}([- ]?)[0-9]{3}\1[0-9]{3}" + _ALONE_AFTER),
    "email": re.compile(
        r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+[A-Za-z]{2,24}" + _ALONE_AFTER
    ),
}
IDENTIFIER = re.compile(r"[A-Za-z0-9._~-]+")
# The same without what has to stand around it: quick, and right in JSON too, where an escape (`\n`) puts a letter before a text.
# Each is a search of its own, most of them for a text: one search for any of them takes five times as long.
_REST = r"[0-9]{2}[- ]?[0-9]{3}[- ]?[0-9]{3}"
_ANY = tuple(map(re.compile, (f"09{_REST}", rf"\+886[- ]?9{_REST}", r"[A-Z][1289A-D][0-9]{8}")))
_ADDRESS = re.compile(r"[A-Za-z0-9]@[A-Za-z0-9]|[._%+-]@")


def suspicious(text: str) -> bool:
    """Whether a text, or the JSON that holds it unescaped, may hold personal data; False is certain."""
    return any(pattern.search(text) for pattern in _ANY) or ("@" in text and _ADDRESS.search(text) is not None)


def certificate_is_valid(number: str) -> bool:
    """Whether the check digit of a national identity or resident certificate number is right (both resident formats)."""
    code = _ORDER.find(number[0]) + 10
    second = str((_ORDER.find(number[1]) + 10) % 10) if number[1].isalpha() else number[1]
    digits = (code // 10, code % 10, int(second), *map(int, number[2:]))
    return sum(weight * digit for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 10 == 0


def personal(text: str) -> Iterator[tuple[str, str]]:
    """The `(kind, match)` of personal data in a text."""
    whole = IDENTIFIER.fullmatch(text) is not None
    for kind, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if whole and match.group() != text:
                continue
            if kind != "tw-id" or certificate_is_valid(match.group()):
                yield kind, match.group()
