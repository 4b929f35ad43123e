"""What a version needs to reach its next state, and what it lacks. A pure function of what is recorded and what was handed over.

    draft → candidate       lint finds no error, every gap of the coverage is explained, the version is raised as its changes ask for, and
                            an adequacy sweep over all of it caught every fault and failed no variant
    candidate → published   nothing has changed since; lint and coverage as before; the impact on certified vendors, where a version is in force;
                            and two implementations of different solutions passed the whole
    published → deprecated  a sunset that is at least 180 days away, and a successor that is in force
    deprecated → retired    the sunset has passed
    candidate → draft       taken back, to be changed

Evidence counts for the digests that it was made of: what was made of an earlier wording is named as such, not taken. A published version may
be corrected (an erratum says why) where what it demands stays, word for word. One that was in force before evidence was asked for is given its
evidence later: where not a word has changed, the step is recorded again with what it rests on, and says what it still lacks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from conformance.load.catalogue import LANGUAGES, say
from conformance.load.data import digest_of
from conformance.load.lifecycle import Record, Step

__all__ = ["MOVES", "WINDOW", "Bid", "Evidence", "Lack", "headers", "lacking", "recognised", "step_for"]

WINDOW = timedelta(days=180)  # between the announcement of a withdrawal and the withdrawal (COM-VER-03)
IMPLEMENTATIONS = 2
MOVES: Mapping[str, tuple[str, ...]] = {
    "": ("draft",),
    "draft": ("candidate",),
    "candidate": ("published", "draft"),
    "published": ("deprecated",),
    "deprecated": ("retired",),
    "retired": (),
}


@dataclass(frozen=True)
class Evidence:
    """What was handed over: its kind, its digest, the digests of the document and the rows that it was made of, whether it says yes, and who it is of."""

    kind: str
    digest: str
    document: str
    rows: str
    good: bool
    about: str
    of: str = ""


@dataclass(frozen=True)
class Lack:
    """Something that is missing: a key of the catalogue under `spec.lack`, its words, and the command that makes it."""

    kind: str
    command: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bid:
    """A version that is to reach a state: what is recorded of it, what it is now, and what is known and handed over.

    `errors` of lint, unexplained `gaps` of the coverage, the verdict on its number (`bump`), the version that it would follow (`before`; empty where
    none is in force), and which other versions are in force.
    """

    record: Record
    to: str
    document: str
    rows: str
    demands: str
    errors: int
    gaps: int
    bump: str
    before: str
    in_force: Sequence[str]
    today: date
    evidence: Sequence[Evidence] = ()
    sunset: str = ""
    successor: str = ""
    erratum: str = ""

    @property
    def name(self) -> str:
        """`domain@version`."""
        return f"{self.record.domain}@{self.record.version}"


def recognised(content: Any, digest: str) -> Evidence | None:
    """What a JSON file is evidence of, by its members; None for one that is none. A report whose digest is not its own says no."""
    if not isinstance(content, Mapping) or not isinstance(spec := content.get("specification"), Mapping):
        return None
    made_of = (str(spec.get("digest", "")), str(spec.get("rowsDigest", "")))
    if "survivors" in content and "falseFailures" in content:
        return Evidence("adequacy", digest, *made_of, good=_adequate(content), about=str(content.get("effort", "")))
    if "verdicts" in content and "conformant" in content:
        whole = content.get("digest") == digest_of({name: value for name, value in content.items() if name != "digest"})
        target = content.get("target") or {}
        of = str(target.get("solutionId") or "")
        good = whole and bool(of) and content.get("conformant") is True and content.get("complete") is True
        return Evidence("implementation", digest, *made_of, good=good, about=str(content.get("runId", "")), of=of)
    if "vendors" in content:
        return Evidence("impact", digest, *made_of, good=True, about=f"{len(content['vendors'])} vendors")
    return None


def _adequate(content: Mapping[str, Any]) -> bool:
    """Whether a sweep was over everything, did with every server what it should, and caught all: what a screening need not."""
    clear = content.get("unsound") == [] and not content.get("survivors")
    return clear and content.get("whole") is True and not content.get("weak")


def lacking(bid: Bid) -> tuple[Lack, ...]:
    """Everything that a version lacks to reach a state; empty: it may."""
    state = bid.record.state
    if bid.to == "published" and state == "published":
        return _correction(bid)
    if bid.to not in MOVES[state]:
        known = ", ".join(MOVES[state]) or "-"
        return (Lack("move", words={"state": state or "-", "to": bid.to, "known": known}),)
    needs = {"candidate": _candidacy, "published": _publication, "deprecated": _deprecation, "retired": _retirement}
    return needs[bid.to](bid) if bid.to in needs else ()


def _written(bid: Bid) -> tuple[Lack, ...]:
    found = []
    if bid.errors:
        found.append(Lack("lint", f"yance spec lint {bid.name}", {"count": str(bid.errors)}))
    if bid.gaps:
        found.append(Lack("coverage", f"yance spec coverage {bid.name}", {"count": str(bid.gaps)}))
    return tuple(found)


def _candidacy(bid: Bid) -> tuple[Lack, ...]:
    found = [*_written(bid)]
    if bid.before and bid.bump != "enough":
        found.append(Lack("bump", f"yance spec diff {bid.record.domain}@{bid.before} {bid.name}", {"verdict": bid.bump}))
    return (*found, *_made(bid, "adequacy", f"yance adequacy {bid.name} --json > adequacy.json"))


def _publication(bid: Bid) -> tuple[Lack, ...]:
    found, last = [*_written(bid)], bid.record.steps[-1]
    if (last.document, last.demands) != (bid.document, bid.demands):
        found.append(Lack("changed", f"yance spec advance {bid.name} --to draft", {"at": last.at}))
    if "adequacy" not in last.evidence or last.evidence["adequacy"].get("rows") != bid.rows:
        found += _made(bid, "adequacy", f"yance adequacy {bid.name} --json > adequacy.json")
    if bid.before:
        found += _made(bid, "impact", f"yance spec impact {bid.name} --runs runs --json > impact.json")
    passed = {one.of for one in _fitting(bid, "implementation")}
    if len(passed) < IMPLEMENTATIONS:
        command = f"yance run {bid.name} URL -c yance.toml --out runs/NAME"
        found.append(Lack("implementations", command, {"count": str(len(passed)), "least": str(IMPLEMENTATIONS)}))
        found += [
            Lack("foreign", command, {"kind": one.kind, "about": one.about})
            for one in bid.evidence
            if one.kind == "implementation" and not _of(bid, one)
        ]
    return tuple(found)


def _of(bid: Bid, one: Evidence) -> bool:
    return (one.document, one.rows) == (bid.document, bid.rows)


def _fitting(bid: Bid, kind: str) -> list[Evidence]:
    return [one for one in bid.evidence if one.kind == kind and one.good and _of(bid, one)]


def _made(bid: Bid, kind: str, command: str) -> tuple[Lack, ...]:
    """Nothing, where evidence of a kind is good and of these digests; else what is wrong with what there is."""
    given = [one for one in bid.evidence if one.kind == kind]
    if not given:
        return (Lack(kind, command),)
    if any(_of(bid, one) and one.good for one in given):
        return ()
    fitting = [one for one in given if _of(bid, one)]
    return (
        Lack("no", command, {"kind": kind}) if fitting else Lack("foreign", command, {"kind": kind, "about": given[-1].about}),
    )


def _deprecation(bid: Bid) -> tuple[Lack, ...]:
    found = []
    least = bid.today + WINDOW
    if not bid.sunset or date.fromisoformat(bid.sunset) < least:
        found.append(
            Lack(
                "sunset",
                f"yance spec advance {bid.name} --to deprecated --sunset {least.isoformat()}",
                {"least": least.isoformat()},
            )
        )
    if bid.successor not in bid.in_force or bid.successor == bid.record.version:
        known = ", ".join(one for one in bid.in_force if one != bid.record.version) or "-"
        found.append(Lack("successor", f"yance spec status {bid.record.domain}", {"known": known}))
    return tuple(found)


def _retirement(bid: Bid) -> tuple[Lack, ...]:
    sunset = bid.record.steps[-1].sunset
    return (Lack("early", words={"sunset": sunset}),) if bid.today <= date.fromisoformat(sunset) else ()


def _correction(bid: Bid) -> tuple[Lack, ...]:
    frozen = bid.record.frozen
    if (
        not bid.erratum
        and bid.evidence
        and frozen is not None
        and (frozen.document, frozen.demands) == (bid.document, bid.demands)
    ):
        return _unfit(bid)
    if not bid.erratum:
        return (Lack("erratum", f"yance spec advance {bid.name} --to published --erratum WHY"),)
    if frozen is not None and frozen.demands != bid.demands:
        return (Lack("frozen", f"yance spec coverage {bid.name} --json", {"at": frozen.at}),)
    return _written(bid)


def _unfit(bid: Bid) -> tuple[Lack, ...]:
    """What of the evidence that was handed over later for a published version is not of its wording, or says no."""
    found = []
    for one in bid.evidence:
        if not _of(bid, one):
            found.append(Lack("foreign", f"yance spec status {bid.record.domain}", {"kind": one.kind, "about": one.about}))
        elif not one.good:
            found.append(Lack("no", f"yance spec status {bid.record.domain}", {"kind": one.kind}))
    return tuple(found)


def _lacking_still(evidence: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """What a publication asks for and a published version does not have with this evidence, as the basis on which it stands; empty: nothing."""
    count = sum(name.startswith("implementation-") for name in evidence)
    lacks: list[tuple[str, dict[str, str]]] = [] if "adequacy" in evidence else [("spec.lack.adequacy", {})]
    if count < IMPLEMENTATIONS:
        lacks.append(("spec.lack.implementations", {"count": str(count), "least": str(IMPLEMENTATIONS)}))
    told = {language: [say(key, language, **words) for key, words in lacks] for language in LANGUAGES}
    return {name: say("spec.lack.still", name, lacks="; ".join(one)) for name, one in told.items() if one}


def step_for(bid: Bid, by: str, now: datetime) -> Step:
    """The step that a bid without lack becomes, with the evidence that it rests on: what was given before counts on where it is of this wording."""
    later = bid.to == bid.record.state and not bid.erratum  # evidence for what stands already
    before = bid.record.steps[-1].evidence if later else {}
    kept = {name: dict(one) for name, one in before.items() if one["rows"] == bid.rows}
    evidence = {name: one for name, one in kept.items() if not name.startswith("implementation-")}
    for kind in ("adequacy", "impact"):
        for one in _fitting(bid, kind)[:1]:
            evidence[kind] = {"digest": one.digest, "rows": one.rows, "about": one.about}
    passed = {one["about"].partition(" (")[0]: one for name, one in kept.items() if name.startswith("implementation-")}
    for one in _fitting(bid, "implementation"):
        passed.setdefault(one.of, {"digest": one.digest, "rows": one.rows, "about": f"{one.of} ({one.about})"})
    evidence |= {f"implementation-{number}": one for number, one in enumerate(passed.values(), 1)}
    basis = dict.fromkeys(LANGUAGES, bid.erratum) if bid.erratum else _lacking_still(evidence) if later else {}
    at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Step(bid.to, at, by, bid.document, bid.demands, evidence, basis, bid.sunset, bid.successor)


def headers(step: Step) -> dict[str, str]:
    """What answers of a deprecated version carry: Deprecation is a date of RFC 9651 (`@` and seconds), Sunset one of HTTP (RFC 8594)."""
    if step.state != "deprecated":
        return {}
    since = datetime.strptime(step.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    last = datetime.combine(date.fromisoformat(step.sunset), datetime.max.time().replace(microsecond=0), UTC)
    return {"Deprecation": f"@{int(since.timestamp())}", "Sunset": format_datetime(last, usegmt=True)}
