"""`yance demo office`: the whole office on loopback. Three vendors are certified, one in each domain, and their solutions joined; one of them
is revoked, and the joint report with it; then it stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance import reference
from conformance.adequacy import START, reference_ixit
from conformance.attest import CERTIFICATE, CHECKPOINT, DECISION, JOURNEY, RUN, WAIVER, load_trust, passing_key, sign_run
from conformance.clock import VirtualClock
from conformance.commands.front import Front
from conformance.commands.loopback import bound_socket, files_of, serving
from conformance.errors import SuiteError, UsageError
from conformance.journeys.attesting import sign_journeys, verify_journeys
from conformance.journeys.conduct import conduct as conduct_journeys
from conformance.journeys.documents import load_journeys
from conformance.journeys.settings import Crossing, Target, cited
from conformance.load import load_profile
from conformance.model import Ics
from conformance.office import Registry
from conformance.office.joint import joint_terms, kept_by
from conformance.office.verify import opened, verify_certificate
from conformance.plan import make_plan
from conformance.reference import journeys as together
from conformance.run.conduct import Setting, conduct
from conformance.text.handed import make_folder, read_file, write
from conformance.verdict.folder import RunFolder
from conformance.wire import in_process

if TYPE_CHECKING:  # its packages are an extra
    from conformance.desk.settings import Settings

__all__ = ["office_demo"]

MARK = "demo-office.json"
_SEED = 240_817
_PATIENCE = 900.0  # seconds until the public files tell what the registry does
_OFFICE: Mapping[str, Mapping[str, Any]] = {
    "office": {"role": "office", "predicateTypes": [CERTIFICATE, CHECKPOINT]},
    "lin": {"role": "office", "predicateTypes": [DECISION, WAIVER], "holder": "Lin Mei-hua"},
    "chen": {"role": "office", "predicateTypes": [DECISION, WAIVER], "holder": "Chen Chih-ming"},
    "laboratory": {"role": "laboratory", "predicateTypes": [JOURNEY, RUN]},
}


@dataclass(frozen=True)
class _Vendor:
    """One of the three: whose solution, in which domain, deployed where."""

    subject: str
    name: str
    ics: Ics
    domain: str
    profile: str
    counties: tuple[str, ...]
    site: str


_VENDORS = (
    _Vendor("wang", "Wang Ta-ming", Ics("stops", "2.4.1", "Stop Ltd"), "transport", "open-data", ("TPE", "NWT"), "TPE=Xinyi"),
    _Vendor("hsu", "Hsu Li-ting", Ics("vitals", "1.3.0", "Care Ltd"), "health", "measurements", ("HUA", "TTT"), "HUA=Yuli"),
    _Vendor("kuo", "Kuo Chien", Ics("parcels", "5.0.2", "Parcel Ltd"), "logistics", "tracking", ("KEE",), "KEE=Harbour"),
)


def office_demo(front: Front, out: Path, *, once: bool) -> int:
    """Play the office, and go on serving it until Ctrl-C unless it is to be `once`."""
    try:
        from conformance.desk.settings import Person, SignIn  # noqa: PLC0415 - an extra
        from conformance.desk.settings import Settings as Desk  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UsageError(f"yance demo office needs the extra desk ({error.name}): pip install 'yance[desk]'") from None
    _make_room(out)
    signers = _people(out)
    sockets = [bound_socket("127.0.0.1", 0) for _ in range(3)]
    addresses = [f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets]
    persons = [
        Person("lin", "Lin Mei-hua", frozenset({"officer"}), signer=signers["lin"]),
        Person("chen", "Chen Chih-ming", frozenset({"approver"}), signer=signers["chen"]),
        *(Person(one.subject, one.name, frozenset({"vendor"}), one.ics.vendor) for one in _VENDORS),
    ]
    settings = Desk(
        addresses[0],
        str(out / "registry.sqlite"),
        out / "trust.json",
        out / "public",
        out / "uploads",
        signers["office"],
        SignIn(addresses[1], "yance-desk", "of the demonstration"),
        {one.subject: one for one in persons},
    )
    runs = [_tested(front, one, out / "runs" / one.subject, signers["laboratory"]) for one in _VENDORS]
    with _office(settings, addresses[2], sockets):
        numbers = _story(front, settings, runs)
        report = _joined(front, settings, signers, out, numbers)
        _revoked(front, settings, numbers[-1])
        standing = _verified(front, settings, numbers, report)
        front.say("demo.office.done", desk=addresses[0], site=addresses[2], folder=out)
        front.result({"desk": addresses[0], "site": addresses[2], "folder": str(out), "certificates": standing})
        if not once:
            with contextlib.suppress(KeyboardInterrupt):  # the way to stop it
                threading.Event().wait()
    return 0


def _make_room(out: Path) -> None:
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise UsageError(f"{out}: the folder holds something that is no demonstration; choose another with --out")
    if (out / MARK).exists():
        raise UsageError(f"{out}: the folder holds an earlier demonstration; remove it, or choose another with --out")
    make_folder(out)
    write(out / MARK, b"{}\n")


def _people(out: Path) -> dict[str, Signer]:
    """Keys that nobody else has and that end with the process, and the document that trusts them."""
    signers = {name: passing_key(out / f"{name}.pub.pem")[0] for name in _OFFICE}
    keys = [{"path": f"{name}.pub.pem", **entry} for name, entry in _OFFICE.items()]
    write(out / "trust.json", json.dumps({"keys": keys}, indent=1).encode())
    return signers


def _tested(front: Front, one: _Vendor, folder: Path, signer: Signer) -> Path:
    """A run for certification on the domain's reference server, signed by the laboratory."""
    front.say("demo.office.testing", vendor=one.ics.vendor, solution=one.ics.named, domain=one.domain, profile=one.profile)
    profile, spec = load_profile(front.folders, one.domain, one.profile)
    ixit, clock = reference_ixit(one.domain), VirtualClock(START)
    plan = make_plan(spec, profile, one.ics, ixit, seed=_SEED)
    app = reference.application(one.domain, clock=clock.now)
    setting = Setting(
        plan, spec, profile, one.ics, ixit, RunFolder(folder), "certification", True, clock=clock, transport=in_process(app)
    )
    asyncio.run(conduct(setting))
    sign_run(setting.folder, signer)
    return folder


@contextlib.contextmanager
def _office(settings: Settings, site: str, sockets: list[Any]) -> Iterator[None]:
    from conformance.desk.application import application  # noqa: PLC0415 - an extra
    from conformance.desk.provider import provider  # noqa: PLC0415

    make_folder(settings.public)
    registry = Registry.create(settings.registry, scheme="DEMO", uri=site)
    apps = (
        application(settings, registry),
        provider(settings.sign_in, settings.address, settings.persons),
        files_of(settings.public),
    )
    try:
        with serving(list(zip(apps, sockets, strict=True))):
            yield
    finally:
        registry.close()


def _story(front: Front, settings: Settings, runs: list[Path]) -> list[str]:
    """Upload, propose, approve for each. The numbers of the certificates."""
    from conformance.desk.visitor import Visitor, packed  # noqa: PLC0415 - an extra

    lin, chen = (Visitor(settings.address, name) for name in ("lin", "chen"))
    today, numbers = datetime.now(UTC), []
    for one, run in zip(_VENDORS, runs, strict=True):
        vendor = Visitor(settings.address, one.subject)
        there = vendor.upload(packed(run))
        vendor.settled(there)
        front.say("demo.office.uploaded", vendor=one.ics.vendor, page=settings.address + there)
        wanted = {"county": one.counties, "sites": one.site, "start": f"{today:%Y-%m-%d}", "renews": ""}
        lin.send(f"{there}/propose", there, {**wanted, "end": f"{today + timedelta(days=730):%Y-%m-%d}"})
        proposal = lin.link(there, "/proposals/[0-9a-f]{16}")
        chen.send(f"{proposal}/approve", proposal, {})
        chen.settled(proposal)
        numbers.append(chen.link(there, "/certificates/[A-Z0-9-]+").rpartition("/")[2])
        front.say("demo.office.issued", number=numbers[-1], vendor=one.ics.vendor)
    return numbers


def _joined(front: Front, settings: Settings, signers: Mapping[str, Signer], out: Path, numbers: list[str]) -> str:
    """The journeys across the three certified solutions, taken in by two persons. The name of the joint report."""
    trust, registry, folder = load_trust(settings.trust), Registry.open(settings.registry), RunFolder(out / "together")
    known, clock, targets = load_journeys(front.folders), VirtualClock(START), {}
    make_folder(out / "certificates")
    for one, number in zip(_VENDORS, numbers, strict=True):
        file = out / "certificates" / f"{number}.json"
        write(file, registry.statement(registry.certificate(number).payload))
        ixit = replace(reference_ixit(one.domain), base_url=f"http://{one.domain}.example/v1")
        targets[one.domain] = Target(one.ics, ixit, cited(file, one.ics))
    ways = {domain: in_process(app) for domain, app in together.parties(clock=clock.now).items()}
    wanted = Crossing(known.journeys, targets)
    asyncio.run(conduct_journeys(known, wanted, folder, purpose="certification", clock=clock, ways=ways))
    envelope = sign_journeys(front.folders, folder, signers["laboratory"], "certification")
    state = registry.state()
    found = verify_journeys(front.folders, folder, trust.keys, kept=kept_by(registry, state))
    asked = registry.propose("join", signers["lin"], trust, terms=joint_terms(found, state, datetime.now(UTC)), run=envelope)
    name = registry.approve(asked.id, signers["chen"], trust).draft.certificate
    registry.close()
    front.say("demo.office.joined", name=name, services=len(known.journeys), certificates=", ".join(numbers))
    return name


def _revoked(front: Front, settings: Settings, number: str) -> None:
    """Revoke a certificate by the desk, by two persons; what rests on it falls with it."""
    from conformance.desk.visitor import Visitor  # noqa: PLC0415 - an extra

    lin, chen = (Visitor(settings.address, name) for name in ("lin", "chen"))
    page = f"/certificates/{number}"
    change = lin.send(page, page, {"action": "revoke", "reason": "the endpoint was withdrawn"})
    chen.send(f"{change}/approve", change, {})
    front.say("demo.office.revoked", number=number)


def _verified(front: Front, settings: Settings, numbers: list[str], report: str) -> dict[str, str]:
    """What each certificate is worth by the public files, once these tell of the revocation."""
    trust = load_trust(settings.trust)
    page, end = settings.public / "en" / "certificates" / f"{numbers[-1]}.html", time.monotonic() + _PATIENCE
    while not (page.is_file() and b"s-revoked" in page.read_bytes()):
        if time.monotonic() > end:
            raise SuiteError("the public files did not follow the registry")
        time.sleep(0.3)
    known = opened(str(settings.public), trust)
    standing = {}
    for number in numbers:
        bundle = settings.public / "certificates" / f"{number}.sigstore.json"
        status = str(known.state.certificates[number].status(datetime.now(UTC)))
        if status == "valid":
            verify_certificate(read_file(bundle, 1 << 22), trust, source=known)
        standing[number] = status
        front.say("demo.office.standing", number=number, status=status)
    worth = known.state.reports[report].status(known.state.certificates, datetime.now(UTC))
    front.say("demo.office.report", name=report, status=worth)
    return standing
