"""Times in signed documents: RFC 3339, in UTC, ending in Z."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

__all__ = ["SLACK", "instant"]

SLACK = timedelta(minutes=10)  # by which two clocks may differ

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


def instant(text: Any) -> datetime | None:
    """The instant that `text` names; None unless it is a real time, written the one way that is allowed."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
