"""Where in the vendor's repository a case may be mended: a file and a line of its settings, as the report names them.

The source of a solution is not known here, so what fails points at the target that failed; what stayed open points at the part of the
settings that would settle it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["place"]

_FILE = "yance.toml"  # where the settings would stand, had there been any
_PARTS: Mapping[str, str] = {  # by reason: the part of the settings that speaks of it
    "no-sandbox": "/target/sandbox",
    "no-actor": "/actors",
    "credentials": "/actors",
    "credentials-here": "/actors",
    "never-succeeded": "/actors",
    "no-receiver": "/receiver",
    "no-witness": "/seed",
    "unexercised": "/seed",
    "unsent": "/seed",
    "unmet": "/seed",
    "unmet-said": "/seed",
    "budget": "/limits",
    "vain-cut": "/limits",
    "unsupported": "/ics",
}


def place(report: Mapping[str, Any], verdict: Mapping[str, Any]) -> tuple[str, int]:
    """The file, and a line of it from 1."""
    written = report["target"].get("settings", {"file": _FILE, "lines": {}})
    lines = written["lines"]
    part = _PARTS.get(verdict.get("reason", {}).get("key", ""), "/target/url")
    return written["file"], next((lines[one] for one in (part, "/target/url", "/target") if one in lines), 1)
