"""A run folder: the files of one run, each of which the next command can start from.

These are its files:

    plan.json             what was to be asked
    evidence.ndjson.zst   what was asked and answered
    report.json           what it came to
    statement.dsse.json   who says so (once signed)
    bundle.sigstore.json  the same bytes for other verifiers
    challenge.dsse.json   the challenge of the office that it answers, where it answers one
    report.html …         renderings of report.json

Whoever writes in it holds it (`held`): of two runs in one folder, one would lose what the other recorded.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import limits
from conformance.errors import DataError, UsageError, VerificationError
from conformance.model import Plan
from conformance.plan import plan_document, read_plan
from conformance.text import handed
from conformance.text.handed import read_file
from conformance.text.lined import in_lines
from conformance.text.measure import is_larger

__all__ = ["RunFolder", "plan_bytes", "report_bytes"]


@dataclass(frozen=True)
class RunFolder:
    """The files of one run, by what they are."""

    path: Path

    @property
    def plan_file(self) -> Path:
        """plan.json."""
        return self.path / "plan.json"

    @property
    def evidence_file(self) -> Path:
        """The evidence."""
        return self.path / "evidence.ndjson.zst"

    @property
    def report_file(self) -> Path:
        """report.json."""
        return self.path / "report.json"

    @property
    def envelope_file(self) -> Path:
        """The signed statement."""
        return self.path / "statement.dsse.json"

    @property
    def bundle_file(self) -> Path:
        """The same statement as a Sigstore bundle."""
        return self.path / "bundle.sigstore.json"

    @property
    def challenge_file(self) -> Path:
        """The challenge that the run answers, as the office signed it."""
        return self.path / "challenge.dsse.json"

    def create(self, *, again: bool = False) -> None:
        """Make the folder. Raises UsageError when it cannot be written, or holds a run and `again` is false."""
        try:
            handed.make_folder(self.path)
            probe = self.path / f".write.{secrets.token_hex(6)}"
            handed.create(probe).close()
            probe.unlink()
        except OSError as error:
            raise UsageError(f"{self.path}: the folder cannot be written ({error.strerror}); choose another with --out") from None
        if self.evidence_file.exists() and not again:
            raise UsageError(
                f"{self.path}: the folder holds a run already; choose another with --out, or go on with it by --resume"
            )

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes in the folder meanwhile; it is made if need be. Raises UsageError when somebody does."""
        try:
            handed.make_folder(self.path)
            handle = os.open(self.path, os.O_RDONLY)
        except OSError as error:
            raise UsageError(f"{self.path}: the folder cannot be written ({error.strerror}); choose another with --out") from None
        try:
            if not handed.lock(handle):
                raise UsageError(
                    f"{self.path}: another process is at work in this folder; wait until it has ended, or choose another with --out"
                )
            yield
        finally:
            os.close(handle)

    def write(self, name: str, content: bytes) -> Path:
        """Write a file of the run, whole or not at all. What lies under its name is replaced, and never followed if it is a link."""
        path = self.path / name
        try:
            handed.write(path, content)
        except OSError as error:
            raise UsageError(f"{path}: the file cannot be written ({error.strerror})") from None
        return path

    def write_plan(self, plan: Plan) -> None:
        """Write plan.json."""
        self.write(self.plan_file.name, plan_bytes(plan))

    def write_report(self, report: Mapping[str, Any]) -> None:
        """Write report.json."""
        self.write(self.report_file.name, report_bytes(report))

    def plan(self) -> Plan:
        """The plan. Raises UsageError when there is none, VerificationError when the file is not the one that was written."""
        content = read_file(self.plan_file, limits.PLAN)
        document = self._json(self.plan_file, content)
        try:
            plan = read_plan(document, file=str(self.plan_file))
        except DataError as error:
            raise VerificationError(str(error)) from None
        if content != plan_bytes(plan):
            stated = str(document.get("digest"))[:80]
            raise VerificationError(f"{self.plan_file}: the plan was changed: it states {stated}, its content has {plan.digest}")
        return plan

    def report(self) -> dict[str, Any]:
        """The report. Raises UsageError when there is none."""
        return self._json(self.report_file, self.report_content())

    def report_content(self) -> bytes:
        """The bytes of report.json. Raises UsageError when there is none."""
        return read_file(self.report_file, limits.REPORT)

    def _json(self, path: Path, content: bytes) -> dict[str, Any]:
        if is_larger(content, limits.FILE_VALUES):
            raise VerificationError(f"{path}: the file holds more than {limits.FILE_VALUES} values; it is not read")
        try:
            document = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise VerificationError(f"{path}: this is not JSON any more ({error})") from None
        if not isinstance(document, dict):
            raise VerificationError(f"{path}: a JSON object was expected")
        return document


def plan_bytes(plan: Plan) -> bytes:
    """The bytes of plan.json: the same for the same plan."""
    return in_lines({**plan_document(plan), "digest": plan.digest}, ascii_only=True)


def report_bytes(report: Mapping[str, Any]) -> bytes:
    """The bytes of report.json: the same for the same report, whoever writes it."""
    return in_lines(report)
