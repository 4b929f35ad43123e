"""A reference server on loopback, for as long as a command needs it: uvicorn in a thread, on a free port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from starlette.staticfiles import StaticFiles

from conformance import reference
from conformance.errors import SuiteError, UsageError
from conformance.model import Credential, Ixit, Limits, Reach

__all__ = ["Target", "bound_socket", "files_of", "reference_server", "serving", "uvicorn_server"]

_WAITING = 2048  # connections that nobody has accepted yet, as uvicorn has it


@dataclass(frozen=True)
class Target:
    """A running reference server: where it is and what is needed to test it."""

    url: str
    ixit: Ixit


def _free_port() -> int:
    """A port of this host on which nobody listens at this moment."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def uvicorn_server(
    domain: str,
    *,
    fault: str | Sequence[str] | None = None,
    variant: str | None = None,
    impostor: str | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    excepted: str = "",
    latency: float = 0.0,
    also: str = "",
    control: str = "",
) -> tuple[uvicorn.Server, socket.socket, str]:
    """A server that is ready to run on a bound socket, and its base URL. `excepted` is the URL that it may call back though it is private,
    `latency` the seconds that every answer takes longer, as of a server that is far away; `also` an earlier version that is served beside it,
    `control` the token of a challenge that its origin serves.
    Raises UsageError for an unknown name or a taken port.
    """
    try:
        app: Any = reference.application(
            domain, fault=fault, variant=variant, impostor=impostor, outgoing=reference.Outgoing(excepted), also=also
        )
    except ValueError as error:
        raise UsageError(str(error)) from None
    app = _far(app, latency) if latency else app
    app = reference.controlled(app, control) if control else app
    bound = bound_socket(host, port)
    config = uvicorn.Config(app, log_level="warning", date_header=False, server_header=False, lifespan="off", access_log=False)
    return uvicorn.Server(config), bound, f"http://{host}:{bound.getsockname()[1]}{reference.base_path(domain)}"


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that listens on an address: who comes before a server accepts waits, and is not refused. Raises UsageError when it is taken."""
    bound = socket.socket(
        socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # asyncio turns off Nagle only where it is told TCP
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(_WAITING)
    except OSError as error:
        bound.close()
        raise UsageError(f"{host}:{port} cannot be listened on ({error.strerror}); choose another with --port") from None
    return bound


@contextlib.contextmanager
def serving(apps: Sequence[tuple[Any, socket.socket]]) -> Iterator[None]:
    """Serve applications, each on its socket and in a thread of its own, for as long as this lasts."""
    servers = [uvicorn.Server(_quiet(app)) for app, _ in apps]
    threads = [
        threading.Thread(target=one.run, kwargs={"sockets": [bound]}, daemon=True)
        for one, (_, bound) in zip(servers, apps, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        for server, thread in zip(servers, threads, strict=True):
            while not server.started:
                if not thread.is_alive():
                    raise SuiteError("a server did not start on this machine")
                thread.join(0.01)
        yield
    finally:
        for server in servers:
            server.should_exit = True
        for thread, (_, bound) in zip(threads, apps, strict=True):
            thread.join(10)
            bound.close()


def files_of(folder: Path) -> Any:
    """The files of a folder as an application, as any static server would hand them out."""
    return StaticFiles(directory=folder, html=True, check_dir=False)


def _quiet(app: Any) -> uvicorn.Config:
    """How a server runs that tells nobody who asked for what."""
    return uvicorn.Config(app, log_level="critical", date_header=True, server_header=False, access_log=False)


def _far(app: Any, latency: float) -> Any:
    """The application behind so many seconds of way."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(latency)
        await app(scope, receive, send)

    return answer


@contextlib.contextmanager
def reference_server(
    domain: str,
    *,
    fault: str | Sequence[str] | None = None,
    variant: str | None = None,
    impostor: str | None = None,
    control: str = "",
) -> Iterator[Target]:
    """A reference server in a thread of its own, stopped at the end."""
    port = _free_port()
    hooks = f"http://127.0.0.1:{port}/hooks"
    server, bound, url = uvicorn_server(domain, fault=fault, variant=variant, impostor=impostor, excepted=hooks, control=control)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        for _ in range(1000):
            if server.started:
                break
            thread.join(0.01)
        else:
            raise SuiteError("the reference server did not start within 10 s")
        actors = {name: Credential("bearer", token) for name, token in reference.credentials(domain).items()}
        yield Target(url, Ixit(url, sandbox=True, actors=actors, limits=Limits(), receiver=Reach(hooks, port=port)))
    finally:
        server.should_exit = True
        thread.join(5)
        bound.close()
