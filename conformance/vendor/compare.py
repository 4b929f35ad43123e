"""Two runs of one solution side by side: what changed in verdicts, in findings, in what was judged, and in speed.

Runs are compared by what they say: requirements and cases by id, findings by case, text and place (numbers of exchanges differ from
run to run). Which requirement got worse is judged by outcome alone: a pass that is none any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from conformance.model import Exchange, Outcome

__all__ = ["Change", "Comparison", "Pace", "compared"]

Report = Mapping[str, Any]
_SATISFIED = (Outcome.PASS, Outcome.NOT_APPLICABLE)
_JUDGED_BY = {  # what fixes what a run asks and how it is judged, by pointer into a report
    "suite": ("suite", "artifactDigest"),
    "specification": ("specification", "digest"),
    "rows": ("specification", "rowsDigest"),
    "profile": ("profile", "digest"),
    "plan": ("plan", "digest"),
}
_NAMES = {"target": ("target", "baseUrl"), "solution": ("target", "solutionId"), "version": ("target", "solutionVersion")}


@dataclass(frozen=True)
class Change:
    """What one requirement or case came to before and after; empty where a run does not have it."""

    id: str
    before: str
    after: str

    @property
    def worse(self) -> bool:
        """Whether what was satisfied is so no more."""
        return self.before in _SATISFIED and self.after not in _SATISFIED


@dataclass(frozen=True)
class Pace:
    """The median milliseconds of an operation's answers before and after."""

    operation: str
    before: float
    after: float


@dataclass(frozen=True)
class Comparison:
    """What changed from one run to another."""

    results: tuple[str, str]
    differing: Mapping[str, tuple[str, str]]
    requirements: tuple[Change, ...]
    cases: tuple[Change, ...]
    gone: tuple[tuple[str, Mapping[str, str]], ...]
    fresh: tuple[tuple[str, Mapping[str, str]], ...]
    exchanges: tuple[int, int]
    paces: tuple[Pace, ...]

    @property
    def worse(self) -> tuple[Change, ...]:
        """The requirements that were satisfied and are not any more."""
        return tuple(one for one in self.requirements if one.worse)


def compared(before: Report, after: Report, asked: Iterable[Exchange] = (), then: Iterable[Exchange] = ()) -> Comparison:
    """Two reports, with the exchanges of both runs where speed is to be compared."""
    findings = [dict(_findings(report)) for report in (before, after)]
    return Comparison(
        results=(before["result"], after["result"]),
        differing={
            name: (str(one), str(other))
            for name, where in (_NAMES | _JUDGED_BY).items()
            if (one := _at(before, where)) != (other := _at(after, where))
        },
        requirements=tuple(_changes(_outcomes(before["requirements"], "id"), _outcomes(after["requirements"], "id"))),
        cases=tuple(_changes(_outcomes(before["verdicts"], "case"), _outcomes(after["verdicts"], "case"))),
        gone=tuple((key[0], text) for key, text in findings[0].items() if key not in findings[1]),
        fresh=tuple((key[0], text) for key, text in findings[1].items() if key not in findings[0]),
        exchanges=(before["evidence"]["exchanges"], after["evidence"]["exchanges"]),
        paces=tuple(_paces(asked, then)),
    )


def _at(report: Report, where: tuple[str, str]) -> object:
    return (report.get(where[0]) or {}).get(where[1])


def _outcomes(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, str]:
    return {str(row[key]): str(row["outcome"]) for row in rows}


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name, ""), after.get(name, "")
        if was != now:
            yield Change(name, was, now)


def _findings(report: Report) -> Iterator[tuple[tuple[str, str, str], Mapping[str, str]]]:
    for verdict in report["verdicts"]:
        for one in verdict["findings"]:
            yield (str(verdict["case"]), str(one["text"]["en"]), str(one.get("at", ""))), one["text"]


def _paces(asked: Iterable[Exchange], then: Iterable[Exchange]) -> Iterator[Pace]:
    """The operations that both runs asked, those whose pace changed most first."""
    before, after = _medians(asked), _medians(then)
    both = [Pace(name, before[name], after[name]) for name in before if after.get(name, before[name]) != before[name]]
    yield from sorted(both, key=lambda one: -abs(one.after - one.before))


def _medians(exchanges: Iterable[Exchange]) -> dict[str, float]:
    found: dict[str, list[int]] = {}
    for one in exchanges:
        if one.response is not None and not one.is_delivery:
            found.setdefault(one.request.operation, []).append(one.elapsed)
    return {name: median(times) for name, times in found.items()}
