"""A second server of the health interface, written from its published documents alone.

It shares no line and no design with the reference server: an append-only table, one condition in SQL for who may read what, cursors
under a seal. `Choices` holds what the documents leave to a vendor.
"""

from __future__ import annotations

from tests.second_health.choices import TOKENS, Choices
from tests.second_health.service import SecondHealthServer

__all__ = ["TOKENS", "Choices", "SecondHealthServer"]
