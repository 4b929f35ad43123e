"""Faults of car parks and charging: numbers that do not add up, counts that are old, operators and power."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from conformance.reference.transport.records import CarPark, Connector, Network, Space
from conformance.reference.transport.seeds import change_connector, change_route, change_station
from conformance.reference.transport.server import TransportServer

__all__: list[str] = []

# -------------------------------------------------------------------- car parks and charging


class TotalLacksOneType(TransportServer):
    """totalSpaces leaves out the spaces of the last type."""

    BREAKS = ("TRN-018",)
    ALSO: Mapping[str, str] = {"TRN-019": "availableSpaces may be greater than that total"}

    def total_spaces(self, park: CarPark) -> int:
        return sum(space.number for space in park.spaces[:-1]) if len(park.spaces) > 1 else super().total_spaces(park)


class MoreAreFreeThanThereAre(TransportServer):
    """Of the spaces for the disabled more are free than there are."""

    BREAKS = ("TRN-019",)
    ALSO: Mapping[str, str] = {"TRN-029": "a reservation does not lower the number"}

    def free_now(self, park: CarPark, space: Space, now: Fraction) -> int | None:
        return space.number + 1 if park.counted and space.space_type == 4 else super().free_now(park, space, now)


class AvailableSpacesCountOneType(TransportServer):
    """availableSpaces counts the spaces of the first type only."""

    BREAKS = ("TRN-019",)
    ALSO: Mapping[str, str] = {"TRN-029": "a reservation of another type does not lower it"}

    def available_total(self, free: list[int | None]) -> int | None:
        return free[0]


class UnknownIsMinusOne(TransportServer):
    """A number that nobody knows is -1."""

    BREAKS = ("TRN-019",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the least number is 0"}

    def free_now(self, park: CarPark, space: Space, now: Fraction) -> int | None:
        return super().free_now(park, space, now) if park.counted else -1


class NearlyFullIsFull(TransportServer):
    """A car park with fewer than ten free spaces is called full."""

    BREAKS = ("TRN-020",)

    def full_status(self, available: int | None) -> int:
        return 1 if available is not None and available < 10 else 0


class ClosedCarParkTakesReservations(TransportServer):
    """Reservations are made for car parks that are closed or suspended."""

    BREAKS = ("TRN-036",)

    def in_service(self, target: CarPark | Connector) -> bool:
        return True if isinstance(target, CarPark) else super().in_service(target)


class CountsGoBackInTime(TransportServer):
    """dataCollectTime goes backwards from one reading to the next."""

    BREAKS = ("TRN-022",)
    SUBTLE = True

    def collected_at(self, park: CarPark, now: Fraction) -> int:
        self.turns[park.uid] += 1
        return super().collected_at(park, now) - (0 if self.turns[park.uid] % 2 else 60)


class CountsAreFromTheFuture(TransportServer):
    """dataCollectTime is later than updateTime."""

    BREAKS = ("TRN-022",)

    def collected_at(self, park: CarPark, now: Fraction) -> int:
        return super().collected_at(park, now) + 120


class CountsAreOld(TransportServer):
    """Car parks were counted ten minutes ago."""

    BREAKS = ("TRN-023",)

    def collected_at(self, park: CarPark, now: Fraction) -> int:
        return super().collected_at(park, now) - 600


class ConnectorStatusIsOld(TransportServer):
    """The status of connectors was established ten minutes ago."""

    BREAKS = ("TRN-023",)

    def status_time(self, connector: Connector, now: Fraction) -> int:
        return super().status_time(connector, now) - 600


class HeldConnectorsAreNotObserved(TransportServer):
    """While a reservation holds a connector its status is ten minutes old."""

    BREAKS = ("TRN-023",)
    SUBTLE = True

    def status_time(self, connector: Connector, now: Fraction) -> int:
        return super().status_time(connector, now) - (600 if self.held_now(connector.uid, None, now) else 0)


class StationOperatorIsMistyped(TransportServer):
    """The operator number of a charging station has a wrong digit."""

    BREAKS = ("TRN-024",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_station(super().seed(), "TPEEV077", operator="53120286")


class RouteOperatorIsMistyped(TransportServer):
    """One of the operator numbers of a route has a wrong digit."""

    BREAKS = ("TRN-024",)

    def seed(self) -> Network:
        return change_route(super().seed(), "TPE15312", operators=("31015909", "53120286"))


class PowerIsInWatts(TransportServer):
    """The power of a connector is given in watts."""

    BREAKS = ("TRN-025",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the greatest number is 1000"}

    def seed(self) -> Network:
        return change_connector(super().seed(), "TPEEV090-02", power=11_000.0)


class AlternatingCurrentIsTooStrong(TransportServer):
    """A connector for alternating current has 150 kW."""

    BREAKS = ("TRN-025",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_connector(super().seed(), "TPEEV090-02", power=150.0)
