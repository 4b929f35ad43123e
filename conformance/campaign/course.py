"""The course of a campaign: rows out, results in, whoever is killed meanwhile.

What was decided is in the journal and in the run folders, and nothing that matters only here: this process, the scheduler and every worker may
be killed at any moment, and `resume` goes on with what is not finished. A target whose process was lost is begun again, and its run goes on
where it was; one that takes too long is ended. Neither holds up another.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from conformance.campaign.admission import Admission
from conformance.campaign.engine import Engine
from conformance.campaign.journal import JOURNAL, Journal, line_of, read_journal
from conformance.campaign.lease import Held, held
from conformance.campaign.places import Folder, Place
from conformance.campaign.results import OUTCOME, Result, read_outcome, read_result, result_bytes
from conformance.campaign.rows import Row, Rows
from conformance.campaign.runner import Lost, Overdue
from conformance.campaign.single import Job, packed, told_of
from conformance.errors import UsageError, YanceError
from conformance.load.data import digest_of
from conformance.load.digests import build_digest
from conformance.model import FIXED_SEED
from conformance.verdict.folder import RunFolder

__all__ = ["Course", "Options", "Standing", "conducted", "opened"]

_AHEAD = 2  # targets that wait at the engine, so that no worker waits for the next one
_POLL = 0.25  # seconds


@dataclass(frozen=True)
class Options:
    """How all targets of a campaign are tested. `seed`: None where each has its own, drawn by chance."""

    seed: int | None = FIXED_SEED
    effort: str | None = None
    purpose: str = "self-test"
    language: str = "en"
    data: tuple[str, ...] = ()
    skip_preflight: bool = False


@dataclass(frozen=True)
class Standing:
    """How far a campaign is: what is finished, of how many, and what is under way (cases that ended, cases in all, worker)."""

    finished: int
    total: int
    under_way: Mapping[str, tuple[int, int, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """A campaign that may begin, or go on: its rows, where it lies, what is finished, and the number that seeds are drawn from; when it began,
    and for how many seconds it was under way before.
    """

    rows: Rows
    options: Options
    place: Place
    where: str
    finished: Mapping[str, Result]
    chance: str
    kept: Held = field(default_factory=Held)
    began: str = ""
    seconds: float = 0.0

    @property
    def left(self) -> tuple[Row, ...]:
        """The rows that are not finished, in their order."""
        return tuple(row for row in self.rows.rows if row.name not in self.finished)

    def note(self, **told: Any) -> None:
        """Add a line to the journal. Raises UsageError when somebody else conducts the campaign by now."""
        self.kept.refuse_lost()
        self.place.add(JOURNAL, line_of(_now(), **told))

    def job(self, row: Row, admission: Admission, attempt: int) -> Job:
        """What a worker needs to test a row."""
        settings, options = row.settings, self.options
        ixit = replace(settings.ixit, limits=admission.limits(row))
        drawn = int.from_bytes(sha256(f"{self.chance} {row.name}".encode()).digest()[:6])
        return Job(
            target=row.name,
            row=row.digest,
            settings=replace(settings, ixit=ixit, document=None),
            domain=row.domain,
            profile=row.profile,
            version=row.version,
            effort=options.effort or row.effort,
            seed=drawn if options.seed is None else options.seed,
            seed_drawn=options.seed is None,
            purpose=options.purpose,
            language=options.language,
            build=build_digest(),
            words=row.words,
            data=options.data,
            skip_preflight=options.skip_preflight,
            expect=row.expect,
            attempt=attempt,
        )


@contextlib.contextmanager
def opened(rows: Rows, options: Options, place: Place, where: str, *, resume: bool) -> Iterator[Course]:
    """Begin a campaign at a place, or go on with the one that lies there; nobody else conducts it meanwhile.

    Raises UsageError for a place that holds a campaign already, or another one than is to be gone on with.
    """
    with held(place, where) as kept:
        journal = read_journal(place.lines(JOURNAL), f"{where}/{JOURNAL}")
        terms = _terms(rows, options)
        if journal.begun and not resume:
            raise UsageError(
                f"{where}: a campaign lies there already; choose another place with --out, or go on with it by --resume"
            )
        if journal.begun and journal.begun.get("terms") != terms:
            raise UsageError(
                f"{where}: the campaign there was begun with other options (profile, effort, seed, purpose or preflight); "
                "resume with the same, or begin another one with another --out"
            )
        chance = str(journal.begun.get("chance") or os.urandom(16).hex())
        finished = _finished(rows, journal, place)
        began = str(journal.begun.get("at") or _now())
        course = Course(rows, options, place, where, finished, chance, kept, began, journal.seconds)
        if journal.begun:
            course.note(resumed=len(course.left))
        else:
            course.note(campaign=rows.name, targets=len(rows.rows), terms=terms, chance=chance)
        for name in finished.keys() - journal.ended.keys():  # its outcome was left in the folder, and nobody was there to note it
            course.note(ended=finished[name].as_json())
        yield course


def _terms(rows: Rows, options: Options) -> str:
    told = {"name": rows.name, "seed": options.seed, "effort": options.effort, "purpose": options.purpose}
    return digest_of({**told, "skipped": options.skip_preflight})


def _finished(rows: Rows, journal: Journal, place: Place) -> dict[str, Result]:
    """What is finished: judged, and what is said of it is still the same. The rest is worth another try."""
    found = dict[str, Result]()
    for row in rows.rows:
        known = journal.ended.get(row.name)
        if known is None and isinstance(place, Folder):
            known = read_outcome(RunFolder(place.work(row.name)))
        elif known is None and (content := place.read(f"runs/{row.name}/{OUTCOME}")) is not None:
            with contextlib.suppress(ValueError):
                known = _read(content)
        if known is not None and known.row == row.digest and known.state == "judged":
            found[row.name] = known
    return found


def _read(content: bytes) -> Result:
    return read_result(json.loads(content))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def conducted(
    course: Course,
    engine: Engine,
    *,
    listener: Callable[[Standing], None] = lambda _: None,
    told: Callable[[Result], None] = lambda _: None,
) -> dict[str, Result]:
    """Test what is left, and give back every result by target. `told` hears of each as it ends."""
    admission = Admission.of(course.rows.terms, course.left)
    found, way = dict(course.finished), _Way(course, engine, admission)
    while admission.waiting or way.rows:
        way.fill()
        for name, came in engine.back(_POLL):
            if (result := way.came(name, came)) is not None:
                found[name] = result
                course.note(ended=result.as_json())
                told(result)
            way.fill()
        way.note()
        listener(Standing(len(found), len(course.rows.rows), dict(way.standing)))
    return found


@dataclass
class _Way:
    """What is under way, how often each was begun, and how far it is."""

    course: Course
    engine: Engine
    admission: Admission
    rows: dict[str, tuple[Row, Job]] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    standing: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def fill(self) -> None:
        """Hand out as much as the workers bear, and a little more."""
        while len(self.rows) < self.engine.slots + _AHEAD and (row := self.admission.next()) is not None:
            self.attempts[row.name] = self.attempts.get(row.name, 0) + 1
            job = self.course.job(row, self.admission, self.attempts[row.name])
            self.rows[row.name] = row, job
            terms = self.course.rows.terms
            self.engine.send(row.name, packed(job), self.course.where, terms.seconds + terms.grace)

    def came(self, name: str, came: Any) -> Result | None:
        """What came back for a target: its result, or None when it is begun again."""
        row, job = self.rows.pop(name)
        self.standing.pop(name, None)
        if isinstance(came, bytes):
            self.admission.ended(row)
            del self.attempts[name]
            return _read(came)
        if isinstance(came, Lost) and self.attempts[name] < self.course.rows.terms.attempts:
            self.admission.again(row)
            return None
        self.admission.ended(row)
        del self.attempts[name]
        state = "overdue" if isinstance(came, Overdue) else "lost" if isinstance(came, Lost) else "error"
        said = str(came) if isinstance(came, YanceError) else f"{type(came).__name__}: {came}"
        result = told_of(job, state, said)
        self.course.place.write(f"runs/{name}/{OUTCOME}", result_bytes(result))
        return result

    def note(self) -> None:
        """Take note of what workers told, and write down who began."""
        for name, value in self.engine.told():
            if name not in self.rows:
                continue
            worker = str(value[3]) if len(value) > 3 else self.standing.get(name, (0, 0, ""))[2]
            if len(value) > 3:
                self.course.note(began=name, worker=worker)
            self.standing[name] = int(value[0]), int(value[1]), worker
