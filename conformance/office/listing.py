"""Which certificates are asked for, and the programme's figures. Pure functions of a state.

The rule of the figures: a solution counts in a county on a date if a certificate of it that is valid on that date names the county. Several
certificates of one solution count once. A service counts on a date if a joint report on it is valid on that date, which it is while all
certificates are that it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from conformance.office.events import Answer, Entry, State, Status, moment
from conformance.office.terms import COUNTIES

__all__ = ["TARGETS", "Query", "Stats", "challenge_rows", "figures", "matching", "report_rows", "stats"]

TARGETS: Mapping[str, int] = {"counties": 19, "sites": 9, "domains": 3, "services": 3}  # of the programme


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
    services: Mapping[str, int] = field(default_factory=dict)  # by journey: how many joint reports on it are valid

    @property
    def reached(self) -> dict[str, int]:
        """The figures that have a target."""
        counties = sum(count > 0 for count in self.counties.values())
        return {"counties": counties, "sites": self.sites, "domains": len(self.domains), "services": len(self.services)}


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
    by_status = dict.fromkeys(Status, 0)
    sites: set[tuple[str, str]] = set()
    reached: dict[str, dict[tuple[str, str], set[str]]] = {}  # by domain: the counties of each solution
    for entry in state.certificates.values():
        status, said = entry.status(on), entry.document
        by_status[status] += 1
        if status is not Status.VALID:
            continue
        solution, there = (said["holder"], said["solution"]["id"]), reached.setdefault(said["domain"], {})
        if (counties := there.get(solution)) is None:
            there[solution] = set(said["counties"])
        else:
            counties.update(said["counties"])
        for site in said["sites"]:
            sites.add((site["county"], site["name"]))
    domains = sorted(reached)
    everywhere: dict[tuple[str, str], set[str]] = {}
    for name in domains:
        for solution, codes in reached[name].items():
            everywhere[solution] = everywhere[solution] | codes if solution in everywhere else codes
    return Stats(
        on,
        {str(status): count for status, count in by_status.items()},
        len(everywhere),
        len({holder for holder, _ in everywhere}),
        {name: len(reached[name]) for name in domains},
        _by_county(everywhere.values()),
        {name: _by_county(reached[name].values()) for name in domains},
        len(sites),
        challenges=_challenges(state, on),
        services=_services(state, on),
    )


def figures(found: Stats) -> dict[str, Any]:
    """The programme's figures as JSON has them."""
    return {**asdict(found), "on": moment(found.on), "reached": found.reached}


def _challenges(state: State, on: datetime) -> dict[str, int]:
    found = {str(answer): 0 for answer in Answer}
    for one in state.challenges.values():
        found[one.status(on)] += 1
    return found


def _services(state: State, on: datetime) -> dict[str, int]:
    valid = (one for one in state.reports.values() if one.status(state.certificates, on) is Status.VALID)
    counted = Counter(journey["id"] for one in valid for journey in one.document["journeys"])
    return dict(sorted(counted.items()))


def report_rows(state: State, on: datetime) -> list[dict[str, Any]]:
    """All joint reports as anybody may see them, latest first: which journeys, on which certificates, and what each is worth."""
    return [
        {
            "status": str(one.status(state.certificates, on)),
            "joinedOn": moment(one.joined.at),
            **one.document,
            "certificates": [
                {**said, "status": str(state.certificates[said["certificateId"]].status(on))}
                for said in one.document["certificates"]
            ],
            "history": [
                {"on": moment(event.at), "event": event.kind, "reason": event.draft.entry.get("reason", "")}
                for event in (one.joined, *one.changes)
            ],
        }
        for one in reversed(tuple(state.reports.values()))
    ]


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


def _by_county(places: Iterable[set[str]]) -> dict[str, int]:
    """How many solutions there are in each of the 22 counties."""
    counted = Counter(code for codes in places for code in codes)
    return {code: counted[code] for code in COUNTIES}
