"""One campaign at a time at a place on an object store, which has no locks: whoever conducts it leaves a claim there, and looks for others.

A claim is an object of its own under `claims/`, with the time until which it holds; a thread renews it. Whoever comes writes a claim first and
lists the claims after that, and gives way when another one holds. Of two that come at the same moment at least one so sees the other, on any
store whose lists show at once what was written; perhaps both give way, but never do both go on. Nothing is asked of a store beyond writing,
listing, reading and removing, since creating an object only where there is none is something that not every one of them can do.

The claim of a process that was killed holds until its time is over, or until somebody comes on the same machine and sees that the process is
gone. Clocks of two machines may differ by as much as a claim is renewed ahead of its end.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from conformance.campaign.places import Folder, Place, Store
from conformance.errors import UsageError
from conformance.verdict.folder import RunFolder

__all__ = ["CLAIMS", "LASTS", "Claim", "Held", "held"]

CLAIMS = "claims"
LASTS = 60.0  # seconds that a claim holds
RENEWED = 15.0  # seconds after which it is renewed


@dataclass(frozen=True)
class Claim:
    """Who conducts a campaign, and until when that holds unless it is renewed (seconds of Unix time). `system`: what numbers its processes."""

    id: str
    host: str
    process: int
    system: str
    until: float

    def holds(self, now: float) -> bool:
        """Whether it is to be respected: its time is not over, and nobody sees that its process is gone."""
        is_seen = self.system != "" and self.system == _system()
        return self.until > now and (not is_seen or _runs(self.process))


class Held:
    """A place that is held. `refuse_lost` is asked before anything is changed that only one may change."""

    def refuse_lost(self) -> None:
        """Raises UsageError when the place is not held any more. A folder is, as long as this process runs."""


class _Claimed(Held):
    """A place that is held by a claim."""

    def __init__(self, place: Store, where: str) -> None:
        self._place, self._where = place, where
        self._claim = Claim(secrets.token_hex(8), platform.node(), os.getpid(), _system(), 0.0)
        self._lock, self._over, self._lost = threading.Lock(), threading.Event(), ""

    def refuse_lost(self) -> None:
        if not self._claim.holds(time.time()):
            self.renew()
        if self._lost:
            raise UsageError(self._lost)

    def renew(self) -> None:
        """Claim the place for some time from now. Raises UsageError when it was not claimed until now and somebody else holds it."""
        with self._lock:
            late = not self._claim.holds(now := time.time())
            claim = replace(self._claim, until=now + LASTS)
            self._place.write(_name(claim), json.dumps(asdict(claim)).encode())
            if late:
                try:
                    _refuse_others(self._place, self._where, claim)
                except UsageError as error:
                    self._lost = str(error)
                    self._place.remove(_name(claim))
                    raise
            self._claim = claim

    def keep(self) -> None:
        """Renew the claim until it is given back. What goes wrong here goes wrong in `refuse_lost`, too, once it is too late."""
        while not self._over.wait(RENEWED) and not self._lost:
            with contextlib.suppress(Exception):
                self.renew()

    def give_back(self) -> None:
        """Claim it no more."""
        self._over.set()
        with self._lock, contextlib.suppress(Exception):  # its time ends by itself
            self._place.remove(_name(self._claim))


@contextlib.contextmanager
def held(place: Place, where: str) -> Iterator[Held]:
    """Nobody else conducts a campaign at a place meanwhile. Raises UsageError, saying who does, when somebody does."""
    if isinstance(place, Folder):
        with RunFolder(place.path).held():
            yield Held()
        return
    claimed = _Claimed(place, where)
    claimed.renew()
    threading.Thread(target=claimed.keep, daemon=True).start()
    try:
        yield claimed
    finally:
        claimed.give_back()


def _refuse_others(place: Store, where: str, own: Claim) -> None:
    """Raises UsageError when another claim holds; one that holds no more is cleared away."""
    now = time.time()
    for name in place.names(CLAIMS):
        other = _read(place.read(f"{CLAIMS}/{name}"))
        if other is None or other.id == own.id:
            continue
        if other.holds(now):
            raise UsageError(
                f"{where}: another process is at work in this campaign (process {other.process} on {other.host}); wait until it has "
                f"ended, which is in {other.until - now:.0f} s if it was killed, or choose another place with --out"
            )
        place.remove(f"{CLAIMS}/{name}")


def _name(claim: Claim) -> str:
    return f"{CLAIMS}/{claim.id}.json"


def _read(content: bytes | None) -> Claim | None:
    """A claim; None where it was removed meanwhile, or is none."""
    try:
        return Claim(**json.loads(content)) if content else None
    except (ValueError, TypeError):
        return None


def _system() -> str:
    """What numbers the processes of this machine: a boot of a kernel, and in it a namespace; empty where that cannot be told."""
    try:
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _runs(process: int) -> bool:
    """Whether a process of this machine runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
