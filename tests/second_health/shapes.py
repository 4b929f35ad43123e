"""The schemas of the request bodies, as functions that name every fault with its place."""

from __future__ import annotations

import re

from tests.second_health.forms import CITIES, Shape, array, boolean, day, instant, number, one_of, record, string

__all__ = ["BATCH", "CODES", "ID", "SHAPES", "STATES", "STATUSES"]

CODES = (
    *("85354-9", "8867-4", "59408-5", "2708-6", "8310-5", "29463-7", "8302-2"),
    *("39156-5", "9279-1", "2339-0", "15074-8", "55423-8"),
)
STATES = ("requested", "accepted", "in-progress", "completed", "rejected", "cancelled", "failed")
STATUSES = ("preliminary", "final", "amended", "entered-in-error")
ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._~-]{1,64}")
_UNITS = ("mm[Hg]", "/min", "%", "Cel", "kg", "cm", "kg/m2", "mg/dL", "mmol/L", "{steps}")


_id = string(1, 64, also=ID)
_system = string(1, 200, r"https?://[!-~]{1,190}")
_value = string(1, 64, r"[!-~]{1,64}")
_identifier = record({"system": _system, "value": _value, "type": one_of("NNTWN", "MR")})
_name = record({"text": string(1, 100)}, {"family": string(1, 50), "given": string(1, 50)})
_address = record({"cityCode": one_of(*CITIES)}, {"district": string(1, 50), "line": string(1, 200)})
_ucum = one_of("http://unitsofmeasure.org")
_quantity = record({"value": number(-1_000_000, 1_000_000), "system": _ucum, "code": one_of(*_UNITS)}, {"unit": string(1, 40)})
_component = record(
    {"code": record({"system": one_of("http://loinc.org"), "code": one_of("8480-6", "8462-4")}), "valueQuantity": _quantity}
)
_measured: dict[str, Shape] = {
    "patientId": _id,
    "performer": string(1, 64, r"[A-Za-z0-9._~-]{1,64}"),
    "code": record({"system": one_of("http://loinc.org"), "code": one_of(*CODES)}),
}
_beside: dict[str, Shape] = {
    "deviceId": _id,
    "effectiveDateTime": instant,
    "effectivePeriod": record({"start": instant, "end": instant}),
    "issued": instant,
    "valueQuantity": _quantity,
    "component": array(_component, 2, 2),
    "bodySite": one_of("left-arm", "right-arm", "finger", "ear", "forehead"),
    "context": one_of("fasting", "postprandial", "resting", "exercise"),
    "note": string(0, 200),
}
_measurement = record(_measured, _beside | {"status": one_of("preliminary", "final")})

BATCH = "createMeasurementBatch"
SHAPES: dict[str, Shape] = {
    "createPatient": record(
        {
            "identifiers": array(_identifier, 1, 10),
            "gender": one_of("male", "female", "other", "unknown"),
            "birthDate": day,
        },
        {
            "name": array(_name, 0, 5),
            "address": _address,
            "careNeeds": array(one_of("visit", "call", "meal", "medication", "transport"), 0, 5, distinct=True),
        },
    ),
    "searchPatients": record({"identifier": record({"system": _system, "value": _value})}),
    "registerDevice": record(
        {
            "manufacturer": string(1, 100),
            "model": string(1, 100),
            "deviceType": string(1, 80, r"MDC_[A-Z0-9_]{2,76}"),
            "status": one_of("active", "inactive"),
        },
        {
            "udi": string(1, 120, r"[!-~]{1,120}"),
            "inactiveSince": instant,
            "clockOffsetSec": number(-86_400, 86_400, whole=True),
        },
    ),
    "createConsent": record(
        {
            "patientId": _id,
            "grantee": _id,
            "scopes": array(one_of(*CODES), 1, 12, distinct=True),
            "period": record({"start": instant}, {"end": instant}),
        }
    ),
    "updateConsent": record({"status": one_of("active", "inactive", "entered-in-error")}),
    "createMeasurement": _measurement,
    BATCH: record({"atomic": boolean, "items": array(_measurement, 1, 100)}),
    "amendMeasurement": record(_measured | {"status": one_of(*STATUSES)}, _beside | {"measurementId": _id}),
    "updateCareTask": record({}, {"state": one_of(*STATES), "assignee": _id}),
}
