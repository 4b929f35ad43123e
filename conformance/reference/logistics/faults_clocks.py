"""Faults of clocks, languages, versions and quotas."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.logistics.records import Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.paging import Key
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__: list[str] = []


class ListsAreFromTheFuture(LogisticsServer):
    """The metadata of lists say that they were updated a minute from now."""

    BREAKS = ("COM-TIME-02",)

    def meta_of(self, call: Call) -> Json:
        return {**super().meta_of(call), "updateTime": self.stamp(call.now + 60)}


class SourceIsAheadOfItsCopy(LogisticsServer):
    """The metadata of lists name a source that is later than its copy."""

    BREAKS = ("COM-TIME-02",)
    SUBTLE = True

    def meta_of(self, call: Call) -> Json:
        return {**super().meta_of(call), "updateTime": self.stamp(call.now - 5)}


class RefusalsAreNotDated(LogisticsServer):
    """Refusals have no Date."""

    BREAKS = ("COM-TIME-04",)

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "Date" or answer.status < 400}


class CreationsAreNotDated(LogisticsServer):
    """Answers 201 have no Date."""

    BREAKS = ("COM-TIME-04",)
    SUBTLE = True

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "Date" or answer.status != 201}


class TitleIsEnglish(LogisticsServer):
    """The title of the service has no Chinese."""

    BREAKS = ("COM-I18N-01",)

    def landing_body(self, call: Call) -> Json:
        return {**super().landing_body(call), "title": {"zh-Hant": "Logistics service", "en": "Logistics service"}}


class TitleIsSimplified(LogisticsServer):
    """The title of the service is in simplified Chinese."""

    BREAKS = ("COM-I18N-01",)
    SUBTLE = True

    def landing_body(self, call: Call) -> Json:
        return {**super().landing_body(call), "title": {"zh-Hant": "智慧城市物流资讯界面", "en": "Logistics service"}}


class RefusalsHaveNoVersionHeader(LogisticsServer):
    """Refusals have no `API-Version`."""

    BREAKS = ("COM-VER-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is required"}

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return super().api_version(visit, answer) if answer.status < 400 else {}


class VersionIsTwo(LogisticsServer):
    """`API-Version` names another version."""

    BREAKS = ("COM-VER-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-03": "the declaration and the header differ"}
    SUBTLE = True

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return {"API-Version": "2.0.0"}


class EnglishReadersGetFewer(LogisticsServer):
    """Whoever prefers English gets no lists."""

    BREAKS = ("COM-I18N-02",)

    def in_order(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key]) -> list[Any]:
        ordered = super().in_order(call, rows, key)
        return [] if call.headers.get("accept-language", "").startswith("en") else ordered


class OverQuotaWithoutATime(LogisticsServer):
    """A refusal over quota does not say when to come again."""

    BREAKS = ("COM-RATE-01",)
    SUBTLE = True

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["asked"] += 1
        if self.turns["asked"] % 97 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "0"})


class QuotaGrows(LogisticsServer):
    """What remains of the quota grows."""

    BREAKS = ("COM-RATE-02",)

    def spend(self, visit: Visit) -> int:
        return self.quota - super().spend(visit)


class OriginsMayNotRead(LogisticsServer):
    """Other origins may not read public data."""

    BREAKS = ("COM-CORS-01",)

    def cors_headers(self, operation: Operation | None) -> dict[str, str]:
        return {}


class OverQuotaSoonerOrLater(LogisticsServer):
    """A refusal over quota says when to come again in words."""

    BREAKS = ("COM-RATE-01",)

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["asked"] += 1
        if self.turns["asked"] % 89 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "soon"})


class TimesHaveNoOffset(LogisticsServer):
    """The times of shipments have no offset."""

    BREAKS = ("COM-TIME-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-ERR-06", "COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "COM-FILT-05", "COM-SORT-01"),
        "a time without offset is none",
    )

    def shipment_members(self, shipment: Shipment, state: str, estimate: str | None, reservation: Json | None) -> Json:
        found = super().shipment_members(shipment, state, estimate, reservation)
        return {**found, "createdAt": found["createdAt"][:-6]}


class YearsOfTheRepublic(LogisticsServer):
    """The time of an availability is in years of the Republic."""

    BREAKS = ("COM-TIME-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "a year of the Republic is no year"}
    SUBTLE = True

    def availability_of(self, point: Point, now: Fraction) -> Json:
        found = super().availability_of(point, now)
        return {**found, "updateTime": f"{int(found['updateTime'][:4]) - 1911:04d}{found['updateTime'][4:]}"}


class OldDataAreNotMarked(LogisticsServer):
    """The source of the pickup points has been silent for an hour, and nothing says so."""

    BREAKS = ("COM-TIME-03",)

    def source_tick(self, now: Fraction) -> Fraction:
        return super().source_tick(now) - 3600


class DataAreOldJustNow(LogisticsServer):
    """The source has been silent for a second more than twice its interval, and nothing says so."""

    BREAKS = ("COM-TIME-03",)
    SUBTLE = True

    def source_tick(self, now: Fraction) -> Fraction:
        return Fraction(now // 1) - 121
