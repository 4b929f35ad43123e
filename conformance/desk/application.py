"""The desk as one ASGI application: its paths, what stands before them, and how a refusal looks."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from conformance.desk import deeds, pages, signing_in
from conformance.desk.desk import Desk, NotAllowedError, page
from conformance.desk.guard import Guard, Sessions
from conformance.desk.settings import Settings
from conformance.desk.uploads import Uploads
from conformance.desk.work import Work
from conformance.errors import AbsentError, SuiteError, TargetError, UsageError, VerificationError, YanceError
from conformance.office import Registry

__all__ = ["application"]

_UPLOADS = "/uploads"
_STATUS: tuple[tuple[type[YanceError], int], ...] = (
    (TargetError, 502),
    (VerificationError, 422),
    (SuiteError, 500),
    (AbsentError, 404),
    (UsageError, 400),
)
_ROUTES = (
    Route("/", pages.home),
    Route("/style/{name}", pages.style),
    Route("/sign-in", signing_in.sign_in),
    Route(signing_in.RETURN, signing_in.signed_in),
    Route("/sign-out", signing_in.sign_out, methods=["POST"]),
    Route("/language/{language}", signing_in.choose_language),
    Route("/certificates", pages.certificates),
    Route("/certificates/{number}", pages.certificate),
    Route("/certificates/{number}", deeds.change, methods=["POST"]),
    Route("/proposals", pages.proposals),
    Route("/proposals/{id}", pages.proposal),
    Route("/proposals/{id}/approve", deeds.approve, methods=["POST"]),
    Route("/proposals/{id}/decline", deeds.decline, methods=["POST"]),
    Route(_UPLOADS, pages.uploads),
    Route(_UPLOADS, deeds.send, methods=["POST"]),
    Route("/uploads/{id}", pages.upload),
    Route("/uploads/{id}/propose", deeds.propose, methods=["POST"]),
)


def application(settings: Settings, registry: Registry, data: tuple[Path, ...] = (), *, provider: Any = None) -> ASGIApp:
    """The desk on a registry. `provider` is an httpx transport to the identity provider, where that is in this process."""
    uploads = Uploads(settings.uploads)
    work = Work(settings, registry, uploads, data)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with work.going():
            yield

    made = Starlette(
        routes=_ROUTES,
        exception_handlers={YanceError: _refused, HTTPException: _unknown, ClientDisconnect: _gone, Exception: _failed},
        lifespan=lifespan,
    )
    made.state.desk = Desk(settings, registry, uploads, work, data)
    made.state.client = signing_in.client_of(settings.sign_in, provider)
    return Guard(Sessions(made, secure=settings.secure), address=settings.address, uploads=_UPLOADS)


async def _refused(request: Request, error: Exception) -> Response:
    if isinstance(error, NotAllowedError):
        status = 403 if error.signed_in else 401
    else:
        status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    return page(request, "problem", "desk.problem", status, problem=str(error), signed_in=status != 401)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = "there is no such page" if error.status_code in (404, 405) else "the request cannot be read; load the page again"
    return page(request, "problem", "desk.problem", error.status_code, problem=said, signed_in=True)


async def _gone(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("too large, or interrupted\n", 413)


async def _failed(_request: Request, error: Exception) -> Response:
    return PlainTextResponse(f"the desk itself failed ({type(error).__name__}); nothing was done\n", 500)
