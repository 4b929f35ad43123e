"""Standing data of the health server: two organisations and a few persons who never were, and what was measured of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from conformance.reference.instants import DAY, HOUR, format_instant
from conformance.reference.wire import Json

__all__ = ["PERSONS", "readings"]

# The numbers begin with Y8, as nobody's should: how far that is known is told in `given/templates.never_issued`.
PERSONS: tuple[tuple[str, Json], ...] = tuple(
    (
        tenant,
        {
            "identifiers": [
                {"system": "http://www.moi.gov.tw", "value": number, "type": "NNTWN"},
                {"system": f"https://{tenant}.example/mr", "value": f"MR-{nth:05d}", "type": "MR"},
            ],
            "name": [{"text": name}],
            "gender": gender,
            "birthDate": born,
            "address": {"cityCode": city},
            "careNeeds": needs,
        },
    )
    for nth, (tenant, number, name, gender, born, city, needs) in enumerate(
        (
            ("a", "Y800000102", "測試甲", "female", "1944-02-29", "TPE", ["visit", "meal"]),
            ("a", "Y800000111", "測試乙", "male", "1951-07-05", "NWT", ["call"]),
            ("a", "Y800000120", "測試丙", "other", "1938-12-31", "HUA", ["medication", "transport"]),
            ("b", "Y800000139", "測試丁", "male", "1949-10-10", "TXG", ["visit"]),
            ("b", "Y800000148", "測試戊", "female", "1956-01-01", "PEN", ["meal"]),
        ),
        1,
    )
)


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "system": "http://unitsofmeasure.org", "code": unit}


def _code(code: str) -> Json:
    return {"system": "http://loinc.org", "code": code}


def readings(patient: str, device: str, now: Fraction) -> Iterator[Json]:
    """A few measurements of a patient over the last three days, by the body that would make each."""
    for day in range(3):
        moment = Fraction(int(now // 1) - day * DAY - 2 * HOUR)
        base: dict[str, Any] = {"patientId": patient, "performer": "self", "effectiveDateTime": format_instant(moment)}
        yield {**base, "deviceId": device, "code": _code("8867-4"), "valueQuantity": _quantity(70 + day, "/min")}
        yield {**base, "code": _code("8310-5"), "valueQuantity": _quantity(36.4 + day / 10, "Cel")}
        yield {
            **base,
            "code": _code("85354-9"),
            "component": [
                {"code": _code("8480-6"), "valueQuantity": _quantity(126 + day, "mm[Hg]")},
                {"code": _code("8462-4"), "valueQuantity": _quantity(78 + day, "mm[Hg]")},
            ],
        }
