"""What tests of campaigns share: the command, a small fleet in this process, and a server that never says a word."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from click.testing import CliRunner, Result

from conformance.campaign.fleet import Member, row_of
from conformance.commands import mooring
from conformance.commands.main import main


def yance(*words: object) -> Result:
    """What a command says."""
    return CliRunner().invoke(main, [*map(str, words)], env={"LANG": "C.UTF-8"})


@contextlib.contextmanager
def moored(members: Sequence[Member]) -> Iterator[list[dict[str, Any]]]:
    """A fleet served by a thread; its rows, of which only reading is asked, so that no target waits for holds to lapse."""
    berths = mooring._berthed(members, "127.0.0.1", 0)
    config = uvicorn.Config(mooring.Harbour(berths), log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound for _, _, bound, _ in berths]}, daemon=True)
    thread.start()
    try:
        yield [row_of(member, url, hooks) | {"profile": "open-data"} for member, url, _, hooks in berths]
    finally:
        server.should_exit = True
        thread.join(5)


@contextlib.contextmanager
def silent() -> Iterator[str]:
    """A server that takes connections and never says a word, by its URL."""
    with contextlib.closing(socket.socket()) as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen(64)
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def listed(path: Path, rows: Sequence[dict[str, Any]], **more: Any) -> Path:
    """A campaign file with these rows."""
    path.write_text(yaml.safe_dump({"campaign": "tried", "targets": list(rows), **more}, allow_unicode=True), "utf-8")
    return path


_OF_THE_MOMENT = {
    "runId",
    "startedOn",
    "finishedOn",
    "startedAt",
    "took",
    "traffic",
    "evidence",
    "digest",
    "exchanges",
    "witnesses",
}


def lasting(told: Any) -> Any:
    """What a report says that neither a clock nor the order of answers decides. References to exchanges by case stay, their numbers do not."""
    if isinstance(told, dict):
        return {name: lasting(value) for name, value in told.items() if name not in _OF_THE_MOMENT}
    return [lasting(one) for one in told] if isinstance(told, list) else told
