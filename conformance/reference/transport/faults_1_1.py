"""Faults of the server of 1.1: in what 1.1 added, and towards those who still ask as 1.0 has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from conformance.reference.calling import Parcelled
from conformance.reference.problems import invalid_parameter
from conformance.reference.transport.live import ArrivalRow
from conformance.reference.transport.notices import Subscriber
from conformance.reference.transport.passengers import Alert, Vehicle
from conformance.reference.transport.records import CarPark, Reservation
from conformance.reference.transport.server_1_1 import TransportServer11
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []

# ---------------------------------------------------------------- towards clients of 1.0


class StopsNeedACity(TransportServer11):
    """listStops has come to need cityCode."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-CACHE-01", "COM-CACHE-02", "COM-COND-01", "COM-COND-03", "COM-CONS-02", "COM-CORS-01", "COM-DOC-02", "COM-ERR-02", "COM-ERR-04", "COM-ERR-05", "COM-ERR-06", "COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "COM-FILT-04", "COM-GEO-02", "COM-I18N-02", "COM-PAGE-01", "COM-PAGE-02", "COM-PAGE-04", "COM-PAGE-05", "COM-PAGE-06", "COM-SORT-01", "COM-VER-01", "TRN-001", "TRN-003", "TRN-006"), "a list that cannot be read without a city shows nothing of this")  # fmt: skip

    async def list_stops(self, call: Call) -> Answer:
        if "cityCode" not in call.query:
            raise invalid_parameter("cityCode", ("必須提供", "is required"))
        return await super().list_stops(call)


class ReservationsAreNoLongerDated(TransportServer11):
    """A reservation that was cancelled has lost its createdAt, which 1.0 always had."""

    BREAKS = ("COM-VER-02",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "the member is required by this version, too",
        "COM-SORT-01": "what has no createdAt cannot be in its order",
        "COM-CONS-02": "the list has it",
    }
    SUBTLE = True

    def render_reservation(self, reservation: Reservation) -> Json:
        body = super().render_reservation(reservation)
        return {name: value for name, value in body.items() if name != "createdAt" or reservation.state != "CANCELLED"}


# ---------------------------------------------------------------- alerts


class AlertsNameStopsThatAreGone(TransportServer11):
    """Every alert also names a stop that was taken away."""

    BREAKS = ("TRN-044",)

    def alert_stops(self, alert: Alert) -> list[str]:
        return [*super().alert_stops(alert), "TPE999998"]


class OneAlertNamesAStopThatIsGone(TransportServer11):
    """The alert for the other stops names one that was taken away, last of all."""

    BREAKS = ("TRN-044",)
    SUBTLE = True

    def alert_stops(self, alert: Alert) -> list[str]:
        return [*super().alert_stops(alert), *(["TPE999998"] if alert.cause == "WEATHER" else [])]


class AlertsNameRoutesThatAreGone(TransportServer11):
    """Every alert also names a route that runs no more."""

    BREAKS = ("TRN-045",)

    def alert_routes(self, alert: Alert) -> list[str]:
        return [*super().alert_routes(alert), "TPE99998"]


class OneAlertNamesARouteThatIsGone(TransportServer11):
    """The alert of fewer services names a route that runs no more, after those that do."""

    BREAKS = ("TRN-045",)
    SUBTLE = True

    def alert_routes(self, alert: Alert) -> list[str]:
        return [*super().alert_routes(alert), *(["TPE99998"] if alert.lasting is None and not alert.stops else [])]


class AlertsComeTwice(TransportServer11):
    """The first alert is listed twice."""

    BREAKS = ("TRN-046",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-PAGE-01", "COM-SORT-01"), "an item that comes twice is in no order of its own")

    def alerts(self) -> list[Alert]:
        found = super().alerts()
        return [found[0], *found]


class AnAlertIsRenamed(TransportServer11):
    """One alert has another identifier every second."""

    BREAKS = ("TRN-046",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-PAGE-01", "COM-FILT-02"), "an item whose name changes is another one in every answer"
    )
    SUBTLE = True

    def alert_uid(self, alert: Alert) -> str:
        return f"{alert.uid}.{int(self.clock())}" if alert.cause == "ACCIDENT" else alert.uid


# ---------------------------------------------------------------- vehicles


class VehiclesRunTheOtherWay(TransportServer11):
    """Vehicles say the direction that their sub-route does not have."""

    BREAKS = ("TRN-047",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-FILT-01", "COM-FILT-02", "COM-FILT-03"), "the filter goes by the other direction"
    )

    def run_of(self, vehicle: Vehicle) -> Json:
        return {**super().run_of(vehicle), "direction": 2 if vehicle.pattern.direction < 2 else 0}


class OneSubRouteIsNobodys(TransportServer11):
    """The vehicles of one sub-route, in one direction, have a sub-route that its route does not list."""

    BREAKS = ("TRN-047",)
    SUBTLE = True

    def run_of(self, vehicle: Vehicle) -> Json:
        run = super().run_of(vehicle)
        back = self.network.routes[3].patterns[1]
        return {**run, "subRouteUid": run["subRouteUid"] + "X"} if vehicle.pattern == back else run


class VehiclesComeTwice(TransportServer11):
    """Every vehicle is listed at its last two stops."""

    BREAKS = ("TRN-048",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-PAGE-01", "COM-SORT-01"), "an item that comes twice is in no order of its own")

    def vehicles(self, now: Fraction) -> list[Vehicle]:
        return [one for one in super().vehicles(now) for _ in (0, 1)]


class AVehicleChangesOver(TransportServer11):
    """The first vehicle of all is listed a second time, on its next run."""

    BREAKS = ("TRN-048",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-PAGE-01", "COM-SORT-01"), "an item that comes twice is in no order of its own")
    SUBTLE = True

    def vehicles(self, now: Fraction) -> list[Vehicle]:
        found = super().vehicles(now)
        return [*found, min(found, key=lambda one: one.plate)]


class VehiclesWereSeenLongAgo(TransportServer11):
    """Where vehicles are is four minutes old."""

    BREAKS = ("TRN-049",)

    def seen_at(self, vehicle: Vehicle, now: Fraction) -> int:
        return super().seen_at(vehicle, now) - 240


# ---------------------------------------------------------------- what grew


class EstimatesWhereNothingIsKnown(TransportServer11):
    """An arrival of status 5 has an estimate."""

    BREAKS = ("TRN-050",)

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        return {**body, "estimateTimeSec": 600} if body["stopStatus"] == 5 else body


class OneEstimateIsLeftBehind(TransportServer11):
    """At the first stop of status 5, estimates still holds the last one that was known."""

    BREAKS = ("TRN-050",)
    ALSO: Mapping[str, str] = {"TRN-013": "estimateTimeSec is not the least of the estimates"}
    SUBTLE = True

    def render_arrival(self, row: ArrivalRow, now: Fraction) -> Json:
        body = super().render_arrival(row, now)
        left = [{"plateNumb": "EAL-0001", "estimateTimeSec": 600, "isLastBus": False}]
        return {**body, "estimates": left} if body["stopStatus"] == 5 and row.pattern.direction == 0 else body


class CarParksChangedAfterAreKept(TransportServer11):
    """updatedSince of car parks leaves out what was changed at that very instant."""

    BREAKS = ("COM-FILT-02",)
    SUBTLE = True

    def park_changed_since(self, park: CarPark, since: Fraction) -> bool:
        return self.edited(park.age) > since


# ---------------------------------------------------------------- notices


class NoticesGoAnywhere(TransportServer11):
    """Any address may be called back."""

    BREAKS = ("TRN-051",)

    def may_be_called(self, url: str) -> bool:
        return True


class NoticesGoToMappedAddresses(TransportServer11):
    """A private address that is written in another form is called back."""

    BREAKS = ("TRN-051",)
    SUBTLE = True

    def host_is_public(self, host: str) -> bool:
        return super().host_is_public(host) or host.startswith("::ffff") or host.isdigit()


class TheSecretComesBack(TransportServer11):
    """A subscription is shown with its secret."""

    BREAKS = ("COM-DOC-02",)

    def render_subscriber(self, subscriber: Subscriber) -> Json:
        return {**super().render_subscriber(subscriber), "secret": subscriber.secret}


class NoticesAreNotSigned(TransportServer11):
    """The signature is of an empty body."""

    BREAKS = ("COM-HOOK-01",)

    def signature_of(self, secret: str, timestamp: str, body: bytes) -> str:
        return super().signature_of(secret, timestamp, b"")


class NoticesComeOnce(TransportServer11):
    """A notice that was answered 5xx is not sent again."""

    BREAKS = ("COM-HOOK-01",)

    def gaps(self) -> Iterator[float]:
        yield from ()


class RepeatedNoticesHaveAnotherName(TransportServer11):
    """A notice has another name when it is sent again."""

    BREAKS = ("COM-HOOK-01",)
    SUBTLE = True

    def delivery_headers(self, one: Parcelled) -> dict[str, str]:
        return {**super().delivery_headers(one), "X-Delivery-Id": f"{one.id[:40]}-{int(self.clock())}"}
