"""Two implementations of an interface under the whole of it: `python -m tests.implementations DOMAIN --out DIR`.

The reference server and the one that was written from the documents alone are tested in this process, and a run folder of each is written, with its
evidence and its report. `yance spec advance DOMAIN@1.0.0 --to published --evidence DIR/reference --evidence DIR/second` records them. Of a domain that
calls back there is none: its servers reach a receiver over the network, so each of them is tested by `yance run`.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.load import data_folders, load_profile
from conformance.model import Credential, Ics
from conformance.plan import make_plan
from conformance.run.conduct import Setting, conduct
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests import second_health, second_transport

__all__ = ["DOMAINS", "recorded"]

_SECOND: Mapping[str, tuple[Mapping[str, str], Callable[[VirtualClock], Any]]] = {
    "transport": (
        second_transport.TOKENS,
        lambda clock: second_transport.SecondServer(clock.now, second_transport.Choices(base="/v1")),
    ),
    "health": (
        second_health.TOKENS,
        lambda clock: second_health.SecondHealthServer(clock.now, second_health.Choices(base="/v1")),
    ),
}
DOMAINS = tuple(_SECOND)


def recorded(domain: str, name: str, out: Path, *only: str) -> Mapping[str, Any]:
    """The report of a run of the full profile (of some of its requirements: `only`) on an implementation, `reference` or `second`, kept in `out`."""
    profile, spec = load_profile(data_folders(), domain, "full")
    clock, ixit = VirtualClock(START), replace(reference_ixit(domain), receiver=None)
    if name == "reference":
        app: Any = reference.application(domain, clock=clock.now)
    else:
        tokens, made = _SECOND[domain]
        ixit = replace(ixit, actors={actor: Credential("bearer", token) for actor, token in tokens.items()})
        app = made(clock)
    ics = Ics(f"yance-{name}-{domain}", "1.0.0", "Yance")
    plan = make_plan(spec, profile, ics, ixit, only=only)
    return asyncio.run(conduct(Setting(plan, spec, profile, ics, ixit, RunFolder(out), clock=clock, transport=in_process(app))))


def main() -> None:
    """Test both."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("domain", choices=DOMAINS)
    words.add_argument("--out", type=Path, required=True)
    given = words.parse_args()
    for name in ("reference", "second"):
        report = recorded(given.domain, name, given.out / name)
        print(f"{given.out / name}: {report['result']}, complete: {report['complete']}, conformant: {report['conformant']}")


if __name__ == "__main__":
    main()
