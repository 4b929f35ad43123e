"""Things of our own: the recipe of an operation, and what a check has to know of the resources that it makes.

`recipe_of`, `never` and `amendment` are for `drive`; the rest is pure and serves `judge` too. Names that the suite gives
(`Inputs.unique`) begin with the mark of the run (`model.guise`), by which a resource of ours is known again, wherever it shows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.given import id_of
from conformance.model import MARK, Exchange, Inputs, Operation, Request, Spec, Unmet
from conformance.text import pointer

__all__ = [
    "amendment",
    "client_moves",
    "id_of",
    "known_recipe",
    "lapsed",
    "lapses_to",
    "marks",
    "named",
    "never",
    "recipe_of",
    "refreshed",
    "remarked",
    "resent",
    "state_of",
    "unusable",
]

_ALPHABETS = ("0123456789", "abcdef", "ABCDEF", "ghijklmnopqrstuvwxyz", "GHIJKLMNOPQRSTUVWXYZ")
_NOBODYS, _ANYBODYS = 8, 3  # characters from which an id is nobody else's, and up to which it may be any code
_ALTERED = 8  # characters by which an id that never existed differs from a real one


def known_recipe(operation: Operation) -> tuple[str, Mapping[str, Any]] | None:
    """The set-up recipe in which the operation has a part, with its name; None when there is none."""
    for name, recipe in operation.spec.setup.items():
        if operation.id in (
            recipe.get("create"),
            recipe.get("read"),
            recipe.get("update"),
            recipe.get("delete"),
            recipe.get("list"),
        ):
            return name, recipe
    return None


def recipe_of(operation: Operation) -> tuple[str, Mapping[str, Any]]:
    """The same, for scripts. Raises Unmet when there is none."""
    found = known_recipe(operation)
    if found is None:
        raise Unmet(f"no set-up recipe makes what {operation.id} works on")
    return found


# ------------------------------------------------------------------------------------------ what a resource says


def state_of(recipe: Mapping[str, Any], document: Any) -> str | None:
    """The state that a representation gives, or None."""
    found = pointer.first(document, recipe["state"]) if "state" in recipe else None
    return found if isinstance(found, str) else None


def unusable(exchange: Exchange) -> bool:
    """Whether an answer says nothing about the question: nobody dealt with it, or the credentials were not taken."""
    return exchange.turned_away or exchange.status in (401, 403)


def named(spec: Spec, resource: str, identifier: str, exchange: Exchange) -> bool:
    """Whether an answer names a resource.

    A long id is nobody else's, wherever it stands, and one with letters and digits is as a word of its own. Any other (`7`, say) is
    part of many a time and number: it counts as a whole text of more than three characters, or behind the path of the resource.
    """
    text = exchange.response.body.decode("utf-8", "replace") if exchange.response else ""
    if not identifier or len(identifier) >= _NOBODYS:
        return bool(identifier) and identifier in text
    texts = list(_texts(exchange.json))
    if any(c.isalpha() for c in identifier) and any(c.isdigit() for c in identifier):
        word = re.compile(rf"(?<![\w.~-]){re.escape(identifier)}(?![\w~-])")
        return any(word.search(one) for one in texts)
    recipe = spec.setup[resource]
    path = spec.operations[recipe["read"]].path.replace(f"{{{recipe['parameter']}}}", identifier)
    link = re.compile(re.escape(path) + r"(?![\w.~-])")
    return (len(identifier) > _ANYBODYS and identifier in texts) or any(link.search(one) for one in texts)


def marks(exchange: Exchange) -> list[str]:
    """The texts in the document of a request that the suite made up and nobody else uses."""
    mark = exchange.said(MARK)
    return list(dict.fromkeys(text for text in _texts(exchange.request.json()) if text.startswith(mark)))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for member in node.values():
            yield from _texts(member)
    elif isinstance(node, list):
        for member in node:
            yield from _texts(member)


def remarked(inputs: Inputs, document: Any, label: str) -> Any:
    """The document with every mark of the run replaced by another one, for `label`; the rest stays."""
    if isinstance(document, str):
        mark = inputs.guise.mark
        return inputs.guise.another(document, label)[:60] if document.startswith(mark) else document
    if isinstance(document, Mapping):
        return {key: remarked(inputs, member, label) for key, member in document.items()}
    if isinstance(document, list):
        return [remarked(inputs, member, label) for member in document]
    return document


# ------------------------------------------------------------------------------------------ states


def client_moves(spec: Spec, resource: str, state: str | None) -> list[str]:
    """The states to which a client may move a resource from this one."""
    return _moves(spec, resource, state, "client")


def lapses_to(spec: Spec, resource: str, state: str | None) -> list[str]:
    """The states into which time alone may bring a resource from this one."""
    return _moves(spec, resource, state, "server")


def _moves(spec: Spec, resource: str, state: str | None, by: str) -> list[str]:
    steps = given.machine(spec, resource)["transitions"]
    return [step["to"] for step in steps if step["from"] == state and step.get("by", "client") == by]


def lapsed(spec: Spec, resource: str, before: Any, after: Any) -> bool:
    """Whether time alone explains that a resource has another state than before."""
    recipe = spec.setup[resource]
    old, new = state_of(recipe, before), state_of(recipe, after)
    return "state" in recipe and old != new and new in lapses_to(spec, resource, old)


def amendment(spec: Spec, one: given.Created) -> list[dict[str, Any]]:
    """Changes that a client may make to a resource as it stands, first those after which more can follow. Raises Unmet for none."""
    recipe = spec.setup[one.resource]
    if "amendments" in recipe and "update" in recipe:
        here = one.representation if isinstance(one.representation, Mapping) else {}
        return [dict(each) for each in recipe["amendments"] if any(here.get(name) != value for name, value in each.items())]
    if "state" not in recipe or "update" not in recipe:
        raise Unmet(f"no change of a {one.resource} is described")
    targets = client_moves(spec, one.resource, state_of(recipe, one.representation))
    targets.sort(key=lambda target: not client_moves(spec, one.resource, target))
    if not targets:
        raise Unmet(f"no client may change a {one.resource} that is {state_of(recipe, one.representation)}")
    return [{pointer.segments(recipe["state"])[-1]: target} for target in targets]


def refreshed(one: given.Created, exchange: Exchange) -> given.Created:
    """The resource as an answer shows it, with its present entity tag. Raises Unmet when the answer is no success."""
    if not exchange.ok:
        raise Unmet(f"reading or changing {one.resource} {one.id} answered {exchange.status or exchange.failure}")
    return replace(one, representation=exchange.json, tag=exchange.header("etag"), exchange=exchange)


# ------------------------------------------------------------------------------------------ requests


def never(identifier: str, chance: random.Random) -> str:
    """An id of the same make that (almost certainly) never existed: its last letters and digits are others of their kind."""
    left, found = _ALTERED, list(identifier)
    for index in range(len(found) - 1, -1, -1):
        alphabet = next((kind for kind in _ALPHABETS if found[index] in kind), "")
        if alphabet and left:
            found[index] = chance.choice(alphabet.replace(found[index], ""))
            left -= 1
    return "".join(found)


def resent(exchange: Exchange, step: str, **changes: Any) -> Request:
    """The request of an exchange once more, under another step."""
    return replace(exchange.request, step=step, **changes)
