"""Faults of values that all interfaces share: times, positions, names, headers, licence and personal data."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.transport.records import CarPark, Connector, Network, Station, Stop
from conformance.reference.transport.seeds import change_car_park, change_station, change_stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json, Operation, prefers_english

__all__: list[str] = []

# -------------------------------------------------------------------- times


class StopTimesLackOffset(TransportServer):
    """The updateTime of a stop has no offset."""

    BREAKS = ("COM-TIME-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "it is no date-time",
        "COM-FILT-02": "a time without offset cannot be compared",
    }

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        body = super().render_stop(stop, now)
        return {**body, "updateTime": body["updateTime"][:19]}


class CarParkYearsAreRepublican(TransportServer):
    """The updateTime of a car park has a year of the Republic era."""

    BREAKS = ("COM-TIME-01",)

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        body = super().render_car_park(park, now)
        return {**body, "updateTime": f"{int(body['updateTime'][:4]) - 1911:04d}{body['updateTime'][4:]}"}


class StationWasUpdatedOnNoDay(TransportServer):
    """A charging station was updated on 30 February."""

    BREAKS = ("COM-TIME-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "it is no date-time"}

    def render_station(self, station: Station, now: Fraction) -> Json:
        body = super().render_station(station, now)
        return {**body, "updateTime": body["updateTime"][:5] + "02-30" + body["updateTime"][10:]}


class PlatformIsBehindItsSource(TransportServer):
    """updateTime is earlier than srcUpdateTime."""

    BREAKS = ("COM-TIME-02",)

    def platform_time(self, family: str, now: Fraction) -> int:
        return super().platform_time(family, now) - 30


class PlatformClockIsInAnotherZone(TransportServer):
    """updateTime is eight hours in the future."""

    BREAKS = ("COM-TIME-02",)

    def platform_time(self, family: str, now: Fraction) -> int:
        return super().platform_time(family, now) + 8 * 3600


class TwoSourcesTakeTurns(TransportServer):
    """Two sources that are a minute apart answer in turn, so that the clock goes backwards."""

    BREAKS = ("COM-TIME-02",)
    SUBTLE = True

    def clocks_of(self, family: str, now: Fraction) -> Json:
        self.turns[family] += 1
        return super().clocks_of(family, now if self.turns[family] % 2 else now - 60)


class SilentSourceIsNotMarked(TransportServer):
    """The source of stops has been silent for an hour, and the items do not say so."""

    BREAKS = ("COM-TIME-03",)

    def clocks_of(self, family: str, now: Fraction) -> Json:
        return super().clocks_of(family, now - 3600 if family == "stops" else now)


class SilentCarParksAreNotMarked(TransportServer):
    """The source of car parks has been silent for three minutes, and the items do not say so."""

    BREAKS = ("COM-TIME-03",)
    SUBTLE = True

    def clocks_of(self, family: str, now: Fraction) -> Json:
        return super().clocks_of(family, now - 180 if family == "carparks" else now)


# -------------------------------------------------------------------- positions


class StationLiesAtZero(TransportServer):
    """The position of a charging station is 0, 0."""

    BREAKS = ("COM-GEO-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-GEO-03": "that is not in its city", "TRN-003": "that is not in its city"}

    def seed(self) -> Network:
        return change_station(super().seed(), "TXGEV038", lon=0.0, lat=0.0)


class CarParkIsSwapped(TransportServer):
    """Longitude and latitude of a car park are swapped."""

    BREAKS = ("COM-GEO-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "a latitude above 90 is out of range",
        "COM-GEO-03": "that is not in its city",
        "TRN-003": "that is not in its city",
    }

    def seed(self) -> Network:
        return change_car_park(super().seed(), "ILA0024", lon=24.8256, lat=121.7712)


class StopIsInMetres(TransportServer):
    """The position of a stop is given in TWD97 metres."""

    BREAKS = ("COM-GEO-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "the numbers are out of range",
        "COM-GEO-03": "that is not in its city",
        "TRN-003": "that is not in its city",
        "TRN-006": "the stop before it is far away",
    }

    def seed(self) -> Network:
        return change_stop(super().seed(), "TPE10110", lon=302232.4, lat=2771122.8)


class CarParkLiesInAnotherCity(TransportServer):
    """A car park in Taichung is drawn in Tainan."""

    BREAKS = ("COM-GEO-03",)
    ALSO: Mapping[str, str] = {"TRN-003": "the same promise in the words of the transport interface"}

    def seed(self) -> Network:
        return change_car_park(super().seed(), "TXG0255", lon=120.2035, lat=22.9931)


# -------------------------------------------------------------------- names


class StationHasNoName(TransportServer):
    """The Chinese name of a charging station is empty."""

    BREAKS = ("COM-I18N-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the name has to have one character at least"}

    def seed(self) -> Network:
        return change_station(super().seed(), "TXGEV041", zh="")


class StationNameIsEnglish(TransportServer):
    """The Chinese name of a charging station is English."""

    BREAKS = ("COM-I18N-01",)

    def seed(self) -> Network:
        return change_station(super().seed(), "TXGEV041", zh="Tunghai Charging Station")


class StationNameIsSimplified(TransportServer):
    """The name of a charging station is in Simplified Chinese."""

    BREAKS = ("COM-I18N-01",)

    def seed(self) -> Network:
        return change_station(super().seed(), "TXGEV041", zh="东海充电站")


class CarParkNameIsMojibake(TransportServer):
    """The name of a car park was decoded with the wrong character set."""

    BREAKS = ("COM-I18N-01",)

    def seed(self) -> Network:
        return change_car_park(super().seed(), "ILA0050", zh="烏石港".encode().decode("latin-1") + "停車場")


class CarParkNameIsDecomposed(TransportServer):
    """The name of a car park is not in normal form C."""

    BREAKS = ("COM-I18N-01",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_car_park(super().seed(), "ILA0050", zh="烏石港Cafe\u0301停車場")


class EnglishReadersGetOtherData(TransportServer):
    """With Accept-Language: en the Chinese names are replaced by the English ones."""

    BREAKS = ("COM-I18N-02",)
    ALSO: Mapping[str, str] = {"COM-I18N-01": "to English readers the names hold no Han character"}

    def envelope(self, call: Call, items: list[Json], page: Json) -> Json:
        if prefers_english(call.headers.get("accept-language")):
            items = [{name: self.in_english(value) for name, value in item.items()} for item in items]
        return super().envelope(call, items, page)

    @staticmethod
    def in_english(value: Any) -> Any:
        return {**value, "zh-Hant": value["en"]} if isinstance(value, dict) and "en" in value else value


# -------------------------------------------------------------------- headers


class RefusalsHaveNoVersion(TransportServer):
    """Error responses have no API-Version."""

    BREAKS = ("COM-VER-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is declared as required"}

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return super().api_version(visit, answer) if answer.status < 400 else {}


class NamesAnotherVersion(TransportServer):
    """API-Version names another version than the one served."""

    BREAKS = ("COM-VER-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-03": "the declaration and the header differ"}

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return {"API-Version": "2.1.0"}


class RemainderGrows(TransportServer):
    """RateLimit says how much was used and not how much remains."""

    BREAKS = ("COM-RATE-02",)

    def rate_headers(self, visit: Visit, remaining: int) -> dict[str, str]:
        return super().rate_headers(visit, self.quota - remaining)


class ReservationsMayBeKept(TransportServer):
    """Shared caches may keep reservations."""

    BREAKS = ("COM-CACHE-01",)

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        if operation is not None and not operation.public:
            return {"Cache-Control": "public, max-age=30"}
        return super().cache_control(operation, status)


class ReservationsMayBeKeptPrivately(TransportServer):
    """A client's own cache may keep reservations."""

    BREAKS = ("COM-CACHE-01",)
    SUBTLE = True

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        if operation is not None and not operation.public:
            return {"Cache-Control": "private, max-age=0"}
        return super().cache_control(operation, status)


class ProxiesKeepNoPublicData(TransportServer):
    """Public data may be kept for a while, and not by everybody."""

    BREAKS = ("COM-CACHE-01",)

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        return {name: value.replace("public, ", "") for name, value in super().cache_control(operation, status).items()}


class PublicDataSayNothingOfCaching(TransportServer):
    """Public data have no Cache-Control."""

    BREAKS = ("COM-CACHE-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is declared as required"}

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        return {} if operation and operation.public else super().cache_control(operation, status)


class EveryOriginGetsCredentials(TransportServer):
    """Protected operations allow every origin, with credentials."""

    BREAKS = ("COM-CORS-01",)

    def cors_headers(self, operation: Operation | None) -> dict[str, str]:
        if operation is not None and not operation.public:
            return {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "true"}
        return super().cors_headers(operation)


class PublicDataHaveNoOrigins(TransportServer):
    """Public data are not open to other origins."""

    BREAKS = ("COM-CORS-01",)

    def cors_headers(self, operation: Operation | None) -> dict[str, str]:
        return {}


# -------------------------------------------------------------------- licence and personal data


class LicenceIsMissing(TransportServer):
    """Public data do not say under which licence they are."""

    BREAKS = ("COM-LIC-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the member is required"}

    def licence(self) -> Json:
        return {}


class LicenceIsVague(TransportServer):
    """The licence of public data is neither an SPDX identifier nor a URL."""

    BREAKS = ("COM-LIC-01",)

    def licence(self) -> Json:
        return {**super().licence(), "license": "開放資料"}


class LicenceLacksAttribution(TransportServer):
    """The licence of public data is a URL, and nobody is named."""

    BREAKS = ("COM-LIC-01",)

    def licence(self) -> Json:
        return {"license": "https://data.gov.tw/license"}


class StationShowsPrivatePhone(TransportServer):
    """The address of a charging station holds a private telephone number."""

    BREAKS = ("COM-PRIV-01",)
    SUBTLE = True

    def seed(self) -> Network:
        return change_station(super().seed(), "ILAEV016", address=("烏石港旁，洽0912345678", "Wushi Harbor"))


class CarParkShowsIdentityNumber(TransportServer):
    """A car park shows the identity number of its attendant."""

    BREAKS = ("COM-PRIV-01",)

    def render_car_park(self, park: CarPark, now: Fraction) -> Json:
        return {**super().render_car_park(park, now), "attendant": "A123456789"}


class ConnectorShowsDriver(TransportServer):
    """A connector shows plate and time of the car that is being charged."""

    BREAKS = ("COM-PRIV-01",)

    def render_connector(self, connector: Connector, now: Fraction) -> Json:
        body = super().render_connector(connector, now)
        return {**body, "lastVehicle": {"plateNumb": "ABC-1234", "startTime": body["statusTime"]}}


class StopShowsEmail(TransportServer):
    """A stop shows the e-mail address of the person who keeps it."""

    BREAKS = ("COM-PRIV-01",)

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        return {**super().render_stop(stop, now), "keeper": "wang.xiaoming@mail.example.tw"}
