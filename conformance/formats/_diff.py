"""What was expected beside what came: the parts that differ marked, and what is missing called missing.

    missing   nothing came where something was expected (checks say `absent` or `none`), or something came where nothing was
    lines     both are JSON objects or arrays: laid out, line by line
    words     two texts that have much in common: the words that differ are marked
    plain     two texts that have little in common: nothing is marked, since marking everything says nothing

Pure, and bounded: longer texts are not compared word by word, nor longer documents line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from conformance.text.layout import Line, lines

__all__ = ["Diff", "Kind", "Part", "difference"]

_NOTHING = frozenset(("absent", "none", "missing"))  # how checks say that there is nothing
_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_WORDS = 240
_MOST_LINES = 60
_ALIKE = 0.55  # of two texts, from which marking the rest helps


class Kind(StrEnum):
    """How a difference is shown."""

    MISSING = "missing"
    LINES = "lines"
    WORDS = "words"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text. `sign` is `-` where only what was expected has it, `+` where only what came has it, else a blank."""

    text: str
    sign: str = " "


@dataclass(frozen=True)
class Diff:
    """The two sides. Of `lines`, `expected` holds the lines of both and `actual` is empty; a side that has nothing is empty."""

    kind: Kind
    expected: Sequence[Part]
    actual: Sequence[Part]


def difference(expected: str, actual: str) -> Diff:
    """How two texts of a finding differ."""
    if _is_nothing(actual) != _is_nothing(expected):
        return Diff(
            Kind.MISSING, [] if _is_nothing(expected) else [Part(expected)], [] if _is_nothing(actual) else [Part(actual)]
        )
    if expected[:1] in "[{" and actual[:1] in "[{" and (found := list(_lines(expected, actual))):
        return Diff(Kind.LINES, found, [])
    before, after = _WORD.findall(expected), _WORD.findall(actual)
    if max(len(before), len(after)) > _MOST_WORDS:
        return Diff(Kind.PLAIN, [Part(expected)], [Part(actual)])
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if expected == actual or matcher.ratio() < _ALIKE:
        return Diff(Kind.PLAIN, [Part(expected)], [Part(actual)])
    blocks = matcher.get_opcodes()
    one = [Part("".join(before[a:b]), " " if tag == "equal" else "-") for tag, a, b, _, _ in blocks if b > a]
    other = [Part("".join(after[c:d]), " " if tag == "equal" else "+") for tag, _, _, c, d in blocks if d > c]
    return Diff(Kind.WORDS, one, other)


def _is_nothing(text: str) -> bool:
    return text.strip().lower() in _NOTHING


def _lines(expected: str, actual: str) -> Iterator[Part]:
    """The lines of both, laid out; none where one of them is not JSON of more than a line, or there are too many."""
    before, after = _laid_out(expected), _laid_out(actual)
    if not 1 < len(before) <= _MOST_LINES or not 1 < len(after) <= _MOST_LINES:
        return
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from map(Part, before[a:b])
        else:
            yield from (Part(text, "-") for text in before[a:b])
            yield from (Part(text, "+") for text in after[c:d])


def _laid_out(text: str) -> list[str]:
    return [line.text for line in lines(text) if isinstance(line, Line)]
