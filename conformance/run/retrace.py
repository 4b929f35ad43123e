"""Evidence held against the scripts: each case is driven again, is handed the recorded answers, and must ask what was recorded.

A script is a pure function of its inputs and its answers. So whoever leaves out, adds, moves or exchanges a request changes what
the script would have asked next, and that is refused with the case and the place. What the evidence says beside its exchanges is
what this needs:

    the header     the longest pause that the settings allowed: a script that wanted a longer one ended there; and how many cases might
                   be under way at once. With the plan's turns that says in what order cases may have been asked (`order`)
    the end        of each attempt of a case: all of it, as much as the budget paid for, or as far as an interrupted run had come
    `resumed`      a case is attempted once between two interruptions, and never again once it has ended for good
    `inbox`        of a delivery: which of the case's asks it was handed to
    races          are recorded in the order in which they were asked, whatever came back first
    shrink/…       smaller inputs follow from what was judged before them, so that search is made again, too (`Search`)
    control/sample likewise the reads that a run asks twice which answers a challenge; they come last

What is compared is every byte of a request but what redaction took away (`alike`). Where an answer was redacted, a script that made
something of the hidden value cannot be driven beyond it: that is counted (`Retraced.hidden`), not refused, and whoever verifies is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from conformance.errors import SuiteError, VerificationError
from conformance.evidence import CaseEnd, Ended, Header, Record, Resumed, read_evidence
from conformance.interface.dialect import Dialect
from conformance.model import Case, Exchange, Finding, Guise, Plan, Request, Spec
from conformance.run.attempt import Attempt, Lost, Over, Terms, Unfit
from conformance.run.finished import Setting
from conformance.run.order import Session
from conformance.run.pump import driven
from conformance.run.sample import ask_sample, chosen, sample_case
from conformance.run.shrink import SHRINK, shrink_case, sought
from conformance.verdict.beside import Root, helper, processes, safe_method
from conformance.verdict.identities import SAMPLE

__all__ = ["Retraced", "retrace", "retracing"]


@dataclass(frozen=True)
class Retraced:
    """What driving again came to: how many attempts and exchanges were held, and the cases that redaction hid in part."""

    attempts: int = 0
    exchanges: int = 0
    hidden: tuple[str, ...] = ()


def retrace(setting: Setting, *, failed: bool) -> Retraced:
    """Drive every case of a finished run again. Raises VerificationError, with case and place, where the evidence does not fit.

    `failed`: a case that is judged on every exchange has failed, so that smaller inputs may have been sought.
    """
    return _retraced(setting, lambda: failed)[1]


@contextmanager
def retracing(setting: Setting) -> Iterator[Callable[[bool, str], Retraced]]:
    """Begin the same beside what is done in the context, where a process for it pays. What comes is asked for it in the end, with `failed` and
    the root of the evidence as it was verified there: what was driven again is held against the same lines.

    A process that was stopped, or met anything that does not fit, is made up for here: then all is driven again, and says what is wrong.
    """
    path, method = setting.folder.evidence_file, safe_method()
    if method != "fork" or processes(path, method) == 1:
        yield lambda failed, _root: retrace(setting, failed=failed)
        return
    with helper(method, _help, setting) as beside:

        def awaited(failed: bool, root: str) -> Retraced:
            found: tuple[str, Retraced] | None = None
            with suppress(EOFError, OSError):
                beside.send(failed)
                found = beside.recv()
            return found[1] if found is not None and found[0] == root else retrace(setting, failed=failed)

        yield awaited


def _help(there: Connection, setting: Setting) -> None:
    there.send(_retraced(setting, lambda: bool(there.recv()), beside=True))


def _retraced(setting: Setting, failed: Callable[[], bool], *, beside: bool = False) -> tuple[str, Retraced]:
    """The root of the evidence, and what came of it. `beside`: another process verifies that."""
    path, root = setting.folder.evidence_file, Root()
    again = _Run(setting.plan, setting.spec, setting.dialect)
    try:
        for record in root.passing(read_evidence(path, beside=beside)):
            again.take(record)
        again.end()
        _searched(setting, again, failed=failed())
        _sampled(setting, again)
    except Unfit as unfit:
        raise VerificationError(f"{path}: {unfit}") from None
    return root.root, Retraced(again.attempts, again.exchanges, tuple(again.hidden))


@dataclass
class _Run:
    """Takes the records of a run, one after another, and holds each attempt of a case when it ends."""

    plan: Plan
    spec: Spec
    dialect: Dialect
    attempts: int = 0
    exchanges: int = 0
    hidden: dict[str, None] = field(default_factory=dict)
    searches: list[dict[str, tuple[CaseEnd, list[Exchange]]]] = field(default_factory=lambda: [{}])  # by session
    begun: list[int] = field(default_factory=list)  # when each session began, in ms
    _cases: dict[str, Case] = field(init=False)
    _running: dict[str, list[Exchange]] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)
    _now: set[str] = field(default_factory=set)  # cases that were asked since the run began or was resumed
    _good: set[str] = field(default_factory=set)  # cases that ended for good
    _terms: Terms = field(default_factory=lambda: Terms(0.0))
    _session: Session = field(init=False)
    _concurrency: int = 0
    samples: list[tuple[CaseEnd, list[Exchange]]] = field(default_factory=list)
    _sampling: bool = False
    _cut: str = ""  # a case that is said to have been interrupted just before

    def __post_init__(self) -> None:
        self._cases = {case.id: case for case in self.plan.cases if case.outcome is None and driven(case)}
        self._begin()

    def _begin(self) -> None:
        """Begin to note in what order the cases are asked, as a run does that leaves alone what ended for good."""
        self._session = Session(self.plan, frozenset(self._good), self._concurrency, self.exchanges)

    def take(self, record: Record) -> None:
        """Take the next record."""
        self._cut = self._uncut(record)
        if self._of_the_sample(record):
            return
        if isinstance(record, Exchange):
            self.exchanges += 1
            self._session.note(record.case)
            self._running.setdefault(record.case, []).append(record)
        elif isinstance(record, CaseEnd):
            self._session.note_end(record)
            self._ended(record, self._running.pop(record.case, []))
        elif isinstance(record, Resumed):
            self._now.clear()
            self._sampling = False
            self.searches.append({})
            self._session.hold()
            self._begin()
            self.begun.append(record.at)
        elif isinstance(record, Header):
            self.begun.append(record.started_at)
            self._concurrency = record.concurrency
            self._begin()
            self._terms = Terms(record.longest_pause / 1000, frozenset(record.actors), self.plan.sandbox)

    def end(self) -> None:
        """There are no more."""
        for name in self._running:
            raise Unfit(f"case {name:.80}: it has exchanges and no end; no run is finished so")
        for name in self._cases:
            if name not in self._tried:
                raise Unfit(f"case {name:.80}: the plan has it and the evidence nothing of it; it was left out")
            if name not in self._good and name not in self._now:
                raise Unfit(f"case {name:.80}: it was open when the run was resumed, and was not asked again; it was left out")
        self._session.hold()

    def _of_the_sample(self, record: Record) -> bool:
        """Whether a record is of the control sample, after which a run asks nothing."""
        if not isinstance(record, Exchange | CaseEnd):
            return False
        if record.case != SAMPLE:
            if self._sampling:
                raise Unfit(
                    f"case {record.case:.80}: the control sample was asked before it had ended; exchanges were moved across cases"
                )
            return False
        self._sampling = True
        if isinstance(record, Exchange):
            self.exchanges += 1
            self._running.setdefault(SAMPLE, []).append(record)
            return True
        if SAMPLE in self._good:
            raise Unfit(f"case {SAMPLE}: it had ended for good and was asked again; one of the two was added")
        self.samples.append((record, self._running.pop(SAMPLE, [])))
        if record.ended.for_good:
            self._good.add(SAMPLE)
        return True

    def _uncut(self, record: Record) -> str:
        """The case that a record says was interrupted. What follows such records is the line that says that the run was resumed."""
        if isinstance(record, CaseEnd) and record.ended is Ended.INTERRUPTED:
            return record.case
        if self._cut and not isinstance(record, Resumed):
            raise Unfit(
                f"case {self._cut:.80}: it is said to have been interrupted, and the run went on; only a resumed run has that"
            )
        return ""

    def _ended(self, end: CaseEnd, came: list[Exchange]) -> None:
        name = end.case
        case = self._cases.get(name)
        if case is None and not name.startswith(SHRINK):
            raise Unfit(f"case {name:.80}: the plan drives no such case; its {len(came)} exchanges were added")
        if name in self._now:
            raise Unfit(f"case {name:.80}: it was asked twice though the run was not interrupted; one of the two was added")
        self._now.add(name)
        if case is None:
            self.searches[-1][name] = (end, came)
            return
        if name in self._good:
            raise Unfit(f"case {name:.80}: it had ended for good and was asked again; one of the two was added")
        self.attempts += 1
        self._tried.add(name)
        if end.ended.for_good:
            self._good.add(name)
        attempt = Attempt(self.spec, case.begun_at(self.begun[-1]), end, came, self._terms)
        attempt.held(self.dialect)
        self._session.drove(attempt)
        if attempt.hidden:
            self.hidden[name] = None


def _searched(setting: Setting, again: _Run, *, failed: bool) -> None:
    """Hold the searches for smaller inputs: each follows from what had been asked when it began."""
    for session, found in enumerate(again.searches):
        last = session == len(again.searches) - 1
        if not found and not (failed and last):
            continue
        expected = sought(setting.plan, setting.spec, setting.dialect, partial(_before, setting.folder.evidence_file, session))
        left, order = dict(found), list[str]()
        for case, finding, start in expected:
            one = left.pop(f"{SHRINK}{case.id}", None)
            order += [f"{SHRINK}{case.id}"] if one is not None else []
            if one is None and last:
                raise Unfit(
                    f"case {SHRINK}{case.id:.80}: a smaller input was to be sought and nothing of it is there; it was left out"
                )
            if one is not None and not _sought(setting, case.begun_at(again.begun[session]), finding, start, *one):
                again.hidden[f"{SHRINK}{case.id}"] = None
        for name in left:
            raise Unfit(f"case {name:.80}: nothing calls for such a search; its exchanges were added")
        for name, first in zip(found, order, strict=True):
            if name != first:
                raise Unfit(f"case {name:.80}: {first:.80} is sought before it; exchanges were moved across cases")


def _sampled(setting: Setting, again: _Run) -> None:
    """Hold the control sample: it is there where a challenge is answered, and asks what follows from all that was asked before it."""
    if (setting.challenge is None) is bool(again.samples):
        why = "nothing calls for it; its exchanges were added" if again.samples else "it is to be asked last, and was left out"
        raise Unfit(f"case {SAMPLE}: {why}")
    for number, (end, came) in enumerate(again.samples):
        reads = chosen(setting.plan, setting.spec, _before_sample(setting.folder.evidence_file, number))
        if end.ended is Ended.COMPLETE or number == len(again.samples) - 1:
            _asked_again(setting, reads, end, came)


def _asked_again(setting: Setting, reads: dict[str, Request], end: CaseEnd, came: list[Exchange]) -> None:
    guise = Guise(setting.plan.seed)
    attempt = Attempt(setting.spec, sample_case(setting.plan), end, came, Terms(0.0))

    async def send(request: Request, _who: str) -> Exchange:
        return attempt.next(request)

    async def wait() -> None:
        return

    try:
        ask_sample(setting.spec, guise, reads, send, wait).send(None)
        raise SuiteError("the control sample waits for something else than answers")
    except StopIteration:
        if end.ended is not Ended.COMPLETE:
            raise Unfit(f"case {SAMPLE}: it came to its end, and the evidence says {end.ended}") from None
    except Over:
        return
    except Lost:
        raise Unfit(f"case {SAMPLE}: it asks something else than was recorded") from None
    attempt.nothing_more()


def _before_sample(path: Path, number: int) -> Iterator[Record]:
    """The records before the control sample of that number; those of earlier ones count nothing for it."""
    ended = 0
    for record in read_evidence(path):
        if isinstance(record, Exchange | CaseEnd) and record.case == SAMPLE:
            if ended == number:
                return
            ended += isinstance(record, CaseEnd)
        yield record


def _before(path: Path, session: int) -> Iterator[Record]:
    """The records before the search of a session, or before the end of the run where there is none in it."""
    for record in read_evidence(path):
        session -= isinstance(record, Resumed)
        begun = isinstance(record, Exchange | CaseEnd) and record.case.startswith(SHRINK)
        if session < 0 or (session == 0 and begun):
            return
        yield record


def _sought(setting: Setting, case: Case, finding: Finding, start: Exchange, end: CaseEnd, came: list[Exchange]) -> bool:
    """Hold one search; False where a hidden value decided what came next."""
    spec, dialect = setting.spec, setting.dialect
    attempt = Attempt(spec, replace(case, id=end.case), end, came, Terms(0.0))

    async def send(request: Request) -> Exchange:
        return attempt.next(request)

    search = shrink_case(case, finding, start, spec, dialect, send)
    try:
        search.send(None)
        raise SuiteError("a search for smaller inputs waits for something else than answers")
    except StopIteration:
        if end.ended not in (Ended.COMPLETE, Ended.INTERRUPTED):
            raise Unfit(f"case {end.case:.80}: it came to its end, and the evidence says {end.ended}") from None
    except Over:
        pass
    except Lost:
        return False
    attempt.nothing_more()
    return not attempt.hidden
