"""Something that happens on a thing of the case's own, so that subscribers are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance import given
from conformance.interface.dialect import Dialect
from conformance.model import Exchange, Inputs, Operation, Script, Unmet

__all__ = ["happen"]


def happen(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    event: Mapping[str, Any],
    step: str,
    nth: int,
    things: Mapping[str, given.Created] | None = None,
) -> Script:
    """Makes an event on the first thing on which it can be made; what it stands on (`of`) is taken from `things` where it is there.
    Raises Unmet with the last refusal.
    """
    source, refusal = operation.spec.operations[event["operation"]], "nothing was found to make it on"
    template = {"content": event["body"], "path": event.get("path", {})}
    held = dict(things or {})  # what is made for one event is none of another's
    filled = yield from given.filled(operation.spec, {**event, "body": template}, inputs, dialect, nth=nth, things=held)
    for number, each in enumerate(filled):
        sent = source.request(path=each["path"], actor="a")
        if source.bodies:
            sent = replace(given.creation(source, each["content"], inputs, actor="a", label=f"{step}-{number}"), path=sent.path)
        made: Exchange = yield sent.with_step(step)
        if made.ok:
            return
        refusal = f"{source.id} answered {made.status or made.failure}"
    raise Unmet(f"no event could be made: {refusal}")
