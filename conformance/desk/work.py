"""What takes time, one thing after another: verifying what was uploaded, what a person decided on it, and publishing what came of that.

Whoever proposes or approves a certificate has its run verified again first (`office.terms`, `office.again`); only then is anything signed.
An upload that waited when the desk ended waits when it begins again. A decision that waited is gone, and nothing came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from conformance.attest import load_trust
from conformance.attest.verify import VerifiedRun
from conformance.desk import beside
from conformance.desk.settings import Settings
from conformance.desk.uploads import Upload, Uploads, summary
from conformance.errors import VerificationError, YanceError
from conformance.model import Text
from conformance.office import Registry
from conformance.office.export import export

__all__ = ["Deed", "Task", "Work"]

AGAIN = timedelta(hours=6)  # after which is published again: a status list ends after 36
Deed = Callable[[VerifiedRun], str]  # what a person decided; it comes to a proposal or a certificate, by its name


@dataclass(frozen=True)
class Task:
    """A deed under way or ended. `state`: waiting, done, refused; `said`: why it was refused; `made`: what it came to."""

    action: str
    person: str
    state: str = "waiting"
    said: str = ""
    made: str = ""


class Work:
    """One worker, and the queue before it."""

    def __init__(self, settings: Settings, registry: Registry, uploads: Uploads, data: tuple[Path, ...]) -> None:
        self._settings, self._registry, self._uploads, self._data = settings, registry, uploads, data
        self._queue: asyncio.Queue[tuple[str, Deed | None]] = asyncio.Queue()
        self._changed = asyncio.Event()
        self.steps: dict[str, list[Text]] = {}  # of uploads that are verified now
        self.tasks: dict[str, Task] = {}  # by upload: the last deed on it
        self.trouble = ""  # why publishing failed last

    @contextlib.asynccontextmanager
    async def going(self) -> AsyncIterator[None]:
        """The work goes on for as long as this lasts."""
        for upload in reversed(self._uploads.all()):
            if upload.state in ("waiting", "verifying"):
                self._queue.put_nowait((upload.id, None))
        self._changed.set()
        both = [asyncio.create_task(self._verifying()), asyncio.create_task(self._publishing())]
        try:
            yield
        finally:
            for one in both:
                one.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    def verify(self, upload: Upload) -> None:
        """Have an upload verified."""
        self._queue.put_nowait((upload.id, None))

    def decide(self, upload: Upload, task: Task, deed: Deed) -> bool:
        """Have an upload verified again, and the deed done if it holds. False where another is under way on it."""
        if upload.id in self.tasks and self.tasks[upload.id].state == "waiting":
            return False
        self.tasks[upload.id] = task
        self._queue.put_nowait((upload.id, deed))
        return True

    def publish(self) -> None:
        """Have the export and the site made anew."""
        self._changed.set()

    async def _verifying(self) -> None:
        while True:
            name, deed = await self._queue.get()
            upload = self._uploads.get(name)
            try:
                await (self._first(upload) if deed is None else self._done(upload, deed))
            finally:
                self.steps.pop(name, None)

    async def _first(self, upload: Upload) -> None:
        upload = self._uploads.verifying(upload)
        try:
            found = summary(await self._verified(upload))
            self._refuse_others(upload, found["vendor"])
            self._uploads.verified(upload, found)
        except Exception as error:  # noqa: BLE001 - whatever befell one upload, the next one is verified
            self._uploads.refused(upload, _why(error))

    def _refuse_others(self, upload: Upload, vendor: str) -> None:
        person = self._settings.persons.get(upload.by)
        if person is None or (person.vendor and person.vendor != vendor):
            raise VerificationError("the run is of another vendor's solution; whoever uploads it speaks for that vendor")

    async def _done(self, upload: Upload, deed: Deed) -> None:
        task = self.tasks[upload.id]
        try:
            found = await self._verified(upload)
            made = await asyncio.to_thread(deed, found)
        except Exception as error:  # noqa: BLE001 - likewise
            self.tasks[upload.id] = replace(task, state="refused", said=_why(error))
        else:
            self.tasks[upload.id] = replace(task, state="done", made=made)
            self.publish()

    async def _verified(self, upload: Upload) -> VerifiedRun:
        steps = self.steps[upload.id] = []
        archive, run = self._uploads.archive(upload), self._uploads.run(upload)
        return await beside.verified(archive, run, self._settings.trust, self._data, steps.append)

    async def _publishing(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), AGAIN.total_seconds())
            self._changed.clear()
            try:
                trust = load_trust(self._settings.trust)
                await asyncio.to_thread(export, self._registry, self._settings.public, self._settings.office, trust)
                await beside.published(self._settings.public, self._settings.trust)
                self.trouble = ""
            except Exception as error:  # noqa: BLE001 - likewise, and the desk says so on its first page
                self.trouble = _why(error)


def _why(error: Exception) -> str:
    return str(error)[:1000] if isinstance(error, YanceError) else f"the suite itself failed: {type(error).__name__}"
