"""The report itself, laid out for reading: two spaces, members in the report's order, UTF-8."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["FILE", "NAME", "SUFFIX", "render"]

NAME, SUFFIX, FILE = "json", "json", "report.pretty.json"


def render(report: Mapping[str, Any], language: str) -> bytes:  # noqa: ARG001 - a report holds every language
    """The report as JSON. Half a character, which UTF-8 cannot hold, is written as JSON's own escape."""
    text = json.dumps(report, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8", "backslashreplace")
