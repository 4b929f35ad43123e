"""YAML as version 1.2 has it: the core schema, read event by event, so that how deep a file is nested is a number and not a crash.

`010` is ten and `090` is ninety (octal is `0o10`), `yes`, `no`, `on` and `2026-01-01` are texts, `1:30` is one, too. There are no merge
keys: in 1.2 `<<` is a name like any other, and whoever writes it means 1.1, so it is refused. Refused, too, are a key that stands twice,
tags that JSON has no value for, a number that JSON cannot write, and an alias that holds itself.

Source: YAML 1.2.2 section 10.3 (core schema).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from conformance import limits
from conformance.errors import DataError
from conformance.text import pointer

__all__ = ["DEEPEST", "MOST_VALUES", "read_yaml"]

MOST_VALUES = limits.FILE_VALUES  # of a file, with those that an alias or a reference repeats
DEEPEST = limits.DEPTH  # levels of lists and mappings, aliases followed
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_NULL = re.compile(r"(?:~|null|Null|NULL|)")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


@dataclass(slots=True)
class _Node:
    """A node of the file: a value, a list of nodes, or pairs of a key's node and a node."""

    kind: str  # "scalar", "list" or "mapping"
    line: int
    value: Any = None
    plain: bool = False
    members: list[_Node] = field(default_factory=list)
    closed: bool = True


def read_yaml(text: str, file: str) -> tuple[Any, Mapping[str, int]]:
    """The content of a YAML file and the line of each value by JSON Pointer. Raises DataError, with the line."""
    try:
        root = _composed(text, file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DataError(f"this is not readable YAML: {said}", file=file, line=mark.line + 1 if mark else 0) from None
    reading = _Reading(file)
    return (None if root is None else reading.of(root, "", 0)), reading.lines


def _composed(text: str, file: str) -> _Node | None:
    """The one document of a text as nodes. An alias is the node that it stands for."""
    anchors: dict[str, _Node] = {}
    root: _Node | None = None
    above: list[_Node] = []
    nodes = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionEndEvent):
            above.pop().closed = True
            continue
        if not isinstance(event, yaml.NodeEvent):
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise DataError("a second document begins here; one was expected", file=file, line=_line(event))
            continue
        node = _node(event, anchors, file)
        nodes += 1
        if nodes > limits.NODES:
            raise DataError(f"the file holds more than {limits.NODES} values; write it as JSON, which is read faster", file=file)
        if isinstance(event, yaml.CollectionStartEvent):
            if len(above) == DEEPEST:
                raise DataError(f"values are nested more than {DEEPEST} deep", file=file, line=node.line)
            node.closed = False
        if above:
            above[-1].members.append(node)
        else:
            root = node
        if isinstance(event, yaml.CollectionStartEvent):
            above.append(node)
    return root


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _node(event: Any, anchors: dict[str, _Node], file: str) -> _Node:
    """The node that begins with an event."""
    line = _line(event)
    if isinstance(event, yaml.AliasEvent):
        found = anchors.get(event.anchor or "")
        if found is None:
            raise DataError(f"the alias *{event.anchor} stands for nothing above it", file=file, line=line)
        if not found.closed:
            raise DataError(f"an alias holds itself: *{event.anchor}", file=file, line=line)
        return found
    if isinstance(event, yaml.ScalarEvent):
        node = _Node("scalar", line, _scalar(event, file, line), event.implicit[0])
    else:
        kind, tag = ("mapping", "map") if isinstance(event, yaml.MappingStartEvent) else ("list", "seq")
        if event.tag not in (None, "!", _CORE + tag):
            raise DataError(f"a {kind} with the tag {event.tag!r} is not read", file=file, line=line)
        node = _Node(kind, line)
    if event.anchor:
        anchors[event.anchor] = node
    return node


def _scalar(event: Any, file: str, line: int) -> tuple[str, Any]:
    """A scalar's text and its value."""
    text, tag = event.value, event.tag
    if tag in ("!", _CORE + "str") or (tag is None and not event.implicit[0]):
        return text, text
    kinds = {f"{_CORE}{name}": name for name in ("null", "bool", "int", "float")}
    if tag is not None and tag not in kinds:
        raise DataError(f"the value {text[:60]!r} with the tag {tag!r} is not read", file=file, line=line)
    wanted = kinds.get(tag or "")
    value = _untagged(text, file, line)
    if wanted == "float" and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if wanted is not None and {"null": type(None), "bool": bool, "int": int, "float": float}[wanted] is not type(value):
        raise DataError(f"the value {text[:60]!r} with the tag {tag!r} is not read", file=file, line=line)
    return text, value


def _untagged(text: str, file: str, line: int) -> Any:
    """What a plain text is by the core schema."""
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text[0] in "tT"
    if text[:1] not in "-+.0123456789":
        return text
    if _NO_NUMBER.fullmatch(text):
        raise DataError(f"{text} is no number that JSON has; quote it if it is a text", file=file, line=line)
    try:
        if _INT.fullmatch(text):
            return int(text[2:], {"o": 8, "x": 16}[text[1]]) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            return _finite(text)
    except ValueError:
        raise DataError(
            f"the number {text[:60]} is too large to be read; quote it if it is a text", file=file, line=line
        ) from None
    return text


def _finite(text: str) -> float:
    """Raises ValueError for a number beyond what a float holds."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


class _Reading:
    """Nodes as values, with the line of each value; an alias is read wherever it stands."""

    def __init__(self, file: str) -> None:
        self.lines: dict[str, int] = {}
        self._file = file

    def of(self, node: _Node, here: str, depth: int) -> Any:
        self.lines.setdefault(here, node.line)
        if len(self.lines) > MOST_VALUES:
            raise self._wrong(f"the file holds more than {MOST_VALUES} values, aliases counted", node)
        if node.kind == "scalar":
            return node.value[1]
        if depth == DEEPEST:
            raise self._wrong(f"values are nested more than {DEEPEST} deep, aliases followed", node)
        if node.kind == "list":
            return [self.of(member, f"{here}/{index}", depth + 1) for index, member in enumerate(node.members)]
        found: dict[str, Any] = {}
        for key_node, member in zip(node.members[::2], node.members[1::2], strict=True):
            key = self._key(key_node, found)
            at = here + pointer.join(key)
            self.lines[at] = key_node.line
            found[key] = self.of(member, at, depth + 1)
        return found

    def _key(self, node: _Node, taken: Mapping[str, Any]) -> str:
        if node.kind != "scalar":
            raise self._wrong("a key must be plain text", node)
        key: str = node.value[0]
        if key == "<<" and node.plain:
            raise self._wrong("YAML 1.2 has no merge key (<<); write the members out, or quote it if it is a name", node)
        if key in taken:
            raise self._wrong(f"the key {key!r} stands here twice", node)
        return key

    def _wrong(self, said: str, node: _Node) -> DataError:
        return DataError(said, file=self._file, line=node.line)
