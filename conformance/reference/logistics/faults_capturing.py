"""Faults of events: how they are queried, what a capture takes, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from conformance.reference.logistics.records import Event, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Misfit
from conformance.reference.wire import Json

__all__: list[str] = []


class WindowsHoldBothEnds(LogisticsServer):
    """Both ends of a window belong to it."""

    BREAKS = ("LGS-016",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("LGS-039", "COM-FILT-01", "COM-FILT-05", "COM-FILT-04"), "the end of a range belongs to it"
    )

    def is_recorded_before(self, event: Event, until: Fraction) -> bool:
        return event.recorded <= until


class LateEventsAreRecordedEarly(LogisticsServer):
    """In queryEvents an event that came more than a quarter of an hour late is filtered by when it happened."""

    BREAKS = ("LGS-016",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("LGS-039", "COM-FILT-01", "COM-FILT-02", "COM-FILT-05", "COM-FILT-03"), "a range leaves out what is in it"
    )
    SUBTLE = True

    def is_recorded_from(self, event: Event, since: Fraction) -> bool:
        return super().is_recorded_from(event, since) and (event.time > event.recorded - 900 or event.time >= since - 3000)


class QueriesSayLess(LogisticsServer):
    """The disposition in queryEvents is that of the type, not of the event."""

    BREAKS = ("LGS-017",)
    ALSO: Mapping[str, str] = {"LGS-039": "a member differs"}

    def render_queried_event(self, event: Event) -> Json:
        return {**super().render_queried_event(event), "disposition": "in_progress"}


class QueriesFreeWhatIsHeld(LogisticsServer):
    """In queryEvents what is held has another disposition."""

    BREAKS = ("LGS-017",)
    SUBTLE = True

    def render_queried_event(self, event: Event) -> Json:
        found = super().render_queried_event(event)
        return {**found, "disposition": "available"} if event.kind == "HELD" else found


class QueriesForgetPlaces(LogisticsServer):
    """queryEvents does not give the place of an event."""

    BREAKS = ("LGS-039",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-01",), "the filter readPoint cannot be seen to hold")

    def render_queried_event(self, event: Event) -> Json:
        return {name: value for name, value in super().render_queried_event(event).items() if name != "readPoint"}


class StepsHideWhatIsNew(LogisticsServer):
    """With a step, queryEvents leaves out what was recorded within the last ten minutes."""

    BREAKS = ("LGS-039",)
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-FILT-02", "COM-FILT-03"), "a filter leaves out what is in it")
    SUBTLE = True

    def has_step(self, event: Event, wanted: str) -> bool:
        return super().has_step(event, wanted) and event.recorded < self.now() - 600


class StepsAreNotTested(LogisticsServer):
    """Any step goes with any type."""

    BREAKS = ("LGS-018",)
    ALSO: Mapping[str, str] = {"LGS-019": "a wrong step is accepted"}

    def step_goes_with(self, step: str | None, kind: str) -> bool:
        return True


class StepsMayBeMissing(LogisticsServer):
    """A step may be left out."""

    BREAKS = ("LGS-018",)
    SUBTLE = True

    def step_goes_with(self, step: str | None, kind: str) -> bool:
        return step is None or super().step_goes_with(step, kind)


class CapturesAreKeptInParts(LogisticsServer):
    """What comes before the first wrong event of a capture is kept."""

    BREAKS = ("LGS-019",)
    ALSO: Mapping[str, str] = {
        **dict.fromkeys(("LGS-007", "LGS-012", "LGS-015", "LGS-033", "LGS-038", "LGS-010"), "out of order, events are refused")
        | {"LGS-028": "a course that is captured out of order is refused"},
        "LGS-035": "a refused capture is kept in part",
    }

    def capture(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[Json]:
        found: list[Json] = []
        for index, body in enumerate(bodies):
            (one,) = super().capture(self.shipments[shipment.id], [body], now)
            found.append({**one, "index": index})
        return found


class ProceedingStopsAtTheFirst(LogisticsServer):
    """What comes after a wrong event is not kept when a capture proceeds."""

    BREAKS = ("LGS-019",)
    SUBTLE = True

    def capture_each(self, shipment: Shipment, bodies: Sequence[Json], now: Fraction) -> list[Json]:
        found: list[Json] = []
        for index, body in enumerate(bodies):
            before = found[-1] if found else None
            wrong = before is not None and "errors" in before
            found.append({**before, "index": index} if before and wrong else self.captured_alone(shipment, index, body, now))
        return found


class EstimatesStay(LogisticsServer):
    """The estimate stays when the shipment is delivered."""

    BREAKS = ("LGS-032",)
    ALSO: Mapping[str, str] = {"LGS-024": "what was lost is still expected"}

    def estimate_of(self, shipment: Shipment) -> str | None:
        told = [event for event in self.history(shipment.id) if event.kind == "ESTIMATED_DELIVERY" and event.declaration is None]
        return str(max(told, key=lambda event: event.recorded).content["eventTime"]) if told else None


class TheLatestEstimateIsTheFarthest(LogisticsServer):
    """Of several estimates the one that lies farthest in the future is shown."""

    BREAKS = ("LGS-032",)
    SUBTLE = True

    def estimate_of(self, shipment: Shipment) -> str | None:
        found = super().estimate_of(shipment)
        told = [event for event in self.history(shipment.id) if event.kind == "ESTIMATED_DELIVERY" and event.declaration is None]
        return str(max(told, key=lambda event: event.time).content["eventTime"]) if found else None


class ColdChainsHeal(LogisticsServer):
    """A cold chain that was broken is whole again with the next good reading."""

    BREAKS = ("LGS-035",)

    def keep_event(self, shipment: Shipment, event: Event, now: Fraction) -> Event:
        whole = any(reading["type"] == "TEMP" for reading in event.content.get("sensor", ()))
        return super().keep_event(replace(shipment, breach=shipment.breach and not whole), event, now)


class OnlyTheFirstParcelIsCold(LogisticsServer):
    """Temperatures are tested against the first parcel only."""

    BREAKS = ("LGS-035",)
    SUBTLE = True

    def breaks_cold_chain(self, shipment: Shipment, content: Json) -> bool:
        first = {**shipment.content, "parcels": shipment.content["parcels"][:1]}
        return super().breaks_cold_chain(replace(shipment, content=first), content)


class ReadingsAreBelieved(LogisticsServer):
    """Readings are not tested at all."""

    BREAKS = ("LGS-035",)

    def sensor_misfits(self, body: Json, where: str) -> list[Misfit]:
        return []


class OffsetsAreThoseOfTaiwan(LogisticsServer):
    """Every event is listed with the offset of Taiwan, wherever it happened."""

    BREAKS = ("LGS-043",)

    def render_event(self, event: Event) -> Json:
        return {**super().render_event(event), "eventTimeZoneOffset": "+08:00"}


class ReadingsAreListedInTenths(LogisticsServer):
    """Sensor readings are listed with one decimal."""

    BREAKS = ("LGS-043",)
    SUBTLE = True

    def render_event(self, event: Event) -> Json:
        found = super().render_event(event)
        rounded = [{**one, "value": round(one["value"], 1)} for one in found.get("sensor", ())]
        return {**found, "sensor": rounded} if rounded else found
