"""What all who look into the registry have in common: which registry, and how what is in it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.errors import UsageError
from conformance.office import Entry, Proposal, Registry
from conformance.office.events import Joint, moment

__all__ = ["day", "entry_document", "in_registry", "opened", "proposal_document", "report_document", "trusted"]

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


@contextmanager
def opened(where: str) -> Iterator[Registry]:
    """The registry, for as long as a command takes."""
    registry = Registry.open(where)
    try:
        yield registry
    finally:
        registry.close()


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


def report_document(report: Joint, certificates: Mapping[str, Entry], now: datetime) -> dict[str, Any]:
    """A joint report with what became of it and of the certificates that it rests on, as JSON shows it."""
    rests = [
        {**said, "statusNow": str(certificates[said["certificateId"]].status(now))} for said in report.document["certificates"]
    ]
    changes = [
        {"seq": one.seq, "on": moment(one.at), "event": one.kind, **({} if one is report.joined else one.draft.entry)}
        for one in (report.joined, *report.changes)
    ]
    worth = str(report.status(certificates, now))
    return {
        **report.document,
        "certificates": rests,
        "statusNow": worth,
        "joinedOn": moment(report.joined.at),
        "history": changes,
    }
