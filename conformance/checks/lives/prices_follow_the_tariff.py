"""The price of a booking is what the published tariff makes of its duration: started hours times the hourly fare, capped per day.

Why: a driver decides by the published fare; rounding of one's own, a forgotten cap or an hour too many is an overcharge that nobody
notices in a single answer.

Fails when: the price differs from the number of started hours times the hourly fare (at most the daily maximum for each started day,
where one is published), is no whole number, or is not in the tariff's currency; or something that has no price shows one.
Inconclusive when: nothing with a published tariff could be booked.
Source: Ministry of Transportation and Communications, parking fee data standard; the interface's rules on prices.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, problem
from conformance.checks._own import known_recipe, recipe_of
from conformance.checks._reading import shown
from conformance.checks._targets import Entry, later, offers, reading
from conformance.interface.dialect import Dialect, instant
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Unmet, Witness
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 49
TARIFF, BOOK, FREE = "tariff", "book", "book what has no price"
_TRIES = 3

ABOUT = """預約之價格即公布費率依其時間長度所得：不足一小時以一小時計之時數乘以時費，並以日費為上限。
緣由：駕駛依公布費率決定；自訂之進位、遺漏之上限或多計一小時，即為無人察覺之溢收。
不通過：價格不等於時數乘以時費（有公布日費上限者，每一起始日至多為該額）、不是整數、幣別與費率不同；或免費者顯示價格。
無法判定：沒有公布費率者可供預約。
依據：交通部停車費資料標準；介面規範之價格規定。
"""

MESSAGES = {
    "amount": {
        "en": "{at} should be {expected} by the tariff, but is {actual}",
        "zh-Hant": "依費率 {at} 應為 {expected}，實為 {actual}",
    },
    "currency": {
        "en": "{at} should be {expected}, but is {actual}",
        "zh-Hant": "{at} 應為 {expected}，實為 {actual}",
    },
    "priced": {
        "en": "{at} should be {expected} for this, but is {actual}",
        "zh-Hant": "此標的之 {at} 應為 {expected}，實為 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    priced: Entry,
    unpriced: Entry | None = None,
    durations: Sequence[int] = (1800, 3600, 3601, 9000, 86400),
    start: str = "/startTime",
    end: str = "/endTime",
    things: int = 2,
) -> Script:
    """Up to `things` of `priced` are booked for each of the `durations` (seconds); `start` and `end` are top-level members."""
    spec = operation.spec
    booked = 0
    for nth, (body, values) in enumerate((yield from offers(spec, priced, inputs, dialect))):
        yield reading(spec, priced["operation"], values, dialect, step=TARIFF)
        found = yield from _booked(operation, body, nth, durations, (start, end), inputs)
        booked += 1 if found else 0
        if booked == things or nth == things + _TRIES:
            break
    if unpriced is not None:
        for index, (body, _) in enumerate((yield from offers(spec, unpriced, inputs, dialect))[:_TRIES]):
            answer: Exchange = yield given.creation(operation, body, inputs, actor="a", label=f"free-{index}").with_step(FREE)
            if answer.ok:
                break
    if not booked:
        raise Unmet("nothing with a published tariff could be booked")


def _booked(
    operation: Operation, body: Any, nth: int, durations: Sequence[int], moments: tuple[str, str], inputs: Inputs
) -> Script:
    """How many of the durations were booked; each is given back at once, so that one free unit is enough."""
    name, recipe = recipe_of(operation)
    since, until = (pointer.segments(at)[0] for at in moments)
    count = 0
    for seconds in durations:
        wanted = {**body, until: later(body[since], seconds)}
        answer: Exchange = yield given.creation(operation, wanted, inputs, actor="a", label=f"{nth}-{seconds}").with_step(BOOK)
        if not answer.ok:
            continue
        count += 1
        one = given.made(operation.spec, name, answer)
        if "cleanup" in recipe:
            yield given.change(operation.spec, one, recipe["cleanup"]["members"], tag=one.tag, step="given: give back")
    return count


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    tariff: Mapping[str, str],
    price: str = "/price",
    start: str = "/startTime",
    end: str = "/endTime",
) -> Iterator[Finding | Witness]:
    """One witness per booking with a tariff. `tariff` has the pointers `perHour`, `dailyMax` and `currency` into what publishes it."""
    if known_recipe(operation) is None:
        return
    published: Exchange | None = None
    for one in trace:
        if one.step == TARIFF:
            published = one if one.ok else None
        elif one.step == BOOK and one.ok and published is not None:
            yield from _priced(one, published, tariff, price, (start, end))
        elif one.step == FREE and one.ok:
            yield Witness((one.number,), FREE)
            if (found := pointer.first(one.json, price)) is not None:
                yield Finding("priced", (one.number,), "null", shown(found), price)


def _priced(
    one: Exchange, published: Exchange, tariff: Mapping[str, str], price: str, moments: tuple[str, str]
) -> Iterator[Finding | Witness]:
    since, until = (instant(pointer.first(one.request.json(), at)) for at in moments)
    hourly = pointer.first(published.json, tariff["perHour"])
    highest = pointer.first(published.json, tariff["dailyMax"])
    if since is None or until is None or not isinstance(hourly, int):
        return
    numbers = (published.number, one.number)
    yield Witness(numbers, str(until - since))
    expected = _amount(until - since, hourly, highest)
    amount, currency = pointer.first(one.json, f"{price}/amount"), pointer.first(one.json, f"{price}/currency")
    if amount != expected or isinstance(amount, bool) or not isinstance(amount, int):
        yield Finding("amount", numbers, str(expected), shown(amount), f"{price}/amount")
    elif currency != (wanted := pointer.first(published.json, tariff["currency"], currency)):
        yield Finding("currency", numbers, str(wanted), shown(currency), f"{price}/currency")


def _amount(duration: timedelta, hourly: int, highest: Any) -> int:
    amount = math.ceil(duration / timedelta(hours=1)) * hourly
    days = max(1, math.ceil(duration / timedelta(days=1)))
    return min(amount, highest * days) if isinstance(highest, int) else amount


def _published(**more: Any) -> Exchange:
    fare = {"currency": "TWD", "perHour": 30, **more}
    return exchange("GET /things/t1", 200, {"fare": fare}, name="getThing", step=TARIFF)


def _book(until: str, price: Any, status: int = 201, step: str = BOOK) -> Exchange:
    sent = {"startTime": "2025-06-12T08:00:00+08:00", "endTime": f"2025-06-{until}:00+08:00"}
    body = {"thingId": "t1", "price": price} if status == 201 else problem(status)
    return exchange("POST /things", status, body, name="createThing", step=step, actor="a", sent=sent)


def _money(amount: Any, currency: str = "TWD") -> dict[str, Any]:
    return {"amount": amount, "currency": currency}


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_published(), _book("12T08:30", _money(30)), _book("12T09:00", _money(30)), _book("12T09:01", _money(60))),
        numbered(_published(dailyMax=100), _book("12T20:00", _money(100)), _book("13T08:00", _money(100))),
        numbered(_published(perHour=30.0), _book("12T08:30", _money(30.0))),
        [_book("12T09:00", None, step=FREE)],
    ],
    violates=[
        numbered(_published(), _book("12T09:01", _money(31))),
        numbered(_published(dailyMax=100), _book("12T20:00", _money(360))),
        numbered(_published(), _book("12T09:00", _money("30"))),
        numbered(_published(), _book("12T09:00", _money(30, "USD"))),
        numbered(_published(), _book("12T09:00", None)),
        [_book("12T09:00", _money(30), step=FREE)],
    ],
    inconclusive=[[], numbered(_published(), _book("12T09:00", None, 409)), [_book("12T09:00", _money(1))]],
    arguments={"tariff": {"perHour": "/fare/perHour", "dailyMax": "/fare/dailyMax", "currency": "/fare/currency"}},
)
