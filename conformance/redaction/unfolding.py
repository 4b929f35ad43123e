r"""A text as it reads once its escapes are undone, with the place in the text from which each character came.

One value has many spellings: `\u002B` and `\/` in JSON, `%2B` in a URL, `&#43;` in HTML, full-width forms in a table, and each of them
inside another. A look for a secret or for a person's number is a look at what is meant; what is replaced is what was written. So
escapes are undone first, all of them together, again and again until nothing changes or `ROUNDS` are over.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from urllib.parse import unquote_to_bytes

__all__ = ["ROUNDS", "Unfolded", "is_folded", "is_spelt", "meant", "replaced", "unfold"]

ROUNDS = 4  # escapes inside escapes that are undone
_ESCAPE = re.compile(  # each alternative begins with a character of its own, since a search then passes over all others at once
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\"\\/'nrtbf])"
    r"|%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*"
    r"|&(?:#(?:[0-9]{1,7}|[xX][0-9a-fA-F]{1,6});?|[A-Za-z][A-Za-z0-9]{1,31};)"
)
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_IS_WIDE = re.compile("[\uff10-\uff19\uff20-\uff3a\uff41-\uff5a]")
_ESCAPED_BYTES = re.compile(rb"\\(?:u00|u[fF][fF][0-5]|x[0-9a-fA-F]|/)")
_OCTET = re.compile(rb"%[2-7][0-9a-fA-F]")
_REFERENCE = re.compile(rb"&(?:#|[A-Za-z][A-Za-z0-9]{1,31};)")
_WIDE_BYTES = re.compile(rb"\xef\xbc[\x90-\x99\xa0-\xba]"), re.compile(rb"\xef\xbd[\x81-\x9a]")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


@dataclass(frozen=True, slots=True)
class Unfolded:
    """What a text says, and where each character of that begins in the text; one place more for its end."""

    text: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the original that these characters were written as."""
        return self.places[start], self.places[end]


def is_folded(text: str) -> bool:
    """Whether something in the text is written otherwise than it is meant."""
    return (("\\" in text or "%" in text or "&" in text) and _ESCAPE.search(text) is not None) or _IS_WIDE.search(
        text
    ) is not None


def is_spelt(data: bytes) -> bool:
    """The same of bytes. An escape that JSON needs, or that stands for a letter which is not of ASCII, does not count."""
    return (
        (b"\\" in data and _ESCAPED_BYTES.search(data) is not None)
        or (b"%" in data and _OCTET.search(data) is not None)
        or (b"&" in data and _REFERENCE.search(data) is not None)
        or (b"\xef" in data and any(wide.search(data) is not None for wide in _WIDE_BYTES))
    )


def meant(text: str) -> str:
    """What the text says, where nobody asks from where in it: the text of `unfold`."""
    for _ in range(ROUNDS):
        plain = text.translate(_WIDE) if _IS_WIDE.search(text) else text
        text, undone = _ESCAPE.subn(lambda escape: _said(escape[0])[0], plain)
        if not undone:
            break
    return text


def unfold(text: str) -> Unfolded:
    """What the text says. Full-width letters, digits and signs read as the plain ones."""
    found = Unfolded(text, range(len(text) + 1))
    for _ in range(ROUNDS):
        plain = found.text.translate(_WIDE) if _IS_WIDE.search(found.text) else found.text
        if _ESCAPE.search(plain) is None:
            return Unfolded(plain, found.places)
        found = _round(plain, found.places)
    return found


def replaced(text: str, pattern: re.Pattern[str], new: Callable[[re.Match[str]], str]) -> str:
    """The text with each match of a pattern in what it says written as `new` has it; what `new` gives back as it was stays as it is."""
    if not is_folded(text):
        return pattern.sub(new, text)
    said = unfold(text)
    pieces: list[str] = []
    done = 0
    for found in pattern.finditer(said.text):
        put = new(found)
        if put != found[0]:
            start, end = said.span(found.start(), found.end())
            pieces += [text[done:start], put]
            done = max(done, end)
    return "".join([*pieces, text[done:]]) if pieces else text


def _round(text: str, places: Sequence[int]) -> Unfolded:
    pieces: list[str] = []
    where = array("L")
    done = 0
    for escape in _ESCAPE.finditer(text):
        start, end = escape.span()
        if start > done:
            pieces.append(text[done:start])
            where.extend(places[done:start])
        said, widths = _said(escape[0])
        pieces.append(said)
        where.append(places[start])
        if len(widths) > 1:
            at = start
            for width in widths[:-1]:
                at += width
                where.append(places[at])
        done = end
    pieces.append(text[done:])
    where.extend(places[done:])
    return Unfolded("".join(pieces), where)


@lru_cache(maxsize=4096)  # a text has the same few escapes over and over
def _said(escape: str) -> tuple[str, Sequence[int]]:
    """What an escape (or a row of octets) stands for, and how many of its characters each character of that took."""
    if escape[0] == "&":
        said = unescape(escape) or "\ufffd"  # what names no character
        return said, (len(escape), *(0 for _ in said[1:]))
    if escape[0] == "%":
        return _octets(escape)
    if escape[1] in "ux":
        units = bytes.fromhex("".join(part.rjust(4, "0") for part in re.split(r"\\[ux]", escape)[1:]))
        return units.decode("utf-16-be", "replace"), (len(escape),)
    return _LETTERS.get(escape[1], escape[1]), (2,)


def _octets(escape: str) -> tuple[str, Sequence[int]]:
    raw = unquote_to_bytes(escape)
    try:
        said = raw.decode()
        return said, [3 * len(character.encode()) for character in said]
    except UnicodeDecodeError:
        return raw.decode("latin-1"), [3] * len(raw)
