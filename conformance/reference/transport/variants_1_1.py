"""Other ways in which a server of 1.1 may conform."""

from __future__ import annotations

from fractions import Fraction

from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.passengers import Alert, Vehicle
from conformance.reference.transport.server import TransportServer
from conformance.reference.transport.server_1_1 import TransportServer11
from conformance.reference.wire import Json

__all__: list[str] = []


class NothingToReport(TransportServer11):
    """There are no alerts, and no stop is of status 5."""

    def alerts(self) -> list[Alert]:
        return []

    def stop_status(self, row: ArrivalRow, coming: list[Approach]) -> int:
        return TransportServer.stop_status(self, row, coming)


class BareVehicles(TransportServer11):
    """Of vehicles no more is told than has to be, and nothing of accessibility."""

    def render_vehicle(self, vehicle: Vehicle, now: Fraction) -> Json:
        return {name: value for name, value in super().render_vehicle(vehicle, now).items() if name != "speedKmh"}

    def accessibility(self, number: int) -> Json:
        return {}


class MembersOfItsOwn(TransportServer11):
    """More members than are listed, in what 1.1 added."""

    def render_alert(self, alert: Alert, now: Fraction) -> Json:
        return {**super().render_alert(alert, now), "url": "https://alerts.example/"}

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        return {**super().render_arrival(row, now), "gateway": "b"}
