"""JSON Pointers (RFC 6901), with one extension: a segment `*` stands for every member of an array or object.

`resolve(document, "/items/*/stopUid")` gives each match with its concrete pointer, in document order, so that a check can
name the exact place it speaks of. A pointer that leads nowhere gives no match: absence is not an error here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

__all__ = ["Ways", "first", "join", "leads", "place", "resolve", "segments", "values"]

_BARE_TILDE = re.compile(r"~(?![01])")
_INDEX = re.compile(r"/[0-9]+(?=/|$)")


@lru_cache(maxsize=4096)  # a run asks for the same few hundred places in every body
def segments(pointer: str) -> tuple[str, ...]:
    """The unescaped reference tokens of `pointer` (RFC 6901 section 4). Raises ValueError unless it is empty or begins with `/`."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON Pointer is empty or begins with '/'; this one is {pointer!r}")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def join(*parts: str | int) -> str:
    """A pointer from unescaped reference tokens."""
    return "".join(["/" + (_escaped(part) if isinstance(part, str) else str(part)) for part in parts])


def leads(document: Any, text: Any) -> bool:
    """Whether a text is a pointer to something in the document, by RFC 6901 to the letter: no wildcard, no leading zero, no place past the
    end, and a tilde only where it escapes something.
    """
    if document is None or not isinstance(text, str) or (text and not text.startswith("/")) or _BARE_TILDE.search(text):
        return False
    node = document
    for part in segments(text):
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isascii() and part.isdigit() and str(int(part)) == part and int(part) < len(node):
            node = node[int(part)]
        else:
            return False
    return True


def place(pointer: str) -> str:
    """The pointer with `*` for each index: items of an array are one place. What is no pointer is a place as it is written."""
    return _INDEX.sub("/*", pointer) if pointer.startswith("/") else pointer


def resolve(document: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Every `(concrete pointer, value)` of `document` that `pointer` matches, in document order."""
    found: list[tuple[str, Any]] = [("", document)]
    for head in segments(pointer):
        found = _below(found, head, _escaped(head))
    return iter(found)


def _below(found: list[tuple[str, Any]], head: str, written: str) -> list[tuple[str, Any]]:
    """What one segment, which is `written` so in a pointer, matches in each of some nodes."""
    matches: list[tuple[str, Any]] = []
    for here, node in found:
        if isinstance(node, dict):
            if head in node:
                matches.append((f"{here}/{written}", node[head]))
            elif head == "*":
                matches += [(f"{here}/{_escaped(key)}", member) for key, member in node.items()]
        elif isinstance(node, list):
            if head == "*":
                matches += [(f"{here}/{index}", member) for index, member in enumerate(node)]
            elif head.isdigit() and int(head) < len(node):
                matches.append((f"{here}/{head}", node[int(head)]))
    return matches


def values(document: Any, pointer: str) -> list[Any]:
    """The values that `pointer` matches in `document`, in document order."""
    node, heads = document, segments(pointer)
    for at, head in enumerate(heads):
        if node.__class__ is not dict or head not in node:  # an array, a `*`, or nothing
            found = _members(node, head)
            for further in heads[at + 1 :]:
                found = [member for one in found for member in _members(one, further)]
            return found
        node = node[head]
    return [node]


def _members(node: Any, head: str) -> list[Any]:
    """The values that one segment matches in a node."""
    if isinstance(node, dict):
        if head in node:
            return [node[head]]
        if head == "*":
            return list(node.values())
    elif isinstance(node, list):
        if head == "*":
            return list(node)
        if head.isdigit() and int(head) < len(node):
            return [node[int(head)]]
    return []


def first(document: Any, pointer: str, default: Any = None) -> Any:
    """The first value that `pointer` matches in `document`, or `default`."""
    node = document
    for head in segments(pointer):
        if node.__class__ is not dict or head not in node:  # an array, a `*`, or nothing
            found = values(document, pointer)
            return found[0] if found else default
        node = node[head]
    return node


class Ways:
    """Several pointers that are gone together, so that what they have in common is gone once."""

    def __init__(self, pointers: Iterable[str]) -> None:
        self._tree: dict[str | None, Any] = {}  # by segment what is below it; None where a pointer ends
        for one in pointers:
            below = self._tree
            for head in segments(one):
                below = below.setdefault(head, {})
            below[None] = None

    def values(self, document: Any) -> list[Any]:
        """The values that one of the pointers matches in `document`, those of one member together."""
        found: list[Any] = []
        if self._tree:
            _gather(self._tree, document, found)
        return found


_END = {None: None}


def _gather(tree: dict[str | None, Any], node: Any, found: list[Any]) -> None:
    for head, below in tree.items():
        if head is None:
            found.append(node)
            continue
        for member in (node[head],) if node.__class__ is dict and head in node else _members(node, head):
            if below == _END:
                found.append(member)
            else:
                _gather(below, member, found)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1") if "~" in part or "/" in part else part
