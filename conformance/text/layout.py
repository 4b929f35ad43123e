"""A body as a reader wants it: JSON one member to a line, the lines that a finding points at marked, long stretches left out.

Nothing is changed on the way: numbers stay as they were written, members stay in their order, and a member that comes twice is
shown twice. Of JSON that was cut, the values that are whole are shown so; a text that is not JSON is shown as it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.text import pointer

__all__ = ["Gap", "Line", "lines"]

_DEEPEST = 40
_MOST_LINES = 70
_AROUND = 6  # lines kept on either side of a marked one
_HEAD, _TAIL = 28, 6
_CUT = re.compile(r"… \(\d+ characters in all\)$")  # how a report ends a body that it cut


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `marked` when a finding points at it."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Lines that were left out."""

    count: int


class _Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Members(list[tuple[str, Any]]):
    """The members of an object, in order, repeated ones included."""


def lines(body: str, pointers: Iterable[str] = ()) -> list[Line | Gap]:
    """The lines of a body. `pointers` are the JSON Pointers to mark; those that lead nowhere are passed over."""
    wanted = {where for where in pointers if where.startswith("/")}
    cut = _CUT.search(body)
    try:
        whole = _closed(body[: cut.start()]) if cut else body
        document = json.loads(whole, object_pairs_hook=_Members, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
        written = [Line(text, where in wanted) for where, text in _layout(document, "", 0, "", "")]
        written += [Line(cut[0])] if cut else []
    except (ValueError, RecursionError):
        written = [Line(text) for text in body.replace("\r\n", "\n").split("\n")]
    return _folded(written)


def _closed(text: str) -> str:
    """The beginning of a JSON text, up to the last value that is known to be whole, with what is open closed."""
    open_: list[str] = []
    end, closing = 0, ""
    for found in re.finditer(r'"(?:[^"\\]|\\.)*(?:"|\\?\Z)|[\[\]{},]', text, re.DOTALL):
        sign = found[0]
        if sign in "[{":
            open_.append("]" if sign == "[" else "}")
        elif sign in "]}":
            if open_:
                open_.pop()
        elif sign != ",":
            continue
        end, closing = (found.start() if sign == "," else found.end()), "".join(reversed(open_))
    return text[:end] + closing


def _layout(node: Any, where: str, depth: int, before: str, after: str) -> Iterator[tuple[str, str]]:
    """Each line with the pointer of the value that begins on it; closing brackets have none that can be asked for."""
    if depth > _DEEPEST:
        raise ValueError("nested too deeply to be read")
    indent = "  " * depth
    if not isinstance(node, list) or not node:
        yield where, indent + before + _scalar(node) + after
        return
    opening, closing = ("{", "}") if isinstance(node, _Members) else ("[", "]")
    yield where, indent + before + opening
    for index, member in enumerate(node):
        comma = "," if index + 1 < len(node) else ""
        if isinstance(node, _Members):
            name, value = member
            lead = json.dumps(name, ensure_ascii=False) + ": "
            yield from _layout(value, where + pointer.join(name), depth + 1, lead, comma)
        else:
            yield from _layout(member, f"{where}/{index}", depth + 1, "", comma)
    yield "#", indent + closing + after


def _scalar(node: Any) -> str:
    if isinstance(node, _Members):
        return "{}"
    if isinstance(node, _Number):
        return str(node)
    return json.dumps(node, ensure_ascii=False)


def _folded(written: Sequence[Line]) -> list[Line | Gap]:
    """All lines when they are few; else the first, the last and those around a mark, with the gaps between them counted."""
    if len(written) <= _MOST_LINES:
        return list(written)
    kept = set(range(_HEAD)) | set(range(len(written) - _TAIL, len(written)))
    for number in [n for n, line in enumerate(written) if line.marked][:5]:
        kept |= set(range(max(0, number - _AROUND), min(len(written), number + _AROUND + 1)))
    found: list[Line | Gap] = []
    last = -1
    for number in sorted(kept):
        if number > last + 1:
            found.append(Gap(number - last - 1))
        found.append(written[number])
        last = number
    return found
