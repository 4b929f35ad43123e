"""`yance spec status`, `yance spec advance`: how far each version of an interface has come, and the gate to its next state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import click

from conformance.commands.between import (
    FOLDER,
    is_of_journeys,
    joint_bid,
    joint_evidence,
    joint_lack,
    journeys_named,
    journeys_versions,
)
from conformance.commands.front import Front, common, front_of
from conformance.commands.placing import written
from conformance.committee.coverage import coverage
from conformance.committee.diff import difference
from conformance.committee.lifecycle import Bid, Evidence, headers, lacking, recognised, step_for
from conformance.committee.lint import examined, read
from conformance.errors import UsageError
from conformance.load import load_profile, load_spec, profile_names
from conformance.load.catalogue import say
from conformance.load.data import digest_of
from conformance.load.digests import demands_digest, rows_digest
from conformance.load.documents import read_document
from conformance.load.lifecycle import STATES, Record, record_of
from conformance.load.profiles import written_for
from conformance.load.specs import domain_names, named, versions
from conformance.model import Spec

__all__ = ["COMMANDS"]


@click.command()
@click.argument("domain", required=False, help="The domain (default: all).")
@common
def status(domain: str | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """List the versions of each interface with the state that each has reached, when, by whom and on what evidence.

    Example: yance spec status transport
    """
    front = front_of(lang, as_json, data)
    found = []
    every = [*domain_names(front.folders), *([FOLDER] if journeys_versions(front.folders) else [])]
    for one in [domain] if domain else every:
        for version in _versions(front, one):
            record = record_of(front.folders, one, version)
            found.append(record)
            _line(front, record)
    front.result([_told(one) for one in found])
    return 0


def _versions(front: Front, domain: str) -> Sequence[str]:
    """The versions of a domain, or of the journeys. Raises UsageError where there is none."""
    if domain == FOLDER:
        journeys_named(front.folders, domain)
        return journeys_versions(front.folders)
    load_spec(front.folders, domain)  # an unknown domain is the better message
    return versions(front.folders, domain)


def _line(front: Front, record: Record) -> None:
    name = f"{record.domain}@{record.version}"
    reached = record.reached
    if reached is None:
        front.say("spec.status.none", name=name)
        return
    last = record.steps[-1]
    state = say(f"spec.state.{reached.state}", front.language)
    front.say("spec.status.line", name=name, state=state, at=reached.at[:10], by=reached.by)
    if last.evidence:
        front.say(
            "spec.status.evidence", evidence=", ".join(f"{kind} {one['digest'][:19]}…" for kind, one in last.evidence.items())
        )
        present = _rows(front, record)
        if earlier := [kind for kind, one in last.evidence.items() if one["rows"] != present]:
            front.say("spec.status.earlier", evidence=", ".join(earlier))
    if last.basis:
        front.say("spec.status.basis", why=front.text(last.basis))
    if last.state == "deprecated":
        front.say("spec.status.sunset", sunset=last.sunset, successor=last.successor)
        for header, value in headers(last).items():
            front.line(f"    {header}: {value}")


def _rows(front: Front, record: Record) -> str:
    """The digest of a version's rows as they are now."""
    if record.domain == FOLDER:
        return journeys_named(front.folders, f"{FOLDER}@{record.version}").digest
    return rows_digest(load_spec(front.folders, record.domain, record.version))


def _told(record: Record) -> dict[str, object]:
    steps = [one.as_json() for one in record.steps]
    sent = headers(record.steps[-1]) if record.steps else {}
    return {"domain": record.domain, "version": record.version, "state": record.state, "headers": sent, "steps": steps}


@click.command()
@click.argument("name", metavar="DOMAIN@VERSION", help="The version that goes on.")
@click.option("--to", "state", type=click.Choice(STATES), required=True, help="The state that it is to reach.")
@click.option("--by", metavar="NAME", help="Who decides it: the committee, or a person for it.")
@click.option(
    "--evidence",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A run's folder or report.json, or the JSON of adequacy or impact (repeatable).",
)
@click.option("--sunset", metavar="DATE", help="Of a deprecated version: its last day.")
@click.option("--successor", metavar="VERSION", help="Of a deprecated version: the one to go to.")
@click.option("--erratum", metavar="WHY", help="Correct a published version, whose demands stay as they are.")
@common
def advance(
    name: str,
    state: str,
    by: str | None,
    files: tuple[Path, ...],
    sunset: str | None,
    successor: str | None,
    erratum: str | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Record that a version has reached a state, in lifecycle.json beside it. Exit 1, with what is missing and the command that makes it, when it may not.

    Example: yance spec advance transport@1.1.0 --to candidate --by "Committee 3" --evidence adequacy.json
    """
    front = front_of(lang, as_json, data)
    if sunset:
        _refuse_no_date(sunset)
    domain, version = named(name)
    if version is None:
        raise UsageError(f"say which version: DOMAIN@VERSION (known: {', '.join(_versions(front, domain)) or 'none'})")
    bid = _bid(front, name, state, files, sunset or "", successor or "", erratum or "")
    lacks = [joint_lack(one) if is_of_journeys(name) else one for one in lacking(bid)]
    for lack in lacks:
        front.say("spec.lack", what=say(f"spec.lack.{lack.kind}", front.language, **lack.words))
        if lack.command:
            front.line(f"    {lack.command}")
    told = [{"kind": lack.kind, "command": lack.command, **lack.words} for lack in lacks]
    front.result({"version": bid.name, "from": bid.record.state, "to": state, "lacking": told, "advanced": not lacks})
    if lacks:
        front.say("spec.advance.refused", name=bid.name, state=say(f"spec.state.{state}", front.language), count=len(lacks))
        return 1
    if not by:
        raise UsageError("nothing is missing; say by --by who decides it, and it is recorded")
    steps = [*bid.record.steps, step_for(bid, by, datetime.now(UTC))]
    content = {"domain": domain, "version": version, "steps": [one.as_json() for one in steps]}
    written(bid.record.file, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    front.say("spec.advance.done", name=bid.name, state=say(f"spec.state.{state}", front.language), file=bid.record.file)
    return 0


def _refuse_no_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--sunset {text!r}: expected a date, YYYY-MM-DD") from None


def _bid(front: Front, name: str, state: str, files: Sequence[Path], sunset: str, successor: str, erratum: str) -> Bid:
    """The bid of a domain's version, or of one of the journeys."""
    of_journeys = is_of_journeys(name)
    evidence = [_evidence(path, of_journeys=of_journeys) for path in files]
    if of_journeys:
        return joint_bid(front.folders, name, state, evidence, sunset=sunset, successor=successor, erratum=erratum)
    return _bid_of_domain(front, load_spec(front.folders, *named(name)), state, evidence, sunset, successor, erratum)


def _evidence(path: Path, *, of_journeys: bool) -> Evidence:
    """What a file, or the report in a run's folder, is evidence of. Raises UsageError for what is none."""
    file = path / "report.json" if path.is_dir() else path
    content = read_document(file).content
    found = joint_evidence(content) if of_journeys else recognised(content, digest_of(content))
    if found is None:
        raise UsageError(
            f"{file}: this is no evidence; expected report.json of a run, or the JSON of `yance adequacy` or `yance spec impact`"
        )
    return found


def _bid_of_domain(
    front: Front, spec: Spec, state: str, evidence: list[Evidence], sunset: str, successor: str, erratum: str
) -> Bid:
    """A version's bid for a state, with what is to be known of it now."""
    folders, known = front.folders, versions(front.folders, spec.domain)
    states = {one: record_of(folders, spec.domain, one).state for one in known}
    in_force = [one for one in known if states[one] in ("published", "deprecated")]
    before = [one for one in in_force if known.index(one) < known.index(spec.version)]
    errors = gaps = 0
    bump = "enough"
    if state in ("candidate", "published"):
        earlier = [row for one in known[: known.index(spec.version)] for row in load_spec(folders, spec.domain, one).requirements]
        errors = sum(one.rule.severity == "error" for one in examined(*read(Path(spec.source), spec, earlier)))
        names, asked = profile_names(folders, spec.domain, spec.version), written_for(folders, spec.domain, spec.version)
        profiles = [load_profile(folders, spec.domain, one, asked)[0] for one in names]
        gaps = len(coverage(spec, [one for one in profiles if one.spec_version == spec.version]).unexplained)
    if state == "candidate" and before:
        bump = difference(load_spec(folders, spec.domain, before[-1]), spec).bump["verdict"]
    return Bid(
        record_of(folders, spec.domain, spec.version),
        state,
        spec.digest,
        rows_digest(spec),
        demands_digest(spec),
        errors,
        gaps,
        bump,
        before[-1] if before else "",
        in_force,
        datetime.now(UTC).date(),
        evidence,
        sunset,
        successor,
        erratum,
    )


COMMANDS = (status, advance)
