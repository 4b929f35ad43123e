"""Texts inside texts: base64 and hex as they are wrapped, separated and put into one another, decoded to be searched.

`needles` knows how a secret is spelt when it is encoded once; here is what a literal cannot find: lines that were wrapped, colons between
octets, base64 of base64. What is decoded is only looked at; what is replaced is the whole run that was decoded.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator

__all__ = ["DEEPEST", "SHORTEST_RUN", "has_runs", "runs"]

DEEPEST = 3  # encodings inside encodings that are undone
SHORTEST_RUN = 16  # characters: what a short secret takes that is encoded twice
_OCTETS = 8  # of hex with separators
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_IS_BASE64 = bytes(97 if code in _BASE64 else 32 for code in range(256))
_IS_HEX = bytes(104 if code in b"0123456789abcdefABCDEF" else 58 if code in b":- " else 32 for code in range(256))
_PAIRS = b"hh:" * (_OCTETS - 1) + b"hh"
_BETWEEN = bytes({*range(33), *b":-", *range(127, 256)})  # what may stand between octets, and more
_PADDED = bytes(97 if code in _BASE64 + b"=" else 32 for code in range(256))
_STANDARD = str.maketrans("-_", "+/")
# Both begin with one character of a class, since a search then passes over all others at once.
_WRAPPED = re.compile(r"[A-Za-z0-9+/_-][A-Za-z0-9+/_-]{3,}(?:[ \t]*\r?\n[ \t]*[A-Za-z0-9+/_-]{1,})*={0,2}")
_PAIRED = re.compile(rf"[0-9A-Fa-f](?<![0-9A-Fa-f]{{2}})[0-9A-Fa-f](?:[:\s-]?[0-9A-Fa-f]{{2}}){{{_OCTETS - 1},}}(?![0-9A-Fa-f])")
_NO_DIGIT = re.compile(r"[^0-9A-Fa-f]")
_WHITE = re.compile(r"\s+")


def has_runs(data: bytes, shortest: int) -> bool:
    """Whether there may be a run of base64 of `shortest` characters, or hex with separators; costs what a few searches cost."""
    return b"a" * shortest in data.translate(_IS_BASE64) or _PAIRS in data.translate(_IS_HEX) or _is_wrapped(data)


def runs(text: str, shortest: int = SHORTEST_RUN) -> Iterator[tuple[int, int, bytes]]:
    """Where an encoded run begins and ends, and what is in it: of those with `shortest` characters or hexadecimal digits all. A run of base64
    is decoded from each of the four places where it may begin.

    Most texts have no row of so many digits, whatever stands between them, or none so long of base64 in one line: that is seen at
    the speed of memory.
    """
    data = text.encode("utf-8", "surrogatepass")
    digits = b"h" * max(2 * _OCTETS, shortest)
    for found in _PAIRED.finditer(text) if digits in data.translate(_IS_HEX, _BETWEEN) else ():
        yield *found.span(), bytes.fromhex(_NO_DIGIT.sub("", found[0]))
    for found in _rows(text, data, shortest):
        if found.end() - found.start() < shortest:
            continue
        run = _WHITE.sub("", found[0]).rstrip("=").translate(_STANDARD)
        for start in range(4):
            over = (len(run) - start) % 4
            part = run[start : len(run) - (over == 1)] + ("==" if over == 2 else "=" if over == 3 else "")
            yield *found.span(), b64decode(part)


def _rows(text: str, data: bytes, shortest: int) -> Iterator[re.Match[str]]:
    """The runs of base64 in a text, with `data` as its bytes: all that have so many characters, and where lines may be wrapped others."""
    if b"\n" in data:
        yield from _WRAPPED.finditer(text)
        return
    signs = (data if len(data) == len(text) else text.encode("ascii", "replace")).translate(_PADDED)  # one for each character
    long, end = b"a" * shortest, 0
    while (start := signs.find(long, end)) >= 0:
        end = signs.find(b" ", start)
        end = len(signs) if end < 0 else end
        yield from _WRAPPED.finditer(text, start, end)


# A line that ends after twelve such characters, and goes on with four: looked for from its end, of which there are few.
_LINE = re.compile(
    b"|".join(
        rb"%b(?<=[A-Za-z0-9+/_-]{12}%b)[ \t]*[A-Za-z0-9+/_-]{4}" % (end, end) for end in (rb"\n", rb"\r\n", rb"\\n", rb"\\r\\n")
    )
)


def _is_wrapped(data: bytes) -> bool:
    return (b"\n" in data or b"\\n" in data) and _LINE.search(data) is not None
