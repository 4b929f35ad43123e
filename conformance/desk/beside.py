"""Work on what a stranger uploaded, in a process of its own: the desk goes on answering, and whatever befalls the process befalls it alone.

    verify     open an archive, if it was not opened yet, and verify the run in it: each step is told as it holds
    publish    make the site anew beside an export

The process is ended when it takes too long, and ends with the desk. It knows no key: what it comes to is signed by the desk, or not at all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from conformance.attest import load_trust
from conformance.attest.verify import VerifiedRun, verify_run
from conformance.desk.archives import unpack
from conformance.desk.discreet import discreet
from conformance.errors import SuiteError, VerificationError, YanceError
from conformance.load import data_folders
from conformance.model import Text
from conformance.office.export import read_export, write_files
from conformance.office.site import site
from conformance.verdict.folder import RunFolder

__all__ = ["published", "serve", "verified"]

PATIENCE = 1800.0  # seconds; work is bounded by counting (`limits`), so this is met by a stuck machine alone
_START = "import sys; sys.path[:] = {path!r}; from conformance.desk.beside import serve; serve({task!r}, {words!r})"


async def verified(archive: Path, run: Path, trust: Path, data: tuple[Path, ...], told: Callable[[Text], object]) -> VerifiedRun:
    """The run of an archive, or of a folder where the archive is gone. Raises VerificationError or UsageError when it does not hold."""
    found: VerifiedRun = await _asked("verify", [str(archive), str(run), str(trust), *map(str, data)], told)
    return found


async def published(public: Path, trust: Path) -> int:
    """Make the site of an export; how many files it has."""
    count: int = await _asked("publish", [str(public), str(trust)], lambda _: None)
    return count


async def _asked(task: str, words: list[str], told: Callable[[Text], object]) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _START.format(path=sys.path, task=task, words=words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return await asyncio.wait_for(_answer(process, told), PATIENCE)
    except TimeoutError:
        raise SuiteError(f"a run was not verified within {PATIENCE:.0f} seconds; it was given up") from None
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _answer(process: asyncio.subprocess.Process, told: Callable[[Text], object]) -> Any:
    assert process.stdout is not None
    while True:
        try:
            size = int.from_bytes(await process.stdout.readexactly(4))
            kind, what = pickle.loads(await process.stdout.readexactly(size))  # noqa: S301 - written by ourselves, in the other process
        except asyncio.IncompleteReadError:
            raise SuiteError("the process that verified a run ended without a word; upload it again, or ask the office") from None
        if kind == "step":
            told(what)
        elif kind == "refused":
            raise what
        else:
            return what


# ------------------------------------------------------------------------------------------ in the other process


def serve(task: str, words: list[str]) -> None:
    """Do one task, and say on standard output what it comes to."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        try:
            found = _verify(words, answers) if task == "verify" else _publish(words)
        except YanceError as error:
            _put(answers, "refused", error)
        except MemoryError:
            _put(answers, "refused", VerificationError("the run takes more memory than there is; it is not verified"))
        else:
            _put(answers, "done", found)


def _verify(words: list[str], answers: IO[bytes]) -> VerifiedRun:
    archive, run, policy, *data = map(Path, words)
    if archive.exists():
        unpack(archive, run)
        archive.unlink()
    trust = load_trust(policy)  # the office's own, of which all may be said

    def told(step: Text) -> None:
        _put(answers, "step", dict(step))

    try:
        return verify_run(data_folders(data), RunFolder(run), trust.keys, authorities=trust.authorities, told=told)
    except YanceError as error:
        raise VerificationError(discreet(str(error), run)) from None


def _publish(words: list[str]) -> int:
    public, policy = map(Path, words)
    now = datetime.now(UTC)
    files = dict(site(read_export(public, load_trust(policy), now=now).state, now))
    write_files(public, files)
    return len(files)


def _put(answers: IO[bytes], kind: str, what: object) -> None:
    word = pickle.dumps((kind, what))
    answers.write(len(word).to_bytes(4) + word)
    answers.flush()
