"""A data folder to begin with, written from any published OpenAPI document.

    specs/NAME/VERSION/openapi.yaml        the document as it was published; where it refers to other files, with them in it
    specs/NAME/VERSION/overlay.yaml        our annotations, guessed; and what the document needs taken away before it can be used
    specs/NAME/VERSION/requirements.yaml   the wire's places, recipes, and the rows that the document itself justifies
    profiles/NAME/full.yaml                what is tested
    NAME.toml                              how an installation is reached, to be filled in

What is not certain stands as a comment, with what to fill in: taking `# ` away makes it count. Everything else reads at once. Guessed is in
`guessing` and `listing`, bodies are made in `sampling`, and what is taken away is found in `mending`; here it is written down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.committee.guessing import Guess, Making, guessed
from conformance.committee.justifying import justified, title_of
from conformance.committee.listing import Listing, paging_of
from conformance.committee.mending import Mended, jsonpath_of
from conformance.committee.sampling import sampled
from conformance.interface.references import deref
from conformance.load.catalogue import say
from conformance.model import Operation, Spec
from conformance.text import pointer
from conformance.text.yamltext import block, commented, flow

__all__ = ["Draft", "Named", "drafted"]

_LONGEST = 400  # characters of a comment that says what was wrong


@dataclass(frozen=True)
class Named:
    """What a draft is called: the interface, its version, and the language of the comments."""

    name: str
    version: str
    language: str


@dataclass(frozen=True)
class Draft:
    """What was written: each file's text by its relative path, and how much there is to it."""

    files: Mapping[str, str]
    rows: int
    open_rows: int
    listings: int
    recipes: int
    open_recipes: int


def drafted(spec: Spec, mended: Mended, stock: Mapping[str, Any], named: Named) -> Draft:
    """The draft for a spec that was read from a mended document. `stock` is reports/draft.yaml."""
    guess = guessed(spec)
    listings = {one.operation: one for one in guess.listings.values() if one.id}
    parents = {one.parameter: one for one in guess.makings if not one.within and _recipe(spec, one, {}, mended)[1] is not None}
    recipes = [_recipe(spec, one, parents, mended) for one in guess.makings]
    sound = {one.name: body for one, body, _ in recipes if body is not None}
    chosen = justified(spec, guess, listings, frozenset(sound), stock, named.name)
    used = {row["class"] for row, is_open in chosen if not is_open}
    folder = f"specs/{named.name}/{named.version}"
    files = {
        f"{folder}/overlay.yaml": _overlay(spec, mended, guess, listings, named),
        f"{folder}/requirements.yaml": _requirements(spec, guess, recipes, chosen, stock, named),
        f"profiles/{named.name}/full.yaml": _profile(spec, mended, sorted(used, key=list(stock["classes"]).index), named),
        f"{named.name}.toml": _settings(spec, named),
    }
    still_open = sum(is_open for _, is_open in chosen)
    counted = len(chosen) - still_open, still_open, len(listings), len(sound), len(recipes) - len(sound)
    return Draft({path: text for path, text in files.items() if text}, *counted)


def _said(named: Named, key: str, **values: object) -> list[str]:
    return commented(say(f"spec.draft.{key}", named.language, **values).splitlines())


def _inset(lines: Iterable[str]) -> list[str]:
    """Lines as comments at the depth of a list's items; what was said elsewhere may have several."""
    return [f"  {line}" for one in lines for line in commented(one.splitlines())]


# ------------------------------------------------------------------------------------------ overlay.yaml


def _overlay(spec: Spec, mended: Mended, guess: Guess, listings: Mapping[str, Listing], named: Named) -> str:
    lines: list[str] = []
    for target, why in mended.removed:
        lines += ["", *_inset([why[:_LONGEST]]), *block([{"target": target, "remove": True}], 2)]
    told: set[str] = set()
    for operation in spec.operations.values():
        lines += _annotations(operation, guess, listings.get(operation.id), told, named)
    if not any(line and not line.lstrip().startswith("#") for line in lines):
        return ""
    head = {"overlay": "1.0.0", "info": {"title": f"{named.name}, annotated", "version": named.version}}
    return "\n".join([*_said(named, "overlay"), *block(head), "actions:", *lines]) + "\n"


def _annotations(operation: Operation, guess: Guess, listing: Listing | None, told: set[str], named: Named) -> list[str]:
    """The actions for one operation: what family it is of, what it lists, which parameters move through its pages. `told` are the
    parameters of which that was said already.
    """
    update: dict[str, Any] = {}
    if operation.id in guess.resources:
        update["x-resource"] = guess.resources[operation.id]
    if listing is not None and operation.collection is None:
        update["x-collection"] = {"items": listing.items, "id": [listing.id]}
        if listing.get:
            update["x-collection"]["get"] = listing.get
    content = operation.spec.document
    target = jsonpath_of(content, pointer.join("paths", operation.path, operation.method.lower()))
    lines = ["", *block([{"target": target, "update": update}], 2)] if update else []
    for name, kind in _moves(listing, operation):
        if (at := _place(operation, name)) and at not in told:
            told.add(at)
            lines += block([{"target": at, "update": {"x-paging": kind}}], 2)
    for name, where in (listing.filters if listing else {}).items():
        if (at := _place(operation, name)) and at not in told:
            told.add(at)
            action = {"target": at, "update": {"x-filter": {"match": "equals", "on": where}}}
            lines += ["", *_said(named, "filter", parameter=name, member=where), *commented(block([action], 2))]
    return lines


def _place(operation: Operation, name: str) -> str:
    """Where a query parameter of an operation is written, as a JSONPath; empty where that is nowhere in the document."""
    content = operation.spec.document
    above = pointer.join("paths", operation.path)
    for here in (above + pointer.join(operation.method.lower(), "parameters"), above + "/parameters"):
        for place, one in enumerate(pointer.first(content, here) or ()):
            found = deref(content, one)
            if found.get("name") == name and found.get("in") == "query":
                where = str(one["$ref"]).removeprefix("#") if "$ref" in one else f"{here}/{place}"
                return jsonpath_of(content, where) if where.startswith("/") else ""
    return ""


def _moves(listing: Listing | None, operation: Operation) -> Iterator[tuple[str, str]]:
    """The parameters that move through the pages of a listing, and how, unless the document says so itself."""
    if listing is None:
        return
    for name in (listing.limit, listing.moves):
        p = operation.parameter(name) if name else None
        if p is not None and p.paging is None:
            yield name, paging_of(p)


# ------------------------------------------------------------------------------------------ requirements.yaml


Recipe = tuple[Making, "dict[str, Any] | None", str]


def _recipe(spec: Spec, making: Making, parents: Mapping[str, Making], mended: Mended) -> Recipe:
    """A making, the recipe for it, and why there is none that could be used. `parents` are what it may lie in, by the parameter that names one."""
    if {making.create, making.read} & mended.left_out.keys():
        return making, None, "it cannot be asked as the document has it"
    body, why = sampled(spec.operations[making.create], making.name)
    unknown = [name for name, (source, _) in making.within.items() if not source and name not in parents]
    if not body or unknown:
        return (
            making,
            None,
            why
            or ("its schema requires nothing, and no example says more" if not body else "")
            or f"nothing lists what {', '.join(unknown)} may be",
        )
    candidate: dict[str, Any] = {"name": making.name}
    if len(making.within) > 1:
        return making, None, "it lies in several others"
    for name, (source, where) in making.within.items():
        parent = parents.get(name)
        candidate[("of" if parent else "find")] = {parent.name: {}} if parent else {"operation": source}
        body = {f"{{{name}}}": {"found": f"/{parent.name}{parent.id}" if parent else where}, **body}
    recipe = {"create": making.create, "read": making.read}
    recipe |= {
        key: name for key, name in (("update", making.update), ("delete", making.delete), ("list", making.listing)) if name
    }
    return making, {**recipe, "parameter": making.parameter, "id": making.id, "candidates": [{**candidate, "body": body}]}, ""


def _requirements(
    spec: Spec,
    guess: Guess,
    recipes: Sequence[Recipe],
    rows: Sequence[tuple[dict[str, Any], bool]],
    stock: Mapping[str, Any],
    named: Named,
) -> str:
    lines = [*_said(named, "rows", title=title_of(spec)), *block({"interface": named.name, "version": named.version})]
    lines += ["", *_said(named, "dialect"), *block({"dialect": guess.dialect})]
    used = list(dict.fromkeys(row["class"] for row, _ in rows))
    lines += ["", *block({"classes": {name: stock["classes"][name] for name in stock["classes"] if name in used}})]
    if recipes:
        sound = any(recipe is not None for _, recipe, _ in recipes)
        lines += ["", *_said(named, "setup"), "setup:" if sound else "# setup:"]
        for making, recipe, why in recipes:
            if recipe is not None:
                lines += block({making.name: recipe}, 2)
            else:
                lines += [*_said(named, "no-recipe", name=making.name, operation=making.create, why=why)]
    lines += ["", "requirements:"]
    for row, is_open in rows:
        shown = {name: value for name, value in row.items() if name != "fill"}
        lines += (
            [*_said(named, "open", fill=row["fill"][named.language]), *commented(block([shown], 2))]
            if is_open
            else block([shown], 2)
        )
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------------ the other files


def _profile(spec: Spec, mended: Mended, classes: Sequence[str], named: Named) -> str:
    lines = [
        *_said(named, "profile"),
        *block({"profile": "full", "version": named.version, "spec": f"{named.name}/{named.version}"}),
    ]
    lines += block({"title": {"en": title_of(spec), "zh-Hant": title_of(spec)}, "classes": list(classes)})
    if mended.left_out:
        lines += ["operations:", "  except:"]
        for name, why in mended.left_out.items():
            lines += [*_inset([f"{name} {why}"[:_LONGEST]]), f"    - {flow(name)}"]
    else:
        lines.append("operations: all")
    return "\n".join([*lines, "effort: {draws: 6}"]) + "\n"


def _settings(spec: Spec, named: Named) -> str:
    """A yance.toml; credentials stand as comments, since a variable that is not set would be refused."""
    servers = [one.get("url", "") for one in spec.document.get("servers") or ()]
    url = next((one for one in servers if one.startswith(("http://", "https://")) and "{" not in one), "http://127.0.0.1:8000")
    lines = [
        *_said(named, "settings", name=named.name),
        "[solution]",
        f'id = "{named.name}"',
        'version = "1.0.0"',
        'vendor = ""',
        "",
    ]
    lines += ["[target]", f"url = {json.dumps(url)}", f'domain = "{named.name}"', 'profile = "full"']
    if any(one.writes for one in spec.operations.values()):
        lines += [*_said(named, "sandbox"), "sandbox = false"]
    schemes = [
        deref(spec.document, one) for one in ((spec.document.get("components") or {}).get("securitySchemes") or {}).values()
    ]
    if any(one.secured for one in spec.operations.values()):
        lines += ["", *_said(named, "actors"), *commented(["[actors.a]", *_credentials(schemes)])]
    needed = dict.fromkeys(p.name for one in spec.operations.values() for p in one.parameters if p.location == "path")
    if needed:
        lines += ["", *_said(named, "seed"), *commented(["[seed]", *(f'{json.dumps(name)} = ["…"]' for name in needed)])]
    return "\n".join(lines) + "\n"


def _credentials(schemes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The lines of an actor for the first scheme that can be said."""
    for one in schemes:
        if one.get("type") == "apiKey":
            place = (
                [f'name = "{one.get("name", "")}"', f'in = "{one["in"]}"']
                if one.get("in") in ("header", "query", "cookie")
                else []
            )
            return ['apiKey = "env:YANCE_KEY_A"', *place]
        if one.get("type") == "http" and str(one.get("scheme", "")).lower() == "basic":
            return ['user = "…"', 'password = "env:YANCE_PASSWORD_A"']
    return ['token = "env:YANCE_TOKEN_A"']
