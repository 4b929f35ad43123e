"""What tests of journeys share: the journeys, three solutions of one traveller, and the joint report on them; three servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.clock import VirtualClock
from conformance.commands.main import main
from conformance.journeys.conduct import conduct
from conformance.journeys.documents import load_journeys
from conformance.journeys.settings import Crossing, Target
from conformance.load import data_folders
from conformance.model import Ics
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

FOLDERS = data_folders()
KNOWN = load_journeys(FOLDERS)


def targets() -> dict[str, Target]:
    """Three solutions, each at an address of its own."""
    return {
        domain: Target(
            Ics(f"{domain}-x", "1.0.0", "Vendor"), replace(reference_ixit(domain), base_url=f"http://{domain}.example/v1")
        )
        for domain in reference.domains()
    }


def gone(folder: Path, applications: Callable[..., Mapping[str, Any]], crossing: Crossing | None = None) -> dict[str, Any]:
    """The joint report on applications that share a virtual clock."""
    clock = VirtualClock(START)
    ways = {domain: in_process(app) for domain, app in applications(clock=clock.now).items()}
    wanted = crossing or Crossing(KNOWN.journeys, targets())
    return asyncio.run(conduct(KNOWN, wanted, RunFolder(folder), clock=clock, ways=ways))


def outcomes(report: Mapping[str, Any], outcome: str) -> set[str]:
    return {row["id"] for row in report["requirements"] if row["outcome"] == outcome}


def yance(*words: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, words)], env={"LANG": "C.UTF-8"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result
