"""What of a published document seems to be a list: where its items lie, what reads one of them, how its pages go on, and what filters it.

It is told from paths (`/things` and `/things/{thingId}`), from the members of answers (`items`, `next`, `total`) and from the names of
parameters, in the spellings of common frameworks. Where two readings are as likely as each other there is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.interface.kept import kept
from conformance.interface.references import deref
from conformance.model import Operation, Parameter
from conformance.text import media, pointer

__all__ = ["Listing", "id_of", "kind_of", "last_parameter", "listing_of", "members", "paging_of", "representation", "single"]

_ITEMS = (
    "items",
    "data",
    "results",
    "result",
    "value",
    "values",
    "content",
    "records",
    "entries",
    "entry",
    "features",
    "rows",
    "list",
)
_AROUND = ("data", "_embedded", "result", "response", "body", "page")  # what items may lie within
_WITHIN = ("resource", "node", "attributes", "properties")  # what of an item may hold its members
_IDS = ("id", "uuid", "uid", "guid", "key", "identifier")
_LIMITS = frozenset(
    [
        "limit",
        "pagesize",
        "perpage",
        "size",
        "count",
        "maxresults",
        "top",
        "maxitems",
        "max",
        "itemsperpage",
        "pagelimit",
        "resultsperpage",
    ]
)
_CURSORS = frozenset(
    [
        "cursor",
        "pagetoken",
        "nexttoken",
        "token",
        "after",
        "startingafter",
        "continuation",
        "continuationtoken",
        "nextpagetoken",
        "scroll",
        "marker",
        "next",
    ]
)
_PAGES = frozenset(["page", "pagenumber", "pageno", "pagenum", "p"])
_OFFSETS = frozenset(["offset", "skip", "startindex", "start"])
_NEXT_LINKS = frozenset(["next", "nextlink", "nexturl", "nextpageurl", "nextpage", "odatanextlink"])
_NEXT_CURSORS = frozenset(["nextcursor", "nextpagetoken", "nexttoken", "cursor", "continuationtoken", "next", "endcursor"])
_TOTALS = frozenset(
    [
        "total",
        "totalcount",
        "totalelements",
        "totalresults",
        "totalitems",
        "totalrecords",
        "totalnumber",
        "numbermatched",
        "numberoftotalitems",
    ]
)
_NESTS = ("page", "pagination", "paging", "meta", "metadata", "links", "_links", "pageinfo", "page_info", "_page")
_DEEP = 6
_ONE = re.compile(r"(.*)/\{[^/{}]+\}/?", re.DOTALL)  # the path to one of a list


@dataclass(frozen=True)
class Listing:
    """An operation that seems to list things. Pointers are JSON Pointers into a page, `id` one into an item; empty where none was found."""

    operation: str
    items: str
    id: str = ""
    get: str = ""
    limit: str = ""
    moves: str = ""  # the parameter that goes on
    style: str = ""
    next_at: str = ""
    total_at: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)  # parameter to where an item may have its value


# ------------------------------------------------------------------------------------------ schemas


def members(document: Mapping[str, Any], schema: Any, depth: int = 0) -> dict[str, Mapping[str, Any]]:
    """The members that a schema names for an object, those of its parts (`allOf`) among them; references resolved."""
    found = deref(document, schema) if isinstance(schema, Mapping) else {}
    own: dict[str, Mapping[str, Any]] = {}
    if depth < _DEEP:
        for part in found.get("allOf", ()):
            own |= members(document, part, depth + 1)
    for name, member in (found.get("properties") or {}).items():
        own[name] = deref(document, member) if isinstance(member, Mapping) else {}
    return own


def representation(operation: Operation) -> Mapping[str, Any]:
    """The schema of an operation's good answer, as JSON; empty where it declares none."""
    return next((schema for _, schema in _good(operation)), {})


def _good(operation: Operation) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Each good answer that is JSON, with its schema."""
    for status, answer in operation.responses.items():
        if status in ("200", "201", "2XX", "2xx", "default"):
            for name, content in (answer.get("content") or {}).items():
                if media.is_json(name) and isinstance(content, Mapping) and isinstance(content.get("schema"), Mapping):
                    yield answer, content["schema"]


def kind_of(schema: Mapping[str, Any]) -> str:
    """The type that a schema names, null aside; empty where it names none."""
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    return next((str(one) for one in kinds if one not in (None, "null")), "object" if "properties" in schema else "")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


# ------------------------------------------------------------------------------------------ listings


def listing_of(operation: Operation) -> Listing | None:
    """What an operation seems to list; None where it does not seem to."""
    if operation.method != "GET" or operation.path.endswith("}"):
        return None
    document, page = operation.spec.document, representation(operation)
    if (told := operation.collection) is not None:
        where, item = str(told["items"]), _at(document, page, str(told["items"]))
    else:
        found = _items(document, page, operation)
        if found is None:
            return None
        where, item = found
    reads = single(operation)
    parameter = last_parameter(reads.path) if reads else ""
    shown = str(told["id"][0]) if told else id_of(document, item, parameter)
    limit, moves, style = _paging(operation)
    style, next_at = _next(document, page, operation, style)
    return Listing(
        operation.id,
        where,
        shown,
        reads.id if reads else "",
        limit,
        moves,
        style,
        next_at,
        _total(document, page),
        _filters(operation, document, item, {limit, moves}),
    )


def _at(document: Mapping[str, Any], schema: Any, where: str) -> Mapping[str, Any]:
    """The schema of the items of the list that stands at a pointer."""
    node = deref(document, schema) if isinstance(schema, Mapping) else {}
    for part in pointer.segments(where):
        node = members(document, node).get(part, {})
    return deref(document, node.get("items") or {})


def _items(document: Mapping[str, Any], page: Mapping[str, Any], operation: Operation) -> tuple[str, Mapping[str, Any]] | None:
    """Where the items of a page lie, and the schema of one; None where it is no page, or nobody knows which of its lists it is."""
    whole = deref(document, page)
    if kind_of(whole) == "array":
        return "", deref(document, whole.get("items") or {})
    last = _plain(operation.path.rpartition("/")[2])
    lists = _lists(document, whole)
    sure = [one for one in lists if _plain(pointer.segments(one[0])[-1]) == last]
    sure = sure or [one for name in _ITEMS for one in lists if pointer.segments(one[0])[-1] == name]
    if sure:
        return sure[0]
    pages = any(paging_of(p) for p in operation.parameters)
    return lists[0] if len(lists) == 1 and (pages or single(operation) is not None) else None


def _lists(document: Mapping[str, Any], schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """The lists of objects in an object, or one level below, with the schema of what they list."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for name, member in members(document, schema).items():
        if kind_of(member) == "array" and kind_of(item := deref(document, member.get("items") or {})) in ("object", ""):
            found.append((pointer.join(name), item))
        elif name in _AROUND and kind_of(member) == "object":
            found += [
                (pointer.join(name, below), deref(document, inner.get("items") or {}))
                for below, inner in members(document, member).items()
                if kind_of(inner) == "array"
            ]
    return found


def single(operation: Operation) -> Operation | None:
    """The operation that reads one of what another lists: the same path with one parameter more."""
    return _singles(operation.spec.operations).get(operation.path.rstrip("/"))


@kept
def _singles(operations: Mapping[str, Operation]) -> Mapping[str, Operation]:
    """The operations that read one of a list, by the path of that list; of several the first."""
    found: dict[str, Operation] = {}
    for one in operations.values():
        if one.method == "GET" and (shape := _ONE.fullmatch(one.path)):
            found.setdefault(shape[1], one)
    return found


def last_parameter(path: str) -> str:
    """The name of the last parameter in a path; empty where there is none."""
    return path.rstrip("/").rpartition("{")[2].removesuffix("}")


def id_of(document: Mapping[str, Any], item: Mapping[str, Any], parameter: str) -> str:
    """Where an item has what the path to it names; without such a path, where it has what looks like an id. Empty where that is not known."""
    own = members(document, item)
    found = _id_among(own, parameter)
    if found:
        return pointer.join(found)
    for name in _WITHIN:
        if name in own and (found := _id_among(members(document, own[name]), parameter)):
            return pointer.join(name, found)
    return ""


def _id_among(own: Mapping[str, Mapping[str, Any]], parameter: str) -> str:
    told = {name: member for name, member in own.items() if kind_of(member) in ("string", "integer", "")}
    wanted = _plain(parameter)
    if wanted:
        exact = [name for name in told if _plain(name) == wanted]
        if exact:
            return exact[0]
    if not wanted or wanted.endswith(("id", "key", "uid")) or wanted in _IDS:
        return next((name for name in _IDS if name in told), "")
    return next((name for name in ("id", wanted.removesuffix("id") + "id") if name in told), "")


# ------------------------------------------------------------------------------------------ pages


def paging_of(p: Parameter) -> str:
    """`limit`, `cursor`, `page` or `offset` for a query parameter that seems to be one; else empty."""
    if p.location != "query":
        return ""
    if p.paging:
        return p.paging
    name, kind = _plain(p.name), kind_of(p.schema)
    if name in _LIMITS and kind in ("integer", "number", ""):
        return "limit"
    if name in _OFFSETS and kind in ("integer", "number"):
        return "offset"
    if name in _PAGES and kind in ("integer", "number"):
        return "page"
    return "cursor" if name in _CURSORS | _PAGES and kind == "string" else ""


def _paging(operation: Operation) -> tuple[str, str, str]:
    """The parameter for the size of a page, the one that goes on, and what kind of paging that is; empty where there is none."""
    kinds = {kind: p.name for p in reversed(operation.parameters) if (kind := paging_of(p))}
    style = next((one for one in ("cursor", "page", "offset") if one in kinds), "")
    return kinds.get("limit", ""), kinds.get(style, ""), style


def _next(document: Mapping[str, Any], page: Mapping[str, Any], operation: Operation, style: str) -> tuple[str, str]:
    """How a page leads to the next, as a style of the dialect, and where; the kind of its parameter decides where nothing is shown."""
    own = members(document, page)
    if any(name.lower() == "link" for answer, _ in _good(operation) for name in answer.get("headers") or {}):
        return "link-header", ""
    if "entry" in own and "resourceType" in own:
        return "bundle", ""
    found: list[tuple[str, str]] = []
    for where, name, member in _scalars(document, own):
        if style == "cursor" and _plain(name) in _NEXT_CURSORS - _NEXT_LINKS:
            found.append(("cursor", where))
        elif _plain(name) in _NEXT_LINKS and (member.get("format") in ("uri", "uri-reference", "url") or style != "cursor"):
            found.append(("next-in-body", where))
        elif style == "cursor" and _plain(name) in _NEXT_CURSORS:
            found.append(("cursor", where))
    if found:
        return found[0]
    links = deref(document, own.get("links", {}).get("items") or {}) if kind_of(own.get("links", {})) == "array" else {}
    if "href" in members(document, links):
        return "next-in-body", "/links"
    return style, ""


def _scalars(document: Mapping[str, Any], own: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The members of a page that are no lists, and those of what speaks of pages in it: pointer, name, schema."""
    for name, member in own.items():
        if name.lower() in _NESTS and kind_of(member) == "object":
            for below, inner in members(document, member).items():
                if kind_of(inner) not in ("array", "object"):
                    yield pointer.join(name, below), below, inner
        elif kind_of(member) not in ("array", "object"):
            yield pointer.join(name), name, member


def _total(document: Mapping[str, Any], page: Mapping[str, Any]) -> str:
    own = members(document, page)
    for where, name, member in _scalars(document, own):
        counts = (
            name == "count" and "next" in own
        )  # the page of a framework that gives both; elsewhere it may be that of the page
        if (_plain(name) in _TOTALS or counts) and kind_of(member) in ("integer", "number"):
            return where
    return ""


def _filters(operation: Operation, document: Mapping[str, Any], item: Mapping[str, Any], apart: set[str]) -> dict[str, str]:
    """Query parameters that are called as a member of an item is, and are of its kind: they may be filters."""
    own = members(document, item)
    return {
        p.name: pointer.join(p.name)
        for p in operation.parameters
        if p.location == "query" and p.filter is None and p.name not in apart and p.name in own
        if kind_of(p.schema) == kind_of(own[p.name]) and kind_of(p.schema) in ("string", "integer", "number", "boolean")
    }
