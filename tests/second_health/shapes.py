"""The schemas of the request bodies, as functions that name every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_health.instants import Times
from tests.second_health.refusals import Fault

__all__ = ["BATCH", "CODES", "ID", "SHAPES", "STATES", "STATUSES", "Shape"]

Shape = Callable[[Any, str, Times], Iterator[Fault]]
"""The faults of a value at a place."""

CODES = (
    *("85354-9", "8867-4", "59408-5", "2708-6", "8310-5", "29463-7", "8302-2"),
    *("39156-5", "9279-1", "2339-0", "15074-8", "55423-8"),
)
STATES = ("requested", "accepted", "in-progress", "completed", "rejected", "cancelled", "failed")
STATUSES = ("preliminary", "final", "amended", "entered-in-error")
ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,64}")
_UNITS = ("mm[Hg]", "/min", "%", "Cel", "kg", "cm", "kg/m2", "mg/dL", "mmol/L", "{steps}")
_CITIES = (
    *("TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA"),
    *("NAN", "YUN", "CYQ", "CYI", "PIF", "ILA", "HUA", "TTT", "KIN", "PEN", "LIE"),
)


def _string(least: int, most: int, form: str = "", *, also: re.Pattern[str] | None = None) -> Shape:
    pattern = also or (re.compile(form) if form else None)

    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield at, "須為字串"
        elif not least <= len(value) <= most or (pattern and not pattern.fullmatch(value)):
            yield at, "格式不符"

    return faults


def _one_of(*values: str) -> Shape:
    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in values:
            yield at, "不在代碼表中"

    return faults


def _date_time(value: Any, at: str, times: Times) -> Iterator[Fault]:
    moment = times.read(value) if isinstance(value, str) else None
    if moment is None or int(value[:4]) < 1912:
        yield at, "須為西元年並附時差的日期時間"


def _date(value: Any, at: str, _: Times) -> Iterator[Fault]:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        yield at, "須為西元日期"


def _number(low: int, high: int, *, whole: bool = False) -> Shape:
    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, Decimal):
            yield at, "須為數值"
        elif not low <= value <= high or (whole and value != value.to_integral_value()):
            yield at, "數值超出範圍"

    return faults


def _boolean(value: Any, at: str, _: Times) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield at, "須為布林值"


def _list(of: Shape, least: int, most: int, *, distinct: bool = False) -> Shape:
    def faults(value: Any, at: str, times: Times) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield at, "須為陣列"
            return
        if not least <= len(value) <= most:
            yield at, "項目數不符"
        elif distinct and all(isinstance(one, str) for one in value) and len(set(value)) < len(value):
            yield at, "項目重複"
        for index, one in enumerate(value[:200]):
            yield from of(one, f"{at}/{index}", times)

    return faults


def _object(needed: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
    members = needed | (optional or {})

    def faults(value: Any, at: str, times: Times) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield at, "須為物件"
            return
        for name in needed:
            if name not in value:
                yield at, "缺少欄位"
        for name, member in value.items():
            place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in members:
                yield place if len(place) <= 500 else at, "沒有此欄位"
            else:
                yield from members[name](member, place, times)

    return faults


_id = _string(1, 64, also=ID)
_system = _string(1, 200, r"https?://[!-~]{1,190}")
_value = _string(1, 64, r"[!-~]{1,64}")
_identifier = _object({"system": _system, "value": _value, "type": _one_of("NNTWN", "MR")})
_name = _object({"text": _string(1, 100)}, {"family": _string(1, 50), "given": _string(1, 50)})
_address = _object({"cityCode": _one_of(*_CITIES)}, {"district": _string(1, 50), "line": _string(1, 200)})
_ucum = _one_of("http://unitsofmeasure.org")
_quantity = _object(
    {"value": _number(-1_000_000, 1_000_000), "system": _ucum, "code": _one_of(*_UNITS)}, {"unit": _string(1, 40)}
)
_component = _object(
    {"code": _object({"system": _one_of("http://loinc.org"), "code": _one_of("8480-6", "8462-4")}), "valueQuantity": _quantity}
)
_measured: dict[str, Shape] = {
    "patientId": _id,
    "performer": _string(1, 64, r"[A-Za-z0-9._~-]{1,64}"),
    "code": _object({"system": _one_of("http://loinc.org"), "code": _one_of(*CODES)}),
}
_beside: dict[str, Shape] = {
    "deviceId": _id,
    "effectiveDateTime": _date_time,
    "effectivePeriod": _object({"start": _date_time, "end": _date_time}),
    "issued": _date_time,
    "valueQuantity": _quantity,
    "component": _list(_component, 2, 2),
    "bodySite": _one_of("left-arm", "right-arm", "finger", "ear", "forehead"),
    "context": _one_of("fasting", "postprandial", "resting", "exercise"),
    "note": _string(0, 200),
}
_measurement = _object(_measured, _beside | {"status": _one_of("preliminary", "final")})

BATCH = "createMeasurementBatch"
SHAPES: dict[str, Shape] = {
    "createPatient": _object(
        {
            "identifiers": _list(_identifier, 1, 10),
            "gender": _one_of("male", "female", "other", "unknown"),
            "birthDate": _date,
        },
        {
            "name": _list(_name, 0, 5),
            "address": _address,
            "careNeeds": _list(_one_of("visit", "call", "meal", "medication", "transport"), 0, 5, distinct=True),
        },
    ),
    "searchPatients": _object({"identifier": _object({"system": _system, "value": _value})}),
    "registerDevice": _object(
        {
            "manufacturer": _string(1, 100),
            "model": _string(1, 100),
            "deviceType": _string(1, 80, r"MDC_[A-Z0-9_]{2,76}"),
            "status": _one_of("active", "inactive"),
        },
        {
            "udi": _string(1, 120, r"[!-~]{1,120}"),
            "inactiveSince": _date_time,
            "clockOffsetSec": _number(-86_400, 86_400, whole=True),
        },
    ),
    "createConsent": _object(
        {
            "patientId": _id,
            "grantee": _id,
            "scopes": _list(_one_of(*CODES), 1, 12, distinct=True),
            "period": _object({"start": _date_time}, {"end": _date_time}),
        }
    ),
    "updateConsent": _object({"status": _one_of("active", "inactive", "entered-in-error")}),
    "createMeasurement": _measurement,
    BATCH: _object({"atomic": _boolean, "items": _list(_measurement, 1, 100)}),
    "amendMeasurement": _object(_measured | {"status": _one_of(*STATUSES)}, _beside | {"measurementId": _id}),
    "updateCareTask": _object({}, {"state": _one_of(*STATES), "assignee": _id}),
}
