"""What a vendor may get wrong, thought up from the documents alone: each fault is one way in which a server is bent.

A fault names the requirements under which it should show. `FAULTS` has all of them by name.
"""

from __future__ import annotations

from tests.second_health.faults import amending, consenting, creating, listing, measuring, reading, repeating, tagging, working
from tests.second_health.faults.bending import FAULTS, Fault

__all__ = [
    "FAULTS",
    "Fault",
    "amending",
    "consenting",
    "creating",
    "listing",
    "measuring",
    "reading",
    "repeating",
    "tagging",
    "working",
]
