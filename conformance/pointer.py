"""JSON Pointers (RFC 6901), with one extension: a segment `*` stands for every member of an array or object.

`resolve(document, "/items/*/stopUid")` gives each match with its concrete pointer, in document order, so that a check can
name the exact place it speaks of. A pointer that leads nowhere gives no match: absence is not an error here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["first", "join", "resolve", "segments", "values"]


def segments(pointer: str) -> tuple[str, ...]:
    """The unescaped reference tokens of `pointer` (RFC 6901 section 4). Raises ValueError unless it is empty or begins with `/`."""
    if pointer == "":
        return ()
    if not pointer.startswith("/"):
        raise ValueError(f"a JSON Pointer is empty or begins with '/'; this one is {pointer!r}")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/"))


def join(*parts: str | int) -> str:
    """A pointer from unescaped reference tokens."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def resolve(document: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    """Every `(concrete pointer, value)` of `document` that `pointer` matches, in document order."""
    return _walk(document, segments(pointer), "")


def _walk(node: Any, rest: tuple[str, ...], here: str) -> Iterator[tuple[str, Any]]:
    if not rest:
        yield here, node
        return
    head, tail = rest[0], rest[1:]
    if isinstance(node, list):
        if head == "*":
            for index, member in enumerate(node):
                yield from _walk(member, tail, f"{here}/{index}")
        elif head.isdigit() and int(head) < len(node):
            yield from _walk(node[int(head)], tail, f"{here}/{head}")
    elif isinstance(node, dict):
        if head == "*" and "*" not in node:
            for key, member in node.items():
                yield from _walk(member, tail, here + join(key))
        elif head in node:
            yield from _walk(node[head], tail, here + join(head))


def values(document: Any, pointer: str) -> list[Any]:
    """The values that `pointer` matches in `document`, in document order."""
    return [value for _, value in resolve(document, pointer)]


def first(document: Any, pointer: str, default: Any = None) -> Any:
    """The first value that `pointer` matches in `document`, or `default`."""
    return next((value for _, value in resolve(document, pointer)), default)
