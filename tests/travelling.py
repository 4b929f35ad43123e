"""What tests of journeys share: the journeys, three solutions of one traveller, and the joint report on them; the second implementations, which
have places of their own; three servers on loopback.
"""

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
from conformance.model import Credential, Ics, Ixit
from conformance.reference import journeys as together
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests import second_health, second_logistics, second_transport

FOLDERS = data_folders()
KNOWN = load_journeys(FOLDERS)


def targets(name: str = "x") -> dict[str, Target]:
    """Three solutions, each at an address of its own."""
    return {
        domain: Target(
            Ics(f"{domain}-{name}", "1.0.0", "Vendor"), replace(reference_ixit(domain), base_url=f"http://{domain}.example/v1")
        )
        for domain in reference.domains()
    }


def gone(folder: Path, applications: Callable[..., Mapping[str, Any]], crossing: Crossing | None = None) -> dict[str, Any]:
    """The joint report on applications that share a virtual clock."""
    clock = VirtualClock(START)
    ways = {domain: in_process(app) for domain, app in applications(clock=clock.now).items()}
    wanted = crossing or Crossing(KNOWN.journeys, targets())
    return asyncio.run(conduct(KNOWN, wanted, RunFolder(folder), clock=clock, ways=ways))


PENGHU = {
    "cityCode": "PEN",
    "postalCode": "880",
    "stopUid": "PEN0001",
    "stopPosition": {"positionLon": 119.5663, "positionLat": 23.5655},
    "carParkUid": "PEN100",
    "stationPosition": {"positionLon": 119.566, "positionLat": 23.567},
    "stationUid": "PENev1",
    "pickupPointId": "box.magong~1",
    "pointPosition": {"positionLon": 119.5668, "positionLat": 23.566},
}


def on_the_mainland(folder: Path) -> dict[str, Any]:
    """The report on the three reference servers that belong together."""
    return gone(folder, together.parties, Crossing(KNOWN.journeys, targets("reference")))


def on_the_islands(folder: Path, **choices: Any) -> dict[str, Any]:
    """The report on the three second implementations, written from the documents alone, with places of their own."""
    made = {
        "transport": (second_transport.TOKENS, second_transport.SecondServer, second_transport.Choices()),
        "health": (second_health.TOKENS, second_health.SecondHealthServer, second_health.Choices()),
        "logistics": (second_logistics.TOKENS, second_logistics.SecondLogisticsServer, second_logistics.Choices()),
    }
    parties = {
        domain: Target(
            Ics(f"{domain}-second", "1.0.0", "Vendor"),
            Ixit(
                f"http://{domain}.second.example/v1",
                sandbox=True,
                actors={name: Credential("bearer", token) for name, token in tokens.items()},
            ),
        )
        for domain, (tokens, _, _) in made.items()
    }

    def applications(clock: Callable[[], float]) -> dict[str, Any]:
        return {domain: server(clock, choices.get(domain, plain)) for domain, (_, server, plain) in made.items()}

    return gone(folder, applications, Crossing(KNOWN.journeys, parties, PENGHU))


def outcomes(report: Mapping[str, Any], outcome: str) -> set[str]:
    return {row["id"] for row in report["requirements"] if row["outcome"] == outcome}


def yance(*words: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, words)], env={"LANG": "C.UTF-8"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result
