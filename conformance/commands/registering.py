"""`yance registry …`: the registry made, its certificates listed, shown and counted. What takes two persons or a key is in `agreeing`, which is
imported when that is asked for: whoever looks a certificate up verifies nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.front import Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.commands.looking import day, entry_document, in_registry, opened, proposal_document, report_document
from conformance.cycles import uncollected
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.office import COUNTIES, Entry, Query, Registry, Status
from conformance.office.events import moment
from conformance.office.listing import figures
from conformance.text.handed import write

__all__ = ["COMMANDS", "MODULES"]

Data = tuple[Path, ...]
MODULES = {  # module of this package: its commands
    "agreeing": ("approve", "decline", "export", "journey", "join", "issue", "renew", "suspend", "reinstate", "revoke"),
}


@click.group(cls=SpokenGroup, modules=MODULES)
@spoken
def registry() -> None:
    """The registry of certificates and joint reports. Every change takes two persons: one proposes, another approves."""


@registry.command("new")
@in_registry
@click.option("--scheme", default="TW", show_default=True, help="Begins the number of each certificate.")
@click.option("--uri", required=True, metavar="URL", help="Where its public pages will be.")
@common
def new(where: str, scheme: str, uri: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Make an empty registry, in a SQLite file or a PostgreSQL database.

    Example: yance registry new --registry registry.sqlite --uri https://registry.example
    """
    front = front_of(lang, as_json, data)
    made = Registry.create(where, scheme=scheme, uri=uri)
    known = made.state().opened
    made.close()
    front.say("registry.new", registry=known["registry"], uri=known["uri"])
    front.result(dict(known))
    return 0


@registry.command("upgrade")
@in_registry
@common
def upgrade(where: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Bring the schema of a registry to what this version needs. No event is touched.

    Example: yance registry upgrade --registry registry.sqlite
    """
    front = front_of(lang, as_json, data)
    made = Registry.upgrade(where)
    size = made.state().size
    made.close()
    front.say("registry.upgraded", events=size)
    front.result({"events": size})
    return 0


@registry.command("list")
@in_registry
@click.option("--proposals", is_flag=True, help="What waits for a second person, in place of certificates.")
@click.option("--journeys", is_flag=True, help="The joint reports on journeys, in place of certificates.")
@click.option("--text", default="", help="In number, holder or solution.")
@click.option("--domain", default="", help="Only of this domain.")
@click.option("--profile", default="", help="Only of this profile.")
@click.option("--holder", default="", help="Only of this holder.")
@click.option("--county", default="", metavar="CODE", help="Only those that name this county.")
@click.option(
    "--status",
    default="",
    type=click.Choice(["", *map(str, Status)]),
    show_default=False,
    metavar="STATUS",
    help="Only those whose status is this.",
)
@common
@uncollected()
def listed(
    where: str,
    proposals: bool,
    journeys: bool,
    text: str,
    domain: str,
    profile: str,
    holder: str,
    county: str,
    status: str,
    lang: str | None,
    as_json: bool,
    data: Data,
) -> int:
    """List certificates with their status, joint reports on journeys, or proposals that nobody has decided.

    Example: yance registry list --registry registry.sqlite --county TPE --status valid
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    if county and county not in COUNTIES:
        raise UsageError(f"--county {county!r:.40} is none of {', '.join(COUNTIES)}")
    with opened(where) as records:
        if proposals:
            return _proposals(front, records)
        if journeys:
            return _journeys(front, records, status, now)
        found = records.certificates(Query(text, domain, profile, holder, county, status), brief=not front.as_json)
    if front.as_json:
        front.result([entry_document(entry, now) for entry in found])
        return 0
    states = {one: say(f"registry.status.{one}", front.language) for one in Status}
    front.lines(_row(entry, states[entry.status(now)]) for entry in found)
    front.say("registry.listed", count=len(found))
    return 0


def _row(entry: Entry, state: str) -> str:
    said = entry.document
    solution = f"{said['solution']['id']}@{said['solution']['version']}"
    return (
        f"{entry.certificate}  {state:<10}  {said['notAfter'][:10]}  {solution}  {said['holder']}  {','.join(said['counties'])}"
    )


def _proposals(front: Front, records: Registry) -> int:
    waiting = records.proposals()
    for one in waiting:
        what = one.event.draft.certificate or f"{one.event.draft.entry['solution']} ({one.event.draft.entry['holder']})"
        front.line(f"{one.id}  {one.action:<9}  {moment(one.event.at)}  {one.by}  {what}")
    front.say("registry.waiting", count=len(waiting))
    front.result([proposal_document(one) for one in waiting])
    return 0


def _journeys(front: Front, records: Registry, status: str, now: datetime) -> int:
    state = records.certified()
    told = [(one, one.status(state.certificates, now)) for one in reversed(tuple(state.reports.values()))]
    shown = [(one, worth) for one, worth in told if status in ("", worth)]
    for one, worth in shown:
        services = ",".join(each["id"] for each in one.document["journeys"])
        front.line(f"{one.name}  {say(f'registry.status.{worth}', front.language):<10}  {services}  {','.join(one.rests)}")
    front.say("registry.journeys", count=len(shown))
    front.result([report_document(one, state.certificates, now) for one, _ in shown])
    return 0


@registry.command("show")
@click.argument("number", help="The number of the certificate, or the name of the joint report.")
@in_registry
@common
def show(number: str, where: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Show a certificate: what it says, what it rests on, what became of it, and what is waived. Or a joint report, with its certificates.

    Example: yance registry show TW-2026-00001 --registry registry.sqlite
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    if number.startswith("journey-"):
        return _report(front, number, where, now)
    with opened(where) as records:
        entry = records.certificate(number)
    said = entry.document
    solution = f"{said['solution']['id']}@{said['solution']['version']}"
    state = say(f"registry.status.{entry.status(now)}", front.language)
    front.say("registry.show.what", number=number, status=state, level=said["level"], holder=said["holder"], solution=solution)
    places = "、" if front.language != "en" else ", "
    front.say("registry.show.where", counties=places.join(COUNTIES[code][front.language] for code in said["counties"]))
    for site in said["sites"]:
        front.say("registry.show.site", county=COUNTIES[site["county"]][front.language], name=site["name"])
    front.say("registry.show.profile", domain=said["domain"], profile=said["profile"]["id"], result=said["result"])
    front.say("registry.show.time", start=said["notBefore"], end=said["notAfter"], issued=said["issuedOn"])
    for one in said["waivers"]:
        front.say("registry.show.waiver", requirements=", ".join(one["requirements"]), reason=one["reason"], end=one["notAfter"])
    for change in entry.changes:
        event, why = say(f"registry.event.{change.kind}", front.language), change.draft.entry
        front.say(
            "registry.show.change", on=moment(change.at), event=event, reason=why["reason"], by=why["by"], other=why["approvedBy"]
        )
    if entry.superseded_by:
        front.say("registry.show.superseded", number=entry.superseded_by)
    front.say("registry.show.digest", digest=entry.payload)
    front.result(entry_document(entry, now))
    return 0


def _report(front: Front, name: str, where: str, now: datetime) -> int:
    with opened(where) as records:
        report, certificates = records.report(name)
    said = report.document
    worth = say(f"registry.status.{report.status(certificates, now)}", front.language)
    front.say("registry.report.what", name=name, status=worth, result=said["result"], end=said["finishedOn"])
    for one in said["journeys"]:
        front.say("registry.report.journey", name=one["id"], title=front.text(one["title"]))
    for one in said["certificates"]:
        state = say(f"registry.status.{certificates[one['certificateId']].status(now)}", front.language)
        solution = f"{one['solution']['id']}@{one['solution']['version']}"
        number, holder = one["certificateId"], one["holder"]
        front.say("registry.report.rests", domain=one["domain"], solution=solution, holder=holder, number=number, status=state)
    front.say("registry.report.persons", on=moment(report.joined.at), by=said["by"], other=said["approvedBy"])
    for change in report.changes:
        event, why = say(f"registry.event.{change.kind}", front.language), change.draft.entry
        front.say(
            "registry.show.change", on=moment(change.at), event=event, reason=why["reason"], by=why["by"], other=why["approvedBy"]
        )
    front.say("registry.show.digest", digest=report.payload)
    front.result(report_document(report, certificates, now))
    return 0


@registry.command("pdf")
@click.argument("number", help="The number of the certificate.")
@in_registry
@click.option("--out", type=click.Path(path_type=Path), help="The file that is written (default: NUMBER.pdf).")
@common
def pdf(number: str, where: str, out: Path | None, lang: str | None, as_json: bool, data: Data) -> int:
    """Put a certificate on one page: a PDF/A, in the language of --lang.

    Example: yance registry pdf TW-2026-00001 --registry registry.sqlite --lang zh-Hant
    """
    from conformance.office.paper import certificate_page  # noqa: PLC0415 - only who wants a PDF pays for what makes it

    front = front_of(lang, as_json, data)
    with opened(where) as records:
        entry, known = records.certificate(number), records.opened()
    path = out or Path(f"{entry.certificate}.pdf")
    try:
        write(path, certificate_page(entry, known, front.language, datetime.now(UTC)))
    except OSError as error:
        raise UsageError(f"{path}: the file cannot be written ({error.strerror})") from None
    front.say("paper.made", file=path)
    front.result({"file": str(path), "certificateId": entry.certificate})
    return 0


@registry.command("stats")
@in_registry
@click.option("--on", "date", metavar="DAY", help="What was so at the end of a day (default: now).")
@common
@uncollected()
def stats(where: str, date: str | None, lang: str | None, as_json: bool, data: Data) -> int:
    """The programme's figures: valid certificates, solutions, the counties, sites and domains that they reach, and the services across them.

    Example: yance registry stats --registry registry.sqlite
    """
    front = front_of(lang, as_json, data)
    on = day(date, "--on").replace(hour=23, minute=59, second=59) if date else datetime.now(UTC)
    with opened(where) as records:
        found = records.stats(on)
    front.say("registry.stats.all", on=moment(on), solutions=found.solutions, holders=found.holders)
    for name, count in found.reached.items():
        front.say(
            "registry.stats.target", what=say(f"registry.target.{name}", front.language), count=count, target=found.targets[name]
        )
    for status, count in found.by_status.items():
        front.line(f"  {say(f'registry.status.{status}', front.language)}: {count}")
    front.say("registry.stats.challenges", **found.challenges)
    for code, count in found.counties.items():
        if count:
            front.line(f"  {code} {COUNTIES[code][front.language]}: {count}")
    front.result(figures(found))
    return 0


COMMANDS = (registry,)
