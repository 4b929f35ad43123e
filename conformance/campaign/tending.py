"""What a worker of the engine does: it has a call carried out by its runner, and tells how far that is. It knows nothing of testing.

So a worker is small and the same at its thousandth target, and nothing that a target does reaches it. What it hands on stays packed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from conformance.campaign.places import place_of
from conformance.campaign.runner import Call, own_runner

__all__ = ["Unwanted", "asked", "tended"]

_CARRIES = 10.0  # seconds between two times that what is recorded is carried to an object store
_TESTED = "conformance.campaign.single:carried_out"


class Unwanted(Exception):  # nobody waits for it any more: not an error
    """Whoever asked for a call does not want it any more; its process was ended."""


def own_address() -> str:
    """Where the worker of this process is found."""
    from distributed import get_worker  # noqa: PLC0415 - of the extra; whoever comes here has it

    return str(get_worker().address)


def asked(call: Call) -> Any:
    """A call, carried out by the runner of this thread. Raises what it raised, or Overdue, or Lost."""
    return own_runner().ask(call, idle=_while_wanted(lambda: None))


def tended(job: bytes, where: str, name: str, seconds: float, session: str, told: Callable[..., None]) -> bytes:
    """A packed target, tested in its folder at a place; its outcome, as outcome.json has it."""
    worker = own_address()
    told(0, 0, 0, worker)
    place = place_of(where)
    place.fetch(name)
    last = time.monotonic()

    def carry() -> None:
        nonlocal last
        if time.monotonic() - last >= _CARRIES:
            place.carry(name)
            last = time.monotonic()

    call = Call(_TESTED, (job, place.work(name), worker), seconds, tells=True, session=session)
    try:
        outcome: bytes = own_runner().ask(call, told, _while_wanted(carry))
    except BaseException:
        place.carry(name)
        raise
    place.carry(name)
    place.release(name)
    return outcome


def _while_wanted(meanwhile: Callable[[], None]) -> Callable[[], None]:
    """What is done now and then while a call is carried out; it ends the call when its future was given up."""
    from distributed import get_worker  # noqa: PLC0415 - of the extra; whoever comes here has it

    worker = get_worker()
    key = worker.get_current_task()

    def look() -> None:
        task = worker.state.tasks.get(key)
        if task is None or task.state == "cancelled":
            raise Unwanted(str(key))
        meanwhile()

    return look
