"""Faults of the server of 2.0, in what 2.0 does otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from conformance.reference.transport.live import Approach, ArrivalRow
from conformance.reference.transport.passengers import Vehicle
from conformance.reference.transport.server_2_0 import Occupied, TransportServer20
from conformance.reference.wire import Json

__all__: list[str] = []

# ---------------------------------------------------------------- predictions


class PredictionsAreInMinutes(TransportServer20):
    """`dueSec` counts minutes; the schema is the same."""

    BREAKS = ("TRN-058",)

    def due(self, approach: Approach) -> int:
        return super().due(approach) // 60


class LaterPredictionsAreInMinutes(TransportServer20):
    """`dueSec` of the second vehicle, and of those behind it, counts minutes from when the first one comes."""

    BREAKS = ("TRN-058",)
    SUBTLE = True

    def predictions(self, expected: list[Approach], status: int, tick: int) -> list[Json]:
        found = super().predictions(expected, status, tick)
        return [
            one if not nth else {**one, "dueSec": found[0]["dueSec"] + (one["dueSec"] - found[0]["dueSec"]) // 60}
            for nth, one in enumerate(found)
        ]


class PredictionsWhereNobodyStops(TransportServer20):
    """A stop that vehicles pass without stopping still has predictions."""

    BREAKS = ("TRN-053",)

    def expected(self, row: ArrivalRow, status: int, coming: list[Approach], tick: int) -> list[Approach]:
        return coming if status == 2 else super().expected(row, status, coming, tick)


class SomeDeparturesAreArrivals(TransportServer20):
    """At every fourth stop of a route that has not begun, its departure is told as an arrival."""

    BREAKS = ("TRN-053",)
    SUBTLE = True

    def predictions(self, expected: list[Approach], status: int, tick: int) -> list[Json]:
        found = super().predictions(expected, status, tick)
        early = status == 1 and expected and expected[0].left % 4 == 0
        return [{**one, "meaning": "ARRIVAL"} if early else one for one in found]


class TheFarthestComesFirst(TransportServer20):
    """Predictions come in descending order."""

    BREAKS = ("TRN-054",)

    def predictions(self, expected: list[Approach], status: int, tick: int) -> list[Json]:
        return super().predictions(expected, status, tick)[::-1]


class TheLastTwoAreTurned(TransportServer20):
    """Where there are three predictions, the last two are in each other's place."""

    BREAKS = ("TRN-054",)
    SUBTLE = True

    def predictions(self, expected: list[Approach], status: int, tick: int) -> list[Json]:
        found = super().predictions(expected, status, tick)
        return [found[0], found[2], found[1]] if len(found) == 3 else found


# ---------------------------------------------------------------- occupancy


class OccupancyDoesNotAddUp(TransportServer20):
    """One space more is free than those of all types together."""

    BREAKS = ("TRN-055",)

    def available_total(self, free: list[int | None]) -> int | None:
        total = super().available_total(free)
        return None if total is None else total + 1


class ThePastDoesNotAddUp(TransportServer20):
    """Items of the past count the first type twice where it is nearly full."""

    BREAKS = ("TRN-055",)
    SUBTLE = True

    def render_occupied(self, one: Occupied, now: Fraction) -> Json:
        body = super().render_occupied(one, now)
        first = body["spaces"][0]["availableSpaces"]
        past = one.at < self.source_tick("carparks", now)
        return {**body, "availableSpaces": body["availableSpaces"] + first} if past and first and first < 20 else body


class OccupancyHasBothEnds(TransportServer20):
    """The range of listOccupancy holds the instant at its end, too."""

    BREAKS = ("COM-FILT-05",)
    ALSO: Mapping[str, str] = {"COM-FILT-01": "what comes does not lie before the end"}

    def until(self, one: Occupied, wanted: Fraction) -> bool:
        return one.at <= wanted


class VehiclesGoTheOtherWay(TransportServer20):
    """Vehicles say the direction that their sub-route does not have."""

    BREAKS = ("TRN-047",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "COM-FILT-04"), "the filter goes by the other direction"
    )

    def run_of(self, vehicle: Vehicle) -> Json:
        return {**super().run_of(vehicle), "direction": self.direction(2 if vehicle.pattern.direction < 2 else 0)}


class OneSubRouteIsUnknown(TransportServer20):
    """The vehicles of one sub-route, in one direction, have a sub-route that its route does not list."""

    BREAKS = ("TRN-047",)
    SUBTLE = True

    def run_of(self, vehicle: Vehicle) -> Json:
        run = super().run_of(vehicle)
        back = self.network.routes[3].patterns[1]
        return {**run, "subRouteUid": run["subRouteUid"] + "X"} if vehicle.pattern == back else run


class DirectionsAreBareNumbers(TransportServer20):
    """A direction is a number, as in 1.x."""

    BREAKS = ("COM-DOC-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01", "COM-FILT-04"), "no item has the code that was asked for")

    def direction(self, code: int) -> Json:
        return code  # type: ignore[return-value]  # that is the fault


class PricesAreNumbers(TransportServer20):
    """The amount of a price is a number, as in 1.x."""

    BREAKS = ("COM-DOC-02",)

    def render_price(self, amount: int | None) -> Json | None:
        return None if amount is None else {"amount": amount, "currency": "TWD"}
