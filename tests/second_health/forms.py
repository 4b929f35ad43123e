"""What a JSON value may be, as functions that name every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from tests.second_health.instants import Times
from tests.second_health.refusals import Fault

__all__ = ["CITIES", "Shape", "array", "boolean", "day", "instant", "number", "one_of", "record", "string"]

Shape = Callable[[Any, str, Times], Iterator[Fault]]
"""The faults of a value at a place."""

CITIES = (
    *("TPE", "NWT", "TAO", "TXG", "TNN", "KHH", "KEE", "HSZ", "HSQ", "MIA", "CHA"),
    *("NAN", "YUN", "CYQ", "CYI", "PIF", "ILA", "HUA", "TTT", "KIN", "PEN", "LIE"),
)


def string(least: int, most: int, form: str = "", *, also: re.Pattern[str] | None = None) -> Shape:
    pattern = also or (re.compile(form) if form else None)

    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield at, "須為字串"
        elif not least <= len(value) <= most or (pattern and not pattern.fullmatch(value)):
            yield at, "格式不符"

    return faults


def one_of(*values: str) -> Shape:
    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, str) or value not in values:
            yield at, "不在代碼表中"

    return faults


def instant(value: Any, at: str, times: Times) -> Iterator[Fault]:
    moment = times.read(value) if isinstance(value, str) else None
    if moment is None or int(value[:4]) < 1912:
        yield at, "須為西元年並附時差的日期時間"


def day(value: Any, at: str, _: Times) -> Iterator[Fault]:
    try:
        if not isinstance(value, str) or not re.fullmatch(r"(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        date.fromisoformat(value)
    except ValueError:
        yield at, "須為西元日期"


def number(low: int, high: int, *, whole: bool = False) -> Shape:
    def faults(value: Any, at: str, _: Times) -> Iterator[Fault]:
        if not isinstance(value, Decimal):
            yield at, "須為數值"
        elif not low <= value <= high or (whole and value != value.to_integral_value()):
            yield at, "數值超出範圍"

    return faults


def boolean(value: Any, at: str, _: Times) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield at, "須為布林值"


def array(of: Shape, least: int, most: int, *, distinct: bool = False) -> Shape:
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


def record(needed: dict[str, Shape], optional: dict[str, Shape] | None = None) -> Shape:
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
