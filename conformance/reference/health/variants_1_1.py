"""Other ways in which a server of 1.1 may conform."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.health.server_1_1 import HealthServer11
from conformance.reference.wire import Json

__all__: list[str] = []


class MoreIsCounted(HealthServer11):
    """Statistics hold more than is asked for."""

    def statistics(self, found: list[Fraction]) -> Json:
        return {**super().statistics(found), "unit": "UCUM", **({"sum": float(sum(found))} if found else {})}
