"""Servers that do nothing of what an interface is for, and answer in the form that its document declares all the same.

A suite that holds one of them for conformant has passed what it never saw. They are made of the document alone, so every domain
has them; each must end as not conformant.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance.interface.openapi import read_operations
from conformance.interface.references import referenced
from conformance.model import Operation, Spec
from conformance.reference.instances import Instances
from conformance.text.media import is_json

__all__ = ["impostor", "impostors"]

_VERSION = re.compile(r"\d+\.\d+\.\d+")
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True)
class _Kind:
    """What an impostor answers: a status (0: the first success that the operation declares), with a body or none, drawn or not."""

    says: str
    status: int = 0
    empty: bool = False
    drawn: bool = False


_KINDS: Mapping[str, _Kind] = {
    "RefusesEverything": _Kind("answers to everything with 400", 400),
    "AsksEverybodyForCredentials": _Kind("answers to everything with 401", 401),
    "SaysNothing": _Kind("answers to everything with an empty 200", 200, empty=True),
    "RepeatsTheExamples": _Kind("answers to everything with the example of the document"),
    "MakesItUp": _Kind("answers to everything with a random valid body", drawn=True),
}


def impostors() -> dict[str, str]:
    """What each impostor does, by its name."""
    return {name: kind.says for name, kind in _KINDS.items()}


def impostor(name: str, document: Mapping[str, Any], base_path: str) -> Starlette:
    """An impostor for an interface, as an application. Raises KeyError for a name that is none."""
    kind, operations = _KINDS[name], dict[str, Operation]()
    spec = Spec("", "", document, "", operations, {}, {}, [], {})
    operations.update(read_operations(spec))
    makes = Instances(document, random.Random(name) if kind.drawn else None)
    routes = [(_pattern(base_path + one.path), one) for one in operations.values()]

    async def endpoint(request: Request) -> Response:
        here = [one for pattern, one in routes if pattern.fullmatch(request.url.path)]
        asked = next((one for one in here if one.method == request.method), here[0] if here else next(iter(operations.values())))
        return _answer(kind, asked, makes)

    return Starlette(routes=[Route("/{rest:path}", endpoint, methods=_METHODS)])


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", path)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def _answer(kind: _Kind, operation: Operation, makes: Instances) -> Response:
    status, declared = _declared(kind, operation)
    headers = {
        name: _field(_current(kind, operation, name, makes.of(referenced(operation.spec.document, one, ""))))
        for name, one in (declared.get("headers") or {}).items()
        if name.lower() not in ("content-type", "retry-after")
    }
    content: Mapping[str, Any] = declared.get("content") or {}
    if kind.empty or not content:
        return Response(status_code=status, headers=headers)
    media = next((name for name in content if is_json(name)), next(iter(content)))
    value = _current(kind, operation, "", makes.of(content[media] or {}))
    body = json.dumps(value, ensure_ascii=False) if is_json(media) else str(value)
    return Response(body.encode(), status, {**headers, "Content-Type": media})


def _current(kind: _Kind, operation: Operation, name: str, value: Any) -> Any:
    """An example with the version of its document: a document that extends another has examples of that one, too."""
    if isinstance(value, Mapping):
        return {key: _current(kind, operation, key, member) for key, member in value.items()}
    told = not kind.drawn and name.lower() in ("version", "api-version") and isinstance(value, str)
    return operation.spec.document["info"]["version"] if told and _VERSION.fullmatch(value) else value


def _declared(kind: _Kind, operation: Operation) -> tuple[int, Mapping[str, Any]]:
    """The status of an answer, and what is declared for it."""
    known = operation.responses
    if kind.status:
        wide = f"{kind.status // 100}XX"
        found = next((known[name] for name in (str(kind.status), wide, "default") if name in known), {})
        return kind.status, found
    name = next((name for name in known if name[:1] == "2"), next(iter(known), "200"))
    return int(name) if name.isdecimal() else 200, known.get(name, {})


def _field(value: Any) -> str:
    """A value as a header field has it."""
    plain: Callable[[Any], str] = lambda one: str(one).lower() if isinstance(one, bool) else str(one)  # noqa: E731 - used twice
    text = ", ".join(map(plain, value)) if isinstance(value, list) else plain(value)
    return text.encode("ascii", "replace").decode()
