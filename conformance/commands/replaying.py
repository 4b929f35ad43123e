"""`yance replay`: one case of a run asked again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from conformance.clock import SystemClock
from conformance.commands.front import common, front_of
from conformance.errors import UsageError, nearest
from conformance.load import load_settings
from conformance.load.catalogue import say
from conformance.model import Case, Exchange, Ixit
from conformance.run.finished import Setting, exchanges, setting_of
from conformance.run.replay import replay_case
from conformance.verdict.folder import RunFolder
from conformance.verdict.report import curl

__all__ = ["COMMANDS"]


@click.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.argument("case", help="The id of a case, such as COM-PAGE-01/listStops.")
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
        front.line(f"  ✗ {front.text(finding['text'])} ({', '.join(finding['references'][:4])})")
    outcome = say(f"outcome.{verdict['outcome']}", front.language)
    front.line(f"{outcome} {chosen.id}" + (f": {front.text(verdict['reason'])}" if "reason" in verdict else ""))
    return {"pass": 0, "fail": 1, "error": 5}.get(verdict["outcome"], 3)


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


COMMANDS = (replay,)
