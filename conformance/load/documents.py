"""YAML, JSON and TOML files, read strictly, with the line on which each value stands.

`yaml12` and `jsonlines` read. A file that does not read, or does not fit its JSON Schema, ends in one `DataError` that names the file,
the line, and for a misspelt key the nearest right one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance import limits
from conformance.errors import DataError, UsageError, nearest
from conformance.load.jsonlines import NotJsonError, read_json
from conformance.load.kept import is_own, read_once
from conformance.text import pointer
from conformance.text.handed import read_named

if TYPE_CHECKING:
    from conformance.interface import schema

__all__ = ["MOST_VALUES", "Document", "check", "read_document", "read_text"]

MOST_VALUES = limits.FILE_VALUES  # of a file, with those that an alias or a reference repeats


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
        return document.place(there + where.removeprefix(above))

    def wrong(self, where: str, said: str) -> DataError:
        """What is wrong with the value at a pointer, as an error to raise."""
        file, line = self.place(where)
        return DataError(said, file=file, line=line)


def read_text(path: Path) -> str:
    """The text of a UTF-8 file. Raises UsageError when it is missing, unreadable, too large or not UTF-8."""
    try:
        return read_named(path, limits.DOCUMENT).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: this is a folder; a file was expected") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: the file is not UTF-8 text") from None
    except ValueError:  # a NUL in the name
        raise UsageError(f"{str(path)!r}: no file can have this name") from None
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be read ({error.strerror})") from None


def read_document(path: Path) -> Document:
    """A `.yaml`, `.json` or `.toml` file with its lines. What is JSON is read as JSON, whatever the file is called. Raises DataError
    when it does not parse.
    """
    text, file = read_text(path), str(path)
    if path.suffix == ".toml":
        return _toml(text, file)
    content, lines = _read(text, file, path.suffix == ".json")
    return Document(content, file, lines)


@lru_cache(maxsize=16)  # a version is read once more by the one that goes on from it; what is read is never changed
def _read(text: str, file: str, json_only: bool) -> tuple[Any, Mapping[str, int]]:
    if json_only or text.lstrip()[:1] in ("{", "["):
        try:
            return read_json(text, file)
        except NotJsonError:
            if json_only:
                raise
    if is_own(Path(file)):
        return read_once(text, file)
    from conformance.load.yaml12 import read_yaml  # noqa: PLC0415 - the suite's own texts are kept as they were read

    return read_yaml(text, file)


def _toml(text: str, file: str) -> Document:
    import tomllib  # noqa: PLC0415 - the suite says what it says without

    try:
        content = tomllib.loads(text)
        json.dumps(content, allow_nan=False)  # no date, no infinity: every text of ours is quoted, every number is JSON's
    except (tomllib.TOMLDecodeError, RecursionError, TypeError, ValueError) as error:
        found = re.search(r"line (\d+)", str(error))
        raise DataError(f"this is not readable TOML: {error}", file=file, line=int(found[1]) if found else 0) from None
    lines: dict[str, int] = {}
    table, rows = "", Counter[str]()  # by array of tables, how many of its tables came
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*(\[+)\s*([^\]]+?)\s*\]", line):
            table = _within(rows, [part.strip().strip("\"'") for part in head[2].split(".")], again=head[1] == "[[")
            for end in (index for index, char in enumerate(f"{table}/") if char == "/" and index):
                lines.setdefault(table[:end], number)
        elif key := re.match(r"\s*([A-Za-z0-9_.\"'-]+)\s*=", line):
            lines.setdefault(table + pointer.join(*(part.strip("\"'") for part in key[1].split("."))), number)
    return Document(content, file, lines)


def _within(rows: Counter[str], parts: list[str], *, again: bool) -> str:
    """The pointer of a table by its name in TOML; `again`: another of an array of tables. Below an array stands what belongs to its last one."""
    table = ""
    for nth, part in enumerate(parts, 1):
        table += pointer.join(part)
        rows[table] += again and nth == len(parts)
        table += f"/{rows[table] - 1}" if rows[table] else ""
    return table


@cache
def artefact_schema(folder: Path, name: str) -> Any:
    """The JSON Schema of one of Yance's own artefacts, from the data folder's `schemas`."""
    return json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))


def check(document: Document, rules: Mapping[str, Any], *, at: str = "", quiet: bool = False) -> None:
    """Raises DataError for the first place where a document, or what stands at a pointer in it, does not fit its JSON Schema.

    A `quiet` one does not show what stands there: it may be a secret in the wrong place, or of the wrong kind.
    """
    from conformance.interface import schema  # noqa: PLC0415 - who reads the suite's own texts holds them against nothing

    content = pointer.first(document.content, at)
    if schema.is_valid(rules, content):  # nearly always, and then nobody asks twice what is wrong
        return
    for where, name in schema.unexpected_members(rules, content):
        known = _known_members(rules, where)
        offered = f" (known here: {', '.join(sorted(known))})" if known else ""
        hint = nearest(name, known)
        raise document.wrong(at + where + pointer.join(name), f"there is no key {name!r} here{hint}{offered}")
    for error in schema.errors(rules, content):
        said = error.message if len(error.message) < 300 else f"{error.message[:120]} … {error.message[-120:]}"
        where = at + error.pointer
        if quiet:
            wanted = _node_at(rules, error.pointer)
            value = pointer.first(content, error.pointer)
            names = f" (its names: {', '.join(map(repr, value))})" if isinstance(value, dict) else ""
            raise document.wrong(where, f"{where or 'the file'}: {_wanted(rules, error, wanted)}{names}")
        hint = _hint(_resolved(rules, _node_at(rules, error.pointer)), pointer.first(content, error.pointer))
        raise document.wrong(where, f"{where or 'the file'}: {said}{hint}")


def _wanted(rules: Mapping[str, Any], error: schema.SchemaError, node: Any) -> str:
    """What a schema wants of a value, in place of what a validator says of it."""
    found = _resolved(rules, node)
    known = f" (one of {', '.join(map(str, found['enum']))})" if "enum" in found else ""
    described = f": {found['description']}" if "description" in found else ""
    return f"the value does not fit here; expected {error.expected or error.keyword}{known}{described}"


def _hint(node: Mapping[str, Any], value: Any) -> str:
    """What a schema offers in place of a value that it refuses: the nearest of its values, or what it says of itself."""
    if isinstance(value, str) and "enum" in node:
        return nearest(value, map(str, node["enum"]))
    if "const" in node:
        return f"; expected: {node['const']}"
    return f"; expected: {node['description']}" if "oneOf" in node and "description" in node else ""


def _known_members(rules: Mapping[str, Any], where: str) -> list[str]:
    return list((_resolved(rules, _node_at(rules, where)).get("properties") or {}).keys())


def _node_at(rules: Mapping[str, Any], where: str) -> Any:
    """The schema of what stands at a pointer, as far as its members, `items` and `additionalProperties` lead."""
    node: Any = rules
    for part in pointer.segments(where):
        node = _resolved(rules, node)
        if part.isdigit() and "items" in node:
            node = node["items"]
        else:
            named = (member for pattern, member in (node.get("patternProperties") or {}).items() if re.search(pattern, part))
            node = (node.get("properties") or {}).get(part) or next(named, None) or node.get("additionalProperties") or {}
    return node


def _resolved(rules: Mapping[str, Any], node: Any) -> Mapping[str, Any]:
    from conformance.interface.references import deref  # noqa: PLC0415 - as above

    return deref(rules, node) if isinstance(node, Mapping) else {}
