"""Two versions of one service at once, each under its own base URL: what is done under one of them is there under the other, too.

    /v1        the later version            /1.0/v1    the version before, for those who have not moved yet

The version before answers by its own rules (it knows none of the later operations, members and values) on what the later one keeps. What is
made, is made by the later one, so that its subscribers are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from conformance.reference.house import HouseServer

__all__ = ["beside", "path_of"]

_WRITES = ("keep", "new_id")  # what the later server does for both


def path_of(version: str) -> str:
    """The base path of a version that is served beside another one: it ends with the major number, as every base path does."""
    major, minor = version.split(".")[:2]
    return f"/{major}.{minor}/v{major}"


def _view(server: HouseServer, kind: type[HouseServer], document: Callable[[], Mapping[str, Any]]) -> HouseServer:
    """An earlier version's server on what a later one keeps."""
    made = object.__new__(kind)
    vars(made).update(vars(server))
    made.base_path, made.document = path_of(kind.version), document
    made.declare()
    for name in _WRITES:
        if hasattr(server, name):
            setattr(made, name, getattr(server, name))
    return made


def beside(server: HouseServer, kind: type[HouseServer], document: Callable[[], Mapping[str, Any]]) -> Starlette:
    """A later version's server and an earlier one's, as one application; `state.server` is the later one."""
    earlier = _view(server, kind, document)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = earlier if scope.get("path", "").startswith(earlier.base_path) else server
        await chosen(scope, receive, send)

    application = Starlette()
    application.router.default = answer
    application.state.server = server
    return application
