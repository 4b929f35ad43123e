"""`yance journey`: services across the domains of several vendors, run, judged, signed and verified."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance.attest import LARGEST, Trust, instant
from conformance.commands.crossing import summed_up
from conformance.commands.front import Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.commands.keys import KEY_HELP, signer_of, trust_of
from conformance.commands.placing import placed
from conformance.errors import UsageError, VerificationError, nearest
from conformance.journeys import checks
from conformance.journeys.attesting import sign_journeys, verify_journeys
from conformance.journeys.conduct import conduct
from conformance.journeys.course import Course
from conformance.journeys.documents import Journey, Row, load_journeys
from conformance.journeys.settings import read_crossing
from conformance.load.catalogue import say, source_text
from conformance.model import FIXED_SEED, PURPOSES
from conformance.text.handed import read_file
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import EXIT_CODES

if TYPE_CHECKING:
    from conformance.office.verify import Source, VerifiedCertificate

__all__ = ["COMMANDS"]

_PURPOSES = tuple(one for one in PURPOSES if one != "challenge")


@click.group(cls=SpokenGroup)
@spoken
def journey() -> None:
    """Services across domains: run across the targets of several vendors, with a joint report."""


@journey.command("list")
@common
def listed(lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """List the journeys, the interfaces that each goes across, and what is demanded of them.

    Example: yance journey list
    """
    front = front_of(lang, as_json, data)
    known = load_journeys(front.folders)
    for one in known.journeys:
        front.line(f"{one.id:<20} {front.text(one.title)}  ({', '.join(one.specs)})")
    for row in known.rows:
        front.line(f"{row.id}  {row.level:<6} {front.text(row.text)}")
    front.result(
        {
            "version": known.version,
            "journeys": [_journey(one) for one in known.journeys],
            "requirements": [
                {"id": row.id, "level": str(row.level), "text": dict(row.text), "check": row.check} for row in known.rows
            ],
        }
    )
    return 0


def _journey(one: Journey) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": dict(one.title),
        "specifications": {domain: spec.version for domain, spec in one.specs.items()},
        "workflows": {each.id: [f"{step.source}.{step.operation.id}" for step in each.steps] for each in one.workflows},
        "digest": one.digest,
        "document": one.source,
    }


@journey.command("show")
@click.argument("name", help="A journey, or a requirement of journeys (JRN-006).")
@common
def show(name: str, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Show a journey step by step, or a requirement: text, source, check, how to mend.

    Example: yance journey show parcel-on-the-way
    """
    front = front_of(lang, as_json, data)
    known = load_journeys(front.folders)
    if (row := next((one for one in known.rows if one.id == name.upper()), None)) is not None:
        return _explain(front, row)
    if name not in [one.id for one in known.journeys]:
        names = [*(one.id for one in known.journeys), *(one.id for one in known.rows)]
        raise UsageError(f"there is no journey and no requirement {name!r}{nearest(name, names)} (known: {', '.join(names)})")
    (one,) = known.chosen((name,))
    front.line(front.text(one.title))
    front.line(front.text(one.description))
    for workflow in one.workflows:
        front.line()
        front.line(f"{workflow.id}: {front.text(workflow.summary)}")
        for nth, step in enumerate(workflow.steps, 1):
            who = f" ({step.actor})" if step.actor else ""
            front.line(f"  {nth:>2} {step.id:<18} {step.source:<10} {step.operation.id}{who}")
    front.result(_journey(one))
    return 0


def _explain(front: Front, row: Row) -> int:
    check = checks.check(row.check)
    about = check.doc if front.language == "en" else check.about
    front.line(f"{row.id}  {row.level}")
    front.line(front.text(row.text))
    front.say("journey.source", source=source_text(row.source, front.language))
    for line in about.strip().splitlines():
        front.line(f"  {line}")
    front.say("journey.remedy", remedy=row.remedy[front.language])
    front.result(
        {
            "id": row.id,
            "level": str(row.level),
            "class": row.conformance_class,
            "text": dict(row.text),
            "source": row.source,
            "remedy": dict(row.remedy),
            "check": row.check,
            "cases": {name: dict(arguments) for name, arguments in row.cases.items()},
        }
    )
    return 0


@journey.command("run")
@click.argument("file", type=click.Path(path_type=Path), help="The file that names a target for each domain, TOML or YAML.")
@click.option("--only", multiple=True, metavar="JOURNEY", help="Only this journey (repeatable).")
@click.option(
    "--purpose", type=click.Choice(_PURPOSES), default="self-test", show_default=True, help="For which the run is made."
)
@click.option("--seed", type=int, default=FIXED_SEED, show_default=True, help="Fixes the texts that the suite makes up.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder of the run (default: a dated one under runs/).")
@click.option("--resume", is_flag=True, help="Go on with the interrupted run that lies in --out.")
@common
def run(
    file: Path,
    only: tuple[str, ...],
    purpose: str,
    seed: int,
    out: Path | None,
    resume: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Run journeys across the targets that FILE names, and report on all of them together.

    The same traveller, tenant a of each target, goes through them; tenant b looks whether it sees what it should not. Each journey is also
    broken off once, to see that nothing is left half-done. A run that is interrupted keeps what it recorded, and --resume goes on with the
    workflows that have not ended.

    Example: yance journey run journeys.toml --out runs/together
    """
    front = front_of(lang, as_json, data)
    if resume and out is None:
        raise UsageError("--resume goes on with a run that lies somewhere: name its folder by --out")
    known = load_journeys(front.folders)
    crossing = read_crossing(front.folders, file, known, only, commands=purpose == PURPOSES[0])
    folder = RunFolder(placed(out, "journeys"))
    made = conduct(known, crossing, folder, seed=seed, purpose=purpose, told=lambda course: _told(front, course), resume=resume)
    report = asyncio.run(made)
    summed_up(front, report, folder)
    return EXIT_CODES[report["result"]]


def _told(front: Front, course: Course) -> None:
    """Say that a workflow has ended."""
    taken, whole, ended = len(course.record.steps), len(course.workflow.steps), course.record.ended
    front.note(
        "journey.gone", workflow=course.workflow.id, taken=taken, whole=whole, ended=f" ({front.told(ended)})" if ended else ""
    )


@journey.command("sign")
@click.argument("folder", type=click.Path(path_type=Path), help="The folder of a run of journeys.")
@click.option("--key", "key_file", metavar="KEY", help=f"{KEY_HELP} Without one, nothing is signed.")
@click.option(
    "--purpose", type=click.Choice(_PURPOSES), default="self-test", show_default=True, help="For which the run is said to be."
)
@common
def sign(folder: Path, key_file: str | None, purpose: str, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Sign a joint report: a DSSE envelope, and the same as a Sigstore bundle. All of it is derived from the evidence again first.

    Example: yance journey sign runs/together --key office.pem
    """
    front = front_of(lang, as_json, data)
    if key_file is None:
        raise UsageError("there is no key to sign with: give one by --key (yance key new makes one)")
    run_folder, signer = RunFolder(folder), signer_of(key_file)
    run_folder.report_content()  # of a run, or there is no folder to be held
    with run_folder.held():
        sign_journeys(front.folders, run_folder, signer, purpose)
    front.say("sign.done", envelope=run_folder.envelope_file, bundle=run_folder.bundle_file)
    front.result(
        {"envelope": str(run_folder.envelope_file), "bundle": str(run_folder.bundle_file), "keyid": signer.public_key.keyid}
    )
    return 0


@journey.command("verify")
@click.argument("folder", type=click.Path(path_type=Path), help="The signed folder of a run of journeys.")
@click.option("--trust", "policy", type=click.Path(path_type=Path), help="A trust document (TOML or JSON).")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path), help="A public key that is trusted (repeatable).")
@click.option(
    "--cited",
    multiple=True,
    type=click.Path(path_type=Path),
    help="The certificate, or the signed statement of a run, that one of the solutions rests on (repeatable).",
)
@click.option(
    "--registry",
    envvar="YANCE_REGISTRY",
    metavar="PATH|URL",
    help="An exported registry, or a database, that took the report in.",
)
@click.option("--received", metavar="TIME", help="Since when you hold the envelope, by your own records (2026-11-29T08:00:00Z).")
@click.option(
    "--require",
    multiple=True,
    type=click.Choice(["passed", "cited"]),
    help="passed: end with the exit code of the result. cited: refuse what leaves open what a solution rests on, or by which build it was judged.",
)
@common
def verify(
    folder: Path,
    policy: Path | None,
    keys: tuple[Path, ...],
    cited: tuple[Path, ...],
    registry: str | None,
    received: str | None,
    require: tuple[str, ...],
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Verify a joint report: signature, evidence, every request against the documents, every verdict, what solutions rest on. Exit 6 when
    anything does not hold.

    Example: yance journey verify runs/together --trust trust.toml --cited certificates/TW-2027-0001.json
    """
    front = front_of(lang, as_json, data)
    trust = trust_of(policy, keys)
    if received is not None and instant(received) is None:
        raise UsageError(f"--received {received!r:.60} is no time; expected RFC 3339 in UTC, as in 2026-11-29T08:00:00Z")
    at, source = instant(received), _source(registry, trust)
    kept = _kept_by(source)
    found = verify_journeys(
        front.folders, RunFolder(folder), trust.keys, received=at, authorities=trust.authorities, cited=cited, kept=kept
    )
    taken = _taken_in(folder, trust, source, at) if source else None
    if "cited" in require and found.unverified:
        raise VerificationError(f"cited was required, and this is not verified: {found.unverified[0]['en']}")
    for step in (*found.steps, *(taken.steps[2:] if taken else ())):
        front.line(f"✓ {front.text(step)}")
    for left in found.unverified:
        front.line(f"! {say('verify.unverified', front.language, what=front.text(left))}")
    result = found.report["result"]
    front.say("journey.verified", result=say(f"journey.result.{result}", front.language))
    front.result(
        {
            "verified": True,
            "payloadSha256": found.envelope.digest,
            "keyid": found.envelope.keyid,
            "role": str(found.envelope.role),
            "result": result,
            "run": found.report["runId"],
            "purpose": found.report["purpose"],
            "targets": found.report["targets"],
            "status": taken.status if taken else None,
            "steps": [step["en"] for step in found.steps],
            "unverified": [left["en"] for left in found.unverified],
        }
    )
    return EXIT_CODES[result] if "passed" in require else 0


def _source(registry: str | None, trust: Trust) -> Source | None:
    if not registry:
        return None
    from conformance.office.verify import opened  # noqa: PLC0415 - journeys alone need no database

    return opened(registry, trust)


def _kept_by(source: Source | None) -> Callable[[str], bytes | None]:
    if source is None:
        return lambda _: None
    from conformance.office.joint import kept_by  # noqa: PLC0415 - as above

    return kept_by(source, source.state)


def _taken_in(folder: Path, trust: Trust, source: Source, received: datetime | None) -> VerifiedCertificate:
    from conformance.office.verify import verify_joint  # noqa: PLC0415 - as above

    return verify_joint(read_file(RunFolder(folder).envelope_file, LARGEST), trust, source, received=received)


COMMANDS = (journey,)
