"""Signing a run folder: its report becomes a statement, which vouches for the report and the evidence file by their digests."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from securesystemslib.signer import Signer  # type: ignore[attr-defined] # exported, though not in __all__

from conformance.attest.envelope import bundle, sign
from conformance.attest.statement import statement
from conformance.text.handed import open_file
from conformance.verdict.folder import RunFolder

__all__ = ["file_digest", "run_statement", "sign_run"]


def run_statement(folder: RunFolder) -> dict[str, Any]:
    """The statement about the run in a folder, from its files as they are."""
    report = folder.report()
    return statement(report, {path.name: file_digest(path) for path in (folder.report_file, folder.evidence_file)})


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
