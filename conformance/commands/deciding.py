"""What the commands of the office have in common: which registry, whose keys, and how what is in it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.attest import LARGEST, Trust
from conformance.attest.verify import VerifiedRun, verify_run
from conformance.commands.front import Front
from conformance.commands.keys import KEY_HELP, trust_of
from conformance.errors import UsageError
from conformance.office import Entry, Proposal, Registry
from conformance.office.events import moment
from conformance.text.handed import read_named
from conformance.verdict.folder import RunFolder

__all__ = [
    "by_a_person",
    "day",
    "entry_document",
    "in_registry",
    "opened",
    "proposal_document",
    "signed_file",
    "trusted",
    "verified_run",
]

F = TypeVar("F", bound=Callable[..., Any])


def in_registry(command: F) -> F:
    """The option that names the registry."""
    return click.option(
        "--registry",
        "where",
        required=True,
        envvar="YANCE_REGISTRY",
        metavar="PATH|URL",
        help="A SQLite file, or postgresql://… (YANCE_REGISTRY).",
    )(command)


def trusted(command: F) -> F:
    """The option that names the trust document."""
    return click.option(
        "--trust",
        "document",
        required=True,
        envvar="YANCE_TRUST",
        type=click.Path(path_type=Path),
        help="The trust document (YANCE_TRUST).",
    )(command)


def signed_file(path: Path) -> bytes:
    """A signed statement or waiver, as it lies there. Raises UsageError where it cannot be read."""
    try:
        return read_named(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def by_a_person(command: F) -> F:
    """The options of whoever decides: the trust document that knows them, and their key."""
    return trusted(click.option("--key", "key", required=True, metavar="KEY", help=f"Your own key. {KEY_HELP}")(command))


@contextmanager
def opened(where: str) -> Iterator[Registry]:
    """The registry, for as long as a command takes."""
    registry = Registry.open(where)
    try:
        yield registry
    finally:
        registry.close()


def verified_run(front: Front, run: Path, document: Path) -> tuple[VerifiedRun, Trust]:
    """A run folder, verified under a trust document, and what that document trusts."""
    trust = trust_of(document)
    return verify_run(front.folders, RunFolder(run), trust.keys, authorities=trust.authorities), trust


def day(text: str, option: str) -> datetime:
    """The beginning of a day (UTC) that an option names."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{option} {text!r:.40} is no day; expected one as in 2028-11-30") from None


def proposal_document(one: Proposal) -> dict[str, Any]:
    """A proposal as JSON shows it."""
    return {
        "proposal": one.id,
        "proposedOn": moment(one.event.at),
        "certificate": one.event.draft.certificate,
        "decided": one.decided,
        **one.event.draft.entry,
    }


def entry_document(entry: Entry, now: datetime) -> dict[str, Any]:
    """A certificate with what became of it, as JSON shows it."""
    changes = [
        {"seq": one.seq, "on": moment(one.at), "event": one.kind, **({} if one is entry.issued else one.draft.entry)}
        for one in (entry.issued, *entry.changes)
    ]
    return {
        **entry.document,
        "statusNow": str(entry.status(now)),
        "digest": entry.payload,
        "supersededBy": entry.superseded_by,
        "history": changes,
    }
