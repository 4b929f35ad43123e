"""A page of the committee's on paper: PDF/A-2b, set of what the page says, so that both say the same.

The page is one of this suite's own (`_sheet`). It is read as blocks (headings, paragraphs, items of lists, tables, listings) of runs of text,
which reach the template as JSON. Its contents, which lead to places of the page, are made anew, with the numbers of pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

from conformance.formats._pdf import pdf
from conformance.load.catalogue import say

__all__ = ["blocks", "printed"]

_SKIPPED = frozenset({"head", "nav"})
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 4, "h6": 4}
_BLOCKS = frozenset({"p", "li", "pre", "blockquote", "section", "div", "ul", "ol", "hr", "dl", "dt", "dd"})
_VOID = frozenset({"br", "hr", "meta", "link", "img"})
_BOLD = frozenset({"b", "strong", "th"})
_NARROWEST, _WIDEST = 4, 40  # characters of a column, by which the widths are shared out


def printed(page: bytes, language: str, when: datetime) -> bytes:
    """The document of a page. Raises UsageError where typst or its font is not installed."""
    found = blocks(page.decode())
    title = next(("".join(run["text"] for run in one["runs"]) for one in found if one["kind"] == "heading"), "")
    data = {
        "title": title,
        "author": "Yance",
        "contents": say("spec.show.contents", language),
        "blocks": [one for one in found if one.get("level") != 1],
        "lang": "zh" if language == "zh-Hant" else "en",
        "region": "TW" if language == "zh-Hant" else "GB",
    }
    return pdf("sheet", data, when)


def blocks(page: str) -> list[dict[str, Any]]:
    """What a page says, as blocks in its order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.blocks


class _Reader(HTMLParser):
    """Reads the elements of a page as blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[dict[str, Any]] = []
        self._open: list[tuple[str, str]] = []  # elements, with their class
        self._lists: list[int] = []  # the number of the last item of each list that is open; below nought where they have none
        self._runs: list[dict[str, Any]] = []
        self._mark = ""
        self._table: list[list[dict[str, Any]]] | None = None
        self._heads = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag == "br":
            self._runs.append({"text": "", "break": True})
        if tag in _HEADINGS or tag in _BLOCKS or tag == "table":
            self._end()
        if tag in ("ul", "ol"):
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "li" and self._lists:
            self._lists[-1] += self._lists[-1] >= 0
            self._mark = f"{self._lists[-1]}." if self._lists[-1] > 0 else "•"
        elif tag == "table":
            self._table, self._heads = [], 0
        elif tag == "tr" and self._table is not None:
            self._table.append([])
            self._heads += any(name == "thead" for name, _ in self._open)
        elif tag in ("td", "th"):
            self._runs = []
        if tag not in _VOID:
            self._open.append((tag, dict(attrs).get("class") or ""))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in ("td", "th") and self._table:
            self._table[-1].append({"runs": _trimmed(self._runs)})
            self._runs = []
        elif tag == "table" and self._table is not None:
            self.blocks += [_laid_out(self._table, self._heads)] if self._table else []
            self._table = None
        elif tag in _HEADINGS or tag in _BLOCKS:
            self._end(tag)
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        place = next((place for place in reversed(range(len(self._open))) if self._open[place][0] == tag), None)
        if place is not None:
            del self._open[place:]

    def handle_data(self, data: str) -> None:
        """A text."""
        names = {name for name, _ in self._open}
        if names & _SKIPPED or "main" not in names:
            return
        listing = "pre" in names
        text = (
            data
            if listing
            else " ".join([*([""] if data[:1].isspace() else []), *data.split(), *([""] if data[-1:].isspace() else [])])
        )
        if text:
            quiet = any("quiet" in kind or kind == "count" for _, kind in self._open)
            self._runs.append({"text": text, "bold": bool(names & _BOLD), "code": bool(names & {"code", "pre"}), "quiet": quiet})

    def _end(self, tag: str = "") -> None:
        """What has been read since is a block; within a cell of a table, a line."""
        if self._table is not None:
            self._runs += [{"text": "", "break": True}] if _trimmed(self._runs) else []
            return
        runs, self._runs = _trimmed(self._runs), []
        if not runs:
            return
        if tag in _HEADINGS:
            self.blocks.append({"kind": "heading", "level": _HEADINGS[tag], "runs": runs})
        elif any(name == "pre" for name, _ in self._open):
            self.blocks.append({"kind": "listing", "lines": "".join(run["text"] for run in runs).rstrip().split("\n")})
        else:
            self.blocks.append({"kind": "text", "depth": len(self._lists), "mark": self._mark, "runs": runs})
        self._mark = ""


def _trimmed(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs without what is empty at their beginning and end."""
    empty = [not run["text"].strip() for run in runs]
    if all(empty):
        return []
    return runs[empty.index(False) : len(runs) - empty[::-1].index(False)]


def _laid_out(rows: list[list[dict[str, Any]]], heads: int) -> dict[str, Any]:
    """A table: every row as long as the longest, and how wide each column is to be for what stands in it."""
    count = max(map(len, rows))
    full: list[list[Mapping[str, Any]]] = [[*row, *({"runs": []} for _ in range(count - len(row)))] for row in rows]
    widths = []
    for place in range(count):
        sizes = [sum(len(run["text"].encode()) ** 0.9 for run in row[place]["runs"]) for row in full]
        widths.append(min(max(_NARROWEST, sum(sizes) / len(sizes), max(sizes) ** 0.5), _WIDEST))
    return {"kind": "table", "widths": widths, "head": full[:heads], "rows": full[heads:]}
