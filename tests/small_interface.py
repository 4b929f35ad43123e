"""A small interface of a test's own under the suite: a document, rows and a server in a few lines, in this process."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from conformance import checks
from conformance.adequacy import START, verdicts_of
from conformance.clock import VirtualClock
from conformance.evidence import Record
from conformance.interface.openapi import read_operations
from conformance.model import Binding, Credential, Ics, Ixit, Level, Operation, Profile, Requirement, Spec, Verdict
from conformance.plan import make_plan

Answer = tuple[int, Mapping[str, str], bytes]
DIALECT = {
    "style": "next-in-body",
    "items_at": "/items",
    "next_at": "/next",
    "total_at": "",
    "problem_media_type": "application/json",
}


def said(document: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    return status, {"Content-Type": "application/json", **headers}, json.dumps(document, ensure_ascii=False).encode()


def described(schema: Any, status: str = "200", media: str = "application/json", **more: Any) -> dict[str, Any]:
    """The declared answers of an operation: one good one with this schema, and 400."""
    bad = {"description": "-", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {status: {"description": "-", "content": {media: {"schema": schema}}, **more}, "400": bad}


def document(paths: Mapping[str, Any], version: str = "3.0.3", **components: Any) -> dict[str, Any]:
    """An OpenAPI document. Names of operations that are not given are made of method and path."""
    return {"openapi": version, "info": {"title": "-", "version": "1"}, "paths": paths, "components": components}


def row(number: int, check: str, operations: Sequence[str], arguments: Mapping[str, Any], least: int = 1) -> Requirement:
    """A MUST that binds a check to operations."""
    text = {"en": check, "zh-Hant": check}
    binding = Binding(check, arguments, tuple(operations))
    return Requirement(f"T-{number}", Level.MUST, "all", "schema", text, "-", text, binding, None, least, "case", "")


def specified(
    openapi: Mapping[str, Any],
    *rows: str | tuple[str, Mapping[str, Any]],
    dialect: Mapping[str, Any] | None = None,
    setup: Mapping[str, Any] | None = None,
) -> tuple[Spec, Profile]:
    """A spec of a document, with each check on every operation, and the profile of all of it."""
    operations: dict[str, Operation] = {}
    bound = [(one, {}) if isinstance(one, str) else one for one in rows]
    requirements: list[Requirement] = []
    spec = Spec(
        "small",
        "1.0.0",
        openapi,
        f"sha256:{zlib.crc32(json.dumps(openapi).encode()):08x}",
        operations,
        dialect or DIALECT,
        setup or {},
        requirements,
        {},
    )
    operations.update(read_operations(spec))
    requirements += [row(number, name, tuple(operations), arguments) for number, (name, arguments) in enumerate(bound)]
    return spec, Profile("full", "1", "small", "1.0.0", {"en": "-"}, ("all",), tuple(operations), {}, 6, "")


def under_test(
    cache: Path,
    openapi: Mapping[str, Any],
    answer: Callable[[Request, bytes], Answer] | Starlette,
    *rows: str | tuple[str, Mapping[str, Any]],
    seeds: Mapping[str, tuple[str, ...]] | None = None,
    dialect: Mapping[str, Any] | None = None,
    actors: Mapping[str, Credential] | None = None,
    setup: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Verdict], list[Record]]:
    """The verdicts by `check/operation`, each check on every operation of the document, and the evidence. `answer` is the server, or what it
    answers.
    """
    spec, profile = specified(openapi, *rows, dialect=dialect, setup=setup)
    known = {"a": Credential("bearer", "token-of-a-0123456789")} if actors is None else actors
    ixit = Ixit("http://small.example", sandbox=True, actors=known, seeds=seeds or {})
    plan = make_plan(spec, profile, Ics(), ixit, cache=cache)

    app = answer if isinstance(answer, Starlette) else serving(answer)
    verdicts, records = asyncio.run(verdicts_of(plan, spec, ixit, app, VirtualClock(START)))
    names = {requirement.id: requirement.binding.check for requirement in spec.requirements if requirement.binding}
    assert set(names.values()) <= set(checks.names())
    return {f"{names[one.requirement]}/{one.operation}": one for one in verdicts}, records


def serving(answer: Callable[[Request, bytes], Answer]) -> Starlette:
    async def served(request: Request) -> Response:
        status, headers, body = answer(request, await request.body())
        return Response(body, status, dict(headers))

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(routes=[Route("/{rest:path}", served, methods=methods)])
