"""Tables as CSV (RFC 4180) that people open in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["sheet"]


def sheet(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table, with a mark by which spreadsheets know that it is UTF-8. No cell is one that they take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
