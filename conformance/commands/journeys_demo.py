"""`yance demo journeys`: three vendors on loopback, each with a signed run of its own, and the journeys across all of them, signed and verified."""

from __future__ import annotations

import asyncio
from pathlib import Path

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import passing_key, sign_run
from conformance.clock import VirtualClock
from conformance.commands.crossing import summed_up
from conformance.commands.front import Front
from conformance.commands.loopback import bound_socket, serving
from conformance.errors import UsageError
from conformance.journeys.attesting import sign_journeys, verify_journeys
from conformance.journeys.conduct import conduct
from conformance.journeys.documents import load_journeys
from conformance.journeys.settings import Crossing, Target, cited
from conformance.load import load_profile
from conformance.model import Credential, Ics, Ixit, Limits
from conformance.plan import make_plan
from conformance.reference import journeys as together
from conformance.run.conduct import Setting
from conformance.run.conduct import conduct as conduct_run
from conformance.text.handed import make_folder, write
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES
from conformance.wire import in_process

__all__ = ["journeys_demo"]

MARK = "demo-journeys.json"
_PROMPT = Limits(longest_pause=0.01)  # these servers show at once what was written
_SOLUTIONS = {
    "transport": (Ics("stops", "2.4.1", "Stop Ltd"), "open-data"),
    "health": (Ics("vitals", "1.3.0", "Care Ltd"), "measurements"),
    "logistics": (Ics("parcels", "5.0.2", "Parcel Ltd"), "tracking"),
}


def journeys_demo(front: Front, out: Path, *, fault: str | None, variant: str | None) -> int:
    """Test each vendor by itself, then go the journeys across them; one of them may have a fault, or all of them be others."""
    _make_room(out)
    sockets = {domain: bound_socket("127.0.0.1", 0) for domain in _SOLUTIONS}
    urls = {domain: f"http://127.0.0.1:{one.getsockname()[1]}{reference.base_path(domain)}" for domain, one in sockets.items()}
    try:
        applications = together.parties(fault=fault, variant=variant)
    except ValueError as error:
        raise UsageError(str(error)) from None
    signer, public = passing_key(out / "laboratory.pub.pem")
    targets = {}
    for domain, (ics, profile) in _SOLUTIONS.items():
        front.note("journey.demo.testing", vendor=ics.vendor, solution=ics.named, domain=domain, profile=profile)
        run = _tested(front, domain, out / "runs" / domain)
        sign_run(run, signer)
        actors = {name: Credential("bearer", token) for name, token in reference.credentials(domain).items()}
        ixit = Ixit(urls[domain], sandbox=True, actors=actors, limits=_PROMPT)
        targets[domain] = Target(ics, ixit, cited(run.envelope_file, ics))
    known, folder = load_journeys(front.folders), RunFolder(out / "journeys")
    with serving([(applications[domain], sockets[domain]) for domain in _SOLUTIONS]):
        report = asyncio.run(conduct(known, Crossing(known.journeys, targets), folder))
    sign_journeys(front.folders, folder, signer, report["purpose"])
    envelopes = [RunFolder(out / "runs" / domain).envelope_file for domain in _SOLUTIONS]
    found = verify_journeys(front.folders, folder, [public], cited=envelopes)
    summed_up(front, report, folder)
    for step in found.steps:
        front.line(f"✓ {front.text(step)}")
    front.say("journey.demo.done", key=out / "laboratory.pub.pem", folder=folder.path)
    return EXIT_CODES[report["result"]]


def _make_room(out: Path) -> None:
    if (out / MARK).exists():
        raise UsageError(f"{out}: the folder holds an earlier demonstration; remove it, or choose another with --out")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: the folder holds something that is no demonstration; choose another with --out")
    make_folder(out)
    write(out / MARK, b"{}\n")


def _tested(front: Front, domain: str, folder: Path) -> RunFolder:
    """A run of a domain's reference server by itself, in this process."""
    ics, name = _SOLUTIONS[domain]
    profile, spec = load_profile(front.folders, domain, name)
    ixit, clock = reference_ixit(domain), VirtualClock(START)
    plan = make_plan(spec, profile, ics, ixit)
    app = reference.application(domain, clock=clock.now)
    setting = Setting(plan, spec, profile, ics, ixit, RunFolder(folder), clock=clock, transport=in_process(app))
    asyncio.run(conduct_run(setting))
    return setting.folder
