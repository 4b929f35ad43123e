"""What is wrong with a request, as far as the request itself tells: the faults that the interface document excludes, in their order.

Credentials, entity tags and states are the server's to judge; what a schema, a list of parameters or the grammar of JSON excludes can
be told by anybody. Where readers of JSON may differ (a name that occurs twice or that some take for an attack, half of a surrogate pair,
a number beyond all measure), where a path is no UTF-8, and where redaction has changed what was sent, nothing is told.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn
from urllib.parse import unquote

from conformance.interface import contract, readings, sending
from conformance.model import Exchange, Operation, Pairs, Request
from conformance.text import media

__all__ = ["faults", "possible", "unread"]

_REDACTED = "«"
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")
_ORDINARY = re.compile(r"[^\x00-\x1f/\\%.\x7f]+")  # a segment that no server on the way takes for something else
_LONGEST = 18  # digits of an integer that every reader takes


class _Uncertain(Exception):  # a reason to say nothing, not an error
    """Readers of JSON may differ here."""


def faults(operation: Operation, request: Request, *, doubted: bool = False) -> list[tuple[int, str]]:
    """The faults of a request, as pairs of the status that stands for it and its kind: `path`, `query`, `cursor`, `key`, `syntax`,
    `precondition`, `body`. `doubted`: a body counts only where both validators refuse it, as it has to before anybody is failed for it.
    """
    places = (_in_path, _in_query, _in_headers)
    found = [fault for place in places for fault in place(operation, request)]
    return [*found, *_in_body(operation, request, contract.request_refused if doubted else contract.request_unfit)]


def possible(operation: Operation, one: Exchange) -> set[int]:
    """The statuses of faults that the request does not exclude: those of which only the server knows, and those nobody can tell."""
    request = one.request
    found = {401, 403} if operation.secured else set()
    found |= {404} if "{" in operation.path else set()
    found |= {406} if request.header("Accept") is not None else set()
    found |= {412} if request.header("If-Match") is not None else set()
    found |= {415, 400} if unread(operation, request) else set()
    return found | ({400} if request.query else set())


def _in_path(operation: Operation, request: Request) -> Iterator[tuple[int, str]]:
    for name, text in sending.path_values(operation, request.path).items():
        value = unquote(text, errors="replace")
        if (
            "\ufffd" not in value
            and _ORDINARY.fullmatch(value)
            and not contract.parameter_accepts(operation, name, value, "path")
        ):
            yield 404, "path"


def _in_query(operation: Operation, request: Request) -> Iterator[tuple[int, str]]:
    names = [name for name, _ in request.query]
    query = _plain(operation, request) if contract.lists(operation) else request.query
    if len(query) < len(names) and _REDACTED not in request.target and contract.excluded(operation, request.query):
        yield 400, "query"
    for name, value in query:
        p = operation.parameter(name)
        if p is None or (names.count(name) > 1 and p.schema.get("type") not in ("array", "object")):
            yield 400, "query"
        elif p.paging == "cursor":
            yield from [(400, "cursor")] if not contract.parameter_accepts(operation, name, value) else []
        elif _REDACTED not in value and not contract.parameter_accepts(operation, name, value):
            yield 400, "query"


def _plain(operation: Operation, request: Request) -> Pairs:
    """The pairs of a query that are no part of a list or an object: of these only all pairs together tell."""
    known = {p.name: p for p in operation.parameters if p.location == "query"}
    strangers = readings.unlike(request.query, known)
    return tuple(
        (name, value)
        for name, value in request.query
        if (name in strangers if name not in known else not sending.structured(known[name]))
    )


def _in_headers(operation: Operation, request: Request) -> Iterator[tuple[int, str]]:
    for p in operation.parameters:
        if p.location == "header" and p.required and request.header(p.name) is None:
            yield (428, "precondition") if p.name.lower() == "if-match" else (400, "key")


def _in_body(operation: Operation, request: Request, unfit: Callable[[Operation, str, Any], bool]) -> list[tuple[int, str]]:
    if not operation.bodies:
        return []
    named = request.header("Content-Type") or ""
    if media.best(operation.bodies, named) is None:
        return [(415, "media")] if named else []
    if not media.is_json(named):
        redacted = _REDACTED in unquote((request.body or b"").decode("utf-8", "replace"))
        return [(422, "body")] if not redacted and contract.body_refused(operation, named, request.body or b"") else []
    try:
        document = _read(request.body or b"")
    except _Uncertain:
        return []
    except (ValueError, RecursionError):
        return [(400, "syntax")]
    return [(422, "body")] if unfit(operation, named, document) else []


def unread(operation: Operation, request: Request) -> bool:
    """Whether a body or a header may be at fault in a way that nobody can tell from outside."""
    if request.header("If-None-Match") is not None:
        return True
    if not operation.bodies:
        return False
    named = request.header("Content-Type") or ""
    if media.best(operation.bodies, named) is None or not media.is_json(named):
        return True
    try:
        _read(request.body or b"")
    except _Uncertain:
        return True
    except (ValueError, RecursionError):
        return False
    return any(part in named for part in (";", ","))


def _read(body: bytes) -> Any:
    """A JSON text. Raises ValueError when it is none, _Uncertain where readers may differ."""
    if _HALF.search(body) or body.startswith(b"\xef\xbb\xbf") or _REDACTED.encode() in body:
        raise _Uncertain
    return json.loads(
        body.decode(), parse_constant=_no_constant, parse_int=_integer, parse_float=_number, object_pairs_hook=_distinct
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _integer(text: str) -> int:
    if len(text) > _LONGEST:
        raise _Uncertain
    return int(text)


def _number(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise _Uncertain
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs) or "__proto__" in found:
        raise _Uncertain
    return found
