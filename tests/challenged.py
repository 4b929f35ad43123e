"""A challenge of the office on this machine, and runs that answer it: on a virtual clock, against an application in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.attest import Trust, load_key, load_trust, sign_run
from conformance.attest.challenge import Handed, handed
from conformance.clock import VirtualClock
from conformance.commands.answering import binding_for
from conformance.load import data_folders, load_profile
from conformance.model import Control, Ics, Plan, Profile, Spec
from conformance.office import Registry
from conformance.office.challenges import open_challenge
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import Receiver, in_process
from tests.certified import ICS, Office

BEGAN = datetime.fromtimestamp(START, UTC).replace(microsecond=0)
ENDS = BEGAN + timedelta(days=3)


@dataclass(frozen=True)
class Challenged:
    """A challenge that is open in a registry."""

    handed: Handed
    document: bytes
    spec: Spec
    profile: Profile

    def plan(self, only: Sequence[str] = (), seed: int | None = None) -> Plan:
        """The plan of a run that answers it."""
        seed = self.handed.derived.seed if seed is None else seed
        return make_plan(self.spec, self.profile, ICS, reference_ixit(self.spec.domain), seed=seed, only=only)


def opened(
    office: Office, registry: Registry, domain: str = "logistics", profile: str = "full", ics: Ics = ICS, ends: datetime = ENDS
) -> Challenged:
    """A new challenge."""
    trust: Trust = load_trust(office.trust)
    chosen, spec = load_profile(data_folders(), domain, profile)
    key = load_key(office.key("office"), None)
    _, document = open_challenge(
        registry, binding_for(spec, chosen, ics), key, trust, not_before=BEGAN, not_after=ends, now=BEGAN
    )
    return Challenged(handed(document, trust.keys), document, spec, chosen)


def answered(
    one: Challenged,
    folder: Path,
    *,
    key: Path | None = None,
    only: Sequence[str] = (),
    app: Any = None,
    variant: str | None = None,
    impostor: str | None = None,
    control: bool = True,
    resume: bool = False,
    spy: Callable[[Any], Any] = lambda app: app,
    clock: VirtualClock | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """A run that answers a challenge, signed where there is a key; the report. What the target delivers comes to the suite's receiver in this
    process; `spy` stands before the application.
    """
    domain, clock = one.spec.domain, clock or VirtualClock(START + 60)
    receiver = Receiver(RECEIVER, clock)

    @contextlib.asynccontextmanager
    async def receiving(*_: object) -> AsyncIterator[Receiver]:
        yield receiver

    served = app or reference.application(
        domain, variant=variant, impostor=impostor, clock=clock.now, outgoing=outgoing_to(receiver, clock)
    )
    shown = Control("well-known", f"{BEGAN + timedelta(seconds=30):%Y-%m-%dT%H:%M:%SZ}") if control else None
    setting = Setting(
        one.plan(only),
        one.spec,
        one.profile,
        ICS,
        reference_ixit(domain),
        RunFolder(folder),
        "challenge",
        True,
        clock=clock,
        transport=in_process(spy(served)),
        challenge=one.handed.challenge,
        control=shown,
        challenge_document=one.document,
    )
    with mock.patch("conformance.run.conduct.receiving", receiving):  # on the virtual clock nobody listens at a port
        report = asyncio.run(conduct(replace(setting, **changes), resume=resume))
    if key is not None:
        sign_run(setting.folder, load_key(key, None))
    return report
