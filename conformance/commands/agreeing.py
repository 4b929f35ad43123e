"""`yance registry issue`, `renew`, `suspend`, `reinstate`, `revoke`, `approve`, `decline`: every change takes two persons, each with a key; and
`export`, which the office signs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.commands.deciding import by_a_person, verified_run
from conformance.commands.front import common, front_of
from conformance.commands.keys import KEY_HELP, OFFICE_PASSWORD, signer_of, trust_of
from conformance.commands.looking import entry_document, in_registry, opened, proposal_document, trusted
from conformance.errors import UsageError
from conformance.load.catalogue import say
from conformance.office import approved_terms
from conformance.office.export import export as exported

__all__ = ["COMMANDS"]

Data = tuple[Path, ...]


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


@click.command("approve")
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


@click.command("decline")
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


# ------------------------------------------------------------------------------------------ for the public


@click.command("export")
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


COMMANDS = (
    approve,
    decline,
    export,
    _issue(
        "issue",
        "Issue a certificate that another person proposed (yance certify), after verifying its run again yourself.",
        "yance registry issue 3f2a… runs/cert --registry registry.sqlite --trust trust.toml --key chen.pem --office-key office.pem",
    ),
    _issue(
        "renew",
        "Issue a certificate in the place of an earlier one, as another person proposed (yance certify --renews).",
        "yance registry renew 3f2a… runs/cert --registry registry.sqlite --trust trust.toml --key chen.pem --office-key office.pem",
    ),
    _change("suspend", "Propose that a certificate does not count for the time being."),
    _change("reinstate", "Propose that a suspended certificate counts again."),
    _change("revoke", "Propose that a certificate counts no more. What is revoked stays so."),
)
