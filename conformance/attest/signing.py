"""Signing a run folder: its report becomes a statement, which vouches for plan, evidence and report by the digests of their bytes.

Whoever signs says first what is to be signed (`Expected`): for which purpose, of which solution, by which vendor. None of that is taken
from a folder without being asked for, since the folder may have come from anybody. What the folder says itself stands in the first line
of its evidence, written before the first request: neither a resumed run nor another signature can change it.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest.envelope import bundle, sign
from conformance.attest.statement import statement
from conformance.attest.times import SLACK
from conformance.errors import UsageError, VerificationError
from conformance.evidence import check_evidence
from conformance.model import FIXED_SEED
from conformance.run.finished import Setting
from conformance.text.handed import open_file
from conformance.verdict.folder import RunFolder

__all__ = ["SELF_TEST", "Expected", "file_digest", "refuse_unexpected", "run_statement", "sign_run", "signed_files"]


@dataclass(frozen=True)
class Expected:
    """What whoever signs expects to sign: for more than a self-test the solution as `id@version` and the vendor, too."""

    purpose: str = "self-test"
    solution: str | None = None
    vendor: str | None = None


SELF_TEST = Expected()


def refuse_unexpected(setting: Setting, expected: Expected, *, now: datetime | None = None) -> None:
    """Raises UsageError when too little is said of what is to be signed, VerificationError when the run is something else."""
    folder, ics, grave = setting.folder.path, setting.ics, expected.purpose != "self-test"
    if grave and (expected.solution is None or expected.vendor is None):
        raise UsageError(
            f"for {expected.purpose}, say yourself what you sign: --solution ID@VERSION and --vendor NAME; "
            f"the folder is held against that, and not asked ({folder})"
        )
    for what, wanted, found in (
        ("purpose", expected.purpose, setting.purpose),
        ("solution", expected.solution, f"{ics.solution_id}@{ics.solution_version}"),
        ("vendor", expected.vendor, ics.vendor),
    ):
        if wanted is not None and wanted != found:
            raise VerificationError(
                f"{folder}: its {what} is {found!r:.80}, and you state {wanted!r:.80}; a run is signed as what it was begun as "
                "(yance run --purpose, and [solution] of its yance.toml)"
            )
    if grave and setting.plan.seed == FIXED_SEED:
        raise VerificationError(
            f"{folder}: the run has the fixed seed {FIXED_SEED}, so its target could know every request beforehand; "
            f"for {expected.purpose} run it with --seed random"
        )
    finished = check_evidence(setting.folder.evidence_file).finished_at / 1000
    if finished > ((now or datetime.now(UTC)) + SLACK).timestamp():
        raise VerificationError(f"{folder}: the run ended in the future by the clock of this machine; it is not signed")


def run_statement(folder: RunFolder) -> dict[str, Any]:
    """The statement about the run in a folder, from its files as they are."""
    report = folder.report()
    return statement(report, {path.name: file_digest(path) for path in signed_files(folder)})


def signed_files(folder: RunFolder) -> tuple[Path, ...]:
    """The files that a statement names by their bytes."""
    always = (folder.plan_file, folder.evidence_file, folder.report_file)
    return (*always, folder.challenge_file) if os.path.lexists(folder.challenge_file) else always


def sign_run(folder: RunFolder, signer: Signer) -> bytes:
    """Sign the run in a folder: writes statement.dsse.json and the same as a Sigstore bundle; gives back the envelope."""
    envelope = sign(run_statement(folder), signer)
    folder.write(folder.envelope_file.name, envelope)
    folder.write(folder.bundle_file.name, bundle(envelope))
    return envelope


def file_digest(path: Path) -> str:
    """The digest of a file, as `sha256:<hex>`."""
    with open_file(path) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
