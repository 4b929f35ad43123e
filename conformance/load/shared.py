"""What rows share: values under `$defs` of requirements.yaml, put where a row refers to them.

    $defs:
      counties: {TPE: [121.44, 24.95, 121.68, 25.22], …}
    requirements:
      - id: TRN-003
        with: {tolerance_km: 5, areas: {$ref: "#/$defs/counties"}}

A row's `with` and a set-up recipe may refer, and so may a definition. A file sees its own definitions and those of the files that
it includes, under their names. References are replaced when the file is loaded, so nothing behind this module knows of them; where
each value was written is kept, so that a mistake in a definition is an error at its own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.errors import DataError, nearest
from conformance.load.documents import MOST_VALUES, Document
from conformance.text import pointer

__all__ = ["with_shared"]

_REFERENCE = re.compile(r"#/\$defs/([^/]+)")


def with_shared(rows: Document, included: Sequence[Document] = (), *, offers: bool = False) -> Document:
    """The file with plain values in place of its references. `included` are the files whose definitions it sees, too.

    Raises DataError, with its place, for a name that is not defined, a reference that is none of ours or has members beside it, a
    loop, a definition under a name that is taken, and one that the file does not use; with `offers` it may leave them to others.
    """
    homes = _homes([*included, rows])
    own = rows.content.get("$defs", {})
    filling = _Filling(homes)
    content = rows.content
    try:
        for name, value in own.items():
            _Filling(homes).of(value, rows, pointer.join("$defs", name), (name,))  # what nobody uses is to be right, too
        for at in _places(rows.content):
            content = _put(content, pointer.segments(at), filling.of(pointer.first(rows.content, at), rows, at, (), here=at))
    except RecursionError:
        raise DataError("values are nested too deeply", file=rows.file) from None
    for name in own if not offers else ():
        if name not in filling.used:
            raise rows.wrong(pointer.join("$defs", name), f"nothing uses the definition {name!r}")
    return replace(rows, content=content, origins={**rows.origins, **filling.origins})


def _homes(files: Iterable[Document]) -> Mapping[str, Document]:
    """Which file defines a name: one only, so that a name means the same to all who see it."""
    homes: dict[str, Document] = {}
    for file in files:
        for name in file.content.get("$defs", {}):
            at = pointer.join("$defs", name)
            if name in homes:
                first, line = homes[name].place(at)
                raise file.wrong(at, f"the name {name!r} is taken by the definition at {first}:{line}")
            homes[name] = file
    return homes


def _places(content: Mapping[str, Any]) -> Iterator[str]:
    """Where a file refers to definitions, of those places that it has."""
    if "setup" in content:
        yield "/setup"
    yield from (pointer.join("requirements", index, "with") for index, row in enumerate(content["requirements"]) if "with" in row)
    for index, entry in enumerate(content.get("include", ())):
        yield from (
            pointer.join("include", index, "rows", name, "with") for name, row in entry.get("rows", {}).items() if "with" in row
        )


@dataclass
class _Filling:
    """Values with their references replaced: which definitions that took, where the replaced values were written, how many."""

    homes: Mapping[str, Document]
    used: set[str] = field(default_factory=set)
    origins: dict[str, tuple[Document, str]] = field(default_factory=dict)
    size: int = 0

    def of(self, node: Any, file: Document, at: str, under: tuple[str, ...], *, here: str = "") -> Any:
        """What a value at `at` in a file comes to at `here`. `under` are the definitions that it stands in."""
        self.size += 1
        if self.size > MOST_VALUES:
            raise file.wrong(at, f"the file holds more than {MOST_VALUES} values, references counted")
        if isinstance(node, list):
            return [self.of(one, file, f"{at}/{index}", under, here=f"{here}/{index}") for index, one in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        if "$ref" not in node:
            return {name: self.of(node[name], file, at + (one := pointer.join(name)), under, here=here + one) for name in node}
        name = self._named(node, file, at)
        if name in under:
            raise file.wrong(f"{at}/$ref", f"definitions refer to each other in a loop: {' → '.join([*under, name])}")
        self.used.add(name)
        home, there = self.homes[name], pointer.join("$defs", name)
        self.origins[here] = (home, there)
        return self.of(home.content["$defs"][name], home, there, (*under, name), here=here)

    def _named(self, node: Mapping[str, Any], file: Document, at: str) -> str:
        reference = node["$ref"]
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found is None:
            raise file.wrong(f"{at}/$ref", f"{reference!r:.80} is no reference to a definition; expected #/$defs/NAME")
        for beside in node.keys() - {"$ref"}:
            raise file.wrong(at + pointer.join(beside), f"{beside!r} stands beside $ref, which stands for the whole value")
        name = found[1]
        if name not in self.homes:
            known = f" (known: {', '.join(sorted(self.homes))})" if self.homes else ""
            raise file.wrong(f"{at}/$ref", f"there is no definition {name!r}{nearest(name, self.homes)}{known}")
        return name


def _put(node: Any, path: Sequence[str], value: Any) -> Any:
    """The document with another value at a place that is there; what is not on the way to it stays the same object."""
    if not path:
        return value
    if isinstance(node, list):
        return [_put(one, path[1:], value) if str(index) == path[0] else one for index, one in enumerate(node)]
    return {name: _put(one, path[1:], value) if name == path[0] else one for name, one in node.items()}
