"""`yance certify`, `yance waive`: what a person of the office asks for, with what it rests on. Another one issues it (`yance registry issue`)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.attest import sign
from conformance.commands.deciding import by_a_person, signed_file, verified_run
from conformance.commands.front import common, front_of
from conformance.commands.keys import signer_of, trust_of
from conformance.commands.looking import day, in_registry, opened, proposal_document
from conformance.errors import UsageError, VerificationError
from conformance.office import Site, Wanted, statements
from conformance.office.terms import terms
from conformance.office.waivers import verify_waiver
from conformance.text.handed import write
from conformance.verdict.folder import RunFolder

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@in_registry
@by_a_person
@click.option("--holder", required=True, metavar="NAME", help="Who is to hold the certificate: the vendor of the run.")
@click.option("--solution", required=True, metavar="ID@VERSION", help="The solution that you certify.")
@click.option("--county", "counties", multiple=True, metavar="CODE", help="Where it is deployed, as TPE (repeatable).")
@click.option("--site", "sites", multiple=True, metavar="CODE=NAME", help="A place there where it is in use (repeatable).")
@click.option("--from", "start", metavar="DAY", help="The first day (default: today).")
@click.option("--until", "end", required=True, metavar="DAY", help="The day on which it ends.")
@click.option("--waiver", "waivers", multiple=True, type=click.Path(path_type=Path), help="A signed waiver (repeatable).")
@click.option("--renews", default="", metavar="NUMBER", help="The certificate that this one follows.")
@common
def certify(
    run: Path,
    where: str,
    document: Path,
    key: str,
    holder: str,
    solution: str,
    counties: tuple[str, ...],
    sites: tuple[str, ...],
    start: str | None,
    end: str,
    waivers: tuple[Path, ...],
    renews: str,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Propose a certificate: verify a signed run from its evidence, and ask another person of the office to issue it.

    The run is signed by the office or a laboratory, for certification, by the official words; every MUST is passed, or waived. Nothing is
    certified by this alone: `yance registry issue` does that, by another person.

    Example: yance certify runs/cert --registry registry.sqlite --trust trust.toml --key lin.pem --holder "Stop Ltd" --solution stops@2.4.1 --county TPE --until 2028-11-30
    """
    front = front_of(lang, as_json, data)
    signer = signer_of(key)
    found, trust = verified_run(front, run, document)
    now = datetime.now(UTC)
    borne = [signed_file(path) for path in waivers]
    wanted = Wanted(
        holder,
        solution,
        counties,
        day(start, "--from") if start else now.replace(hour=0, minute=0, second=0, microsecond=0),
        day(end, "--until"),
        tuple(map(_site, sites)),
        renews,
        tuple(verify_waiver(one, trust, now=now) for one in borne),
    )
    asked = terms(found, wanted)
    with opened(where) as registry:
        made = registry.propose(
            "renew" if renews else "issue",
            signer,
            trust,
            terms=asked,
            waivers=borne,
            run=signed_file(RunFolder(run).envelope_file),
        )
    front.say("certify.proposed", proposal=made.id, holder=holder, solution=solution, person=made.by)
    front.result(proposal_document(made))
    return 0


@click.command()
@click.argument("requirements", nargs=-1, required=True, metavar="ID...", help="The ids of the requirements.")
@by_a_person
@click.option("--solution", required=True, metavar="ID@VERSION", help="The solution that it is for.")
@click.option("--profile", required=True, help="The profile that it is for.")
@click.option("--reason", required=True, help="Why it is borne with; it stands on the certificate.")
@click.option("--until", "end", required=True, metavar="DAY", help="The day on which it ends, and the certificate with it.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The file that is written.")
@common
def waive(
    requirements: tuple[str, ...],
    document: Path,
    key: str,
    solution: str,
    profile: str,
    reason: str,
    end: str,
    out: Path,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Sign a waiver: that requirements are borne with, of one solution, for a reason and until a day. No verdict is changed by it.

    Example: yance waive COM-RATE-01 --solution stops@2.4.1 --profile full --reason "gateway replaced in May" --until 2027-05-31 --trust trust.toml --key lin.pem --out waiver.json
    """
    front = front_of(lang, as_json, data)
    trust, signer, now = trust_of(document), signer_of(key), datetime.now(UTC)
    known = trust.key(signer.public_key.keyid)
    if known is None or not known.holder:
        raise VerificationError(f"key {signer.public_key.keyid} is nobody's by the trust document; a waiver is a person's")
    made = statements.waiver(
        solution=solution,
        profile=profile,
        requirements=requirements,
        reason=" ".join(reason.split()),
        person=known.holder,
        at=now,
        not_after=day(end, "--until"),
    )
    envelope = sign(made, signer)
    found = verify_waiver(envelope, trust, now=now)
    try:
        write(out, envelope)
    except OSError as error:
        raise UsageError(f"{out}: the file cannot be written ({error.strerror})") from None
    front.say("waive.done", waiver=found.predicate["waiverId"], file=out, end=found.predicate["notAfter"])
    front.result({"file": str(out), **found.predicate})
    return 0


def _site(text: str) -> Site:
    county, _, name = text.partition("=")
    if not county or not name.strip():
        raise UsageError(f"--site {text!r:.60} is no site; expected a county and a name, as in TPE=Xinyi")
    return Site(county, " ".join(name.split()))


COMMANDS = (certify, waive)
