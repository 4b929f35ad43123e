"""Tables as CSV (RFC 4180) that people open in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["reports_sheet", "sheet"]


def sheet(names: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A table, with a mark by which spreadsheets know that it is UTF-8. No cell is one that they take for a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def reports_sheet(reports: Iterable[Mapping[str, Any]]) -> bytes:
    """The joint reports as CSV: a row for each certificate that one rests on."""
    names = (
        "report",
        "status",
        "services",
        "joined",
        "domain",
        "certificate",
        "holder",
        "solution",
        "version",
        "certificateStatus",
    )
    return sheet(
        names,
        (
            (
                *(one["report"], one["status"], " ".join(each["id"] for each in one["journeys"]), one["joinedOn"]),
                *(said["domain"], said["certificateId"], said["holder"], *said["solution"].values(), said["status"]),
            )
            for one in reports
            for said in one["certificates"]
        ),
    )


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
