"""Journeys across certified solutions, on this machine: a registry with a certificate for each of three domains, and a signed joint report that
rests on them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import load_key
from conformance.clock import VirtualClock
from conformance.journeys.attesting import sign_journeys
from conformance.journeys.conduct import conduct
from conformance.journeys.documents import load_journeys
from conformance.journeys.settings import Crossing, Target, cited
from conformance.load import data_folders
from conformance.model import Ics
from conformance.office import Registry
from conformance.reference import journeys as together
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process
from tests.certified import Office
from tests.test_log import certify

SOLUTIONS = {domain: Ics(f"{domain}-x", "1.0.0", f"{domain} Ltd") for domain in reference.domains()}


@dataclass(frozen=True)
class Joined:
    """A registry, the numbers of its certificates by domain, and the folder of the journeys."""

    registry: Path
    numbers: dict[str, str]
    folder: RunFolder


def certificates(registry: Registry, office: Office) -> dict[str, str]:
    """A certificate for the solution of each domain, valid now; the numbers by domain."""
    today = datetime.now(UTC)
    period = {
        "notBefore": f"{today - timedelta(days=1):%Y-%m-%dT00:00:00Z}",
        "notAfter": f"{today + timedelta(days=400):%Y-%m-%dT00:00:00Z}",
    }
    return {
        domain: certify(
            registry,
            office,
            nth,
            domain=domain,
            holder=ics.vendor,
            solution={"id": ics.solution_id, "version": ics.solution_version, "digest": {"sha256": "a" * 64}},
            **period,
        )
        for nth, (domain, ics) in enumerate(SOLUTIONS.items(), 1)
    }


def joined(folder: Path, office: Office) -> Joined:
    """All journeys across three certified solutions, run for certification and signed by the laboratory."""
    registry = Registry.create(str(folder / "registry.sqlite"), scheme="TW", uri="https://r.example")
    numbers, targets = certificates(registry, office), {}
    for domain, ics in SOLUTIONS.items():
        file = folder / f"{domain}.json"
        file.write_bytes(registry.statement(registry.certificate(numbers[domain]).payload))
        ixit = replace(reference_ixit(domain), base_url=f"http://{domain}.example/v1")
        targets[domain] = Target(ics, ixit, cited(file, ics))
    registry.close()
    known, run, clock = load_journeys(data_folders()), RunFolder(folder / "together"), VirtualClock(START)
    ways = {domain: in_process(app) for domain, app in together.parties(clock=clock.now).items()}
    wanted = Crossing(known.journeys, targets)
    report = asyncio.run(conduct(known, wanted, run, purpose="certification", clock=clock, ways=ways))
    assert report["result"] == "PASSED"
    sign_journeys(data_folders(), run, load_key(office.key("laboratory"), None), "certification")
    return Joined(folder / "registry.sqlite", numbers, run)
