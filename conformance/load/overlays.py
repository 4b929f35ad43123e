"""An OpenAPI Overlay 1.0 of a document: what is added to it, changed in it or taken away, while the document itself stays as it is.

    actions, in their order, each with a `target` (a JSONPath, RFC 9535) and
      update      an object is merged into each object that is found, member by member; what is found as a list has it appended
      remove      what is found is taken away
      x-replace   in each text that is found, a passage that stands there once gives way to another: [{text, by}]
      x-append    at the end of each text that is found, this is added

The last two are ours: the Overlay specification can only write a whole text anew, and what a draft says otherwise than the version before it
would be lost in a hundred lines that did not change.

A target that finds nothing is a mistake here, though the Overlay specification lets it pass: the document has changed under the overlay,
and what was to be said of it would be said of nothing. Every value keeps the file and the line in which it was written.

Source: OpenAPI Overlay Specification 1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import NoneType
from typing import Any

from conformance.load.documents import Document
from conformance.text import pointer

__all__ = ["overlaid"]

_AMENDS = {"x-replace", "x-append"}
_SHOWN = 60  # characters of a passage
_PLAIN = frozenset({str, int, float, bool, NoneType})  # values of which there need be no copy
Part = str | int
Origins = dict[str, tuple[Document, str]]


def overlaid(main: Document, overlay: Document) -> Document:
    """A document with an overlay's actions applied. The overlay fits its schema. Raises DataError for a target that is no JSONPath, finds
    nothing, or finds what cannot be changed so.
    """
    content, lines, origins = _apart(main.content), main.lines, dict(main.origins)
    for index, action in enumerate(overlay.content["actions"]):
        here = f"/actions/{index}"
        found = _found(content, action["target"], overlay, here)
        if action.get("remove"):
            for parts in sorted(
                found, key=_backwards, reverse=True
            ):  # the last of a list first, or the others would move meanwhile
                if not parts:
                    raise overlay.wrong(f"{here}/target", "the whole document cannot be removed")
                lines, origins = _removed(content, parts, lines, origins)
        elif _AMENDS & action.keys():
            for parts in found:
                _amend(content, parts, action, origins, (overlay, here))
        elif "update" not in action:
            raise overlay.wrong(
                here, "an action says what to do with its target: `update`, `remove: true`, `x-replace` or `x-append`"
            )
        else:
            for parts in found:
                _update(content, parts, action["update"], origins, (overlay, f"{here}/update"))
    return replace(main, content=content, lines=lines, origins=origins)


def _apart(node: Any) -> Any:
    """A copy in which nothing stands twice: an alias of YAML is one value at two places, and an action means one of them."""
    if node.__class__ in _PLAIN:
        return node
    if isinstance(node, dict) or isinstance(node, Mapping):  # noqa: SIM101 - asked of a class alone it is answered at once
        return {name: member if member.__class__ in _PLAIN else _apart(member) for name, member in node.items()}
    return [_apart(member) for member in node] if isinstance(node, list) else node


def _found(content: Any, target: str, overlay: Document, here: str) -> list[tuple[Part, ...]]:
    import jsonpath  # noqa: PLC0415 - few documents have an overlay, and its grammar costs as much as reading one

    try:
        found = [tuple(match.parts) for match in jsonpath.finditer(target, content)]
    except jsonpath.JSONPathError as error:
        said = str(error).partition("\n")[0]
        raise overlay.wrong(f"{here}/target", f"{target!r} is no JSONPath that can be read: {said}") from None
    if not found:
        raise overlay.wrong(
            f"{here}/target", f"{target!r} finds nothing in the document; has it changed, or is the target misspelt?"
        )
    return found


def _backwards(parts: tuple[Part, ...]) -> list[tuple[bool, Part]]:
    return [(isinstance(part, int), part) for part in parts]


def _at(content: Any, parts: Sequence[Part]) -> Any:
    for part in parts:
        content = content[part]
    return content


def _where(parts: Sequence[Part]) -> str:
    return pointer.join(*map(str, parts))


# ------------------------------------------------------------------------------------------ the actions


def _update(content: Any, parts: tuple[Part, ...], update: Any, origins: Origins, source: tuple[Document, str]) -> None:
    node, (overlay, where) = _at(content, parts), source
    if isinstance(node, list):
        origins[_where((*parts, len(node)))] = source
        node.append(_apart(update))
    elif isinstance(node, dict) and isinstance(update, Mapping):
        _merge(node, update, parts, origins, source)
    else:
        kind = "a single value" if not isinstance(node, dict) else "an object, and the update is none"
        raise overlay.wrong(where, f"the target {_where(parts) or '/'} is {kind}; an update goes into an object or onto a list")


def _amend(
    content: Any, parts: tuple[Part, ...], action: Mapping[str, Any], origins: Origins, source: tuple[Document, str]
) -> None:
    """A text with passages of it replaced, and more added."""
    overlay, here = source
    if not parts or not isinstance(text := _at(content, parts), str):
        raise overlay.wrong(f"{here}/target", f"the target {_where(parts) or '/'} is no text; only a text is amended")
    for index, change in enumerate(action.get("x-replace", ())):
        if (times := text.count(change["text"])) != 1:
            said = f"{change['text'][:_SHOWN]!r} stands {times} times in {_where(parts)}; give a passage that stands there once"
            raise overlay.wrong(f"{here}/x-replace/{index}/text", said)
        text = text.replace(change["text"], change["by"])
    _at(content, parts[:-1])[parts[-1]] = text + action.get("x-append", "")
    origins[_where(parts)] = (overlay, f"{here}/{'x-replace' if 'x-replace' in action else 'x-append'}")


def _merge(
    node: dict[str, Any], update: Mapping[str, Any], parts: tuple[Part, ...], origins: Origins, source: tuple[Document, str]
) -> None:
    """Members that both have are merged when both are objects, joined when both are lists, and else replaced."""
    overlay, where = source
    for name, value in update.items():
        at, there = (*parts, name), (overlay, where + pointer.join(name))
        present = node.get(name)
        if isinstance(present, dict) and isinstance(value, Mapping):
            _merge(present, value, at, origins, there)
        elif isinstance(present, list) and isinstance(value, list):
            origins |= {_where((*at, len(present) + nth)): (overlay, f"{there[1]}/{nth}") for nth in range(len(value))}
            present += _apart(value)
        else:
            node[name] = _apart(value)
            origins[_where(at)] = there


def _removed(
    content: Any, parts: tuple[Part, ...], lines: Mapping[str, int], origins: Origins
) -> tuple[Mapping[str, int], Origins]:
    """Takes a value away; what came behind it in a list keeps its line under its new place."""
    holder, last = _at(content, parts[:-1]), parts[-1]
    del holder[last]
    if not isinstance(last, int):
        return lines, origins
    above = _where(parts[:-1]) + "/"

    def moved(at: str) -> str | None:
        head, slash, rest = at.removeprefix(above).partition("/")
        if not at.startswith(above) or not head.isdigit() or int(head) < last:
            return at
        return None if int(head) == last else f"{above}{int(head) - 1}{slash}{rest}"

    return _Without(lines, above, last), {to: origin for at, origin in origins.items() if (to := moved(at)) is not None}


class _Without(Mapping[str, int]):
    """The lines of a document from whose list `above` the value at an index was taken: each place has the line of what stands there now.

    Lines are found when one is first asked for, which takes seconds in a large document and happens only where something is wrong.
    """

    def __init__(self, lines: Mapping[str, int], above: str, index: int) -> None:
        self._lines, self._above, self._index = lines, above, index

    def _moved(self, at: str, by: int) -> str:
        """The place of what stood before the value was taken away (`by` 1), or stands now (-1), at a place."""
        head, slash, rest = at.removeprefix(self._above).partition("/")
        behind = at.startswith(self._above) and head.isdigit() and int(head) >= self._index + (by < 0)
        return f"{self._above}{int(head) + by}{slash}{rest}" if behind else at

    def __getitem__(self, where: str) -> int:
        return self._lines[self._moved(where, 1)]

    def __iter__(self) -> Iterator[str]:
        gone = f"{self._above}{self._index}"
        return (self._moved(at, -1) for at in self._lines if at != gone and not at.startswith(gone + "/"))

    def __len__(self) -> int:
        return sum(1 for _ in self)
