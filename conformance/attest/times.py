"""Times in signed documents: RFC 3339, in UTC, ending in Z; and whose word about a time is believed beside the signer's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["NO_AUTHORITIES", "SLACK", "Authorities", "instant"]

SLACK = timedelta(minutes=10)  # by which two clocks may differ

_FORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")


@dataclass(frozen=True)
class Authorities:
    """Time-stamp authorities that are believed, by certificate, and the predicate types that count only with a time-stamp of theirs."""

    certificates: tuple[Certificate, ...] = ()
    demanded: frozenset[str] = frozenset()


NO_AUTHORITIES = Authorities()


def instant(text: Any) -> datetime | None:
    """The instant that `text` names; None unless it is a real time, written the one way that is allowed."""
    if not isinstance(text, str) or not _FORM.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
