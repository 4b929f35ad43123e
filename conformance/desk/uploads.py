"""Runs that were uploaded: a folder each, `record.json` with what is known of it, and `run/` once its archive was opened.

    waiting     it lies there, and others are verified before it
    verifying   it is verified now
    verified    it is what its signer signed, derived again; `found` tells of what it is
    refused     it is not, and `said` is why; its files are gone

The record holds names, digests and counts from the signed statement, and nothing of what was asked and answered.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.attest.verify import VerifiedRun
from conformance.desk.settings import Person
from conformance.errors import AbsentError, UsageError, VerificationError
from conformance.office.events import moment
from conformance.text.handed import PRIVATE, make_folder, read_file, write
from conformance.text.lined import in_lines

__all__ = ["Upload", "Uploads", "summary"]

_ID = re.compile(r"[0-9a-f]{16}")
_OPEN = ("fail", "inconclusive", "not_tested")


@dataclass(frozen=True)
class Upload:
    """One upload: who brought it when, how far it is, why it was refused, and what the verified run is."""

    id: str
    by: str
    person: str
    at: str
    state: str = "waiting"
    said: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)


class Uploads:
    """The folder of all uploads."""

    def __init__(self, folder: Path) -> None:
        try:
            make_folder(folder, private=True)
        except OSError as error:
            raise UsageError(f"{folder}: the folder cannot be written ({error.strerror}); choose another for uploads") from None
        self._folder = folder
        self._known = {one.id: one for one in self._read()}

    def _read(self) -> Iterator[Upload]:
        for path in sorted(self._folder.glob("*/record.json")):
            if _ID.fullmatch(path.parent.name):
                try:
                    yield Upload(**json.loads(read_file(path, limits.DOCUMENT)))
                except (TypeError, ValueError):
                    raise VerificationError(f"{path}: this is no record of an upload; the folder is damaged") from None

    def all(self) -> list[Upload]:
        """Every upload, latest first."""
        return sorted(self._known.values(), key=lambda one: (one.at, one.id), reverse=True)

    def of(self, person: Person) -> list[Upload]:
        """Those that a person may see, latest first: vendors see their own."""
        return [one for one in self.all() if one.by == person.subject or person.may("officer", "approver")]

    def get(self, name: str) -> Upload:
        """One upload. Raises UsageError when there is none of that name."""
        if name not in self._known:
            raise AbsentError("there is no such upload")
        return self._known[name]

    def with_run(self, digest: str) -> Upload | None:
        """The verified upload of the run whose statement has this digest (hex), or None."""
        return next((one for one in self.all() if one.state == "verified" and one.found["digest"] == digest), None)

    def new(self, person: Person) -> Upload:
        """Begin an upload. Raises UsageError when the person has too many."""
        mine = [one for one in self._known.values() if one.by == person.subject]
        if sum(one.state in ("waiting", "verifying") for one in mine) >= limits.UPLOADS_WAITING:
            raise UsageError(f"{limits.UPLOADS_WAITING} runs of yours wait to be verified; upload more when they are")
        if len(mine) >= limits.UPLOADS_KEPT:
            raise UsageError(f"{limits.UPLOADS_KEPT} uploads of yours are kept; ask the office to remove some")
        made = Upload(secrets.token_hex(8), person.subject, person.name, moment(datetime.now(UTC)))
        make_folder(self._folder / made.id, private=True)
        return self._keep(made)

    def archive(self, upload: Upload) -> Path:
        """Where its archive lies until it was opened."""
        return self._folder / upload.id / "archive"

    def run(self, upload: Upload) -> Path:
        """Where its run lies from then on."""
        return self._folder / upload.id / "run"

    def verifying(self, upload: Upload) -> Upload:
        """It is its turn."""
        return self._keep(replace(upload, state="verifying"))

    def verified(self, upload: Upload, found: Mapping[str, Any]) -> Upload:
        """It holds."""
        return self._keep(replace(upload, state="verified", found=found))

    def refused(self, upload: Upload, said: str) -> Upload:
        """It does not; what it brought is removed."""
        self.archive(upload).unlink(missing_ok=True)
        shutil.rmtree(self.run(upload), ignore_errors=True)
        return self._keep(replace(upload, state="refused", said=said[:1000]))

    def forget(self, upload: Upload) -> None:
        """Remove an upload that never came whole."""
        shutil.rmtree(self._folder / upload.id, ignore_errors=True)
        self._known.pop(upload.id, None)

    def _keep(self, upload: Upload) -> Upload:
        write(self._folder / upload.id / "record.json", in_lines(asdict(upload)), PRIVATE)
        self._known[upload.id] = upload
        return upload


def summary(run: VerifiedRun) -> dict[str, Any]:
    """What is kept of a verified run."""
    report, predicate, target = run.report, run.envelope.predicate, run.report["target"]
    return {
        "digest": run.envelope.digest.removeprefix("sha256:"),
        "role": str(run.envelope.role),
        "purpose": predicate["purpose"],
        "solution": target["solutionId"],
        "version": target["solutionVersion"],
        "vendor": target["vendor"],
        "domain": report["specification"]["domain"],
        "profile": report["profile"]["id"],
        "result": report["result"],
        "finishedOn": report["finishedOn"],
        "mandatory": dict(predicate["mandatory"]),
        "official": run.official.official,
        "steps": [dict(step) for step in run.steps],
        "unverified": [dict(left) for left in run.unverified],
        "open": [
            {"id": row["id"], "outcome": row["outcome"]}
            for row in report["requirements"]
            if row["level"] == "MUST" and row["tested"] and row["outcome"] in _OPEN
        ],
    }
