"""The specification as the page shows it: the clauses of the interface document, its operations, and sources as links to both.

A requirement names its source in words (`RFC 9110, ETag; interface document, Filters`). Here the words lead somewhere: to the clause, which the
page holds, and to the RFC at its editor's. A document without headings, or a page that is made without one, has words and no links.

Descriptions are CommonMark, which the document's author wrote: whatever in it is HTML is shown as text, pictures are left out, and links that a
browser would run are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

from conformance.load.catalogue import source_text
from conformance.model import Operation, Spec, Text
from conformance.text.shown import visible

__all__ = ["Clause", "Described", "Link", "clauses", "described", "linked"]

_ZH = "x-description-zh-Hant"
_HEADING = re.compile(r"^## +(?P<title>.+?) *#*$", re.MULTILINE)
_NUMBERED = re.compile(r"(?P<number>[0-9]+)[.)]? +(?P<title>.+)")
_RFC = r"RFC ?(?P<rfc>[0-9]{1,5})(?P<section>,? section (?P<at>[0-9]+(?:\.[0-9]+)*))?"
_OURS = re.compile("interface document", re.IGNORECASE)
_BY_NUMBER = re.compile(r"section (?P<number>[0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """One section of the interface document, in both languages. `anchor` is its id in the page."""

    anchor: str
    number: str
    title: Text
    body: Mapping[str, Markup]


@dataclass(frozen=True)
class Described:
    """One operation as its document describes it."""

    operation: Operation
    summary: Text
    body: Mapping[str, Markup]
    parameters: Sequence[tuple[str, str, bool, Mapping[str, Markup]]]
    answers: Sequence[str]


@dataclass(frozen=True)
class Link:
    """A piece of a source; `href` is empty where it leads nowhere."""

    text: str
    href: str = ""


def clauses(spec: Spec | None) -> list[Clause]:
    """The sections of the interface document; none without one. Where the other language has not as many, it shows this one's."""
    info = (spec.document.get("info") or {}) if spec else {}
    text = info.get("description")
    if not isinstance(text, str):
        return []
    sections = _sections(text)
    other = _sections(str(info.get(_ZH) or ""))
    paired = other if len(other) == len(sections) else sections
    return [
        Clause(
            f"clause-{at}",
            number,
            {"en": title, "zh-Hant": zh_title},
            {"en": _rendered(body), "zh-Hant": _rendered(zh_body)},
        )
        for at, ((number, title, body), (_, zh_title, zh_body)) in enumerate(zip(sections, paired, strict=True), 1)
    ]


def described(spec: Spec | None, name: str) -> Described | None:
    """An operation of the interface document; None where there is no such."""
    operation = spec.operations.get(name) if spec else None
    if operation is None:
        return None
    raw = operation.raw
    summary = str(raw.get("summary") or "")
    return Described(
        operation,
        {"en": summary, "zh-Hant": str(raw.get("x-summary-zh-Hant") or summary)},
        _both(raw),
        [(one.name, one.location, one.required, _both(one.raw)) for one in operation.parameters],
        list(operation.responses),
    )


def linked(source: str, found: Sequence[Clause], language: str = "en") -> list[Link]:
    """A source as pieces in a language, of which those that name an RFC or a clause of the interface document lead there."""
    pieces: list[Link] = []
    for at, part in enumerate(source.split("; ")):
        pieces += [Link("; " if language == "en" else "；")] if at else []
        pieces += _pieces(source_text(part, language), found if _OURS.search(part) else (), language)
    return pieces


def _pieces(part: str, ours: Sequence[Clause], language: str) -> Iterator[Link]:
    titles = sorted({one.title[language] for one in ours}, key=lambda title: -len(title))
    named = "|".join(re.escape(title) for title in titles)
    pattern = re.compile(f"{_RFC}|(?P<clause>{named})" if named else _RFC)
    matches = list(pattern.finditer(part))
    if ours and not any(match["rfc"] is None for match in matches) and (by_number := _BY_NUMBER.search(part)):
        yield from _numbered(part, by_number, ours)
        return
    last = 0
    for match in matches:
        yield from [Link(part[last : match.start()])] if match.start() > last else []
        yield Link(match[0], _href(match, ours, language))
        last = match.end()
    yield from [Link(part[last:])] if last < len(part) else []


def _href(match: re.Match[str], ours: Sequence[Clause], language: str) -> str:
    if match["rfc"] is None:
        return next(f"#{one.anchor}" for one in ours if one.title[language] == match["clause"])
    section = f"#section-{match['at']}" if match["at"] else ""
    return f"https://www.rfc-editor.org/rfc/rfc{match['rfc']}{section}"


def _numbered(part: str, match: re.Match[str], ours: Sequence[Clause]) -> Iterator[Link]:
    """A part that names a clause by its number alone."""
    anchor = next((f"#{one.anchor}" for one in ours if one.number == match["number"]), "")
    yield Link(part[: match.start()])
    yield Link(match[0], anchor)
    yield from [Link(part[match.end() :])] if match.end() < len(part) else []


def _sections(text: str) -> list[tuple[str, str, str]]:
    """Number, title and text of each section; what stands before the first heading has no title of its own and is left out."""
    headings = list(_HEADING.finditer(text))
    ends = [one.start() for one in headings[1:]] + [len(text)]
    found = []
    for heading, end in zip(headings, ends, strict=False):
        numbered = _NUMBERED.fullmatch(heading["title"])
        number, title = (numbered["number"], numbered["title"]) if numbered else ("", heading["title"])
        found.append((number, title, text[heading.end() : end].strip()))
    return found


def _both(raw: Mapping[str, Any]) -> Mapping[str, Markup]:
    text = str(raw.get("description") or "")
    return {"en": _rendered(text), "zh-Hant": _rendered(str(raw.get(_ZH) or text))}


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["image", "heading", "lheading"])


@cache
def _rendered(text: str) -> Markup:
    """CommonMark as HTML. Headings below those that divide the document stay as they are written: the page has levels of its own."""
    written: str = _markdown().render(visible(text)).strip()
    return Markup(written)  # noqa: S704 - the renderer escaped it
