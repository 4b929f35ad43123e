"""A second server of the logistics interface, written from its published documents alone.

It shares no line and no design with the reference server: what happens is kept as facts, and what a shipment is now is told from
its facts at every reading. What is not about logistics (times, JSON, media types, tags) is that of the second health server.
`Choices` holds what the documents leave to a vendor.
"""

from __future__ import annotations

from tests.second_logistics.choices import TOKENS, Choices, Manner
from tests.second_logistics.service import SecondLogisticsServer

__all__ = ["TOKENS", "Choices", "Manner", "SecondLogisticsServer"]
