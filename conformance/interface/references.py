"""References of an OpenAPI document: where a `$ref` leads, and what may stand beside it.

The fragment is percent-decoded and read as a JSON Pointer (RFC 6901 section 6), or as the anchor of a schema; `$id` names a schema, too.
What stands beside a `$ref` depends on the version and on the kind of object:

    a schema          3.1: applies together with what is referred to; 3.0: is ignored
    a path item       is added to what is referred to
    any other object  3.1: summary and description replace those referred to; all else, and all in 3.0, is ignored

A reference that leads nowhere or back to itself is a DataError (`AstrayError`) that names the place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any
from urllib.parse import unquote

from conformance.errors import DataError
from conformance.interface.kept import kept_of
from conformance.text import pointer

__all__ = [
    "DATA",
    "MISSING",
    "NAMING",
    "SCHEMA_MAPS",
    "AstrayError",
    "dangling",
    "deref",
    "find",
    "objects",
    "path_item",
    "pointed",
    "referenced",
    "references",
    "said_in",
    "siblings_apply",
]

MISSING: Any = object()
NAMING = ("$id", "$anchor", "$dynamicAnchor")  # keywords that give a schema a name of its own
_TOLD = ("summary", "description")
_JOINED = ("properties", "patternProperties", "$defs", "dependentSchemas")


_DOCUMENTS = 4  # of which something is kept: the one that is read, and what it is held against


class AstrayError(DataError):
    """A reference leads nowhere, back to itself, or to something else than what has to stand there. `where` is its place, if known."""

    def __init__(self, message: str, where: str = "") -> None:
        self.where = where
        super().__init__(f"{where}: {message}" if where else message)


def siblings_apply(document: Mapping[str, Any]) -> bool:
    """Whether what stands beside the `$ref` of a schema applies, too: from OpenAPI 3.1 on."""
    return not str(document.get("openapi", "3.1")).startswith("3.0")


# ------------------------------------------------------------------------------------------ following


def deref(document: Mapping[str, Any], node: Any, where: str = "") -> Mapping[str, Any]:
    """A schema, or what its `$ref` leads to together with its siblings. `true` is the schema `{}`, `false` the schema `{"not": {}}`.

    The result is for reading members of a schema; whether a value is valid is the validator's to say.
    """
    found: Mapping[str, Any] = {}
    for one in _chain(document, node, where):
        schema = {"not": {}} if one is False else {} if one is True else one
        if not isinstance(schema, Mapping):
            raise AstrayError(f"a schema was expected, got {str(schema)[:60]!r}", where)
        own = {key: value for key, value in schema.items() if key != "$ref"} if "$ref" in schema else schema
        if schema is own or siblings_apply(document):
            found = _together(own, found) if found else own
    return found


def _together(below: Mapping[str, Any], above: Mapping[str, Any]) -> Mapping[str, Any]:
    """Two schemas that both apply, as one: the upper one's word counts where one word is all there can be."""
    found = {**below, **above}
    for name in _JOINED:
        if isinstance(below.get(name), Mapping) and isinstance(above.get(name), Mapping):
            found[name] = {**below[name], **above[name]}
    for name in ("required", "allOf"):
        if isinstance(below.get(name), list) and isinstance(above.get(name), list):
            found[name] = [*below[name], *above[name]]
    return found


def referenced(document: Mapping[str, Any], node: Any, where: str = "") -> Mapping[str, Any]:
    """A parameter, answer, request body, header, example or link, or what its `$ref` leads to."""
    chain = list(_chain(document, node, where))
    found = _object(chain[-1], where)
    if len(chain) > 1 and siblings_apply(document):
        told = {key: one[key] for one in reversed(chain[:-1]) for key in _TOLD if key in one}
        return {**found, **told} if told else found
    return found


def path_item(document: Mapping[str, Any], node: Any, where: str = "") -> Mapping[str, Any]:
    """A path item, or what its `$ref` leads to with what stands beside it added."""
    chain = [_object(one, where) for one in _chain(document, node, where)]
    if len(chain) == 1:
        return chain[0]
    return {key: value for one in reversed(chain) for key, value in one.items() if key != "$ref"}


def _object(node: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(node, Mapping):
        raise AstrayError(f"an object was expected, got {str(node)[:60]!r}", where)
    return node


def _chain(document: Mapping[str, Any], node: Any, where: str) -> Iterator[Any]:
    """A node and, as long as it is a reference, what it leads to. Raises AstrayError when that is nowhere, or itself."""
    seen: list[str] = []
    yield node
    while isinstance(node, Mapping) and isinstance(ref := node.get("$ref"), str):
        if ref in seen:
            raise AstrayError(f"$ref {ref!r} leads back to itself", where)
        seen.append(ref)
        node = find(document, ref)
        if node is MISSING:
            raise AstrayError(f"$ref {ref!r} leads nowhere", where)
        yield node


def find(document: Any, ref: str) -> Any:
    """What a reference leads to in a document: a pointer, an anchor, or the `$id` of a schema; MISSING when it leads nowhere."""
    uri, _, fragment = ref.partition("#")
    if uri:
        whole = _named(document).get(uri, MISSING)
        return whole if whole is MISSING else find(whole, f"#{fragment}")
    if not fragment:
        return document
    if not fragment.startswith("/"):
        return _named(document).get(f"#{unquote(fragment)}", MISSING)
    where = pointed(document, fragment)
    return MISSING if where is None else _at_pointer(document, where)


def pointed(document: Any, fragment: str) -> str | None:
    """The pointer that a fragment is, percent-decoded, or as it stands where only that leads somewhere; None when neither does."""
    texts = dict.fromkeys((unquote(fragment), fragment))
    return next((text for text in texts if _at_pointer(document, text) is not MISSING), None)


@kept_of(_DOCUMENTS)
def _named(document: Any) -> Mapping[str, Any]:
    """The schemas of a document that have a name: by `$id`, and by anchor with its `#`. Thousands of references into it are looked up."""
    found: dict[str, Any] = {}
    for _, node, _ in objects(document) if not said_in(document).names.isdisjoint(NAMING) else ():
        for keyword, mark in (("$anchor", "#"), ("$dynamicAnchor", "#"), ("$id", "")):
            if isinstance(name := node.get(keyword), str):
                found.setdefault(mark + name.removesuffix("#"), node)
    return found


def _at_pointer(document: Any, where: str) -> Any:
    """The value at a pointer, each of whose parts is a name or an index, nothing else."""
    node = document
    for part in pointer.segments(where):
        if isinstance(node, Mapping) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isascii() and part.isdigit() and int(part[:9]) < len(node):
            node = node[int(part)]
        else:
            return MISSING
    return node


# ------------------------------------------------------------------------------------------ going through a document


@dataclass(frozen=True)
class Said:
    """What a document mentions anywhere, data and examples included: the names of members, and what is written as a `$ref`.

    Who looks for something rare asks this first: going through a large document with its pointers takes seconds, and most have none of it.
    """

    names: frozenset[str]
    refs: frozenset[str]


@kept_of(_DOCUMENTS)
def said_in(document: Any) -> Said:
    """What a document mentions. One is asked about several times."""
    names, refs = set[str](), set[str]()
    left: list[Any] = [document] if document.__class__ in _HOLDERS else []
    while left:
        node = left.pop()
        if node.__class__ is dict:
            names.update(node)
            if isinstance(ref := node.get("$ref"), str):
                refs.add(ref)
            node = node.values()
        left += [one for one in node if one.__class__ in _HOLDERS]
    return Said(frozenset(names), frozenset(refs))


# The kind of what stands under a key, in the words of the sections of `components`; for those of `_MAPS`, under each name there.
_KINDS: Mapping[str, str] = {"schema": "schemas", "parameters": "parameters", "requestBody": "requestBodies"}
_MAPS: Mapping[str, str] = {
    **{name: name for name in ("schemas", "responses", "examples", "requestBodies", "headers", "securitySchemes", "links")},
    **{name: name for name in ("callbacks", "pathItems")},
    **dict.fromkeys(("paths", "webhooks"), "pathItems"),
    **dict.fromkeys(("content", "encoding", "variables"), ""),
}
SCHEMA_MAPS = frozenset({*_JOINED, "definitions", "dependencies"})
DATA = frozenset({"example", "default", "const", "enum"})
_OF_KIND: Mapping[str, frozenset[str]] = {  # what else is data in an object of a kind
    "schemas": frozenset({"examples"}),
    "examples": frozenset({"value"}),
    "links": frozenset({"parameters", "requestBody"}),
}
_NOTHING = frozenset[str]()
_HOLDERS = frozenset({dict, list})
_PLAIN = frozenset({str, int, float, bool, NoneType})  # nothing is below
_ALL_NAMES = frozenset(
    {"/webhooks", "/components/responses", "/components/pathItems"}
)  # a key that begins with x- is a name here


def objects(node: Any, kind: str = "") -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Every object of a document as `(pointer, object, kind)`, in order; examples and other data are left out, and extensions (`x-…`), of
    which nobody knows whether a `$ref` in them is one.

    `kind` is a section of `components`, or empty for what has none. Names are no keywords: a property may be called `example`.
    """
    pending: list[tuple[str, Any, str, bool]] = [("", node, kind, False)]
    while pending:
        here, node, kind, names = pending.pop()
        if isinstance(node, list):
            within = [(f"{here}/{index}", one, kind, False) for index, one in enumerate(node) if one.__class__ not in _PLAIN]
        elif isinstance(node, dict) or isinstance(node, Mapping):  # noqa: SIM101 - asked of a class alone it is answered at once
            if not names:
                yield here, node, kind
            within = _members(here, node, kind, names)
        else:
            continue
        within.reverse()
        pending += within


def _members(here: str, node: Mapping[str, Any], kind: str, names: bool) -> list[tuple[str, Any, str, bool]]:
    """What stands in an object that is looked at, with its kind and whether its own keys are names."""
    extended = not names or (kind in ("pathItems", "responses") and here not in _ALL_NAMES)
    data = _OF_KIND.get(kind, _NOTHING)
    found: list[tuple[str, Any, str, bool]] = []
    for key, member in node.items():
        if member.__class__ in _PLAIN or (extended and isinstance(key, str) and key.startswith("x-")):
            continue
        inner, named = kind, False
        if not names:
            if kind == "callbacks":
                inner = "pathItems"  # its keys are expressions
            elif key in DATA or key in data:
                continue
            elif kind == "schemas":
                named = key in SCHEMA_MAPS and isinstance(member, Mapping)
            else:
                inner = _MAPS.get(key, _KINDS.get(key, ""))
                named = key in _MAPS or (key == "parameters" and isinstance(member, Mapping))
        found.append((here + pointer.join(key), member, inner, named))
    return found


def references(document: Any, kind: str = "") -> Iterator[tuple[str, Mapping[str, Any], str]]:
    """Every object with a `$ref` as `(pointer, object, kind)`, in order."""
    return ((here, node, kind) for here, node, kind in objects(document, kind) if isinstance(node.get("$ref"), str))


def dangling(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each `(pointer, $ref)` that leads nowhere in the document, or only back to itself. Other documents are not looked at."""
    for where, node, _ in references(document):
        if node["$ref"].startswith("#"):
            try:
                for _ in _chain(document, node, where):
                    pass
            except AstrayError:
                yield where, node["$ref"]
