"""`yance judge`: the verdicts of a run again, from what is on disk."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.commands.abreast import on_the_engine, paths_of
from conformance.commands.front import common, front_of
from conformance.load.catalogue import say
from conformance.model import Outcome
from conformance.run.finished import rejudge, setting_of
from conformance.verdict.folder import RunFolder, report_bytes
from conformance.verdict.report import EXIT_CODES

__all__ = ["COMMANDS"]


@click.command()
@click.argument("runs", metavar="RUN...", type=click.Path(path_type=Path), nargs=-1, required=True, help="The folder of a run.")
@click.option("--spec", "version", help="Judge under another version of the spec.")
@on_the_engine
@common
def judge(
    runs: tuple[Path, ...],
    version: str | None,
    scheduler: str | None,
    workers: int | None,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Derive the verdicts of run folders again from their evidence, without the network, and compare them with their reports.

    Several are judged side by side, on all cores or a Dask cluster; the exit code is then that of the worst.

    Example: yance judge runs/demo
    """
    front = front_of(lang, as_json, data)
    if len(runs) > 1:
        from conformance.commands.spreading import several  # noqa: PLC0415 - whoever judges one run needs no engine

        return several(front, "conformance.campaign.again:rejudged", runs, (paths_of(data), version), scheduler, workers)
    folder = RunFolder(runs[0])
    report = rejudge(setting_of(front.folders, folder, version=version))
    if version is None:
        same = report_bytes(report) == folder.report_content()
        front.say("judge.same" if same else "judge.differs", count=len(report["verdicts"]), digest=report["digest"])
    front.result({"result": report["result"], "counts": report["counts"], "verdicts": report["verdicts"]})
    for verdict in report["verdicts"]:
        if verdict["outcome"] not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            outcome = say(f"outcome.{verdict['outcome']}", front.language)
            front.line(f"{outcome:<14} {verdict['case']}")
    if version is None and not same:
        return 6
    return EXIT_CODES[report["result"]]


COMMANDS = (judge,)
