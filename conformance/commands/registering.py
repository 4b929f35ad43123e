"""`yance registry …`: certificates issued, renewed, suspended, reinstated and revoked by two persons; listed, shown, counted and exported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.deciding import (
    by_a_person,
    day,
    entry_document,
    in_registry,
    opened,
    proposal_document,
    trusted,
    verified_run,
)
from conformance.commands.front import Front, common, front_of, spoken
from conformance.commands.helping import SpokenGroup
from conformance.commands.keys import KEY_HELP, OFFICE_PASSWORD, signer_of, trust_of
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.office import COUNTIES, Query, Registry, Status, approved_terms
from conformance.office.events import moment
from conformance.office.export import export as exported
from conformance.office.export import figures
from conformance.text.handed import write

__all__ = ["COMMANDS"]

Data = tuple[Path, ...]


@click.group(cls=SpokenGroup)
@spoken
def registry() -> None:
    """The registry of certificates. Every change takes two persons: one proposes, another approves."""


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


# ------------------------------------------------------------------------------------------ the second person


def _issue(action: str, said: str, example: str) -> click.Command:
    @in_registry
    @by_a_person
    @click.option("--office-key", "office", required=True, metavar="KEY", help=f"The office's key for certificates. {KEY_HELP}")
    @common
    @click.argument("proposal", help="The id of the proposal.")
    @click.argument("run", type=click.Path(path_type=Path), help="The folder of the run that the proposal cites.")
    def command(
        proposal: str,
        run: Path,
        where: str,
        document: Path,
        key: str,
        office: str,
        lang: str | None,
        as_json: bool,
        data: Data,
    ) -> int:
        front = front_of(lang, as_json, data)
        signer, seal = signer_of(key), signer_of(office, OFFICE_PASSWORD)
        found, trust = verified_run(front, run, document)
        with opened(where) as records:
            approved_terms(records, proposal, action, found, trust)
            event = records.approve(proposal, signer, trust, office=seal)
            entry = records.certificate(event.draft.certificate)
        front.say("registry.issued", number=entry.certificate, holder=entry.document["holder"], end=entry.document["notAfter"])
        front.result(entry_document(entry, datetime.now(UTC)))
        return 0

    return click.command(action, help=f"{said}\n\nExample: {example}")(command)


registry.add_command(
    _issue(
        "issue",
        "Issue a certificate that another person proposed (yance certify), after verifying its run again yourself.",
        "yance registry issue 3f2a… runs/cert --registry registry.sqlite --trust trust.toml --key chen.pem --office-key office.pem",
    )
)
registry.add_command(
    _issue(
        "renew",
        "Issue a certificate in the place of an earlier one, as another person proposed (yance certify --renews).",
        "yance registry renew 3f2a… runs/cert --registry registry.sqlite --trust trust.toml --key chen.pem --office-key office.pem",
    )
)


@registry.command("approve")
@click.argument("proposal", help="The id of the proposal.")
@in_registry
@by_a_person
@common
def approve(proposal: str, where: str, document: Path, key: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Agree to suspend, reinstate or revoke a certificate, as another person proposed.

    Example: yance registry approve 3f2a… --registry registry.sqlite --trust trust.toml --key chen.pem
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(key), trust_of(document)
    with opened(where) as records:
        waiting = {one.id: one for one in records.proposals()}
        if proposal in waiting and waiting[proposal].action in ("issue", "renew"):
            raise UsageError(
                f"proposal {proposal} is for a certificate: yance registry {waiting[proposal].action} verifies its run again"
            )
        event = records.approve(proposal, signer, trust)
        entry = records.certificate(event.draft.certificate)
    front.say("registry.changed", number=entry.certificate, event=say(f"registry.event.{event.kind}", front.language))
    front.result(entry_document(entry, datetime.now(UTC)))
    return 0


@registry.command("decline")
@click.argument("proposal", help="The id of the proposal.")
@in_registry
@by_a_person
@click.option("--reason", required=True, help="Why nothing comes of it.")
@common
def decline(proposal: str, where: str, document: Path, key: str, reason: str, lang: str | None, as_json: bool, data: Data) -> int:
    """End a proposal without anything coming of it: do not agree, or take back your own.

    Example: yance registry decline 3f2a… --reason "another version is deployed" --registry registry.sqlite --trust trust.toml --key chen.pem
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(key), trust_of(document)
    with opened(where) as records:
        event = records.decline(proposal, signer, trust, reason)
    front.say("registry.declined", proposal=proposal, person=event.draft.entry["by"])
    front.result({"proposal": proposal, **event.draft.entry})
    return 0


# ------------------------------------------------------------------------------------------ the first person


def _change(action: str, said: str) -> click.Command:
    @in_registry
    @by_a_person
    @click.option("--reason", required=True, help="Why; it is public.")
    @common
    @click.argument("number", help="The number of the certificate.")
    def command(
        number: str, where: str, document: Path, key: str, reason: str, lang: str | None, as_json: bool, data: Data
    ) -> int:
        front = front_of(lang, as_json, data)
        signer, trust = signer_of(key), trust_of(document)
        with opened(where) as records:
            made = records.propose(action, signer, trust, certificate=number, reason=reason)
        front.say("registry.proposed", proposal=made.id, number=number, person=made.by)
        front.result(proposal_document(made))
        return 0

    words = f'yance registry {action} TW-2026-00001 --reason "…" --registry registry.sqlite --trust trust.toml --key lin.pem'
    return click.command(action, help=f"{said}\n\nExample: {words}")(command)


registry.add_command(_change("suspend", "Propose that a certificate does not count for the time being."))
registry.add_command(_change("reinstate", "Propose that a suspended certificate counts again."))
registry.add_command(_change("revoke", "Propose that a certificate counts no more. What is revoked stays so."))


# ------------------------------------------------------------------------------------------ for everyone


@registry.command("list")
@in_registry
@click.option("--proposals", is_flag=True, help="What waits for a second person, in place of certificates.")
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
def listed(
    where: str,
    proposals: bool,
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
    """List certificates with their status, or proposals that nobody has decided.

    Example: yance registry list --registry registry.sqlite --county TPE --status valid
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
    if county and county not in COUNTIES:
        raise UsageError(f"--county {county!r:.40} is none of {', '.join(COUNTIES)}")
    with opened(where) as records:
        if proposals:
            return _proposals(front, records)
        found = records.certificates(Query(text, domain, profile, holder, county, status))
    for entry in found:
        said = entry.document
        solution = f"{said['solution']['id']}@{said['solution']['version']}"
        state = say(f"registry.status.{entry.status(now)}", front.language)
        places = ",".join(said["counties"])
        front.line(f"{entry.certificate}  {state:<10}  {said['notAfter'][:10]}  {solution}  {said['holder']}  {places}")
    front.say("registry.listed", count=len(found))
    front.result([entry_document(entry, now) for entry in found])
    return 0


def _proposals(front: Front, records: Registry) -> int:
    waiting = records.proposals()
    for one in waiting:
        what = one.event.draft.certificate or f"{one.event.draft.entry['solution']} ({one.event.draft.entry['holder']})"
        front.line(f"{one.id}  {one.action:<9}  {moment(one.event.at)}  {one.by}  {what}")
    front.say("registry.waiting", count=len(waiting))
    front.result([proposal_document(one) for one in waiting])
    return 0


@registry.command("show")
@click.argument("number", help="The number of the certificate.")
@in_registry
@common
def show(number: str, where: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Show a certificate: what it says, what it rests on, what became of it, and what is waived.

    Example: yance registry show TW-2026-00001 --registry registry.sqlite
    """
    front, now = front_of(lang, as_json, data), datetime.now(UTC)
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
def stats(where: str, date: str | None, lang: str | None, as_json: bool, data: Data) -> int:
    """The programme's figures: valid certificates, solutions, and the counties, sites and domains that they reach.

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


@registry.command("export")
@click.argument("out", type=click.Path(path_type=Path), help="The folder to write into.")
@in_registry
@trusted
@click.option("--office-key", "office", required=True, metavar="KEY", help=f"The office's key for certificates. {KEY_HELP}")
@common
def export(out: Path, where: str, document: Path, office: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Write the registry's public files: certificates, log with signed checkpoint, status list, index. Enough to verify offline.

    A folder that holds an earlier export has to be continued by this one. Export at least daily: the status list ends after 36 hours.

    Example: yance registry export public --registry registry.sqlite --trust trust.toml --office-key office.pem
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(office, OFFICE_PASSWORD), trust_of(document)
    with opened(where) as records:
        made = exported(records, out, signer, trust)
    front.say("registry.exported", folder=out, certificates=made["certificates"], events=made["events"], root=made["root"][:16])
    front.result(made)
    return 0


COMMANDS = (registry,)
