"""The request of a step, as a row tells it: an operation with templates for its path, query, headers and content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from conformance import given
from conformance.given.templates import fill
from conformance.model import Exchange, Inputs, Request, Spec, Unmet

__all__ = ["Step", "remembered", "request_of"]

Step = Mapping[str, Any]


def request_of(spec: Spec, step: Step, seen: Mapping[str, Any], inputs: Inputs, now: datetime, nth: int) -> Request:
    """The request of a step, filled from what was `seen`. Raises Unmet where a value that it needs was not seen."""
    source = spec.operations[step["send"]]
    parts = {name: fill(step.get(name, {}), seen, now, inputs, nth) for name in ("path", "query", "headers")}
    if any(value is None for name in ("path", "query") for value in parts[name].values()):
        raise Unmet(f"the answers before {step['name']} do not tell what it needs")
    actor = step.get("actor", "a" if source.secured else None)
    body = fill(step["content"], seen, now, inputs, nth) if "content" in step else None
    request = source.request(actor=actor, json=body, path=parts["path"], query=parts["query"], headers=parts["headers"])
    if source.parameter("Idempotency-Key", "header") and not parts["headers"] and isinstance(body, dict):
        request = given.creation(source, body, inputs, actor=actor, label=f"{step['name']}-{nth}".replace(" ", "-"))
    return replace(request, method=step["method"]) if "method" in step else request


def remembered(name: str, answer: Exchange) -> dict[str, Any]:
    """What later steps see of the answer to a step: its body, what was sent, and its headers."""
    return {
        name: answer.json,
        f"{name} sent": answer.request.json(),
        f"{name} headers": dict(answer.response.headers) if answer.response else {},
    }
