"""`yance campaign`: many targets on Dask's engine, here or on a cluster, to one report on all of them."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from conformance import formats
from conformance.campaign.course import Course, Options, conducted, opened
from conformance.campaign.engine import Engine, engine
from conformance.campaign.places import Place, place_of
from conformance.campaign.report import ORDER, campaign_report, table
from conformance.campaign.rows import Rows, read_rows
from conformance.commands.abreast import paths_of
from conformance.commands.choosing import effort_option
from conformance.commands.front import Front, common, front_of
from conformance.commands.tallying import Tally
from conformance.errors import DataError, UsageError
from conformance.load import load_profile
from conformance.load.catalogue import LANGUAGES, say
from conformance.model import FIXED_SEED, PURPOSES, Spec
from conformance.text.lined import in_lines

__all__ = ["COMMANDS"]

REPORT = "campaign.json"
_CODES = (
    (5, ("ERROR", "error", "lost")),
    (1, ("FAILED",)),
    (2, ("refused",)),
    (4, ("unready", "unreachable", "overdue")),
    (3, ("INCONCLUSIVE",)),
)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_MOST = 10  # requirements that are named on the terminal


@click.command("campaign")
@click.argument("file", type=click.Path(path_type=Path), help="The list of targets, YAML or TOML.")
@click.option(
    "--out",
    default=None,
    metavar="PLACE",
    help="Where run folders and report go: a shared folder, or a URL such as s3://bucket/x.",
)
@click.option(
    "--scheduler", metavar="URL", help="A Dask cluster's scheduler, such as tcp://10.0.0.5:8786 (default: an embedded one)."
)
@click.option(
    "--workers", type=click.IntRange(1, 256), default=None, help="Workers of the embedded engine (default: one a core)."
)
@click.option("--resume", is_flag=True, help="Go on with the campaign that lies at --out: what is finished is not run again.")
@click.option("--compare", "before", metavar="PLACE", help="Compare with the campaign that lies there.")
@click.option(
    "--purpose", type=click.Choice(PURPOSES), default="self-test", show_default=True, help="For which the runs are made."
)
@effort_option("How much is asked of every target (default: what its row says, else its profile).")
@click.option(
    "--seed",
    type=int,
    default=None,
    help=f"Fixes every drawn input (default: {FIXED_SEED} for a self-test; else drawn by chance for each).",
)
@click.option("--skip-preflight", is_flag=True, help="Test at once, whatever `yance preflight` would say.")
@common
def command(
    file: Path,
    out: str | None,
    scheduler: str | None,
    workers: int | None,
    resume: bool,
    before: str | None,
    purpose: str,
    effort: str | None,
    seed: int | None,
    skip_preflight: bool,
    lang: str | None,
    as_json: bool,
    data: tuple[Path, ...],
) -> int:
    """Test many targets side by side, each as `yance run` would, and report on all of them.

    A target that hangs or dies holds up nobody; a worker or the scheduler may be killed at any time, and --resume goes on with what is not
    finished. The exit code is that of the worst: 5, 1, 2, 4, 3, 0.

    Example: yance campaign fleet.yaml --effort quick --out campaigns/spring
    """
    front = front_of(lang, as_json, data)
    rows = read_rows(front.folders, file, commands=purpose == PURPOSES[0])
    where = out or f"campaigns/{rows.name}"
    place = place_of(where)
    earlier = _report_at(before) if before else None
    drawn = seed if seed is not None else FIXED_SEED if purpose == PURPOSES[0] else None
    options = Options(drawn, effort, purpose, front.language, paths_of(data), skip_preflight)
    with opened(rows, options, place, _whole(where), resume=resume) as course:
        if course.finished:
            front.say("campaign.resumed", finished=len(course.finished), left=len(course.left))
        report = _conducted(front, course, scheduler, workers, earlier)
        _write(place, report)
    _summary(front, report, where)
    return next((code for code, outcomes in _CODES if any(one in report["outcomes"] for one in outcomes)), 0)


def _whole(where: str) -> str:
    """A place as workers find it, wherever they were started."""
    return where if "://" in where else str(Path(where).absolute())


def _conducted(
    front: Front, course: Course, scheduler: str | None, workers: int | None, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    clock, count = time.monotonic(), 0
    results = dict(course.finished)
    if course.left:
        _warn(front, scheduler)
        front.note("campaign.starting")
        with engine(scheduler, workers) as made:
            count = _slots(front, made, len(course.left))
            with Tally(front, course.rows.name, len(course.rows.rows)) as tally:
                results = conducted(course, made, listener=tally.standing, told=tally.ended)
    return campaign_report(
        course.rows.name,
        [results[row.name] for row in course.rows.rows],
        _specs(front, course.rows),
        began=datetime.fromisoformat(course.began).isoformat(timespec="seconds"),
        ended=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=course.seconds + time.monotonic() - clock,
        workers=count,
        before=before,
    )


def _warn(front: Front, scheduler: str | None) -> None:
    """What the settings hold travels to the workers: say so where others could read it on the way."""
    if scheduler is not None and not scheduler.startswith("tls://") and urlsplit(scheduler).hostname not in _LOOPBACK:
        front.note("campaign.plain", scheduler=scheduler)


def _slots(front: Front, made: Engine, targets: int) -> int:
    count = made.slots
    front.note("campaign.engine", targets=targets, workers=count)
    if made.dashboard:
        front.note("campaign.dashboard", url=made.dashboard)
    return count


def _specs(front: Front, rows: Rows) -> list[Spec]:
    """The specs that the targets of a campaign were tested by, each once."""
    return [
        load_profile(front.folders, *one)[1]
        for one in sorted({(row.domain, row.profile, row.version) for row in rows.rows}, key=str)
    ]


def _report_at(where: str) -> dict[str, Any]:
    """What a later campaign is compared with, of the report at a place."""
    content = place_of(where).read(REPORT)
    if content is None:
        raise UsageError(f"{where}: there is no campaign.json; --compare names the place of a campaign that came to its report")
    try:
        report = json.loads(content)
        return {
            "campaign": str(report["campaign"]),
            "ended": str(report["ended"]),
            "seconds": float(report["seconds"]),
            "results": [
                {"target": str(one["target"]), "outcome": str(one["outcome"]), "failed": list(map(str, one["failed"]))}
                for one in report["results"]
            ],
            "requirements": [{"id": str(one["id"]), "count": int(one["count"])} for one in report["requirements"]],
        }
    except (ValueError, KeyError, TypeError):
        raise DataError("this is no report of a campaign", file=f"{where}/{REPORT}") from None


def _write(place: Place, report: Mapping[str, Any]) -> None:
    place.write(REPORT, in_lines(report))
    place.write("campaign.csv", table(report).encode("utf-8", "backslashreplace"))
    for language in LANGUAGES:
        title = say("campaign.title", language, name=report["campaign"])
        place.write(f"campaign.{language}.html", formats.page("campaign.html.j2", language, title, report=report))


def _summary(front: Front, report: Mapping[str, Any], where: str) -> None:
    front.result({name: value for name, value in report.items() if name != "results"} | {"place": where})
    front.line()
    counts = [
        f"{say(f'campaign.outcome.{one}', front.language)} {report['outcomes'][one]}"
        for one in ORDER
        if one in report["outcomes"]
    ]
    front.say("campaign.summary", targets=report["targets"], counts=", ".join(counts), seconds=f"{report['seconds']:.0f}")
    for one in report["requirements"][:_MOST]:
        front.line(f"    {one['count']:>4} × {one['id']}  {front.text(one['text'])}")
    if len(report["requirements"]) > _MOST:
        front.say("format.left-out", count=len(report["requirements"]) - _MOST)
    if report["surprises"]:
        front.say("campaign.surprises", count=len(report["surprises"]))
        for target, said in list(report["surprises"].items())[:_MOST]:
            front.line(f"    {target}: {', '.join(map(front.told, said))}")
    if "compared" in report:
        compared = report["compared"]
        front.say(
            "campaign.compared",
            name=compared["campaign"],
            changed=len(compared["changed"]),
            came=len(compared["came"]),
            went=len(compared["went"]),
        )
    front.say("campaign.where", place=where)


COMMANDS = (command,)
