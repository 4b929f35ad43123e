"""What the sandbox of this vendor holds at its start: a few shipments of the first tenant on their way, with events of some days."""

from __future__ import annotations

from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import later
from tests.second_logistics.capturing import Captures
from tests.second_logistics.choices import TENANTS
from tests.second_logistics.journal import House
from tests.second_logistics.shipments import Shipments

__all__ = ["stock"]

_WAY = (
    ("PICKED_UP", "picking", "in_transit", "depot.keelung"),
    ("DEPARTED", "departing", "in_transit", "depot.keelung"),
    ("ARRIVED", "arriving", "in_transit", "hub.pingtung"),
    ("OUT_FOR_DELIVERY", "transporting", "in_transit", "hub.pingtung"),
    ("DELIVERED", "receiving", "active", "door"),
)


def stock(house: House, shipments: Shipments, captures: Captures) -> None:
    """Makes the shipments as a client would."""
    for index, far in enumerate((3, 4, 5, 2)):
        party = {
            "name": f"範例{index}",
            "phone": "02-5550-0170",
            "address": {"postalCode": "202", "cityCode": "KEE", "line": "中正區範例路 1 號"},
        }
        parcel = {"weightG": 700, "lengthMm": 200, "widthMm": 150, "heightMm": 90, "sizeClass": "S", "temperature": "ROOM"}
        body = {"carrierId": "87654321", "reference": f"STOCK-{index}", "sender": party, "recipient": party, "parcels": [parcel]}
        made = shipments.create(_ask(body | {"serviceLevel": "STANDARD", "deliveryMode": "HOME"}))
        events = [_event(house, number, index) for number in range(far)]
        captures.capture(_ask({"events": events}), made)


def _ask(document: Any) -> Ask:
    return Ask("POST", "", "", [], b"", org=TENANTS["a"], document=document)


def _event(house: House, number: int, index: int) -> dict[str, Any]:
    kind, step, disposition, place = _WAY[number]
    return {
        "eventTime": house.times.write(later(house.dated(), (number - 6) * 7200 + index * 60)),
        "eventTimeZoneOffset": "+08:00",
        "eventType": kind,
        "action": "OBSERVE",
        "bizStep": step,
        "disposition": disposition,
        "classifier": "ACT",
        "readPoint": {"locationId": place},
    }
