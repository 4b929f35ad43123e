"""`yance fleet`: a simulated fleet of reference servers in a few processes, and the file by which a campaign tests it.

A process listens on one port for each of its members and hands each request to the member of that port, whose application is made when it
is first asked. Members know nothing of each other: they share a processor, as solutions share a network.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import socket
from collections.abc import Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import uvicorn

from conformance import reference
from conformance.campaign.fleet import Member, fleet, member_of, row_of
from conformance.commands.front import Front, common, front_of
from conformance.commands.placing import written
from conformance.errors import DataError, SuiteError, UsageError
from conformance.load.documents import check, read_document
from conformance.text import pointer

__all__ = ["COMMANDS"]

Berth = tuple[Member, str, socket.socket, str]  # a member, its URL, the socket on which it is asked, and where it calls back


@click.command("fleet")
@click.argument("file", required=False, type=click.Path(path_type=Path), help="The list of a fleet.")
@click.option("--size", type=click.IntRange(1, 10_000), help="Draw so many members.")
@click.option("--seed", type=int, default=1, show_default=True, help="Fixes which members are drawn.")
@click.option("--domain", "domains", multiple=True, help="Draw members of this domain alone (repeatable).")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("fleet.yaml"), show_default=True, help="The campaign file to write."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address on which it listens.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="The first of consecutive ports; 0 takes free ones.",
)
@click.option("--processes", type=click.IntRange(1, 64), default=None, help="Processes that serve (default: one a core).")
@common
def command(
    file: Path | None,
    size: int | None,
    seed: int,
    domains: tuple[str, ...],
    out: Path,
    host: str,
    port: int,
    processes: int | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Serve a simulated fleet until it is interrupted: that of a FILE, or one that is drawn by --size and --seed.

    Each member is a reference server with a seeded fault or none, a variant, an impostor, a latency and limits of its own. The file that is
    written lists them as a campaign reads it, with credentials and what should come of each; `yance fleet FILE` serves the same again.

    Example: yance fleet --size 30 --seed 7 --out fleet.yaml
    """
    front = front_of(lang, as_json, data)
    if (file is None) == (size is None):
        raise UsageError("give a FILE that lists a fleet, or draw one by --size")
    if file is not None:
        berths = _berthed_again(_rows(front, file))
    else:
        berths = _berthed(fleet(size or 0, seed, domains), host, port)
        rows = [row_of(member, url, hooks) for member, url, _, hooks in berths]
        written(out, _listed(f"fleet-{seed}", host, rows))
        front.say("fleet.written", path=out, count=len(rows))
    front.say("fleet.ready", count=len(berths), first=berths[0][1])
    front.result({"members": len(berths), "file": str(file or out), "urls": [url for _, url, _, _ in berths]})
    with contextlib.suppress(KeyboardInterrupt):  # the way to stop it
        _serve(berths, processes or os.cpu_count() or 1)
    front.say("fleet.stopped")
    return 0


def _listed(name: str, host: str, rows: Sequence[dict[str, Any]]) -> str:
    """A campaign file: YAML, of which every row is one line of JSON, so that a row is easily found and taken out."""
    lines = "".join(f"  - {json.dumps(row, ensure_ascii=False)}\n" for row in rows)
    return f"campaign: {name}\nhosts:\n  {json.dumps(host)}: {{targets: 1000}}\ntargets:\n{lines}"


def _rows(front: Front, file: Path) -> list[tuple[Member, str, str]]:
    """The members of a file with their URLs. Raises DataError with the row and line."""
    document = read_document(file)
    check(document, front.folders.schema("campaign"), quiet=True)
    found = []
    for number, row in enumerate(document.content["targets"], 1):
        where = pointer.join("targets", str(number - 1))
        try:
            found.append((member_of(row), str(row["target"]["url"]), str(row.get("receiver", {}).get("url", ""))))
        except (KeyError, ValueError) as error:
            raise document.wrong(where, f"row {number}: {error} is not one of a fleet") from None
        except UsageError as error:
            raise DataError(f"row {number}: {error}", file=document.file, line=document.line(where)) from None
    return found


def _berthed(members: Sequence[Member], host: str, port: int) -> list[Berth]:
    """A port for every member, and one for every receiver that an interface needs. Raises UsageError for a port that is taken."""
    found = []
    for number, member in enumerate(members):
        bound = _bound(host, port + number if port else 0)
        url = f"http://{host}:{bound.getsockname()[1]}{reference.base_path(member.domain)}"
        hooks = f"http://{host}:{_free(host, port + len(members) + number if port else 0)}/hooks"
        found.append((member, url, bound, hooks if member.domain == "logistics" else ""))
    return found


def _berthed_again(rows: Sequence[tuple[Member, str, str]]) -> list[Berth]:
    found = []
    for member, url, hooks in rows:
        parts = urlsplit(url)
        found.append((member, url, _bound(parts.hostname or "127.0.0.1", parts.port or 80), hooks))
    return found


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)  # from here on a connection waits to be accepted, so the URL may be told
    except OSError as error:
        bound.close()
        raise UsageError(f"{host}:{port} cannot be listened on ({error.strerror}); choose another with --port") from None
    return bound


def _free(host: str, port: int) -> int:
    """The port, or where it is 0 one on which nobody listens at this moment."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if not port:
            probe.bind((host, 0))
        return port or int(probe.getsockname()[1])


def _serve(berths: Sequence[Berth], processes: int) -> None:
    """Serve in so many processes until interrupted. Raises SuiteError when one of them ends by itself."""
    context = multiprocessing.get_context("spawn")
    shares = [one for nth in range(processes) if (one := berths[nth::processes])]
    running: list[BaseProcess] = [context.Process(target=_berth, args=(share,), daemon=True) for share in shares]
    try:
        for process in running:
            process.start()
        wait([process.sentinel for process in running])
        raise SuiteError("a process of the fleet was ended from outside, for lack of memory perhaps; try more by --processes")
    finally:
        for process in running:
            if process.pid is not None and process.is_alive():
                process.terminate()
        for process in running:
            if process.pid is not None:
                process.join(5)
            if process.is_alive():
                process.kill()
        for _, _, bound, _ in berths:
            bound.close()


# ------------------------------------------------------------------------------------------ in a process of the fleet


class Harbour:
    """An ASGI application that hands each request to the member on whose port it came, made when it is first asked."""

    def __init__(self, berths: Sequence[Berth]) -> None:
        self._members = {bound.getsockname()[1]: (member, hooks) for member, _, bound, hooks in berths}
        self._made: dict[int, Any] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer."""
        port = scope["server"][1]
        member, _ = self._members[port]
        if port not in self._made:
            self._made[port] = self._application(port)
        if member.latency:
            await asyncio.sleep(member.latency / 1000)
        await self._made[port](scope, receive, send)

    def _application(self, port: int) -> Any:
        member, hooks = self._members[port]
        app = reference.application(
            member.domain,
            fault=member.fault or None,
            variant=member.variant or None,
            impostor=member.impostor or None,
            outgoing=reference.Outgoing(hooks),
        )
        if member.quota and not member.impostor:
            app.state.server.quota = member.quota
        return app


def _berth(berths: Sequence[Berth]) -> None:
    """Serve a share of the fleet until terminated."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - not on every system

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = uvicorn.Config(
        Harbour(berths),
        log_level="critical",
        date_header=False,
        server_header=False,
        lifespan="off",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[bound for _, _, bound, _ in berths])


COMMANDS = (command,)
