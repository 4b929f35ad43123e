"""Dask's distributed engine: workers on this machine or on a cluster, what goes out to them, and what comes back. Nothing else knows it.

Without an address an embedded cluster is started: a scheduler, and for each processor a worker under a nanny, which starts it again when it
was killed. What a killed worker was at is handed to another by the scheduler; one call that takes several workers with it comes back as lost.

Whoever hands out work keeps no more than `slots` and a few more under way, so what the scheduler holds does not grow with what is to be done.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import itertools
import logging
import os
import queue
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.campaign.runner import Call, Lost
from conformance.campaign.tending import asked, tended
from conformance.errors import SuiteError, UsageError

__all__ = ["Engine", "engine"]

_TOPIC = "yance-"  # and the session: several may share a cluster
_CONNECT = 15.0  # seconds until a scheduler is given up that does not answer
_GONE = 20.0  # seconds until one is, to which the connection was lost
_ANEW = 1.0  # seconds for which the number of slots is believed
_QUIET = {  # by default each process looks a hundred times a second at what it does, which is to wait here
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.admin.system-monitor.interval": "2s",
    "distributed.worker.memory.monitor-interval": "1s",
}
_MISSING = "Dask is not installed, and many runs side by side need it; pip install 'yance[campaign]'"


@dataclass
class Engine:
    """Workers, and what is under way on them."""

    _client: Any
    embedded: bool
    _back: queue.SimpleQueue[tuple[str, Any]] = field(default_factory=queue.SimpleQueue)
    _told: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = field(default_factory=queue.SimpleQueue)
    _futures: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _slots: tuple[float, int] = (0.0, 0)
    _lost: float | None = None
    _session: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        """Listen to what workers tell."""
        topic = _TOPIC + self._session
        self._client.subscribe_topic(topic, lambda event: self._told.put((event[1]["name"], tuple(event[1]["told"]))))

    @property
    def slots(self) -> int:
        """How many calls can be carried out at once, by the workers that there are now."""
        if time.monotonic() - self._slots[0] > _ANEW:
            self._slots = time.monotonic(), sum(self._client.nthreads().values())
        return self._slots[1]

    @property
    def dashboard(self) -> str:
        """Where Dask's dashboard is; empty when there is none (it needs bokeh, where the scheduler runs)."""
        shown = not self.embedded or importlib.util.find_spec("bokeh") is not None
        return str(self._client.dashboard_link) if shown else ""

    @property
    def workers(self) -> dict[str, int]:
        """The processes of the workers by their addresses."""
        return {address: int(pid) for address, pid in self._client.run(os.getpid).items()}

    def send(self, name: str, job: bytes, where: str, seconds: float) -> None:
        """Have a packed target tested in its folder at a place."""
        self._begin(name, _tend, job, where, name, seconds, self._session)

    def call(self, name: str, call: Call) -> None:
        """Have a call carried out."""
        self._begin(name, asked, replace(call, session=self._session))

    def _begin(self, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        key = (
            "yance",
            name,
            next(self._numbers),
            self._session,
        )  # of one kind by its first: the scheduler keeps a record of every kind
        future = self._client.submit(function, *arguments, key=key, pure=False)
        self._futures[name] = future
        future.add_done_callback(lambda done: self._back.put((name, done)))

    def back(self, seconds: float) -> Iterator[tuple[str, Any]]:
        """What came back within some seconds, by name: what a call gave, or the exception that it ended with.

        Raises SuiteError when the scheduler is gone.
        """
        with contextlib.suppress(queue.Empty):
            while True:
                name, future = self._back.get(timeout=seconds)
                seconds = 0.0
                if name not in self._futures or self._futures[name] is not future:
                    continue  # it was given up
                if future.status not in ("finished", "error"):  # given up because the scheduler is gone; `_look` says so
                    break
                del self._futures[name]
                yield name, self._outcome(future)
        self._look()

    def _outcome(self, future: Any) -> Any:
        from distributed.scheduler import KilledWorker  # noqa: PLC0415 - of the extra

        if future.status == "finished":
            return future.result()
        error = future.exception()
        return Lost("every worker that was at it was killed") if isinstance(error, KilledWorker) else error

    def _look(self) -> None:
        """Raises SuiteError when the scheduler has been gone for too long."""
        if self._client.status == "running" and all(one.status not in ("cancelled", "lost") for one in self._futures.values()):
            self._lost = None
            return
        self._lost = self._lost or time.monotonic()
        if self._client.status == "closed" or time.monotonic() - self._lost > _GONE or self._client.status == "running":
            raise SuiteError("the scheduler is gone; what is finished lies in its folders, and --resume goes on from there")

    def told(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """What calls told since this was asked last: their name, and how far they are."""
        with contextlib.suppress(queue.Empty):
            while True:
                yield self._told.get_nowait()

    def executor(self) -> Executor:
        """The same workers as an executor of Python's. A function goes out by its name."""
        return _Calling(self._client.get_executor(pure=False, retries=0), self._session)

    def give_up(self) -> None:
        """Give up what is under way: workers end what they are at."""
        with contextlib.suppress(Exception):
            self._client.cancel(list(self._futures.values()), force=True)
        self._futures.clear()


class _Calling(Executor):
    """An executor that has functions carried out by runners."""

    def __init__(self, inner: Any, session: str) -> None:
        self._inner, self._session = inner, session

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **_: Any) -> Future[Any]:
        """A function of a module, called with arguments somewhere."""
        call = Call(f"{function.__module__}:{function.__qualname__}", arguments, session=self._session)
        found: Future[Any] = self._inner.submit(asked, call)
        return found

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more."""
        self._inner.shutdown(wait=wait and not cancel_futures)


@contextlib.contextmanager
def engine(scheduler: str | None = None, workers: int | None = None) -> Iterator[Engine]:
    """The engine at an address, or an embedded one with so many workers (None: one for each processor); ended in the end.

    Raises UsageError where Dask is not installed, nobody answers, or a cluster has no worker.
    """
    if importlib.util.find_spec("distributed") is None:
        raise UsageError(_MISSING)
    if scheduler is not None and workers is not None:
        raise UsageError("--workers is for the embedded engine; how many a cluster has says its own scheduler")
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told by the campaign itself
    with contextlib.ExitStack() as stack:
        client = _connected(scheduler) if scheduler else stack.enter_context(_embedded(workers))
        made = Engine(client, embedded=scheduler is None)
        try:
            yield made
        except BaseException:
            made.give_up()
            raise
        finally:
            with contextlib.suppress(Exception):
                client.close(timeout=5)


def _dask() -> Any:
    """Dask's package, of the extra; most of what it offers is not typed."""
    return importlib.import_module("distributed")


def _connected(address: str) -> Any:
    try:
        client = _dask().Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError, ImportError) as error:
        said = " ".join(str(error).split())[:200]
        raise UsageError(f"there is no Dask scheduler at {address} ({said}); expected one such as tcp://10.0.0.5:8786") from None
    if not client.nthreads():
        client.close(timeout=_CONNECT)
        raise UsageError("the Dask cluster has no worker at this moment; start some with: dask worker SCHEDULER")
    return client


@contextlib.contextmanager
def _embedded(workers: int | None) -> Iterator[Any]:
    dask = _dask()  # its own configuration has to be read before ours is put over it, or goes with ours
    with (
        importlib.import_module("dask.config").set(_QUIET),
        dask.LocalCluster(
            n_workers=workers or len(os.sched_getaffinity(0)),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
        ) as cluster,
    ):
        yield dask.Client(cluster, set_as_default=False)


# ------------------------------------------------------------------------------------------ on a worker


def _tend(job: bytes, where: str, name: str, seconds: float, session: str) -> bytes:
    from distributed import get_worker  # noqa: PLC0415 - of the extra

    worker = get_worker()
    topic = _TOPIC + session
    return tended(job, where, name, seconds, session, lambda *told: worker.log_event(topic, {"name": name, "told": told}))
