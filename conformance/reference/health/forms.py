"""What the bodies of the health interface have to look like: the schemas, without what one member says of another."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conformance.reference.bodies import Member, has, is_instant, is_text, list_of, one_of, whole
from conformance.reference.health.records import (
    CODES,
    CONSENT_STATES,
    KINDS,
    MEASUREMENT_STATES,
    PANEL,
    PARTS,
    TASK_STATES,
)
from conformance.reference.problems import Text

__all__ = ["AMENDMENT", "BATCH", "CONSENT", "CONSENT_PATCH", "DEVICE", "MEASUREMENT", "PATIENT", "SEARCH", "TASK_PATCH"]

ID = r"(\.{0,2}[A-Za-z0-9_~-]|\.\.\.)[A-Za-z0-9._~-]{0,63}"
_DATE = re.compile(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CHOICE: Text = ("不在允許的值之中", "is not one of the permitted values")
_TEXT: Text = ("文字的長度或格式不正確", "is no text of the permitted length and form")
_INSTANT: Text = ("須為含時差的日期時間", "must be a date-time with an offset")
_ID: Text = ("須為識別碼", "must be an identifier")


def _length(low: int, high: int) -> Any:
    return lambda value: isinstance(value, str) and low <= len(value) <= high


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -1_000_000 <= value <= 1_000_000


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def is_date(value: Any) -> bool:
    """Whether a value is a date of the calendar, in the form and the years that the interface takes."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_moment(value: Any) -> bool:
    """Whether a value is a date-time, and not of a year that is one of the Republic."""
    return is_instant(value) and value[:4] >= "1912"


def _identified(name: str, *, required: bool = True) -> Member:
    return Member(name, is_text(ID), _ID, required)


SYSTEM = Member("system", is_text(r"https?://[!-~]{1,190}"), ("須為 URI", "must be a URI"))
VALUE = Member("value", is_text(r"[!-~]{1,64}"), _TEXT)
IDENTIFIER = (SYSTEM, VALUE, Member("type", one_of("NNTWN", "MR"), _CHOICE))
NAME = (
    Member("text", _length(1, 100), _TEXT),
    Member("family", _length(1, 50), _TEXT, required=False),
    Member("given", _length(1, 50), _TEXT, required=False),
)
CITIES = (
    "TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA",
    "NAN", "YUN", "CYQ", "CYI", "PIF", "ILA", "HUA", "TTT", "KIN", "PEN", "LIE",
)  # fmt: skip
ADDRESS = (
    Member("cityCode", one_of(*CITIES), _CHOICE),
    Member("district", _length(1, 50), _TEXT, required=False),
    Member("line", _length(1, 200), _TEXT, required=False),
)
PATIENT = (
    Member(
        "identifiers", list_of(has, 1, 10), ("須有 1 至 10 個識別號", "must be 1 to 10 identifiers"), True, IDENTIFIER, many=True
    ),
    Member("name", list_of(has, 0, 5), ("至多 5 個姓名", "must be at most 5 names"), False, NAME, many=True),
    Member("gender", one_of("male", "female", "other", "unknown"), _CHOICE),
    Member("birthDate", is_date, ("須為西元日期", "must be a date of the common era")),
    Member("address", _is_object, ("須為物件", "must be an object"), False, ADDRESS),
    Member("careNeeds", list_of(one_of(*KINDS), 0, 5, unique=True), _CHOICE, required=False),
)
SEARCH = (Member("identifier", _is_object, ("須為物件", "must be an object"), True, (SYSTEM, VALUE)),)
DEVICE = (
    Member("udi", is_text(r"[!-~]{1,120}"), _TEXT, required=False),
    Member("manufacturer", _length(1, 100), _TEXT),
    Member("model", _length(1, 100), _TEXT),
    Member("deviceType", is_text(r"MDC_[A-Z0-9_]{2,76}"), ("須為 MDC 代碼", "must be a reference identifier of MDC")),
    Member("status", one_of("active", "inactive"), _CHOICE),
    Member("inactiveSince", is_moment, _INSTANT, required=False),
    Member("clockOffsetSec", whole(-86_400, 86_400), ("須為整數秒", "must be whole seconds"), required=False),
)
_START, _END = Member("start", is_moment, _INSTANT), Member("end", is_moment, _INSTANT)
CONSENT = (
    _identified("patientId"),
    _identified("grantee"),
    Member("scopes", list_of(one_of(PANEL, *CODES), 1, 12, unique=True), _CHOICE),
    Member(
        "period",
        _is_object,
        ("須為物件", "must be an object"),
        True,
        (_START, Member("end", is_moment, _INSTANT, required=False)),
    ),
)
CONSENT_PATCH = (Member("status", one_of(*CONSENT_STATES), _CHOICE),)
UNITS = sorted({measure.unit for measure in (*CODES.values(), *PARTS.values())})
QUANTITY = (
    Member("value", _number, ("須為數值", "must be a number")),
    Member("unit", _length(1, 40), _TEXT, required=False),
    Member("system", one_of("http://unitsofmeasure.org"), _CHOICE),
    Member("code", one_of(*UNITS), _CHOICE),
)


def _coded(*codes: str) -> tuple[Member, ...]:
    return (Member("system", one_of("http://loinc.org"), _CHOICE), Member("code", one_of(*codes), _CHOICE))


COMPONENT = (
    Member("code", _is_object, ("須為物件", "must be an object"), True, _coded(*PARTS)),
    Member("valueQuantity", _is_object, ("須為物件", "must be an object"), True, QUANTITY),
)
_CONTENT = (
    _identified("patientId"),
    _identified("deviceId", required=False),
    Member("performer", is_text(r"[A-Za-z0-9._~-]{1,64}"), _ID),
    Member("code", _is_object, ("須為物件", "must be an object"), True, _coded(PANEL, *CODES)),
    Member("effectiveDateTime", is_moment, _INSTANT, required=False),
    Member("effectivePeriod", _is_object, ("須為物件", "must be an object"), False, (_START, _END)),
    Member("issued", is_moment, _INSTANT, required=False),
    Member("valueQuantity", _is_object, ("須為物件", "must be an object"), False, QUANTITY),
    Member("component", list_of(has, 2, 2), ("須有兩個分項", "must be two parts"), False, COMPONENT, many=True),
    Member("bodySite", one_of("left-arm", "right-arm", "finger", "ear", "forehead"), _CHOICE, required=False),
    Member("context", one_of("fasting", "postprandial", "resting", "exercise"), _CHOICE, required=False),
    Member("note", _length(0, 200), ("須為至多 200 字元的文字", "must be text of at most 200 characters"), required=False),
)
MEASUREMENT = (*_CONTENT, Member("status", one_of("preliminary", "final"), _CHOICE, required=False))
AMENDMENT = (
    _identified("measurementId", required=False),
    *_CONTENT,
    Member("status", one_of(*MEASUREMENT_STATES), _CHOICE),
)
BATCH = (
    Member("atomic", lambda value: isinstance(value, bool), ("須為 true 或 false", "must be true or false")),
    Member("items", list_of(has, 1, 100), ("須有 1 至 100 個項目", "must be 1 to 100 items"), True, MEASUREMENT, many=True),
)
TASK_PATCH = (
    Member("state", one_of(*TASK_STATES), _CHOICE, required=False),
    _identified("assignee", required=False),
)
