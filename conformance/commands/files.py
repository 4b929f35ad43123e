"""`yance judge`, `report`, `replay`, `explain`: from what is on disk, without the vendor (replay asks one case again)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from conformance import checks, formats
from conformance.attest.verify import setting_of
from conformance.clock import SystemClock
from conformance.commands.front import Front, common, front_of
from conformance.errors import UsageError, VerificationError, nearest
from conformance.interface import schema
from conformance.load import domain_names, load_settings, load_spec
from conformance.load.data import digest_of
from conformance.model import Case, Exchange, Ixit, Outcome, Requirement
from conformance.run.conduct import Setting, exchanges, rejudge
from conformance.run.replay import replay_case
from conformance.verdict.folder import RunFolder, report_bytes
from conformance.verdict.report import EXIT_CODES, curl

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--spec", "version", help="Judge under another version of the spec.")
@common
def judge(run: Path, version: str | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Derive the verdicts of a run folder again from its evidence, without the network, and compare them with its report.

    Example: yance judge runs/demo
    """
    front = front_of(lang, as_json, data)
    folder = RunFolder(run)
    report = rejudge(setting_of(front.folders, folder, version=version))
    if version is None:
        same = report_bytes(report) == folder.report_file.read_bytes()
        front.say("judge.same" if same else "judge.differs", count=len(report["verdicts"]), digest=report["digest"])
    front.result({"result": report["result"], "counts": report["counts"], "verdicts": report["verdicts"]})
    for verdict in report["verdicts"]:
        if verdict["outcome"] not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            front.line(f"{verdict['outcome']:<14} {verdict['case']}")
    if version is None and not same:
        return 6
    return EXIT_CODES[report["result"]]


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--format", "wanted", default="html", show_default=True, help="One or more of them, separated by commas.")
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the files (default: the run folder).")
@common
def report(run: Path, wanted: str, out: Path | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Render the report of a run folder.

    Example: yance report runs/demo --format html,junit
    """
    front = front_of(lang, as_json, data)
    document = _report(front, RunFolder(run))
    contents = {name: formats.render(name, document, front.language) for name in dict.fromkeys(map(str.strip, wanted.split(",")))}
    target = RunFolder(out or run)
    target.create(again=True)
    written = []
    for name, content in contents.items():
        written.append(str(target.write(formats.file_name(name), content)))
        front.line(written[-1])
    front.result({"written": written})
    return 0


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("case")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    help="yance.toml, for credentials, sandbox and another URL (default: the URL of the run, asked by nobody in particular).",
)
@click.option("--curl", "as_curl", is_flag=True, help="Only print the recorded requests as curl lines; send nothing.")
@common
def replay(
    run: Path, case: str, config: Path | None, as_curl: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]
) -> int:
    """Ask one case of a run again, and judge what comes.

    Example: yance replay runs/today COM-PAGE-01/listStops -c yance.toml
    """
    front = front_of(lang, as_json, data)
    folder = RunFolder(run)
    setting = setting_of(front.folders, folder)
    chosen = _case(setting, case)
    if as_curl:
        lines = [curl(one) for one in exchanges(folder) if one.case == chosen.id]
        for line in lines:
            front.line(line)
        front.result({"case": chosen.id, "curl": lines})
        return 0
    ixit = load_settings(front.folders, config).ixit if config else Ixit(setting.ixit.base_url)
    verdict, asked = asyncio.run(replay_case(setting, chosen, ixit, SystemClock()))
    front.result({**verdict, "exchanges": [_line(one) for one in asked]})
    for one in asked:
        front.line(_line(one))
    for finding in verdict["findings"]:
        front.line(f"  ✗ {front.text(finding['text'])}")
    front.line(f"{verdict['outcome']} {chosen.id}" + (f": {front.text(verdict['reason'])}" if "reason" in verdict else ""))
    return {"pass": 0, "fail": 1, "error": 5}.get(verdict["outcome"], 3)


@click.command()
@click.argument("identifier")
@click.option("--domain", help="Look only in this domain.")
@common
def explain(identifier: str, domain: str | None, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Say what a requirement demands, where it comes from, how it is tested and how to mend a failure.

    Example: yance explain COM-PAGE-01 --lang zh-Hant
    """
    front = front_of(lang, as_json, data)
    known: list[str] = []
    for name in [domain] if domain else domain_names(front.folders):
        spec = load_spec(front.folders, name)
        known += [row.id for row in spec.requirements]
        row = spec.requirement(identifier)
        if row is not None:
            _explain(front, row, f"{spec.domain} {spec.version}")
            return 0
    raise UsageError(f"there is no requirement {identifier!r}{nearest(identifier, known)}")


def _explain(front: Front, row: Requirement, spec: str) -> None:
    front.line(f"{row.id}  {row.level}  ({spec}, {row.conformance_class}, {row.where})")
    front.line(f"  {front.text(row.text)}")
    front.say("explain.source", source=row.source)
    document = {
        "id": row.id,
        "level": row.level,
        "class": row.conformance_class,
        "oracle": row.oracle,
        "text": dict(row.text),
        "source": row.source,
        "remedy": dict(row.remedy),
        "where": row.where,
    }
    if row.binding is None:
        front.say("explain.untested", why=front.text(row.untested or {"en": "", "zh-Hant": ""}))
        front.result({**document, "untested": dict(row.untested or {})})
        return
    check = checks.check(row.binding.check)
    front.say("explain.mend", remedy=front.text(row.remedy))
    front.say("explain.check", check=check.name, operations=", ".join(row.binding.operations), least=row.evidence_min)
    for line in check.doc.strip().splitlines():
        front.line(f"    {line}".rstrip())
    front.result(
        {
            **document,
            "check": check.name,
            "with": dict(row.binding.arguments),
            "operations": list(row.binding.operations),
            "doc": check.doc,
        }
    )


def _report(front: Front, folder: RunFolder) -> dict[str, Any]:
    """The report of a folder. Raises VerificationError for one that is none, or not the one that was written."""
    document = folder.report()
    for error in schema.errors(front.folders.schema("report"), document):
        raise VerificationError(f"{folder.report_file}: this is not a report: {error.pointer or '/'}: {error.message[:200]}")
    if document["digest"] != digest_of({name: value for name, value in document.items() if name != "digest"}):
        raise VerificationError(f"{folder.report_file}: the report was changed: its content has another digest than it states")
    return document


def _case(setting: Setting, identifier: str) -> Case:
    known = {case.id: case for case in setting.plan.cases}
    if identifier not in known:
        own = [name for name in known if name.startswith(f"{identifier}/")]
        hint = f"; its cases are {', '.join(own)}" if own else nearest(identifier, known)
        raise UsageError(f"the run has no case {identifier!r}{hint}")
    if not known[identifier].operation or known[identifier].outcome is not None:
        raise UsageError(f"the case {identifier} was not run, so it cannot be replayed")
    return known[identifier]


def _line(exchange: Exchange) -> str:
    body = json.dumps(exchange.json, ensure_ascii=False)[:160] if exchange.json is not None else ""
    return f"#{exchange.number} {exchange.request.method} {exchange.url} → {exchange.status or exchange.failure} {body}"


COMMANDS = (judge, report, replay, explain)
