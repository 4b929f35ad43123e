"""The registry's public site: static files in two languages, made of what was exported and of nothing else.

    index.html                        the programme's figures, the map of the counties, how they grew, what changed last
    certificates/NUMBER.html          a certificate: what it says, what became of it, what is waived, how to verify it
    certificates/index.html …         all of them, latest first, and a search
    by-WHAT/WHICH.html …              those of a domain, profile, county, status or holder
    journeys/NAME.html · index.html   joint reports: which services, on which certificates, and what each is worth now
    challenges.html                   the challenges that the office opened, those that nobody answered among them
    badges/NUMBER.svg                 what the certificate is worth now, to be shown elsewhere
    certificates.csv · journeys.csv · changes.atom   the same for programs

English lies below `en/`. Everything but the search works without a script. A site speaks of one moment; it is made anew when the registry
changes, and at least daily, since certificates also end by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from conformance.formats import _web as web
from conformance.load.catalogue import LANGUAGES, say
from conformance.office.events import Entry, Event, State, Status, moment
from conformance.office.growth import growth
from conformance.office.listing import challenge_rows, report_rows, stats
from conformance.office.sheets import reports_sheet, sheet
from conformance.office.terms import COUNTIES
from conformance.text import strictjson

__all__ = ["site"]

FIRST = "zh-Hant"  # the language at the root
BESIDE = {FIRST: "", "en": "en/"}
ON_A_PAGE = 200
LATEST = 12
TILES: Mapping[str, tuple[int, int]] = {  # column and row of each county in the map of tiles, as they lie
    "LIE": (0, 0), "KEE": (5, 0),
    "TAO": (3, 1), "TPE": (4, 1), "NWT": (5, 1),
    "KIN": (0, 2), "HSZ": (2, 2), "HSQ": (3, 2), "ILA": (5, 2),
    "MIA": (2, 3), "TXG": (3, 3),
    "CHA": (2, 4), "NAN": (3, 4), "HUA": (4, 4),
    "PEN": (0, 5), "YUN": (2, 5), "CYQ": (3, 5),
    "CYI": (2, 6), "TNN": (1, 6), "TTT": (4, 6),
    "KHH": (2, 7), "PIF": (3, 7),
}  # fmt: skip
GROUPS = ("domain", "profile", "county", "status", "holder")


@dataclass(frozen=True)
class Row:
    """A certificate as lists show it."""

    number: str
    status: str
    holder: str
    solution: str
    version: str
    domain: str
    profile: str
    counties: tuple[str, ...]
    start: str
    end: str
    changed: str

    def within(self, group: str) -> tuple[str, ...]:
        """Under which names of a group it is listed."""
        return self.counties if group == "county" else (getattr(self, group),)


def site(state: State, now: datetime) -> Iterator[tuple[str, bytes]]:
    """The files of the site by their names, from what a registry's public log comes to."""
    rows = [_row(entry, now) for entry in reversed(tuple(state.certificates.values()))]
    yield "site.css", web.asset("site.css")
    yield "site.js", web.asset("site.js")
    yield "search-data.js", _search_data(rows)
    yield "certificates.csv", _table(rows)
    reports = report_rows(state, now)
    yield "journeys.csv", reports_sheet(reports)
    events = _events(state)
    for row in rows:
        yield f"badges/{row.number}.svg", _badge(row)
    for language in LANGUAGES:
        yield from _pages(_Language(language, state, rows, events, now, reports))


def _row(entry: Entry, now: datetime) -> Row:
    said, last = entry.document, (entry.issued, *entry.changes)[-1]
    return Row(
        entry.certificate,
        str(entry.status(now)),
        said["holder"],
        said["solution"]["id"],
        said["solution"]["version"],
        said["domain"],
        said["profile"]["id"],
        tuple(said["counties"]),
        said["notBefore"][:10],
        said["notAfter"][:10],
        moment(last.at),
    )


def _events(state: State) -> list[Event]:
    """The public events of certificates and joint reports, in order."""
    found = [event for one in state.certificates.values() for event in (one.issued, *one.changes)]
    found += [event for report in state.reports.values() for event in (report.joined, *report.changes)]
    return sorted(found, key=lambda one: one.seq)


# ------------------------------------------------------------------------------------------ pages in one language


@dataclass(frozen=True)
class _Language:
    """What every page in a language is made of."""

    name: str
    state: State
    rows: Sequence[Row]
    events: Sequence[Event]
    now: datetime
    reports: Sequence[Mapping[str, Any]]

    def page(self, template: str, path: str, title: str, **context: Any) -> tuple[str, bytes]:
        """A page at a path below the language's folder, with the ways from it to the root and to the other language."""
        beside = BESIDE[self.name]
        home = "../" * path.count("/")
        root = home + "../" * beside.count("/")
        other = next(language for language in LANGUAGES if language != self.name)
        frame = {
            "title": title,
            "root": root,
            "home": home,
            "other": other,
            "other_page": root + BESIDE[other] + path,
            "made": moment(self.now),
            "uri": self.state.opened.get("uri", ""),
        }
        return beside + path, web.filled(template, self.name, **frame, **context)

    def line(self, row: Row) -> Any:
        """A certificate as a line of any list: all of them lie one folder below the language's."""
        places = [self.label("county", code) for code in row.counties]
        return web.part("row.html", self.name, row=row, status=self.label("status", row.status), places=places)

    def say(self, key: str, **values: object) -> str:
        """A text of the catalogue."""
        return say(key, self.name, **values)

    def label(self, group: str, name: str) -> str:
        """The name of a county or status in this language; any other name as it is."""
        if group == "county":
            return COUNTIES[name][self.name]
        return self.say(f"registry.status.{name}") if group == "status" else name


def _pages(one: _Language) -> Iterator[tuple[str, bytes]]:
    groups = {group: _grouped(one.rows, group) for group in GROUPS}
    lines = {row.number: one.line(row) for row in one.rows}  # each is in half a dozen lists
    yield _home(one, groups)
    yield from _lists(one, "certificates/index.html", one.say("site.all"), one.rows, lines, search=True)
    for group, members in groups.items():
        for name, rows in members.items():
            title = one.say("site.of", what=one.say(f"site.group.{group}"), which=one.label(group, name))
            yield from _lists(one, _address(group, name), title, rows, lines)
    resting = _resting(one)
    for entry in one.state.certificates.values():
        yield _certificate(one, entry, resting.get(entry.certificate, []))
    yield from _reports(one)
    yield one.page("verify.html", "verify.html", one.say("site.verify"))
    told = [(row, one.say(f"challenge.status.{row['status']}")) for row in challenge_rows(one.state, one.now)]
    challenges = [{"result": "", "level": "", "reason": "", **row, "state": state} for row, state in told]
    yield one.page("challenges.html", "challenges.html", one.say("site.challenges"), rows=challenges)
    yield BESIDE[one.name] + "changes.atom", _feed(one)


def _grouped(rows: Iterable[Row], group: str) -> dict[str, list[Row]]:
    """The rows by what they are listed under; all counties, whether there is one or not."""
    found: dict[str, list[Row]] = {code: [] for code in COUNTIES} if group == "county" else {}
    for row in rows:
        for name in row.within(group):
            found.setdefault(name, []).append(row)
    return found if group == "county" else dict(sorted(found.items()))


def _address(group: str, name: str) -> str:
    """The page of a name; a holder's, which may be any text, by its digest."""
    file = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:16] if group == "holder" else name
    return f"by-{group}/{file}.html"


def _home(one: _Language, groups: Mapping[str, Mapping[str, Sequence[Row]]]) -> tuple[str, bytes]:
    found = stats(one.state, one.now)
    goals = [
        {
            "what": one.say(f"registry.target.{name}"),
            "reached": found.reached[name],
            "target": target,
            "share": _share(found.reached[name], target),
        }
        for name, target in found.targets.items()
    ]
    tiles = [
        {
            "code": code,
            "name": COUNTIES[code][one.name],
            "count": count,
            "column": TILES[code][0] + 1,
            "row": TILES[code][1] + 1,
            "href": _address("county", code),
        }
        for code, count in found.counties.items()
    ]
    shelves = [
        {
            "name": one.say(f"site.group.{group}"),
            "entries": [
                {"label": one.label(group, name), "count": len(rows), "href": _address(group, name)}
                for name, rows in groups[group].items()
            ],
        }
        for group in ("domain", "profile", "status", "holder")
    ]
    changes = [_change(one, event) for event in reversed(one.events[-LATEST:])]
    return one.page(
        "home.html",
        "index.html",
        one.say("site.title"),
        found=found,
        goals=goals,
        tiles=tiles,
        shelves=shelves,
        changes=changes,
        plot=growth(one.events, one.now),
    )


def _share(reached: int, target: int) -> int:
    """How much of a target is reached, in percent."""
    return min(100, round(100 * reached / target)) if target else 100


def _lists(
    one: _Language, address: str, title: str, rows: Sequence[Row], lines: Mapping[str, Any], *, search: bool = False
) -> Iterator[tuple[str, bytes]]:
    """A list, in as many pages as it takes."""
    pages = [rows[at : at + ON_A_PAGE] for at in range(0, len(rows), ON_A_PAGE)] or [[]]
    names = [address, *(f"{address.removesuffix('.html')}-{number}.html" for number in range(2, len(pages) + 1))]
    for number, (name, shown) in enumerate(zip(names, pages, strict=True), 1):
        context = {
            "rows": [lines[row.number] for row in shown],
            "count": len(rows),
            "number": number,
            "pages": names,
            "search": search and number == 1,
            "labels": _labels(one),
        }
        yield one.page("list.html", name, title, **context)


def _labels(one: _Language) -> str:
    """The names of counties and statuses, for the search, as JSON."""
    names = [("county", name) for name in COUNTIES] + [("status", str(name)) for name in Status]
    return strictjson.dense([[f"{group}.{name}", one.label(group, name)] for group, name in names]).decode()


def _resting(one: _Language) -> dict[str, list[dict[str, Any]]]:
    """The joint reports that rest on each certificate, as its page shows them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for shown in map(partial(_shown, one), one.reports):
        for number in dict.fromkeys(shown["numbers"]):
            found.setdefault(number, []).append(shown)
    return found


def _certificate(one: _Language, entry: Entry, reports: Sequence[Mapping[str, Any]]) -> tuple[str, bytes]:
    said = entry.document
    status = str(entry.status(one.now))
    counties = [{"name": one.label("county", code), "href": _address("county", code)} for code in said["counties"]]
    return one.page(
        "certificate.html",
        f"certificates/{entry.certificate}.html",
        entry.certificate,
        entry=entry,
        said=said,
        status=status,
        status_text=one.label("status", status),
        level=one.say(f"site.level.{said['level']}"),
        counties=counties,
        sites=[{"county": one.label("county", site["county"]), "name": site["name"]} for site in said["sites"]],
        history=[_change(one, event) for event in (entry.issued, *entry.changes)],
        holder_page=_address("holder", said["holder"]),
        digest=entry.payload.removeprefix("sha256:"),
        reports=reports,
    )


def _reports(one: _Language) -> Iterator[tuple[str, bytes]]:
    """The joint reports: a list of them, and a page for each."""
    shown = [_shown(one, report) for report in one.reports]
    yield one.page("journeys.html", "journeys/index.html", one.say("site.journeys"), rows=shown)
    for report in shown:
        entry = one.state.reports[report["report"]]
        history = [_change(one, event) for event in (entry.joined, *entry.changes)]
        digest = entry.payload.removeprefix("sha256:")
        title, path = one.say("site.journey"), f"journeys/{entry.name}.html"
        yield one.page("journey.html", path, title, said=report, history=history, digest=digest)


def _shown(one: _Language, report: Mapping[str, Any]) -> dict[str, Any]:
    """A joint report as pages in a language show it."""
    rests = [{**said, "status_text": one.label("status", said["status"])} for said in report["certificates"]]
    return {
        **report,
        "status_text": one.label("status", report["status"]),
        "services": [journey["title"][one.name] for journey in report["journeys"]],
        "rests": rests,
        "numbers": [said["certificateId"] for said in rests],
    }


def _change(one: _Language, event: Event) -> dict[str, str]:
    name, said = event.draft.certificate, event.draft.entry
    if (report := one.state.reports.get(name)) is not None:
        rests = report.document["certificates"]
        what = {"page": f"journeys/{name}.html", "holder": ", ".join(rest["holder"] for rest in rests)}
        what["solution"] = ", ".join(journey["title"][one.name] for journey in report.document["journeys"])
    else:
        document = one.state.certificates[name].document
        what = {"page": f"certificates/{name}.html", "holder": document["holder"], "solution": document["solution"]["id"]}
    return {
        **what,
        "number": name,
        "on": moment(event.at),
        "event": one.say(f"registry.event.{event.kind}"),
        "kind": event.kind,
        "reason": str(said.get("reason", "")),
    }


# ------------------------------------------------------------------------------------------ for programs


def _search_data(rows: Iterable[Row]) -> bytes:
    """All certificates for the search, as a script that sets one variable: a page opened from a disk may fetch nothing, and may load that."""
    listed = [
        [r.number, r.status, r.holder, r.solution, r.version, r.domain, r.profile, list(r.counties), r.start, r.end] for r in rows
    ]
    text = strictjson.dense(listed).replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return b"const CERTIFICATES = " + text + b";\n"


def _table(rows: Iterable[Row]) -> bytes:
    """The certificates as CSV."""
    names = ("certificate", "status", "holder", "solution", "version", "domain", "profile", "counties", "notBefore", "notAfter")
    return sheet(
        (*names, "changed"),
        (
            (
                r.number,
                r.status,
                r.holder,
                r.solution,
                r.version,
                r.domain,
                r.profile,
                " ".join(r.counties),
                r.start,
                r.end,
                r.changed,
            )
            for r in rows
        ),
    )


def _badge(row: Row) -> bytes:
    return web.filled("badge.svg", "en", number=row.number, status=row.status, text=f"{row.domain} {row.profile}")


def _feed(one: _Language) -> bytes:
    changes = [_change(one, event) for event in reversed(one.events[-100:])]
    updated = changes[0]["on"] if changes else moment(one.now)
    uri = one.state.opened.get("uri", "")
    return web.filled("changes.atom", one.name, changes=changes, updated=updated, uri=uri, folder=BESIDE[one.name])
