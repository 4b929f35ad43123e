"""`yance baseline`: a vendor's list of what is known not to pass, made of a run, held against one, pruned by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from conformance.commands.front import Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.commands.placing import written
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.load.documents import read_text
from conformance.vendor.baseline import Baseline, Held, baseline_text, held, pruned, read_baseline
from conformance.verdict.folder import RunFolder

__all__ = ["COMMANDS", "hold", "read_baseline"]

_MOST = 12  # entries and cases that are listed; --json has them all


@click.group(cls=SpokenGroup)
@spoken
def baseline() -> None:
    """What is known not to pass: write such a list, or prune it.

    Example: yance baseline write runs/latest --reason "mended in 2.2" --until 2027-03-31
    """


@baseline.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("baseline.yaml"), show_default=True, help="The list to write."
)
@click.option("--reason", required=True, help="Why it is borne with.")
@click.option("--until", help="The last day on which it is, as 2027-03-31.")
@click.option("--force", is_flag=True, help="Write over what is there.")
@common
def write(
    run: Path, out: Path, reason: str, until: str | None, force: bool, lang: str | None, as_json: bool, data: tuple[Path, ...]
) -> int:
    """List every case of a MUST that did not pass in a run.

    Example: yance baseline write runs/latest --reason "mended in 2.2" --until 2027-03-31
    """
    front = front_of(lang, as_json, data)
    if out.exists() and not force:
        raise UsageError(f"{out} is there already; --force writes over it, yance baseline prune takes out what passes now")
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        raise UsageError(f"--until {until!r} is no day; expected one such as 2027-03-31") from None
    if not reason.strip():
        raise UsageError("--reason is empty; say why it is borne with")
    text = baseline_text(RunFolder(run).report(), reason, day)
    written(out, text)
    count = text.count("  - case: ")
    front.say("baseline.wrote", path=out, count=count)
    front.result({"file": str(out), "listed": count})
    return 0


@baseline.command()
@click.argument("run", type=click.Path(path_type=Path), help="The folder of a run.")
@click.argument("file", type=click.Path(path_type=Path), default=Path("baseline.yaml"), help="The list (default: baseline.yaml).")
@common
def prune(run: Path, file: Path, lang: str | None, as_json: bool, data: tuple[Path, ...]) -> int:
    """Take out of a list what passes in a run by now. Every other line stays as it is.

    Example: yance baseline prune runs/latest baseline.yaml
    """
    front = front_of(lang, as_json, data)
    known = read_baseline(front.folders, file)
    stale = held(known, RunFolder(run).report(), date.min).stale
    if stale:
        written(file, pruned(read_text(file), known, stale))
    for one in stale:
        front.line(f"- {one.name}")
    front.say("baseline.pruned", path=file, count=len(stale))
    front.result({"file": str(file), "pruned": [one.name for one in stale]})
    return 0


def hold(front: Front, known: Baseline, report: dict[str, Any]) -> Held:
    """Hold a list against a report, and say what came of it."""
    found = held(known, report, datetime.now(UTC).astimezone().date())
    for key, rows in (
        ("baseline.unlisted", [f"{case}: {say(f'outcome.{outcome}', front.language)}" for case, outcome in found.unlisted]),
        ("baseline.stale", [f"{one.name} ({known.document.file}:{one.line})" for one in found.stale]),
        ("baseline.expired", [f"{one.name} ({known.document.file}:{one.line}): {one.until}" for one in found.expired]),
    ):
        if rows:
            front.say(key, count=len(rows))
        for row in rows[:_MOST]:
            front.line(f"    {row}")
        if len(rows) > _MOST:
            front.say("format.left-out", count=len(rows) - _MOST)
    front.say("baseline.held", count=len(found.listed), path=known.document.file)
    return found


COMMANDS = (baseline,)
