"""A finished run: what its files say, and the report that its evidence comes to. No wire and no script are needed for that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from conformance.clock import Clock, SystemClock
from conformance.errors import VerificationError
from conformance.evidence import CaseEnd, Ended, Footer, Header, Record, Resumed, read_evidence
from conformance.interface.dialect import Dialect, read_dialect
from conformance.load import Folders, load_profile
from conformance.load.digests import rows_digest
from conformance.model import Challenge, Claim, Control, Exchange, Guise, Ics, Ixit, Plan, Profile, Spec
from conformance.run.shrink import SHRINK
from conformance.verdict.answered import Answered, Canaries
from conformance.verdict.beside import judge_file
from conformance.verdict.folder import RunFolder
from conformance.verdict.heard import asked_again
from conformance.verdict.identities import SAMPLE, sampled
from conformance.verdict.report import Attempts, Run, assemble
from conformance.verdict.traffic import Traffic

if TYPE_CHECKING:  # whoever judges needs no wire
    from conformance.wire import Receiver

__all__ = ["Setting", "exchanges", "rejudge", "setting_of"]


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
    seed_drawn: bool = False  # whether chance chose the seed of the plan
    clock: Clock = field(default_factory=SystemClock)
    transport: Any = None  # replaces the network: an in-process server (wire.in_process)
    receiver: Receiver | None = None  # what that server posts to; None: one that listens as the IXIT says
    challenge: Challenge | None = None  # of the office's, which the run answers
    control: Control | None = None
    challenge_document: bytes = b""  # the challenge as the office signed it

    @property
    def claim(self) -> Claim:
        """For what the run is made, and of which solution."""
        return Claim(self.purpose, self.ics.solution_id, self.ics.solution_version, self.ics.vendor)

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
    profile, spec = load_profile(folders, plan.domain, plan.profile, version or plan.spec_version)
    if version is None:
        for what, stated, present in (
            (f"spec {plan.domain} {plan.spec_version}", plan.spec_digest, spec.digest),
            (f"set of requirements of {plan.domain} {plan.spec_version}", plan.rows_digest, rows_digest(spec)),
            (f"profile {plan.profile}", plan.profile_digest, profile.digest),
        ):
            if stated != present:
                raise VerificationError(
                    f"{folder.path}: the run was made under another {what} ({stated:.80}) than the one here ({present}); "
                    "give its data folder by --data"
                )
    header = next(read_evidence(folder.evidence_file, partial=True), None)
    if not isinstance(header, Header):
        raise VerificationError(f"{folder.evidence_file}: it does not say what was tested; ask for the file as it was written")
    claim = header.claim
    ics, ixit = Ics(claim.solution_id, claim.solution_version, claim.vendor), Ixit(header.base_url)
    made = Setting(plan, spec, profile, ics, ixit, folder, claim.purpose, header.seed_drawn)
    return replace(made, challenge=header.challenge, control=header.control)


def rejudge(setting: Setting) -> dict[str, Any]:
    """The report of a finished run, from its files alone. Raises VerificationError when the evidence is not intact."""
    seen = _Seen(Canaries(Guise(setting.plan.seed)))
    evidence = setting.folder.evidence_file
    verdicts = judge_file(setting.plan, setting.spec, setting.dialect, evidence, through=seen.passing)
    assert seen.header is not None, "read_evidence ends with a footer and begins with a header, or raises"
    assert seen.footer is not None
    if seen.header.beside:
        raise VerificationError(f"{evidence}: it is of several targets, as journeys have them; a run has one")
    if seen.header.plan != setting.plan.digest:
        raise VerificationError(f"{evidence}: recorded under another plan ({seen.header.plan:.80}) than {setting.plan.digest}")
    run = Run(
        setting.plan,
        setting.spec,
        setting.profile,
        seen.header,
        seen.footer,
        seen.attempts(),
        seen.again,
        seen.traffic,
        seen.answered(),
    )
    shows = seen.shrunk or seen.sample or any(verdict.findings for verdict in verdicts)
    return assemble(run, verdicts, exchanges(setting.folder) if shows else seen.keyed.values())


@dataclass
class _Seen:
    """What the report needs of the evidence beside its verdicts, noted while they are being made of it."""

    canaries: Canaries
    header: Header | None = None
    footer: Footer | None = None
    shrunk: bool = False
    again: Counter[str] = field(default_factory=Counter)  # by status, the answers that were asked again
    keyed: dict[str, Exchange] = field(default_factory=dict)  # the first exchange that showed a TLS key
    traffic: Traffic = field(default_factory=Traffic)
    resumed: int = 0
    ends: dict[str, list[str]] = field(default_factory=dict)
    sample: list[Exchange] = field(default_factory=list)

    def attempts(self) -> Attempts:
        """What was asked more than once."""
        return Attempts(self.resumed, {name: ends[:-1] for name, ends in self.ends.items() if len(ends) > 1})

    def answered(self) -> Answered | None:
        """What the run shows beside its verdicts, where it answers a challenge."""
        if self.header is None or self.header.challenge is None:
            return None
        count = (len(self.canaries.planted), len(self.canaries.returned))
        return Answered(self.header.challenge, self.header.control, *count, sampled(self.sample))

    def passing(self, records: Iterable[Record]) -> Iterator[Record]:
        """The same records."""
        for record in records:
            if isinstance(record, Exchange):
                self._exchange(record)
            elif isinstance(record, CaseEnd):
                self.ends.setdefault(record.case, []).append(str(record.ended))
                self.traffic.over(record.case)
            elif isinstance(record, Resumed):
                if SAMPLE in self.ends and self.ends[SAMPLE][-1] not in (Ended.COMPLETE, Ended.ERROR):
                    self.sample = []  # it is asked again
                self.resumed += 1
                self.traffic.interrupted()
            elif isinstance(record, Header):
                self.header = record
            elif isinstance(record, Footer):
                self.footer = record
            yield record

    def _exchange(self, record: Exchange) -> None:
        self.traffic.take(record)
        self.canaries.take(record)
        if record.case == SAMPLE:
            self.sample.append(record)
        if key := record.attributes.get("tlsKey"):
            self.keyed.setdefault(str(key), record)
        if asked_again(record):
            self.again[str(record.status)] += 1
        self.shrunk = self.shrunk or record.case.startswith(SHRINK)


def exchanges(folder: RunFolder) -> Iterator[Exchange]:
    """The exchanges of a run, in order."""
    return (record for record in read_evidence(folder.evidence_file) if isinstance(record, Exchange))
