"""`yance challenge open|close|list|show`: nonces of the office, each for one solution, answered by one run in time or counted as abandoned."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from conformance.attest import instant
from conformance.attest.challenge import Handed, handed
from conformance.commands.answering import binding_for, read_challenge
from conformance.commands.deciding import verified_run
from conformance.commands.front import Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.commands.keys import KEY_HELP, OFFICE_PASSWORD, signer_of, trust_of
from conformance.commands.looking import in_registry, opened, trusted
from conformance.errors import UsageError
from conformance.load import load_profile
from conformance.load.catalogue import say
from conformance.model import Ics
from conformance.office.challenges import abandon_challenge, close_challenge, known_challenge, open_challenge
from conformance.office.events import Answer, Opened, moment
from conformance.text.handed import PRIVATE, create

__all__ = ["COMMANDS"]

Data = tuple[Path, ...]
_DEFAULT = timedelta(days=3)
_LONGEST = timedelta(days=92)


@click.group(cls=SpokenGroup)
@spoken
def challenge() -> None:
    """Challenges of the office: a run that answers one has a seed that nobody could know beforehand."""


@challenge.command("open")
@click.argument("domain", help="The domain: transport, health, logistics, or one of --data.")
@in_registry
@trusted
@click.option("--office-key", "office", required=True, metavar="KEY", help=f"The office's key for challenges. {KEY_HELP}")
@click.option("--holder", required=True, metavar="NAME", help="The vendor who is to answer it, as its yance.toml says.")
@click.option("--solution", required=True, metavar="ID@VERSION", help="The solution that it is for.")
@click.option("--profile", help="The profile that it is for (default: full).")
@click.option("--spec", "version", help="Another version of the spec than the one in force; DOMAIN@VERSION says the same.")
@click.option("--from", "start", metavar="TIME", help="From when it may be answered, as 2026-12-01T08:00:00Z (default: now).")
@click.option("--until", "end", metavar="TIME", help="Until when it has to be answered (default: three days after it begins).")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The document for the vendor; secret until it is answered."
)
@common
def open_(
    domain: str,
    where: str,
    document: Path,
    office: str,
    holder: str,
    solution: str,
    profile: str | None,
    version: str | None,
    start: str | None,
    end: str | None,
    out: Path,
    lang: str | None,
    as_json: bool,
    data: Data,
) -> int:
    """Open a challenge: draw a nonce, log its hash, and write the signed document that the vendor is handed.

    It is answered by one run, or counts as abandoned when its time is over. Nobody sees the nonce before the vendor does.

    Example: yance challenge open transport --holder "Stop Ltd" --solution stops@2.4.1 --registry registry.sqlite --trust trust.toml --office-key office.pem --out challenge.json
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(office, OFFICE_PASSWORD), trust_of(document)
    name, _, number = solution.partition("@")
    if not name or not number:
        raise UsageError(f"--solution {solution!r:.80} is no solution; expected an id and a version, as in stops@2.4.1")
    chosen, spec = load_profile(front.folders, domain, profile, version)
    begins = _time(start, "--from") if start else datetime.now(UTC).replace(microsecond=0)
    ends = _time(end, "--until") if end else begins + _DEFAULT
    if not begins < ends <= begins + _LONGEST:
        raise UsageError(f"a challenge begins before it ends, and lasts {_LONGEST.days} days at most")
    if out.exists():
        raise UsageError(f"{out} exists; a challenge is never written over another file: choose another name")
    binding = binding_for(spec, chosen, Ics(name, number, holder))
    with opened(where) as records:
        made, envelope = open_challenge(records, binding, signer, trust, not_before=begins, not_after=ends)
    _written(out, envelope)
    front.say("challenge.opened", challenge=made.id, file=out, solution=solution, holder=holder, end=made.said["notAfter"])
    front.result({"file": str(out), **_document(made, datetime.now(UTC))})
    return 0


@challenge.command("close")
@click.argument("run_or_id", metavar="RUN|ID", help="The run that answers it; with --abandoned the challenge's ID.")
@in_registry
@click.option(
    "--trust", "document", envvar="YANCE_TRUST", type=click.Path(path_type=Path), help="The trust document (YANCE_TRUST)."
)
@click.option("--abandoned", metavar="REASON", help="No run will answer it (name the challenge by its ID), and why.")
@common
def close(
    run_or_id: str, where: str, document: Path | None, abandoned: str | None, lang: str | None, as_json: bool, data: Data
) -> int:
    """Close a challenge with the signed run that answers it, whatever came of that, or as abandoned.

    The run is verified first. It has to be signed and there by the deadline, or to have a time-stamp of then. A challenge is closed once.

    Example: yance challenge close runs/today --registry registry.sqlite --trust trust.toml
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    if abandoned is not None:
        with opened(where) as records:
            made = abandon_challenge(records, run_or_id, abandoned)
        front.say("challenge.abandoned", challenge=made.id)
        front.result(_document(made, now))
        return 0
    if document is None:
        raise UsageError("the run is verified before its challenge is closed: give the trust document by --trust")
    found, _ = verified_run(front, Path(run_or_id), document)
    with opened(where) as records:
        made = close_challenge(records, found)
    assert made.closed is not None  # it was just closed
    said = made.closed.draft.entry
    result = say(f"result.{said['result']}", front.language)
    front.say("challenge.closed", challenge=made.id, result=result, level=say(f"level.{said['level']}", front.language))
    for text in said["missing"]:
        front.line(f"! {front.told(text)}")
    front.result(_document(made, now))
    return 0


@challenge.command("list")
@in_registry
@click.option(
    "--status",
    default="",
    type=click.Choice(["", *map(str, Answer)]),
    show_default=False,
    metavar="STATUS",
    help="Only those whose status is this.",
)
@common
def listed(where: str, status: str, lang: str | None, as_json: bool, data: Data) -> int:
    """List all challenges, with what became of each: open, answered by which run, or abandoned.

    Example: yance challenge list --registry registry.sqlite --status abandoned
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    with opened(where) as records:
        known = [*records.state().challenges.values()]
    found = [one for one in reversed(known) if status in ("", one.status(now))]
    for one in found:
        front.line(_line(front, one, now))
    counts = {str(answer): sum(one.status(now) == answer for one in known) for answer in Answer}
    front.say("challenge.listed", count=len(found), **counts)
    front.result([_document(one, now) for one in found])
    return 0


@challenge.command("show")
@click.argument("file_or_id", metavar="FILE|ID", help="The document that was handed over, or the challenge's ID.")
@click.option("--registry", "where", envvar="YANCE_REGISTRY", metavar="PATH|URL", help="The registry, where an ID is given.")
@click.option(
    "--trust", "document", envvar="YANCE_TRUST", type=click.Path(path_type=Path), help="The trust document (YANCE_TRUST)."
)
@click.option("--out", type=click.Path(path_type=Path), help="Write the document once more (of an ID that is open).")
@common
def show(
    file_or_id: str, where: str | None, document: Path | None, out: Path | None, lang: str | None, as_json: bool, data: Data
) -> int:
    """Show a challenge: what it is for, until when, and what the target has to serve; by ID, what became of it.

    Example: yance challenge show challenge.json --trust trust.toml
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    if Path(file_or_id).exists():
        trust = trust_of(document)
        one = handed(read_challenge(Path(file_or_id)), trust.keys, authorities=trust.authorities)
        _shown(front, one)
        return 0
    if where is None:
        raise UsageError(f"{file_or_id:.80} is no file; of a challenge that is named by its ID, --registry knows")
    with opened(where) as records:
        known = known_challenge(records.state(), file_or_id)
        if out is not None:
            if known.status(now) is not Answer.OPEN:
                raise UsageError(f"challenge {known.id} is {known.status(now)}; only an open one is handed over")
            _written(out, records.statement(known.statement))
    front.line(_line(front, known, now))
    front.result(_document(known, now))
    return 0


# ------------------------------------------------------------------------------------------ parts


def _shown(front: Front, one: Handed) -> None:
    said, token = one.envelope.predicate, one.derived.token
    path = f"/.well-known/yance/{token.partition('.')[0]}"
    solution = f"{said['solution']['id']}@{said['solution']['version']}"
    spec = f"{said['domain']} {said['specification']['version']}"
    front.say("challenge.what", challenge=one.challenge.id, solution=solution, holder=said["holder"])
    front.say("challenge.under", spec=spec, profile=said["profile"]["id"])
    front.say("challenge.when", start=said["notBefore"], end=said["notAfter"])
    front.say("challenge.serve", path=path, token=token)
    front.result({**said, "control": {"path": path, "token": token}, "digest": one.envelope.digest})


def _line(front: Front, one: Opened, now: datetime) -> str:
    state = say(f"challenge.status.{one.status(now)}", front.language)
    solution = f"{one.said['solution']['id']}@{one.said['solution']['version']}"
    ended = one.closed.draft.entry if one.closed else {}
    what = (
        f"{ended['result']} {ended['run']['sha256'][:16]}… {ended['level']}" if "run" in ended else str(ended.get("reason", ""))
    )
    return f"{one.id}  {state}  {one.said['notAfter']}  {solution}  {one.said['holder']}  {one.said['profile']['id']}  {what}".rstrip()


def _document(one: Opened, now: datetime) -> dict[str, Any]:
    """A challenge as JSON shows it. The nonce is not in it while it is secret."""
    ended = {"closedOn": moment(one.closed.at), **one.closed.draft.entry} if one.closed else {}
    return {**one.said, "openedOn": moment(one.event.at), "status": str(one.status(now)), "digest": one.statement, **ended}


def _time(text: str, option: str) -> datetime:
    found = instant(text)
    if found is None:
        raise UsageError(f"{option} {text!r:.60} is no time; expected RFC 3339 in UTC, as in 2026-12-01T08:00:00Z")
    return found


def _written(path: Path, envelope: bytes) -> None:
    """Write a document that its owner alone can read."""
    try:
        with create(path, PRIVATE) as file:
            file.write(envelope)
    except OSError as error:
        raise UsageError(
            f"{path}: the file cannot be written ({error.strerror}); yance challenge show ID --out writes it elsewhere"
        ) from None


COMMANDS = (challenge,)
