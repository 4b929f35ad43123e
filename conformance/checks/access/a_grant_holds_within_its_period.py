"""A grant holds from the instant at which it begins, and not at the one at which it ends: outside it is as if there were none.

Why: whoever consents for a month does not consent for a month and a day. A period that is compared as text, in the wrong zone or only
when the grant is made, opens records long after.

Tenant a makes grants to tenant b whose periods lie in the past and in the future, hold now, and begin or end within some seconds; b reads
what they name, its holder and the list, before and after.

Fails when: b can read what a grant names, or its holder, outside its period (anything but `hidden`), or cannot read them within; or outside
the list shows it. (That the list shows it within is `a_grant_opens_what_it_names_and_no_more`: it may come later than the grant.)
Inconclusive when: nothing could be granted, or it cannot be told on which side of a border a reading was.
Source: FHIR R4, Consent.provision.period; the interface's rules on consent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from conformance import given
from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import unusable
from conformance.checks._statuses import either
from conformance.interface.dialect import Dialect, instant
from conformance.model import (
    Examples,
    Exchange,
    Finding,
    Inputs,
    Operation,
    Pause,
    Request,
    Script,
    Spec,
    Touches,
    Unmet,
    Witness,
)
from conformance.text import pointer

TOUCHES = Touches.WRITES
ASKS = 85
ACTORS = ("b",)
WAITS = True
LAPSES = True
GRANT, READ, HOLDER, LIST = "grant ", "read ", "read the holder ", "list "
ENDS, BEGINS = 5, 5  # seconds after which a grant ends or begins
PERIODS: Mapping[str, Mapping[str, Any]] = {
    "over": {"start": {"now": -7200}, "end": {"now": -3600}},
    "over, by one hour in another offset": {"start": {"now": -7200}, "end": {"now": -3600, "zone": "+14:00"}},
    "to come": {"start": {"now": 3600}, "end": {"now": 7200}},
    "holding": {"start": {"now": -60}, "end": {"now": 3600, "zone": "-10:00"}},
    "holding without end": {"start": {"now": -60, "zone": "+14:00"}},
    "about to end": {"start": {"now": -60}, "end": {"now": ENDS}},
    "about to begin": {"start": {"now": BEGINS}, "end": {"now": 3600}},
}

ABOUT = """授權自開始之時刻起有效，至結束之時刻即失效；期間以外視同未授權。
緣由：同意一個月，並非同意一個月又一天。期間若以文字比較、以錯誤時區比較，或僅於建立時檢查，紀錄便會在期滿後長期開放。
租戶 a 授權租戶 b，期間分別在過去、未來、目前有效，及數秒內開始或結束；b 於前後讀取所授權者、其持有人與清單。
不通過：b 於期間外可讀取所授權者或其持有人（回應非 `hidden`），或於期間內無法讀取；或清單於期間外列出之。（期間內清單是否列出，由 `a_grant_opens_what_it_names_and_no_more` 判定，清單可能較晚更新。）
無法判定：無法授權，或無法得知某次讀取落在界線之哪一側。
依據：FHIR R4 Consent.provision.period；介面規範之同意規定。
"""

MESSAGES = {
    "open": {
        "en": "outside its period a grant should open nothing ({at}): expected {expected}, got {actual}",
        "zh-Hant": "期間之外同意不應開放任何內容（{at}）：應為 {expected}，實得 {actual}",
    },
    "shut": {
        "en": "within its period a grant should open what it names ({at}): expected {expected}, got {actual}",
        "zh-Hant": "期間之內同意應開放所載內容（{at}）：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    resource: str,
    things: str,
    holder: str,
    organisation: str,
    to: str,
    names: Mapping[str, Any],
    period: str,
) -> Script:
    """The recipes and members are those of `a_grant_opens_what_it_names_and_no_more`; `period` is the member that takes the period."""
    spec = operation.spec
    theirs = yield from given.created(spec, holder, inputs, dialect, actor="b", nth=7, step="given: b's own")
    name = pointer.first(theirs.representation, organisation)
    waited: list[tuple[str, list[Request], Exchange]] = []
    for nth, (label, span) in enumerate(PERIODS.items()):
        ground: given.Things = {}
        one = yield from given.created(spec, things, inputs, dialect, nth=nth, things=ground)
        now = dialect.server_time(one.exchange)
        if name is None or now is None:
            raise Unmet("what was made says neither whose it is nor when it was made")
        changes = {**names, to: name, period: given.fill(span, None, now, inputs, nth)}
        grant = yield from given.created(
            spec, resource, inputs, dialect, step=GRANT + label, things=ground, changes=changes, nth=nth
        )
        asked = _asked(spec, one, ground, holder, label)
        for each in asked:
            yield each
        if "about" in label:
            waited.append((label, asked, grant.exchange))
    for label, asked, made in waited:
        now, border = (
            dialect.server_time(made),
            instant(pointer.first(made.json, f"/{period}/{'end' if 'end' in label else 'start'}")),
        )
        if now is not None and border is not None:
            yield Pause(max(0.0, (border - now).total_seconds()), apart=True)
        for each in asked:
            yield each


def _asked(spec: Spec, one: given.Created, ground: given.Things, holder: str, label: str) -> list[Request]:
    """What b asks: the thing, its holder, and the list that would show it."""
    person, shelf = given.stood_on(ground, holder), given.listing(spec, one, actor="b")
    return [
        given.read(spec, one, actor="b", step=READ + label),
        *([given.read(spec, person, actor="b", step=HOLDER + label)] if person is not None else []),
        *([shelf.with_step(LIST + label)] if shelf is not None else []),
    ]


def judge(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, period: str = "period", hidden: Sequence[int] = (404,)
) -> Iterator[Finding | Witness]:
    """A witness per reading of which its Date tells on which side of the borders it was."""
    spans: dict[str, tuple[Exchange, Any]] = {}
    for one in trace:
        if one.step.startswith(GRANT) and one.ok:
            spans[one.step.removeprefix(GRANT)] = (one, pointer.first(one.json, f"/{period}"))
        kind = next((each for each in (HOLDER, READ, LIST) if one.step.startswith(each)), "")
        label = one.step.removeprefix(kind)
        if not kind or unusable(one) or label not in spans:
            continue
        made, span = spans[label]
        within = _within(one, span, dialect)
        if within is None:
            continue
        if kind == LIST:
            listed = dialect.items(one, operation.spec.operations[one.request.operation])
            if not within and listed is not None:
                yield Witness((made.number, one.number), f"{LIST}{label}: outside")
                if listed:
                    yield Finding("open", (made.number, one.number), "no items", str(len(listed)), one.step)
            continue
        yield Witness((made.number, one.number), f"{one.step.removeprefix(READ)}: {'within' if within else 'outside'}")
        if within and one.status != 200:
            yield Finding("shut", (made.number, one.number), "200", str(one.status), one.step.removeprefix(READ))
        elif not within and one.status not in hidden:
            yield Finding("open", (made.number, one.number), either(hidden), str(one.status), one.step.removeprefix(READ))


def _within(one: Exchange, span: Any, dialect: Dialect) -> bool | None:
    """Whether a reading was in a period, by the second that its Date names; None where a border lies in that second."""
    first = dialect.server_time(one)
    start, end = instant(pointer.first(span, "/start")), instant(pointer.first(span, "/end"))
    if first is None or start is None or (end is None and pointer.first(span, "/end") is not None):
        return None
    last = first + timedelta(seconds=1)
    if (end is not None and first >= end) or last <= start:
        return False
    return True if first >= start and (end is None or last <= end) else None


# ------------------------------------------------------------------------------------------ examples

_SPAN = {"start": "2025-06-12T08:00:00+08:00", "end": "2025-06-12T00:30:00Z"}


def _granted(span: Any = _SPAN) -> Exchange:
    return exchange(
        "POST /things", 201, {"thingId": "g1", "period": span}, name="createThing", step=GRANT + "x", actor="a", sent={}
    )


def _read(at: str, status: int, step: str = READ) -> Exchange:
    body = {"thingId": "t1"} if status == 200 else problem(status)
    date = {"Date": f"Thu, 12 Jun 2025 {at} GMT"}
    return exchange("GET /things/t1", status, body, name="getThing", step=step + "x", actor="b", headers=date)


def _list(at: str, *items: str) -> Exchange:
    return exchange("GET /things", 200, page(*items), step=LIST + "x", actor="b", headers={"Date": f"Thu, 12 Jun 2025 {at} GMT"})


EXAMPLES = Examples(
    operation="createThing",
    conforms=[
        numbered(_granted(), _read("00:00:00", 200), _read("00:29:59", 200), _read("00:30:00", 404)),
        numbered(_granted({"start": _SPAN["start"]}), _read("23:59:59", 200)),
        numbered(_granted(), _read("00:00:00", 200), _read("00:00:00", 200, HOLDER), _list("00:00:00")),
        numbered(_granted(), _read("00:30:00", 404, HOLDER), _list("00:30:00")),
    ],
    violates=[
        numbered(_granted(), _read("00:30:00", 200)),
        numbered(_granted(), _read("00:29:59", 404)),
        numbered(_granted(), _read("00:30:00", 200, HOLDER)),
        numbered(_granted(), _read("00:29:59", 404, HOLDER)),
        numbered(_granted(), _list("00:30:00", "t1")),
        numbered(_granted({"start": "2025-06-12T00:30:00Z"}), _read("00:29:59", 200)),
    ],
    inconclusive=[
        [],
        numbered(_read("00:10:00", 404)),
        numbered(_granted({"start": "2025-06-12T00:00:00.5Z"}), _read("00:00:00", 404)),
        numbered(_granted(), _read("00:10:00", 401)),
    ],
)
