"""Other ways in which a server of 2.0 may conform."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.records import CarPark, Route
from conformance.reference.transport.server_2_0 import Occupied, TransportServer20
from conformance.reference.wire import Json

__all__: list[str] = []


class LittleIsKept(TransportServer20):
    """Of the occupancy no more than the last two hours are kept."""

    def occupied(self, park: CarPark, now: Fraction) -> list[Occupied]:
        return super().occupied(park, now)[-3:]


class PricesHaveCents(TransportServer20):
    """Amounts are written with two decimals, and plates are not told."""

    def decimal(self, amount: int) -> str:
        return f"{amount}.00"

    def render_prediction(self, approach: Approach, status: int, tick: int) -> Json:
        found = super().render_prediction(approach, status, tick)
        return {name: value for name, value in found.items() if name != "plateNumb"}


class DirectionsHaveASign(TransportServer20):
    """A direction says what the vehicle shows; there are more members than are listed."""

    def direction(self, code: int) -> Json:
        return {**super().direction(code), "headsign": self.localized("往終點", "To the terminus")}

    def render_route(self, route: Route, now: Fraction) -> Json:
        return {**super().render_route(route, now), "livery": "green"}

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        return {**super().render_arrival(row, now), "gateway": "b"}
