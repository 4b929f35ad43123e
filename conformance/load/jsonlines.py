r"""JSON files, read by a JSON reader; the line of each value is looked for only when somebody asks.

So a large document costs what the reader costs, and pairs of `\u` escapes, long names and tabs are what RFC 8259 says. A member that
stands twice, a number that is none (`NaN`) and more than `limits.DEPTH` levels are refused as in YAML, with the line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NoReturn

from conformance import limits
from conformance.errors import DataError
from conformance.text import pointer
from conformance.text.measure import is_deeper, is_larger

__all__ = ["NotJsonError", "read_json"]

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|[\[\]{},:]|\n|[^\s\[\]{},:"]+', re.DOTALL)


class NotJsonError(DataError):
    """The text is no JSON."""


def read_json(text: str, file: str) -> tuple[Any, Mapping[str, int]]:
    """The content of a JSON file and the line of each value by JSON Pointer. Raises DataError, NotJsonError where it does not parse."""
    lines = _Lines(text)
    counted = _refuse_unread(text.encode("utf-8", "surrogatepass"), file)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise _TwiceError
        return found

    def exact(written: str) -> float:
        number = float(written)
        if math.isinf(number):
            raise _HugeError(written)
        return number

    try:
        content = json.loads(text, object_pairs_hook=once, parse_constant=_no_number, parse_float=exact)
    except json.JSONDecodeError as error:
        raise NotJsonError(f"this is not readable JSON: {error.msg}", file=file, line=error.lineno) from None
    except _TwiceError:
        name, line = lines.twice()
        raise DataError(f"the key {name!r} stands here twice", file=file, line=line) from None
    except _HugeError as error:
        line = lines.of_text(str(error))
        raise DataError(f"{str(error)[:60]} is no number that JSON has, or too large", file=file, line=line) from None
    except RecursionError:
        raise DataError(f"values are nested more than {limits.DEPTH} deep", file=file) from None
    except ValueError:  # a whole number of thousands of digits
        raise DataError("a number is too large to be read", file=file) from None
    _refuse_masses(content, file, counted=counted)
    return content, lines


class _TwiceError(Exception):
    """A member stands twice in an object."""


class _HugeError(Exception):
    """A number is none."""


def _refuse_unread(data: bytes, file: str) -> bool:
    """Raises DataError for what would take a reader's memory, before one reads it. Whether it is known to be small: it has no more values than
    opening brackets and commas, and the one around them.
    """
    if is_larger(data, 2 * limits.FILE_VALUES):  # an object is a bracket, and what follows it a comma
        raise DataError(f"the file holds more than {limits.FILE_VALUES} values", file=file)
    if is_deeper(data, limits.DEPTH):
        raise DataError(f"values are nested more than {limits.DEPTH} deep", file=file)
    return not is_larger(data, limits.FILE_VALUES - 1)


def _no_number(text: str) -> NoReturn:
    raise _HugeError(text)


def _refuse_masses(content: Any, file: str, *, counted: bool) -> None:
    """Raises DataError for more values than are read, unless they were `counted`."""
    level, count = [] if counted else [content], 0
    while level:
        count += len(level)
        if count > limits.FILE_VALUES:
            raise DataError(f"the file holds more than {limits.FILE_VALUES} values", file=file)
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below += node.values()
            elif isinstance(node, list):
                below += node
        level = below


class _Lines(Mapping[str, int]):
    """The line of each value by its pointer, found when it is first asked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def _found(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for where, line, _ in _places(self._text):
            found.setdefault(where, line)
        return found

    def __getitem__(self, where: str) -> int:
        return self._found[where]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def twice(self) -> tuple[str, int]:
        """The first member that stands twice, and its line."""
        seen: set[str] = set()
        for where, line, named in _places(self._text):
            if named and where in seen:
                return pointer.segments(where)[-1], line
            seen.add(where) if named else None
        return "", 0

    def of_text(self, written: str) -> int:
        """The line on which a number first stands."""
        found = re.search(rf"(?<![\w.+-]){re.escape(written)}(?![\w.])", self._text)
        return self._text.count("\n", 0, found.start()) + 1 if found else 0


def _places(text: str) -> Iterator[tuple[str, int, bool]]:
    """Every value of a JSON text as `(pointer, line, whether that is the line of its name)`, in order."""
    line, here = 1, ""
    above: list[tuple[str, int]] = []  # the pointer of each open list or object, and the index reached; -1 for an object
    fresh = True  # a value, or the name of a member, comes next
    yield "", text[: len(text) - len(text.lstrip())].count("\n") + 1, False
    for token in _TOKEN.finditer(text):
        said = token[0]
        if said == "\n":
            line += 1
        elif said in "]}":
            above.pop()
            fresh = False
        elif said == ",":
            where, index = above[-1]
            above[-1] = (where, index + 1 if index >= 0 else index)
            fresh = True
        elif said == ":":
            fresh = False
        elif above and above[-1][1] == -1 and fresh:
            here, fresh = above[-1][0] + pointer.join(json.loads(said)), False
            yield here, line, True
        else:
            if above and above[-1][1] >= 0:
                here = f"{above[-1][0]}/{above[-1][1]}"
                yield here, line, False
            if said in "[{":
                above.append((here if above else "", 0 if said == "[" else -1))
                fresh = True
