"""What a measurement has to satisfy beside its schema; every rule names where it is broken."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.second_health.asking import House
from tests.second_health.instants import Moment, day_of, later
from tests.second_health.refusals import Fault
from tests.second_health.store import Entry

__all__ = ["BOUNDS", "Rules", "effective", "figures"]

_DAY = 86_400
BOUNDS: dict[str, tuple[str, Decimal, Decimal]] = {
    code: (unit, Decimal(low), Decimal(high))
    for code, unit, low, high in (
        ("8480-6", "mm[Hg]", "30", "300"),
        ("8462-4", "mm[Hg]", "10", "200"),
        ("8867-4", "/min", "10", "300"),
        ("59408-5", "%", "30", "100"),
        ("2708-6", "%", "30", "100"),
        ("8310-5", "Cel", "25", "45"),
        ("29463-7", "kg", "0.3", "400"),
        ("8302-2", "cm", "20", "260"),
        ("39156-5", "kg/m2", "5", "120"),
        ("9279-1", "/min", "2", "120"),
        ("2339-0", "mg/dL", "10", "1000"),
        ("15074-8", "mmol/L", "0.5", "55"),
        ("55423-8", "{steps}", "0", "200000"),
    )
}


def figures(body: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """The quantities of a measurement: what each is of, where it stands, and itself."""
    if "component" in body:
        parts = enumerate(body["component"])
        return [(part["code"]["code"], f"/component/{index}/valueQuantity", part["valueQuantity"]) for index, part in parts]
    return [(body["code"]["code"], "/valueQuantity", body["valueQuantity"])]


def effective(body: dict[str, Any]) -> str:
    """When it was measured, or when that began."""
    return str(body["effectivePeriod"]["start"] if "effectivePeriod" in body else body["effectiveDateTime"])


class Rules:
    """The rules of section 11, over a body that satisfies the schema."""

    def __init__(self, house: House) -> None:
        self.house = house

    def faults(self, org: str, body: dict[str, Any], issued: Moment | None, present: Moment) -> Iterator[Fault]:
        """`issued` is what a measurement that is amended has; a new one has what was sent."""
        shape = [*self.of_form(body)]
        yield from shape
        patient = self.house.store.one("patient", body["patientId"])
        if patient is None or patient.org != org:
            yield "/patientId", "沒有這位病人"
        device = self.house.store.one("device", body["deviceId"]) if "deviceId" in body else None
        if "deviceId" in body and (device is None or device.org != org):
            yield "/deviceId", "沒有這個裝置"
        elif device and issued is None and not shape:
            yield from self.of_device(body, device, present)
        if not shape:
            yield from self.of_values(body)
            yield from self.of_times(body, patient if patient and patient.org == org else None, issued, present)

    def of_form(self, body: dict[str, Any]) -> Iterator[Fault]:
        """Which members go together."""
        code = body["code"]["code"]
        value, other = ("component", "valueQuantity") if code == "85354-9" else ("valueQuantity", "component")
        time, never = ("effectivePeriod", "effectiveDateTime")[:: 1 if code == "55423-8" else -1]
        for needed in (value, time):
            if needed not in body:
                yield "", f"此代碼須有 {needed}"
        for unfit in (other, never):
            if unfit in body:
                yield f"/{unfit}", "此代碼不得有此欄位"
        if value == "component" and len({part["code"]["code"] for part in body.get("component", [])}) == 1:
            yield "/component", "須有收縮壓與舒張壓各一"

    def of_values(self, body: dict[str, Any]) -> Iterator[Fault]:
        """Units, ranges, and the systolic value above the diastolic one."""
        for code, place, quantity in figures(body):
            unit, low, high = BOUNDS[code]
            if quantity["code"] != unit:
                yield f"{place}/code", f"單位須為 {unit}"
            elif not low <= quantity["value"] <= high:
                yield f"{place}/value", f"須在 {low} 至 {high} 之間"
        if "component" in body:
            values = {code: quantity["value"] for code, _, quantity in figures(body)}
            if not values["8480-6"] > values["8462-4"]:
                yield "/component", "收縮壓須大於舒張壓"

    def of_times(self, body: dict[str, Any], patient: Entry | None, issued: Moment | None, present: Moment) -> Iterator[Fault]:
        """The order of start, end, issue and now, and the day of birth."""
        read, period = self.house.times.read, body.get("effectivePeriod")
        start = read(effective(body)) or (0, "")
        end = (read(period["end"]) or (0, "")) if period else start
        place = "/effectivePeriod" if period else "/effectiveDateTime"
        if period and not start < end:
            yield f"{place}/end", "須晚於 start"
        if period and end > later(start, _DAY):
            yield f"{place}/end", "不得超過 24 小時"
        sent = read(body["issued"]) if "issued" in body else issued
        soon = later(present, 300)
        if sent and sent > soon:
            yield "/issued", "不得晚於現在之後 5 分鐘"
        if end > (sent or soon):
            yield f"{place}/end" if period else place, "不得晚於 issued"
        if patient and day_of(start, 480) < patient.doc["birthDate"]:
            yield f"{place}/start" if period else place, "不得早於出生日期"

    def of_device(self, body: dict[str, Any], device: Entry, present: Moment) -> Iterator[Fault]:
        """Whether a device that is no longer used may submit this."""
        if device.state != "inactive":
            return
        read, period = self.house.times.read, body.get("effectivePeriod")
        done = read(period["end"] if period else body["effectiveDateTime"]) or (0, "")
        if done >= device.moment or present > later(device.moment, 7 * _DAY):
            yield "/deviceId", "裝置已停用"
