"""What a published document suggests of its interface, beyond what it says: what lists things (`listing`), what makes them, and how its
wire is.

Nothing here is certain, and all of it is written where a person reads it first (`drafting`). It is guessed from paths, from the members of
answers and from the names of parameters. Where two readings are as likely as each other there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.committee.listing import Listing, id_of, kind_of, last_parameter, listing_of, members, representation, single
from conformance.interface.references import referenced
from conformance.model import Spec
from conformance.text import media

__all__ = ["Guess", "Making", "guessed"]


@dataclass(frozen=True)
class Making:
    """How things of a kind seem to be made. `within` are the path parameters of the creation and from which listing their values come."""

    name: str
    create: str
    read: str
    parameter: str
    id: str
    update: str = ""
    delete: str = ""
    listing: str = ""
    within: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Guess:
    """All that was guessed of a document. `dialect` is as in requirements.yaml, `resources` the family of each operation."""

    listings: Mapping[str, Listing]
    makings: tuple[Making, ...]
    dialect: Mapping[str, Any]
    resources: Mapping[str, str]


def guessed(spec: Spec) -> Guess:
    """What a document suggests. What its own annotations say already is taken as said."""
    listings = {one.id: found for one in spec.operations.values() if (found := listing_of(one)) is not None}
    return Guess(listings, tuple(_makings(spec, listings)), _dialect(spec, listings), _resources(spec))


# ------------------------------------------------------------------------------------------ things that are made


def _makings(spec: Spec, listings: Mapping[str, Listing]) -> Iterator[Making]:
    names: set[str] = set()
    for create in spec.operations.values():
        if create.method != "POST" or create.path.endswith("}") or not {"200", "201"} & create.responses.keys():
            continue
        read = single(create)
        if read is None:
            continue
        parameter, listed = last_parameter(read.path), _listed_at(spec, create.path, listings)
        shown = id_of(spec.document, representation(read), parameter)
        if not shown:
            continue
        name = _singular(create.path.rstrip("/").rpartition("/")[2])
        while name in names:
            name += "-2"
        names.add(name)
        on_it = {one.method: one.id for one in spec.operations.values() if one.path == read.path}
        within = {p.name: _source(spec, p.name, listings) for p in create.parameters if p.location == "path"}
        yield Making(
            name,
            create.id,
            read.id,
            parameter,
            shown,
            on_it.get("PATCH", on_it.get("PUT", "")),
            on_it.get("DELETE", ""),
            listed.operation if listed and listed.id == shown and not within else "",
            within,
        )


def _listed_at(spec: Spec, path: str, listings: Mapping[str, Listing]) -> Listing | None:
    return next((one for one in listings.values() if spec.operations[one.operation].path == path and one.id), None)


def _source(spec: Spec, parameter: str, listings: Mapping[str, Listing]) -> tuple[str, str]:
    """The listing that shows values of a path parameter, with where an item has it; both empty where none does."""
    for one in listings.values():
        if one.get and one.id and last_parameter(spec.operations[one.get].path) == parameter:
            return one.operation, one.id
    return "", ""


def _singular(word: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "-", word.lower()).strip("-") or "thing"
    for end, put in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        if name.endswith(end) and not name.endswith("ss"):
            return name.removesuffix(end) + put
    return name


# ------------------------------------------------------------------------------------------ the wire


def _dialect(spec: Spec, listings: Mapping[str, Listing]) -> dict[str, Any]:
    """Where the interface keeps things: what most of its listings have. A place that none shows is empty, so that nobody looks there."""
    pages = [one for one in listings.values() if one.id]
    style = _most(one.style for one in pages)
    found: dict[str, Any] = {"style": style or "next-in-body", "items_at": _most(one.items for one in pages)}
    found["next_at"] = _most(one.next_at for one in pages if one.style == style)
    if parameter := _most(one.moves for one in pages):
        found["parameter"] = parameter
    if limit := _most(one.limit for one in pages):
        found["limit"] = limit
    if found["style"] == "cursor":
        found["links_at"] = "/links" if any(_has_links(spec, one) for one in pages) else ""
    found["total_at"] = _most(one.total_at for one in pages)
    return found | _problems(spec)


def _has_links(spec: Spec, listing: Listing) -> bool:
    """Whether the pages of a listing have links beside their cursor."""
    return kind_of(members(spec.document, representation(spec.operations[listing.operation])).get("links", {})) == "array"


def _problems(spec: Spec) -> dict[str, Any]:
    """What refusals are, and where they say of what type they are."""
    kinds: Counter[str] = Counter()
    schemas: dict[str, Any] = {}
    for operation in spec.operations.values():
        for status, answer in operation.responses.items():
            if status[:1] in "45d":
                for name, content in (referenced(spec.document, answer).get("content") or {}).items():
                    if media.is_json(name) and "*" not in name:
                        kinds[name.partition(";")[0].strip().lower()] += 1
                        schemas.setdefault(name, (content or {}).get("schema") or {})
    if not kinds:
        return {"problem_media_type": "application/json", "problem_type": ""}
    told = kinds.most_common(1)[0][0]
    own = members(spec.document, schemas.get(told) or {})
    return {
        "problem_media_type": told,
        "problem_type": next((f"/{name}" for name in ("type", "code", "error") if name in own), ""),
    }


def _most(values: Iterable[str]) -> str:
    """The value that occurs most often, of those that say anything; empty where none does."""
    counted = Counter(value for value in values if value)
    return counted.most_common(1)[0][0] if counted else ""


def _resources(spec: Spec) -> dict[str, str]:
    """The family of each operation that its first segment does not tell: where all paths begin alike, or with a parameter."""
    paths = [[part for part in one.path.split("/") if part] for one in spec.operations.values()]
    shared = 0
    while all(len(parts) > shared + 1 for parts in paths) and len({parts[shared] for parts in paths}) == 1:
        shared += 1
    found: dict[str, str] = {}
    for one, parts in zip(spec.operations.values(), paths, strict=True):
        literal = next((part for part in parts[shared:] if "{" not in part), "")
        if literal and literal != one.resource and "x-resource" not in one.raw:
            found[one.id] = literal
    return found
