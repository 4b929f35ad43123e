"""A finished run: what its files say, and the report that its evidence comes to. No wire and no script are needed for that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from conformance.clock import Clock, SystemClock
from conformance.errors import VerificationError
from conformance.evidence import Footer, Header, Record, read_evidence
from conformance.interface.dialect import Dialect, read_dialect
from conformance.load import Folders, load_profile
from conformance.model import Exchange, Ics, Ixit, Plan, Profile, Spec
from conformance.redaction import PSEUDONYM
from conformance.verdict.beside import judge_file
from conformance.verdict.folder import RunFolder
from conformance.verdict.heard import asked_again
from conformance.verdict.report import Run, assemble

__all__ = ["SHRINK", "Setting", "exchanges", "rejudge", "setting_of"]

SHRINK = "shrink/"  # begins the case that a search for a smaller input is recorded under


@dataclass(frozen=True)
class Setting:
    """What a run is made of."""

    plan: Plan
    spec: Spec
    profile: Profile
    ics: Ics
    ixit: Ixit
    folder: RunFolder
    purpose: str = "self-test"
    clock: Clock = field(default_factory=SystemClock)
    transport: Any = None  # replaces the network: an in-process server (wire.in_process)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the spec."""
        return read_dialect(self.spec.dialect, file=self.spec.source)


def setting_of(folders: Folders, folder: RunFolder, *, version: str | None = None) -> Setting:
    """What a run folder's files say: its plan with the spec, profile and claim that it was made of.

    With `version`, the run is judged under that version of the spec. Raises VerificationError when the spec or profile at hand is
    not, byte for byte, the one that the run names.
    """
    plan = folder.plan()
    report = folder.report()
    profile, spec = load_profile(folders, plan.domain, plan.profile, version or plan.spec_version)
    if version is None:
        for what, stated, present in (
            (f"spec {plan.domain} {plan.spec_version}", plan.spec_digest, spec.digest),
            (f"profile {plan.profile}", plan.profile_digest, profile.digest),
        ):
            if stated != present:
                raise VerificationError(
                    f"{folder.path}: the run was made under another {what} ({stated:.80}) than the one here ({present}); "
                    "give its data folder by --data"
                )
    target = report.get("target")
    named = (
        [target.get(name) for name in ("solutionId", "solutionVersion", "vendor", "baseUrl")] if isinstance(target, dict) else []
    )
    purpose = report.get("purpose")
    if not named or not all(isinstance(text, str) for text in (*named, purpose)):
        raise VerificationError(f"{folder.report_file}: the report names no target or no purpose; it is not a report")
    solution, solution_version, vendor, url = map(str, named)
    return Setting(plan, spec, profile, Ics(solution, solution_version, vendor), Ixit(url), folder, str(purpose))


def rejudge(setting: Setting) -> dict[str, Any]:
    """The report of a finished run, from its files alone. Raises VerificationError when the evidence is not intact."""
    seen = _Seen()
    evidence = setting.folder.evidence_file
    verdicts = judge_file(setting.plan, setting.spec, setting.dialect, evidence, through=seen.passing)
    assert seen.header is not None, "read_evidence ends with a footer and begins with a header, or raises"
    assert seen.footer is not None
    if seen.header.plan != setting.plan.digest:
        raise VerificationError(f"{evidence}: recorded under another plan ({seen.header.plan:.80}) than {setting.plan.digest}")
    if not _names(seen.header.solution, setting.ics):
        raise VerificationError(
            f"{evidence}: recorded of the solution {seen.header.solution!r:.80}, but {setting.folder.report_file.name} is of "
            f"{setting.ics.named!r:.80}"
        )
    run = Run(setting.plan, setting.spec, setting.profile, setting.ics, seen.header, seen.footer, setting.purpose, seen.again)
    shows = seen.shrunk or any(verdict.findings for verdict in verdicts)
    return assemble(run, verdicts, exchanges(setting.folder) if shows else seen.keyed.values())


def _names(recorded: str, ics: Ics) -> bool:
    """Whether the evidence was recorded of this solution; what was redacted of its name may have been anything."""
    parts = PSEUDONYM.sub("\0", recorded).split("\0")
    return re.fullmatch(".+".join(map(re.escape, parts)), ics.named, re.DOTALL) is not None


@dataclass
class _Seen:
    """What the report needs of the evidence beside its verdicts, noted while they are being made of it."""

    header: Header | None = None
    footer: Footer | None = None
    shrunk: bool = False
    again: Counter[str] = field(default_factory=Counter)  # by status, the answers that were asked again
    keyed: dict[str, Exchange] = field(default_factory=dict)  # the first exchange that showed a TLS key

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        for record in records:
            if isinstance(record, Exchange):
                if key := record.attributes.get("tlsKey"):
                    self.keyed.setdefault(str(key), record)
                if asked_again(record):
                    self.again[str(record.status)] += 1
                self.shrunk = self.shrunk or record.case.startswith(SHRINK)
            elif isinstance(record, Header):
                self.header = record
            elif isinstance(record, Footer):
                self.footer = record
            yield record


def exchanges(folder: RunFolder) -> Iterator[Exchange]:
    """The exchanges of a run, in order."""
    return (record for record in read_evidence(folder.evidence_file) if isinstance(record, Exchange))
