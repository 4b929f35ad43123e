"""`yance spec impact`: who would still be certified if a draft were published, by what was recorded of them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance import formats
from conformance.attest import RUN, Trust, envelope_of
from conformance.commands.front import Front, common, front_of, out
from conformance.commands.keys import trust_of
from conformance.commands.placing import RUNS, written
from conformance.committee.impact import Cited, impact, plans, runs_in
from conformance.committee.standing import Cell, Column, Impact, LeftOut, Standing
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.load.digests import rows_digest
from conformance.load.specs import load_spec
from conformance.model import Spec
from conformance.office import Registry, Status
from conformance.office.statements import payload_digest
from conformance.office.verify import Source, opened
from conformance.text import strictjson
from conformance.text.handed import read_file
from conformance.verdict.folder import RunFolder

__all__ = ["COMMANDS"]

_CERTIFIED = (Status.VALID, Status.PENDING, Status.SUSPENDED)
_MOST = 20  # faults, and re-tests of a vendor, that are listed as text; --json and the page have them all
_ENVELOPE = 1024 * 1024


@click.command(name="impact")
@click.argument("new", metavar="DOMAIN@VERSION", help="The draft.")
@click.option("--runs", "runs", type=click.Path(path_type=Path), help="A run folder, or one that holds some.")
@click.option("--registry", "where", metavar="PATH|URL", help="Only the runs that this registry's certificates rest on.")
@click.option(
    "--trust", "document", type=click.Path(path_type=Path), help="The trust document, where --registry is an exported folder."
)
@click.option(
    "--format", "wanted", type=click.Choice(["text", "html"]), default="text", show_default=True, help="How it is written."
)
@click.option("--out", "path", type=click.Path(path_type=Path), help="Write the page to this file.")
@click.option(
    "--retest", "again", type=click.Path(path_type=Path), metavar="DIR", help="Write a plan for `yance run --plan` per vendor."
)
@click.option(
    "--whole", is_flag=True, help="Judge every case again, also where the draft changes nothing that its verdict rests on."
)
@click.option("--scheduler", metavar="URL", help="Do it on the workers of this Dask cluster, such as tcp://10.0.0.5:8786.")
@common
def judged(
    new: str,
    runs: Path | None,
    where: str | None,
    document: Path | None,
    wanted: str,
    path: Path | None,
    again: Path | None,
    whole: bool,
    scheduler: str | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Judge the recorded runs of certified vendors under a draft: who passes by proof, against whom nothing speaks, who has to be tested
    again and with what, and who fails, with the exchange.

    Exit 0 when no MUST fails or is open, 1 when one fails, 3 when one has to be tested again or something could not be read, 6 when evidence
    is not what was recorded.

    Example: yance spec impact transport@1.1.0 --runs runs --format html --out impact.html --retest plans
    """
    front = front_of(lang, as_json, data)
    domain, _, version = new.partition("@")
    draft = load_spec(front.folders, domain, version or None)
    if runs is None and where is None:
        raise UsageError("there is nothing to judge: name run folders by --runs, or a registry of certificates by --registry")
    place = runs or RUNS
    folders, left = runs_in(place if scheduler is None else place.absolute()), list[LeftOut]()  # where workers find them, too
    cited = [Cited(one) for one in folders]
    if where is not None:
        cited, left = _certified(where, draft, folders, trust_of(document) if document else Trust())
    front.note("spec.impact.judging", count=len(cited), spec=f"{draft.domain}@{draft.version}")
    found = _found(front, draft, cited, left, scheduler, whole=whole)
    made_of = {"domain": draft.domain, "version": draft.version, "digest": draft.digest, "rowsDigest": rows_digest(draft)}
    front.result({"specification": made_of, **found.as_json()})
    if again is not None:
        for name, content in plans(draft, found).items():
            written(again / name, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    if wanted == "html" or path is not None:
        page = _page(found, front.language)
        if path is not None:
            written(path, page)
            front.line(str(path))
        elif not as_json:
            out(page)
    if wanted == "text":
        _lines(front, found)
    return found.exit_code


def _found(front: Front, draft: Spec, cited: list[Cited], left: list[LeftOut], scheduler: str | None, *, whole: bool) -> Impact:
    """How everybody stands, judged by processes of this machine or by the workers of a cluster."""
    if scheduler is None:
        return impact(front.folders, draft, cited, left_out=left, whole=whole)
    from conformance.campaign.engine import engine  # noqa: PLC0415 - of the extra

    with engine(scheduler) as made, made.executor() as elsewhere:
        return impact(front.folders, draft, cited, left_out=left, elsewhere=elsewhere, whole=whole)


# ------------------------------------------------------------------------------------------ what certificates rest on


def _certified(where: str, draft: Spec, folders: list[Path], trust: Trust) -> tuple[list[Cited], list[LeftOut]]:
    """The run folders that the certificates of a registry rest on, found by the digest of their statement; and those that are not there."""
    by_digest = {digest: one for one in folders if (digest := _stated(one))}
    cited, left = list[Cited](), list[LeftOut]()
    with ExitStack() as stack:
        source = opened(where, trust)
        if isinstance(registry := getattr(source, "registry", None), Registry):
            stack.callback(registry.close)
        now = datetime.now(UTC)
        for number, entry in source.state.certificates.items():
            if entry.document["domain"] != draft.domain or entry.status(now) not in _CERTIFIED:
                continue
            digest = next((one["digest"]["sha256"] for one in entry.document["inputAttestations"] if one["uri"] == RUN), "")
            folder = by_digest.get(digest)
            if folder is None:
                left.append(LeftOut(number, f"the run {digest[:16]}… that it rests on is not among the folders of --runs"))
            else:
                cited.append(Cited(folder, number, *_vouched(source, f"sha256:{digest}")))
    return cited, left


def _stated(folder: Path) -> str:
    """The digest of the statement in a run folder; empty where it was not signed."""
    file = RunFolder(folder).envelope_file
    return payload_digest(read_file(file, _ENVELOPE)).removeprefix("sha256:") if file.is_file() else ""


def _vouched(source: Source, digest: str) -> tuple[str, str]:
    """What a run's statement vouches for: the Merkle root of the evidence, and the digest of the report."""
    envelope = strictjson.parse(envelope_of(source.statement(digest)), "the statement of a run")
    said: Mapping[str, Any] = strictjson.parse(b64decode(envelope["payload"]), "the statement of a run")
    files = {one["name"]: f"sha256:{one['digest']['sha256']}" for one in said["subject"]}
    return str(said["predicate"]["evidence"]["rfc6962Root"]), files.get("report.json", "")


# ------------------------------------------------------------------------------------------ shown


def _page(found: Impact, language: str) -> str:
    title = say("spec.impact.title", language, draft=found.draft)
    return formats.page("spec-impact.html.j2", language, title, found=found, summary=_summary(found, language)).decode()


def _lines(front: Front, found: Impact) -> None:
    for column in found.columns:
        front.line()
        mark = {Standing.FAIL: "✗", Standing.RETEST: "!", Standing.UNTESTED: "!"}.get(column.standing, "✓")
        front.line(f"{mark} {_named(column)}: {_counted(column.counts, front.language)}")
        _listed(front, [line for cell in column.cells.values() for line in _about(cell, front)])
    for one in found.left_out:
        front.line()
        front.line(f"? {one.what}: {front.told(one.why)}")
    if found.inputs:
        front.line()
        front.say("spec.impact.inputs")
    colon = say("spec.colon", front.language)
    for name, inputs in found.inputs.items():
        for shown in inputs:
            expected = say(f"spec.impact.{shown.expected}", front.language)
            front.line(f"  {name} {shown.place}{colon}{expected} {json.dumps(shown.value, ensure_ascii=False)[:200]}")
    front.line()
    front.line(_summary(found, front.language))


def _listed(front: Front, lines: list[str]) -> None:
    for line in lines[:_MOST]:
        front.line(f"    {line}")
    if len(lines) > _MOST:
        front.say("spec.impact.more", count=len(lines) - _MOST)


def _about(cell: Cell, front: Front) -> list[str]:
    """The lines of a requirement that is not passed: what fails with its exchange, else why it is open and on which operations."""
    if cell.standing in (Standing.PROVEN, Standing.NOTHING_AGAINST) or cell.why == ("no-check",):
        return []
    colon = say("spec.colon", front.language)
    head = f"{cell.requirement} {say(f'spec.impact.standing.{cell.standing}', front.language)}"
    if cell.faults:
        return [
            f"{head}{colon}{one.message[front.language]} [{one.references[0] if one.references else ''}]" for one in cell.faults
        ]
    why = "; ".join(say(f"spec.impact.why.{one}", front.language) for one in cell.why)
    return [f"{head}{colon}{why}" + (f" ({', '.join(cell.operations)})" if cell.operations else "")]


def _named(column: Column) -> str:
    certificate = f"{column.certificate} " if column.certificate else ""
    return f"{certificate}{column.solution} [{column.profile}] {column.run}"


def _counted(counts: Mapping[str, int], language: str) -> str:
    comma = say("spec.impact.comma", language)
    return comma.join(f"{say(f'spec.impact.standing.{name}', language)} {count}" for name, count in counts.items() if count)


def _summary(found: Impact, language: str) -> str:
    exchanges = sum(column.exchanges for column in found.columns)
    known = {"draft": found.draft, "vendors": len(found.columns), "exchanges": exchanges, "left": len(found.left_out)}
    return say("spec.impact.summary", language, **known, counts=_counted(found.counts(), language) or "-")


COMMANDS = (judged,)
