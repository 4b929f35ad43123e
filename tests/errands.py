"""Functions that a runner is asked for, with little to import."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from conformance.errors import UsageError


def process() -> int:
    return os.getpid()


def hang() -> None:
    time.sleep(60)


def fall() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse() -> None:
    raise UsageError("that cannot be done")


def break_down() -> None:
    raise KeyError("x")


def tell(told: Callable[..., None]) -> str:
    told(1, 2, 3)
    return "told"
