"""Characters of the same kind: what a text is made of, apart from which.

A server that keeps text in three-byte characters, folds it, composes it or turns it round does so to all characters of a kind. So a text
that is to show it may be written in other ones of that kind, as many of them, and shows the same: a Han character of the basic plane for
another, a letter and a combining mark that compose for two others that do, a picture for a picture. What has a kind of its own, a blank, a
joiner or a mark of direction, stays.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from random import Random
from string import ascii_lowercase, ascii_uppercase

__all__ = ["others_of_their_kinds"]


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_MARKS = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030c\u0324\u0331"
_LONE = "\u030d\u030e\u0310\u0312\u033d\u033e\u0346\u034a"  # marks that compose with no letter


@cache
def _pairs() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Letters, small and big, each with a mark that composes with it."""
    both = (letter + mark for letter, mark in product(ascii_lowercase, _MARKS))
    small = tuple(pair for pair in both if len(unicodedata.normalize("NFC", pair)) == 1)
    return small, tuple(pair[0].upper() + pair[1] for pair in small if len(unicodedata.normalize("NFC", pair.upper())) == 1)


@cache
def _kind_of() -> Mapping[str, str]:
    """The kind of each character; 70,000 of them, which few processes ask for."""
    kinds = (
        ascii_lowercase,
        ascii_uppercase,
        "123456789",
        _span(0xFF11, 0xFF19),  # digits of full width
        "àáâãäåèéêëìíîïòóôõöùúûüý",
        "ḍḥḳḷṃṇṛṣṭṳẓẹịọụ",  # letters of three bytes
        _span(0x05D0, 0x05EA),  # Hebrew
        _span(0x0628, 0x063A),  # Arabic
        _span(0x0661, 0x0669),  # Arabic digits
        _span(0x4E00, 0x9FA5),  # Han of the basic plane
        _span(0x20000, 0x2A6D6),  # Han outside it
        _span(0x1F400, 0x1F43E),  # pictures of beasts
        _span(0x1F680, 0x1F6A2) + _span(0x1F6A4, 0x1F6B5) + _span(0x1F6B7, 0x1F6BF),  # of traffic, none that takes a tone of skin
        _span(0x1F466, 0x1F469),  # people, whom joiners make families of
        _span(0x1F446, 0x1F450),  # hands
        _span(0x1F3FB, 0x1F3FF),  # tones of skin
        _span(0x1F1E6, 0x1F1FF),  # letters of flags
        "\u2b05\u2b06\u2b07\u27a1",  # arrows that a selector makes pictures
        "\U0001f170\U0001f171\U0001f17e\U0001f17f",  # letters likewise
    )
    return {one: kind for kind in kinds for one in kind}


def others_of_their_kinds(text: str, chance: Random, *, apart_from: str = "") -> str:
    """The text in other characters of the same kinds, as many; those `apart_from`, and such as have no like, stay."""
    return "".join(cluster if cluster[0] in apart_from else _another(cluster, chance) for cluster in _clusters(text))


def _clusters(text: str) -> Iterator[str]:
    """A character and the mark that combines with it, else each by itself."""
    at = 0
    while at < len(text):
        length = 2 if text[at + 1 : at + 2] in (*_MARKS, *_LONE) else 1
        yield text[at : at + length]
        at += length


def _another(cluster: str, chance: Random) -> str:
    first, mark = cluster[0], cluster[1:]
    for pairs in _pairs():
        if cluster in pairs:
            return chance.choice(pairs)
    return chance.choice(_kind_of().get(first, first)) + (chance.choice(_LONE) if mark else "")
