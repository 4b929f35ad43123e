"""Faults of changes: entity tags, keys, what a reading or a creation leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.logistics.records import Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []


class TagsAreNotNeeded(LogisticsServer):
    """A shipment may be changed without If-Match."""

    BREAKS = ("COM-COND-02",)
    ALSO: Mapping[str, str] = {
        "COM-ERR-08": "no tag is asked for",
        "COM-ERR-06": "the header is required",
        "COM-ERR-09": "no tag is asked for",
    }

    def if_match_required(self, call: Call) -> bool:
        return call.operation.id != "updateShipment"


class TagsAreComparedWeakly(LogisticsServer):
    """If-Match is compared weakly."""

    BREAKS = ("COM-COND-02",)
    SUBTLE = True

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return super().if_match_holds(sent.removeprefix("W/"), tag)


class RepeatedKeysMakeAnother(LogisticsServer):
    """A repeated creation of a shipment makes another one."""

    BREAKS = ("COM-IDEM-01", "COM-IDEM-02")

    def remember(self, call: Call, answer: Answer) -> Answer:
        return answer if call.operation.id == "createShipment" else super().remember(call, answer)


class ReusedKeysGetTheFirstAnswer(LogisticsServer):
    """A key with another body gets the first answer."""

    BREAKS = ("COM-IDEM-02",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent is not what is answered"}
    SUBTLE = True

    def refuse_reused_key(self, known: Any) -> Answer | None:
        return known.answer  # type: ignore[no-any-return]  # of an untyped argument


class TagsOfClientsAreIgnored(LogisticsServer):
    """If-None-Match is ignored."""

    BREAKS = ("COM-COND-03",)

    def client_has(self, call: Call, tag: str) -> bool:
        return False


class ListsShowOtherTimes(LogisticsServer):
    """A list shows whole seconds where the single shipment shows more."""

    BREAKS = ("COM-CONS-02",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-SORT-01", "COM-FILT-05", "COM-FILT-01", "COM-FILT-02", "COM-FILT-03", "LGS-029"), "a time of the list is another"
    )

    async def list_shipments(self, call: Call) -> Answer:
        answer = await super().list_shipments(call)
        items = [{**item, "updatedAt": "2026-01-01T00:00:00+08:00"} for item in answer.body["items"]]
        return replace(answer, body={**answer.body, "items": items})


class CancelledAreListedAsExpress(LogisticsServer):
    """In lists what was cancelled is of another service level."""

    BREAKS = ("COM-CONS-02",)
    SUBTLE = True

    async def list_shipments(self, call: Call) -> Answer:
        answer = await super().list_shipments(call)
        items = [{**item, "serviceLevel": "EXPRESS"} if item["state"] == "CANCELLED" else item for item in answer.body["items"]]
        return replace(answer, body={**answer.body, "items": items})


class TagsStay(LogisticsServer):
    """The entity tag of a shipment does not depend on its note."""

    BREAKS = ("COM-COND-01",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-COND-02", "COM-COND-03", "COM-COND-04"), "a tag from before a change passes as current"
    )
    SUBTLE = True

    def etag_of(self, body: Any) -> str:
        known = isinstance(body, dict) and "shipmentId" in body
        return super().etag_of(
            {name: value for name, value in body.items() if name not in ("note", "updatedAt")} if known else body
        )


class TagsAreWeak(LogisticsServer):
    """Entity tags are weak."""

    BREAKS = ("COM-COND-01", "COM-COND-04")
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-DOC-02", "COM-COND-02", "COM-COND-03", "LGS-020"), "a weak tag serves no change"
    )

    def etag_of(self, body: Any) -> str:
        return "W/" + super().etag_of(body)


class ChangesHaveTheOldTag(LogisticsServer):
    """The tag of a change is the one before."""

    BREAKS = ("COM-COND-04",)
    ALSO: Mapping[str, str] = {
        "COM-COND-01": "one tag stands for two representations",
        "LGS-020": "who changes by it is refused",
    }
    SUBTLE = True

    async def update_shipment(self, call: Call) -> Answer:
        before = self.etag_of(self.render_shipment(call.found, call.now))
        answer = await super().update_shipment(call)
        return replace(answer, headers={**answer.headers, "ETag": before})


class RepetitionsAreAnsweredAnew(LogisticsServer):
    """A repeated creation is answered with the shipment as it now is, under another time of change."""

    BREAKS = ("COM-IDEM-01",)
    SUBTLE = True

    def idempotent_answer(self, call: Call) -> Answer | None:
        found = super().idempotent_answer(call)
        return replace(found, body={**found.body, "updatedAt": self.stamp_exactly(call.now + 1)}) if found else None


class ReadingIsCounted(LogisticsServer):
    """Reading a shipment changes the time of its last change."""

    BREAKS = ("COM-IDEM-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        (
            "COM-COND-01",
            "COM-COND-02",
            "COM-COND-03",
            "COM-COND-04",
            "COM-CONS-01",
            "COM-CONS-02",
            "COM-TEN-01",
            "LGS-020",
            "COM-IDEM-01",
        ),
        "it changes while it is read",
    ) | {"COM-TEN-02": "what another tenant asks of it is read again"}

    async def get_shipment(self, call: Call) -> Answer:
        known = self.keep_shipment(replace(call.found, updated=self.next_update(call.found.updated, call.now)))
        return await super().get_shipment(replace(call, found=known))


class ListingIsNoticed(LogisticsServer):
    """Listing shipments by HEAD or GET with a small limit changes the time of their last change."""

    BREAKS = ("COM-IDEM-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        (
            "COM-COND-01",
            "COM-COND-02",
            "COM-COND-03",
            "COM-COND-04",
            "COM-CONS-02",
            "COM-CONS-01",
            "COM-TEN-01",
            "LGS-020",
            "COM-IDEM-01",
        ),
        "it changes while it is listed",
    )
    SUBTLE = True

    async def list_shipments(self, call: Call) -> Answer:
        answer = await super().list_shipments(call)
        for item in answer.body["items"]:
            known = self.shipments[item["shipmentId"]]
            self.keep_shipment(replace(known, updated=self.next_update(known.updated, call.now)))
        return answer


class PlacesAreElsewhere(LogisticsServer):
    """The promised window that was sent is not kept."""

    BREAKS = ("COM-CONS-01",)

    def enter_shipment(self, tenant: str, body: Json, now: Fraction) -> Shipment:
        return super().enter_shipment(tenant, {name: value for name, value in body.items() if name != "promisedWindow"}, now)


class SecondParcelsAreLost(LogisticsServer):
    """Of several parcels the last is not kept."""

    BREAKS = ("COM-CONS-01",)
    ALSO: Mapping[str, str] = {
        "LGS-035": "the parcel that has to be cold is the last",
        "LGS-044": "the parcel that is too large is the last",
    }
    SUBTLE = True

    def enter_shipment(self, tenant: str, body: Json, now: Fraction) -> Shipment:
        return super().enter_shipment(tenant, {**body, "parcels": body["parcels"][:-1] or body["parcels"]}, now)


class NotesAreCut(LogisticsServer):
    """Characters beyond the basic plane are lost from notes."""

    BREAKS = ("COM-ENC-01",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the note comes back otherwise"}

    def enter_shipment(self, tenant: str, body: Json, now: Fraction) -> Shipment:
        note = "".join(char for char in body.get("note", "") if ord(char) < 0x10000)
        return super().enter_shipment(tenant, {**body, "note": note} if "note" in body else body, now)


class NotesLoseTheirMarks(LogisticsServer):
    """Zero-width joiners and direction marks are lost from notes."""

    BREAKS = ("COM-ENC-01",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "the note comes back otherwise"}
    SUBTLE = True

    def enter_shipment(self, tenant: str, body: Json, now: Fraction) -> Shipment:
        note = "".join(char for char in body.get("note", "") if char not in "\u200d\u200e\u200f")
        return super().enter_shipment(tenant, {**body, "note": note} if "note" in body else body, now)
