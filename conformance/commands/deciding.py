"""What those who decide have in common: whose keys they are, and the run that is verified first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from conformance.attest import LARGEST, Trust
from conformance.attest.verify import VerifiedRun, verify_run
from conformance.commands.front import Front
from conformance.commands.keys import KEY_HELP, trust_of
from conformance.commands.looking import trusted
from conformance.errors import UsageError
from conformance.text.handed import read_named
from conformance.verdict.folder import RunFolder

__all__ = ["by_a_person", "signed_file", "verified_run"]

F = TypeVar("F", bound=Callable[..., Any])


def signed_file(path: Path) -> bytes:
    """A signed statement or waiver, as it lies there. Raises UsageError where it cannot be read."""
    try:
        return read_named(path, LARGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None


def by_a_person(command: F) -> F:
    """The options of whoever decides: the trust document that knows them, and their key."""
    return trusted(click.option("--key", "key", required=True, metavar="KEY", help=f"Your own key. {KEY_HELP}")(command))


def verified_run(front: Front, run: Path, document: Path) -> tuple[VerifiedRun, Trust]:
    """A run folder, verified under a trust document, and what that document trusts."""
    trust = trust_of(document)
    return verify_run(front.folders, RunFolder(run), trust.keys, authorities=trust.authorities), trust
