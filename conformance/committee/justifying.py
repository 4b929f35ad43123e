"""Which rows a document justifies: each of the stock (reports/draft.yaml) is about the operations of a word, and left out where there are none.

A row is justified where the document says what the row demands, or an RFC does of what the document uses; the others are the stock's `open`
ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from conformance.committee.guessing import Guess
from conformance.committee.listing import Listing, representation
from conformance.committee.sampling import free_text
from conformance.interface.references import deref
from conformance.model import Operation, Spec
from conformance.text import pointer

__all__ = ["justified", "title_of"]


def justified(
    spec: Spec, guess: Guess, listings: Mapping[str, Listing], recipes: frozenset[str], stock: Mapping[str, Any], name: str
) -> list[tuple[dict[str, Any], bool]]:
    """The rows of the stock that are about something here, numbered, each with whether it stands as a comment."""
    about = _about(spec, guess, listings, recipes)
    prefix = (re.sub(r"[^A-Z]", "", name.upper()) + "XXX")[:3]
    found: list[tuple[dict[str, Any], bool]] = []
    for entry in stock["rows"]:
        operations: Any = about[entry["of"]]
        if not operations:
            continue
        if len(operations) == len(spec.operations):
            operations = {"where": ["any"]}
        row = {"id": f"{prefix}-{len(found) + 1:03d}"}
        row |= {key: entry[key] for key in ("level", "class", "oracle", "text")}
        row |= {"source": entry["source"].replace("{title}", title_of(spec)), "remedy": entry["remedy"], "check": entry["check"]}
        arguments = _with(spec, entry, operations)
        row |= ({"with": arguments} if arguments else {}) | {"operations": operations}
        found.append(({**row, "fill": entry["fill"]} if entry.get("open") else row, bool(entry.get("open"))))
    return found


def _with(spec: Spec, entry: Mapping[str, Any], operations: Any) -> Mapping[str, Any]:
    """What a row hands to its check: what the stock says, and what only this document tells."""
    if entry["of"] == "texts":
        return {"member": pointer.join(free_text(spec.operations[operations[0]]))}
    if entry["of"] == "challenged":
        return {"scheme": _schemes(spec).pop().capitalize()}
    given: Mapping[str, Any] = entry.get("with", {})
    return given


def title_of(spec: Spec) -> str:
    """What a document calls itself, with its version."""
    info = spec.document.get("info") or {}
    return " ".join(f"{info.get('title', '')} {info.get('version', '')}".split())[:80] or "The document"


def _schemes(spec: Spec) -> set[str]:
    """The HTTP authentication schemes that the document names."""
    found = (deref(spec.document, one) for one in ((spec.document.get("components") or {}).get("securitySchemes") or {}).values())
    return {str(one.get("scheme", "")).lower() if one.get("type") == "http" else "" for one in found}


def _about(spec: Spec, guess: Guess, listings: Mapping[str, Listing], recipes: frozenset[str]) -> Mapping[str, list[str]]:
    """Which operations each word of the stock (`of`) stands for."""

    def those(holds: Callable[[Operation], bool]) -> list[str]:
        return [one.id for one in spec.operations.values() if holds(one)]

    makings = [one for one in guess.makings if one.name in recipes]
    paging = [
        one for one in listings.values() if one.limit and (one.moves or one.style in ("link-header", "next-in-body", "bundle"))
    ]
    alike = guess.dialect
    paged = [
        one
        for one in paging
        if one.style == alike["style"] and one.limit == alike.get("limit") and one.next_at == alike["next_at"]
    ]
    http = _schemes(spec)
    return {
        "every": those(lambda _: True),
        "not-found": those(lambda o: "404" in o.responses and "{" in o.path and not o.bodies),
        "linked": those(lambda o: any(answer.get("links") for answer in o.responses.values())),
        "problems": those(_has_problems) if alike["problem_media_type"] == "application/problem+json" else [],
        "with-query": those(lambda o: any(p.location == "query" for p in o.parameters)),
        "secured": those(lambda o: o.secured),
        "challenged": those(lambda o: o.secured and "401" in o.responses) if len(http) == 1 and "" not in http else [],
        "bearer": those(lambda o: o.secured) if "bearer" in http else [],
        "secured-reads": those(lambda o: o.secured and o.method == "GET" and "{" in o.path),
        "identified": [one.operation for one in listings.values() if one.get],
        "paged": [one.operation for one in paged],
        "bounded": [one.operation for one in paged if _bounded(spec.operations[one.operation], one.limit)],
        "totalled": [one.operation for one in paged if one.total_at and one.total_at == alike["total_at"]],
        "same-schema": [one.operation for one in listings.values() if one.get and _same_schema(spec, one)],
        "filterable": [one.operation for one in listings.values() if one.filters],
        "reads": those(lambda o: o.method == "GET" and o.path.count("{") == 0) or those(lambda o: o.method == "GET"),
        "not-modified": those(lambda o: o.method == "GET" and "304" in o.responses),
        "located": [one.create for one in makings if _has_header(spec.operations[one.create], "201", "location")],
        "texts": [one.create for one in makings if free_text(spec.operations[one.create])][:1],
        "deleting": [one.delete for one in makings if one.delete],
        "conditional": [
            one.update for one in makings if one.update and spec.operations[one.update].parameter("If-Match", "header")
        ],
    }


def _has_problems(operation: Operation) -> bool:
    """Whether every refusal that is declared is a problem document."""
    refusals = [answer.get("content") or {} for status, answer in operation.responses.items() if status[:1] in "45d"]
    return bool(refusals) and all("application/problem+json" in {name.lower() for name in one} for one in refusals)


def _bounded(operation: Operation, limit: str) -> bool:
    p = operation.parameter(limit)
    return p is not None and {"minimum", "maximum"} <= p.schema.keys() and "400" in operation.responses


def _has_header(operation: Operation, status: str, name: str) -> bool:
    return any(one.lower() == name for one in (operation.responses.get(status) or {}).get("headers") or {})


def _same_schema(spec: Spec, listing: Listing) -> bool:
    """Whether an item of a listing and the thing that is read alone have one schema by name."""
    node: Any = representation(spec.operations[listing.operation])
    for part in pointer.segments(listing.items):
        node = (deref(spec.document, node).get("properties") or {}).get(part) or {}
    item = deref(spec.document, node).get("items") or {}
    alone = representation(spec.operations[listing.get])
    return "$ref" in item and item.get("$ref") == alone.get("$ref")
