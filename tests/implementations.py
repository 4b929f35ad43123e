"""Two implementations of an interface under the whole of it: `python -m tests.implementations DOMAIN --out DIR`.

The reference server and the one that was written from the documents alone are tested in this process, and a run folder of each is written, with its
evidence and its report. `yance spec advance DOMAIN@1.0.0 --to published --evidence DIR/reference --evidence DIR/second` records them. For `journeys`
they are sets of solutions, one of each domain: the reference servers, and those that were written from the documents alone; what is recorded is
the joint report.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.adequacy.attempts import RECEIVER, outgoing_to
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import Receiver, in_process
from tests import second_health, second_logistics, second_transport
from tests.second import Served
from tests.travelling import on_the_islands, on_the_mainland

__all__ = ["DOMAINS", "JOURNEYS", "recorded"]

_SECOND: Mapping[str, tuple[Mapping[str, str], Served]] = {
    "transport": (
        second_transport.TOKENS,
        lambda clock, _: second_transport.SecondServer(clock.now, second_transport.Choices(base="/v1")),
    ),
    "health": (
        second_health.TOKENS,
        lambda clock, _: second_health.SecondHealthServer(clock.now, second_health.Choices(base="/v1")),
    ),
    "logistics": (
        second_logistics.TOKENS,
        lambda clock, way: second_logistics.SecondLogisticsServer(
            clock.now, second_logistics.Choices(), post=way.post, sleep=way.sleep, excepted=way.excepted
        ),
    ),
}
DOMAINS = tuple(_SECOND)
JOURNEYS = "journeys"


def recorded(domain: str, name: str, out: Path, *only: str) -> Mapping[str, Any]:
    """The report of a run of the full profile (of some of its requirements: `only`) on an implementation, `reference` or `second`, kept in `out`."""
    profile, spec = load_profile(data_folders(), domain, "full")
    clock, ixit = VirtualClock(START), reference_ixit(domain)
    receiver = Receiver(RECEIVER, clock)
    way = outgoing_to(receiver, clock)
    if name == "reference":
        app: Any = reference.application(domain, clock=clock.now, outgoing=way)
    else:
        tokens, made = _SECOND[domain]
        ixit = replace(ixit, actors={actor: Credential("bearer", token) for actor, token in tokens.items()})
        app = made(clock, way)
    ics = Ics(f"yance-{name}-{domain}", "1.0.0", "Yance")
    plan, folder, there = make_plan(spec, profile, ics, ixit, only=only), RunFolder(out), in_process(app)
    return asyncio.run(conduct(Setting(plan, spec, profile, ics, ixit, folder, clock=clock, transport=there, receiver=receiver)))


def main() -> None:
    """Test both."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("domain", choices=[*DOMAINS, JOURNEYS])
    words.add_argument("--out", type=Path, required=True)
    given = words.parse_args()
    if given.domain == JOURNEYS:
        for name, made in (("reference", on_the_mainland), ("second", on_the_islands)):
            print(f"{given.out / name}: {made(given.out / name)['result']}")
        return
    for name in ("reference", "second"):
        report = recorded(given.domain, name, given.out / name)
        print(f"{given.out / name}: {report['result']}, complete: {report['complete']}, conformant: {report['conformant']}")


if __name__ == "__main__":
    main()
