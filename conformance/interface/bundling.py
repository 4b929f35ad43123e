"""A document that is spread over several files as one that refers only to itself.

Whatever a reference to another file means (a component, a part of it, a whole file) becomes a component of its kind under its own name,
or under the next free one. A relative file name is resolved against the file in which it stands (RFC 3986 section 5), so two files may
refer to each other, and back to the first.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote, urlsplit

from conformance.errors import DataError
from conformance.interface.references import MISSING, find, references, said_in
from conformance.text import pointer

__all__ = ["bundle", "bundle_with_places"]

Read = Callable[[str], Any]  # a file's content by its name relative to the first file's folder
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


def bundle(document: dict[str, Any], read: Read, *, file: str) -> dict[str, Any]:
    """`document`, which is the content of `file`, with all that it refers to in other files pulled in.

    Raises DataError for a reference that leads nowhere, and for one to an address: nothing is fetched.
    """
    return bundle_with_places(document, read, file=file)[0]


def bundle_with_places(
    document: dict[str, Any], read: Read, *, file: str
) -> tuple[dict[str, Any], Mapping[str, tuple[str, str]]]:
    """As `bundle`, and beside it where each component that was pulled in was written: its pointer → the file's name, the fragment."""
    if all(ref.startswith("#") for ref in said_in(document).refs):
        return document, {}  # most documents refer to themselves alone, and nothing is to be changed
    result: dict[str, Any] = copy.deepcopy(dict(document))
    placed: dict[tuple[str, str], str] = {}
    pending = [("", found) for found in references(result)]
    while pending:
        origin, (where, node, kind) = pending.pop()
        holder: Any = node  # of our own copy
        try:
            source, fragment = _meant(document, holder["$ref"], origin, PurePath(file).name)
        except DataError as error:
            raise DataError(f"{where}: {error}", file=file) from None
        if not source:
            holder["$ref"] = fragment
            continue
        if (source, fragment) not in placed:
            content = copy.deepcopy(_content(read, source, fragment, holder["$ref"], file))
            section, name = _place(source, fragment, kind or "schemas")
            marks = _section(result, section)
            name = _free(name, marks)
            marks[name] = content
            placed[source, fragment] = "#" + pointer.join("components", section, name)
            pending += [(source, found) for found in references(content, section)]
        holder["$ref"] = placed[source, fragment]
    return result, {ref.removeprefix("#"): place for place, ref in placed.items()}


def _section(result: dict[str, Any], name: str) -> dict[str, Any]:
    components = result["components"] = result.get("components") or {}
    found: dict[str, Any] = components.setdefault(name, {})
    return found


def _meant(document: Any, ref: str, origin: str, main: str) -> tuple[str, str]:
    """The file and the fragment that a reference in the file `origin` means; no file and the whole reference for one into the first."""
    uri, _, fragment = ref.partition("#")
    if uri and _address(uri):
        if find(document, ref) is not MISSING:
            return "", ref  # the document names one of its own schemas so
        raise DataError(f"$ref {ref!r} is an address; only files beside the document are read")
    source = posixpath.normpath(posixpath.join(posixpath.dirname(origin), unquote(uri))) if uri else origin
    return ("", f"#{fragment}") if source in ("", main) else (source, fragment)


def _address(uri: str) -> bool:
    try:
        return bool(urlsplit(uri).scheme) or uri.startswith("//")
    except ValueError:  # a bracket without its fellow
        return True


def _content(read: Read, source: str, fragment: str, ref: str, file: str) -> Any:
    found = find(read(source), f"#{fragment}")
    if found is MISSING:
        raise DataError(f"$ref {ref!r} leads nowhere: {source} has no {unquote(fragment)}", file=file)
    return found


def _place(source: str, fragment: str, kind: str) -> tuple[str, str]:
    """The section and the name that suit what a reference means: its own, if it is a component, else made from the last name in it."""
    parts = pointer.segments(unquote(fragment)) if fragment.startswith("/") else (fragment,) if fragment else ()
    if len(parts) == 3 and parts[0] == "components":
        return parts[1], parts[2]
    return kind, _ODD.sub("_", parts[-1] if parts else posixpath.basename(source).partition(".")[0]) or "_"


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, or the first of `name_2`, `name_3` … that nothing has yet."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    return found
