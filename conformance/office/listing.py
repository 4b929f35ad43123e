"""Which certificates are asked for, and the programme's figures. Pure functions of a state.

The rule of the figures: a solution counts in a county on a date if a certificate of it that is valid on that date names the county. Several
certificates of one solution count once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from conformance.office.events import Answer, Entry, State, Status, moment
from conformance.office.terms import COUNTIES

__all__ = ["TARGETS", "Query", "Stats", "challenge_rows", "matching", "stats"]

TARGETS: Mapping[str, int] = {"counties": 19, "sites": 9, "domains": 3}  # of the programme


@dataclass(frozen=True)
class Query:
    """Which certificates are asked for; what is empty asks for nothing. `text` is looked for in number, holder and solution."""

    text: str = ""
    domain: str = ""
    profile: str = ""
    holder: str = ""
    county: str = ""
    status: str = ""


@dataclass(frozen=True)
class Stats:
    """The programme's figures on a date. `counties` has all 22, each with how many solutions are valid there, in all and by domain."""

    on: datetime
    by_status: Mapping[str, int]
    solutions: int
    holders: int
    domains: Mapping[str, int]
    counties: Mapping[str, int]
    counties_by_domain: Mapping[str, Mapping[str, int]]
    sites: int
    targets: Mapping[str, int] = field(default_factory=lambda: TARGETS)
    challenges: Mapping[str, int] = field(default_factory=dict)  # by what became of them; abandoned ones count, too

    @property
    def reached(self) -> dict[str, int]:
        """The figures that have a target."""
        return {"counties": sum(count > 0 for count in self.counties.values()), "sites": self.sites, "domains": len(self.domains)}


def matching(state: State, query: Query, on: datetime) -> tuple[Entry, ...]:
    """The certificates that a query asks for, latest first."""
    wanted = query.text.casefold()
    return tuple(entry for entry in reversed(tuple(state.certificates.values())) if _matches(entry, query, wanted, on))


def _matches(entry: Entry, query: Query, wanted: str, on: datetime) -> bool:
    said = entry.document
    return (
        (not query.domain or said["domain"] == query.domain)
        and (not query.profile or said["profile"]["id"] == query.profile)
        and (not query.holder or said["holder"] == query.holder)
        and (not query.county or query.county in said["counties"])
        and (not query.status or entry.status(on) == query.status)
        and (not wanted or wanted in f"{entry.certificate} {said['holder']} {said['solution']['id']}".casefold())
    )


def stats(state: State, on: datetime) -> Stats:
    """The figures on a date, by the events until then that the state was folded from."""
    by_status = {str(status): 0 for status in Status}
    solutions: set[tuple[str, str]] = set()
    holders: set[str] = set()
    sites: set[tuple[str, str]] = set()
    domains: dict[str, set[Any]] = {}
    places: dict[tuple[str, str], set[Any]] = {}
    for entry in state.certificates.values():
        status, said = entry.status(on), entry.document
        by_status[status] += 1
        if status is not Status.VALID:
            continue
        solution = (said["holder"], said["solution"]["id"])
        solutions.add(solution)
        holders.add(said["holder"])
        domains.setdefault(said["domain"], set()).add(solution)
        sites |= {(site["county"], site["name"]) for site in said["sites"]}
        for county in said["counties"]:
            places.setdefault((said["domain"], county), set()).add(solution)
    by_domain = {name: {county: len(places.get((name, county), ())) for county in COUNTIES} for name in sorted(domains)}
    counties = {county: len(set().union(*(places.get((name, county), set()) for name in domains))) for county in COUNTIES}
    return Stats(
        on,
        by_status,
        len(solutions),
        len(holders),
        {name: len(domains[name]) for name in sorted(domains)},
        counties,
        by_domain,
        len(sites),
        challenges=_challenges(state, on),
    )


def _challenges(state: State, on: datetime) -> dict[str, int]:
    found = {str(answer): 0 for answer in Answer}
    for one in state.challenges.values():
        found[one.status(on)] += 1
    return found


def challenge_rows(state: State, on: datetime) -> list[dict[str, Any]]:
    """All challenges as anybody may see them, latest first: for what, until when, and what became of each."""
    return [
        {
            **one.said,
            "status": str(one.status(on)),
            "openedOn": moment(one.event.at),
            **({"closedOn": moment(one.closed.at), **one.closed.draft.entry} if one.closed else {}),
        }
        for one in reversed(tuple(state.challenges.values()))
    ]
