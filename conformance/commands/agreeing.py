"""`yance registry issue`, `renew`, `suspend`, `reinstate`, `revoke`, `approve`, `decline`, and for joint reports `journey` and `join`: every change
takes two persons, each with a key; and `export`, which the office signs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from conformance.attest import Trust
from conformance.commands.deciding import by_a_person, signed_file, verified_run
from conformance.commands.front import Front, common, front_of
from conformance.commands.keys import KEY_HELP, OFFICE_PASSWORD, signer_of, trust_of
from conformance.commands.looking import entry_document, in_registry, opened, proposal_document, report_document, trusted
from conformance.errors import UsageError
from conformance.journeys.attesting import VerifiedJourneys, verify_journeys
from conformance.load.catalogue import say
from conformance.office import Registry, approved_terms
from conformance.office.events import State
from conformance.office.export import export as exported
from conformance.office.joint import approved_joint, joint_terms, kept_by
from conformance.verdict.folder import RunFolder

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
    """Agree to suspend, reinstate or revoke a certificate, or to revoke a joint report, as another person proposed.

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
        if proposal in waiting and waiting[proposal].action == "join":
            raise UsageError(f"proposal {proposal} is for a joint report: yance registry join verifies its folder again")
        event = records.approve(proposal, signer, trust)
        shown = _shown(records, event.draft.certificate)
    front.say("registry.changed", number=event.draft.certificate, event=say(f"registry.event.{event.kind}", front.language))
    front.result(shown)
    return 0


def _shown(records: Registry, name: str) -> dict[str, Any]:
    """What was changed, a certificate or a joint report, as JSON shows it."""
    if name.startswith("journey-"):
        return report_document(*records.report(name), datetime.now(UTC))
    return entry_document(records.certificate(name), datetime.now(UTC))


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


# ------------------------------------------------------------------------------------------ joint reports


@click.command("journey")
@click.argument("folder", type=click.Path(path_type=Path), help="The signed folder of a run of journeys.")
@in_registry
@by_a_person
@common
def journey(folder: Path, where: str, document: Path, key: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Propose that a joint report on journeys is taken into the registry: verify it from its evidence, and each certificate that it rests on.

    The report is signed by the office or a laboratory, for certification, by the official words, and PASSED; each of its solutions rests on a
    certificate of this registry that is in force. Another person of the office takes it in (`yance registry join`).

    Example: yance registry journey runs/together --registry registry.sqlite --trust trust.toml --key lin.pem
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(key), trust_of(document)
    with opened(where) as records:
        state = records.state()
        found = _verified(front, folder, trust, records, state)
        asked = joint_terms(found, state, datetime.now(UTC))
        made = records.propose("join", signer, trust, terms=asked, run=signed_file(RunFolder(folder).envelope_file))
    front.say("registry.journey.proposed", proposal=made.id, name=asked["report"], person=made.by)
    front.result(proposal_document(made))
    return 0


@click.command("join")
@click.argument("proposal", help="The id of the proposal.")
@click.argument("folder", type=click.Path(path_type=Path), help="The folder of the journeys that the proposal cites.")
@in_registry
@by_a_person
@common
def join(proposal: str, folder: Path, where: str, document: Path, key: str, lang: str | None, as_json: bool, data: Data) -> int:
    """Take a joint report into the registry that another person proposed (yance registry journey), after verifying it again yourself.

    Example: yance registry join 3f2a… runs/together --registry registry.sqlite --trust trust.toml --key chen.pem
    """
    front = front_of(lang, as_json, data)
    signer, trust = signer_of(key), trust_of(document)
    with opened(where) as records:
        found = _verified(front, folder, trust, records, records.state())
        approved_joint(records, proposal, found, trust, datetime.now(UTC))
        event = records.approve(proposal, signer, trust)
        report, certificates = records.report(event.draft.certificate)
    front.say("registry.joined", name=report.name, certificates=", ".join(report.rests))
    front.result(report_document(report, certificates, datetime.now(UTC)))
    return 0


def _verified(front: Front, folder: Path, trust: Trust, records: Registry, state: State) -> VerifiedJourneys:
    kept = kept_by(records, state)
    return verify_journeys(front.folders, RunFolder(folder), trust.keys, authorities=trust.authorities, kept=kept)


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
    journey,
    join,
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
