"""Runtime expressions: what the links of a document say of an exchange (OpenAPI, Runtime Expressions).

An expression stands alone (`$response.body#/id`) or within a text, in braces (`thing-{$response.body#/id}`); everything else is a constant. What
finds nothing has no value, and neither has a text in which one of its expressions finds nothing.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from conformance.interface import sending
from conformance.interface.bodies import document_of
from conformance.model import Exchange, Operation, wire_text
from conformance.text import pointer

__all__ = ["alone", "understood", "value"]

_FORM = re.compile(
    r"\$(?:url|method|statusCode|(?:request|response)\.(?:body(?:#(?:/.*)?)?|(?:header|query|path)\..+))", re.DOTALL
)
_WITHIN = re.compile(r"\{(\$[^{}]*)\}")


def alone(written: Any) -> str | None:
    """The one expression that a value is, with or without braces; None where it is a constant or more than that."""
    if not isinstance(written, str):
        return None
    found = _WITHIN.fullmatch(written)
    inner = found[1] if found else written
    return inner if inner.startswith("$") else None


def understood(written: Any) -> bool:
    """Whether every expression in a value is of the grammar."""
    told = [alone(written)] if alone(written) else _WITHIN.findall(written) if isinstance(written, str) else []
    return all(_FORM.fullmatch(one or "") for one in told)


def value(operation: Operation, written: Any, answer: Exchange) -> Any:
    """What a value says of an exchange with an operation; None for nothing."""
    if (one := alone(written)) is not None:
        return _found(operation, one, answer)
    if not isinstance(written, str) or not (told := _WITHIN.findall(written)):
        return written
    found = {each: _found(operation, each, answer) for each in told}
    if any(each is None or isinstance(each, dict | list) for each in found.values()):
        return None
    return _WITHIN.sub(lambda each: wire_text(found[each[1]]), written)


def _found(operation: Operation, one: str, answer: Exchange) -> Any:
    whole = {"$url": answer.url, "$method": answer.request.method, "$statusCode": answer.status}
    if one in whole or _FORM.fullmatch(one) is None:
        return whole.get(one)
    source, _, rest = one[1:].partition(".")
    part, _, where = rest.partition("#") if rest.startswith("body") else rest.partition(".")
    if part == "body":
        return pointer.first(answer.json if source == "response" else document_of(operation, answer.request), where)
    if part == "header":
        return answer.header(where) if source == "response" else answer.request.header(where)
    if part == "query":
        return answer.request.parameter(where)
    found = sending.path_values(operation, answer.request.path).get(where)
    return None if found is None else unquote(found)
