"""The certificate on one page of paper, in one language: PDF/A-2b, for a file or a wall. What it is worth now, only its registry can tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from conformance.formats._pdf import page_count, pdf
from conformance.formats._text import shortened
from conformance.load.catalogue import say
from conformance.office.events import Entry, moment
from conformance.office.terms import COUNTIES

__all__ = ["certificate_page"]

_SIZES = (10.5, 9.5, 8.5, 7.5)  # of its letters, in points: the largest with which it is one page
_MOST_SITES, _MOST_WAIVERS, _LONGEST, _REASON = 12, 6, 120, 160


def certificate_page(entry: Entry, opened: Mapping[str, Any], language: str, now: datetime) -> bytes:
    """The page of a certificate of the registry that was `opened` so. Raises UsageError where typst or its font is not installed."""
    said, solution = entry.document, entry.document["solution"]

    def text(key: str, **values: object) -> str:
        return say(key, language, **values)

    status, between = str(entry.status(now)), "、" if language == "zh-Hant" else ", "
    applicable = sum(said["mandatory"].values()) - said["mandatory"]["not_applicable"]
    sites = [f"{COUNTIES[one['county']][language]} {one['name']}" for one in said["sites"]]
    facts = [
        (text("site.group.holder"), said["holder"]),
        (text("site.solution"), f"{solution['id']} {solution['version']}"),
        (text("site.tested"), f"{said['domain']} · {said['profile']['id']}"),
        (text("site.counts"), text("site.passed", passed=said["mandatory"]["pass"], all=applicable)),
        (text("site.group.county"), between.join(COUNTIES[code][language] for code in said["counties"])),
        *([(text("registry.target.sites"), between.join(_first(sites, _MOST_SITES)))] if sites else []),
        (text("site.validity"), f"{said['notBefore'][:10]} – {said['notAfter'][:10]}"),
        (text("paper.issued"), said["issuedOn"]),
        *([(text("site.supersedes"), said["supersedes"])] if said["supersedes"] else []),
    ]
    waivers = [
        {
            "requirements": ", ".join(_first(one["requirements"], _MOST_SITES)),
            "reason": shortened(one["reason"], _REASON),
            "end": text("site.waived-until", end=one["notAfter"][:10]),
        }
        for one in said["waivers"]
    ]
    data = {
        "title": f"{text('site.certificate')} {entry.certificate}",
        "author": text("site.name"),
        "heading": text("paper.heading"),
        "number": entry.certificate,
        "standing": status,
        "status": text("paper.status", status=text(f"registry.status.{status}"), on=moment(now)[:10]),
        "lead": text("paper.lead"),
        "facts": [(label, shortened(value, 3 * _LONGEST)) for label, value in facts],
        "waivers_title": text("site.waivers"),
        "waivers": waivers[:_MOST_WAIVERS],
        "no_waivers": text("site.no-waivers"),
        "notes": [
            *([text("paper.more-waivers", count=len(waivers) - _MOST_WAIVERS)] if len(waivers) > _MOST_WAIVERS else []),
            text("paper.status-note", uri=f"{opened['uri']}/certificates/{entry.certificate}.html"),
            f"yance verify {entry.certificate}.sigstore.json --trust trust.json --registry public --require certified",
        ],
        "digests": [
            (text("site.digest"), entry.payload.removeprefix("sha256:")),
            (text("site.run"), said["inputAttestations"][0]["digest"]["sha256"]),
        ],
        "lang": "zh" if language == "zh-Hant" else "en",
        "region": "TW" if language == "zh-Hant" else "GB",
    }
    for size in _SIZES:
        made = pdf("certificate", {**data, "size": size}, now)
        if page_count(made) == 1:
            break
    return made


def _first(names: list[str], most: int) -> list[str]:
    """The first of some names, and how many more there are."""
    return [*names[:most], *([f"(+{len(names) - most})"] if len(names) > most else [])]
