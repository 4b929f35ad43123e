"""YAML, JSON and TOML files, read strictly, with the line on which each value stands.

YAML is read by the 1.2 core rules (`no` and `2026-01-01` are texts) and may not repeat a key. A file that does not read, or does
not fit its JSON Schema, ends in one `DataError` that names the file, the line, and for a misspelt key the nearest right one.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import yaml

from conformance.errors import DataError, UsageError, nearest
from conformance.interface import schema
from conformance.interface.references import deref
from conformance.text import pointer

__all__ = ["MOST_VALUES", "Document", "check", "read_document", "read_text"]

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_BYTES = 16 * 1024 * 1024
MOST_VALUES = 2_000_000  # of a file, with those that an alias or a reference repeats


@dataclass(frozen=True)
class Document:
    """A file's content, where it came from, and the line of each value by JSON Pointer.

    `origins` says where those values were written that stand here by reference: in which document, and at which pointer of it.
    """

    content: Any
    file: str
    lines: Mapping[str, int] = field(repr=False, default_factory=dict)
    origins: Mapping[str, tuple[Document, str]] = field(repr=False, default_factory=dict)

    def line(self, where: str) -> int:
        """The line of the value at a pointer, or of the nearest value around it; 0 when nothing is known."""
        while where not in self.lines and where:
            where = where.rpartition("/")[0]
        return self.lines.get(where, 0)

    def place(self, where: str) -> tuple[str, int]:
        """The file and the line in which the value at a pointer was written."""
        above = where
        while above not in self.origins and above:
            above = above.rpartition("/")[0]
        if above not in self.origins:
            return self.file, self.line(where)
        document, there = self.origins[above]
        return document.file, document.line(there + where.removeprefix(above))

    def wrong(self, where: str, said: str) -> DataError:
        """What is wrong with the value at a pointer, as an error to raise."""
        file, line = self.place(where)
        return DataError(said, file=file, line=line)


class _Core(_BASE):  # type: ignore[misc]
    """The loader with YAML 1.2's core schema in place of 1.1's."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+0123456789."),
    ("null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
):
    _Core.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), [*_first, ""] if _tag == "null" else list(_first)
    )


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises UsageError when it is missing, unreadable, too large or not UTF-8."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{path}: the file is larger than {_MOST_BYTES // 1024 // 1024} MiB; is it the right one?")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: this is a folder; a file was expected") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be read ({error.strerror})") from None


def read_document(path: Path) -> Document:
    """A `.yaml`, `.json` or `.toml` file with its lines. Raises DataError when it does not parse."""
    text = read_text(path)
    if path.suffix == ".toml":
        return _toml(text, str(path))
    try:
        node = yaml.compose(text, Loader=_Core)
    except RecursionError:
        raise DataError("values are nested too deeply", file=str(path)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DataError(f"this is not readable YAML: {said}", file=str(path), line=mark.line + 1 if mark else 0) from None
    lines: dict[str, int] = {}
    try:
        return Document(_construct(node, "", lines, _Core(""), str(path)), str(path), lines)
    except RecursionError:
        raise DataError("values are nested too deeply, or an alias holds itself", file=str(path)) from None


def _construct(node: Any, here: str, lines: dict[str, int], constructor: Any, file: str) -> Any:
    if node is None:
        return None
    lines.setdefault(here, node.start_mark.line + 1)
    if len(lines) > MOST_VALUES:
        raise DataError(f"the file holds more than {MOST_VALUES} values, aliases counted", file=file, line=lines[here])
    if isinstance(node, yaml.SequenceNode):
        return [_construct(member, f"{here}/{index}", lines, constructor, file) for index, member in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DataError("a key must be plain text", file=file, line=line)
            if key in found:
                raise DataError(f"the key {key!r} stands here twice", file=file, line=line)
            lines[here + pointer.join(key)] = line
            found[key] = _construct(value_node, here + pointer.join(key), lines, constructor, file)
        return found
    try:
        return constructor.construct_object(node)
    except (yaml.YAMLError, ValueError):
        raise DataError(f"the value {node.value!r} with the tag {node.tag!r} is not read", file=file, line=lines[here]) from None


def _toml(text: str, file: str) -> Document:
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise DataError(f"this is not readable TOML: {error}", file=file, line=int(found[1]) if found else 0) from None
    lines: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line):
            table = pointer.join(*(part.strip().strip("\"'") for part in head[1].split(".")))
            for end in (index for index, char in enumerate(f"{table}/") if char == "/" and index):
                lines.setdefault(table[:end], number)
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            lines.setdefault(table + pointer.join(*(part.strip("\"'") for part in key[1].split("."))), number)
    return Document(content, file, lines)


@cache
def artefact_schema(folder: Path, name: str) -> Any:
    """The JSON Schema of one of Yance's own artefacts, from the data folder's `schemas`."""
    return json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))


def check(document: Document, rules: Mapping[str, Any], *, at: str = "") -> None:
    """Raises DataError for the first place where a document, or what stands at a pointer in it, does not fit its JSON Schema."""
    content = pointer.first(document.content, at)
    for where, name in schema.unexpected_members(rules, content):
        known = _known_members(rules, where)
        offered = f" (known here: {', '.join(sorted(known))})" if known else ""
        hint = nearest(name, known)
        raise document.wrong(at + where + pointer.join(name), f"there is no key {name!r} here{hint}{offered}")
    for error in schema.errors(rules, content):
        said = error.message if len(error.message) < 300 else f"{error.message[:120]} … {error.message[-120:]}"
        where = at + error.pointer
        hint = _hint(_resolved(rules, _node_at(rules, error.pointer)), pointer.first(content, error.pointer))
        raise document.wrong(where, f"{where or 'the file'}: {said}{hint}")


def _hint(node: Mapping[str, Any], value: Any) -> str:
    """What a schema offers in place of a value that it refuses: the nearest of its values, or what it says of itself."""
    if isinstance(value, str) and "enum" in node:
        return nearest(value, map(str, node["enum"]))
    return f"; expected: {node['description']}" if "oneOf" in node and "description" in node else ""


def _known_members(rules: Mapping[str, Any], where: str) -> list[str]:
    return list((_resolved(rules, _node_at(rules, where)).get("properties") or {}).keys())


def _node_at(rules: Mapping[str, Any], where: str) -> Any:
    """The schema of what stands at a pointer, as far as `properties`, `items` and `additionalProperties` lead."""
    node: Any = rules
    for part in pointer.segments(where):
        node = _resolved(rules, node)
        if part.isdigit() and "items" in node:
            node = node["items"]
        else:
            node = (node.get("properties") or {}).get(part) or node.get("additionalProperties") or {}
    return node


def _resolved(rules: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    return deref(rules, node) if isinstance(node, Mapping) else {}
