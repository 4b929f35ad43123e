"""Other ways in which a server of 1.1 may conform."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.calling import Parcelled
from conformance.reference.health.alerting import Watch
from conformance.reference.health.server_1_1 import HealthServer11
from conformance.reference.wire import Json

__all__: list[str] = []


class MoreIsCounted(HealthServer11):
    """Statistics hold more than is asked for."""

    def statistics(self, found: list[Fraction]) -> Json:
        return {**super().statistics(found), "unit": "UCUM", **({"sum": float(sum(found))} if found else {})}


class AlertsTakeTheirTime(HealthServer11):
    """Alerts go out a second late, and a subscription that takes the place of another has a name of its own."""

    async def send(self, one: Parcelled) -> None:
        await self.outgoing.sleep(1.0)
        await super().send(one)

    def watch_name(self, known: Watch | None) -> str:
        return super().watch_name(None)

    def render_watch(self, watch: Watch) -> Json:
        return {**super().render_watch(watch), "status": "active"}
