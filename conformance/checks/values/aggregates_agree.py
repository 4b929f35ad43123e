"""Sums, minima, orders and bounds hold between the members of a document.

Why: a total that is not the sum of its parts means that one of the two is wrong, and a reader who uses only one of them never knows
which.

Fails when: a sum, a minimum, an ascending order or a bound of the rules does not hold.
Inconclusive when: no document had the values that a rule speaks of.
Source: the rows that use it; TDX Estimates[], Availabilities[]; GBFS capacity.

A rule is one of

    {sum: /parts/*/n, is: /total}         the numbers of `sum`, or of each of several, add up to `is`; with `empty: true` also when there are
                                          none (0)
    {minimum: /parts/*/n, is: /least}     `is` is the smallest of them, when there are any
    {ascending: /parts/*/n}               each is at least the one before it
    {value: /n, least: 0, most: /total}   the number is between the two; `each: /parts/*` moves all three into every part

A bound is a number or a pointer. What is null or missing is not known, and a sum with an unknown part is not judged. With
`beside` (an operation and the pointers of its path parameters), pointers that begin with `/beside` go into its answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.checks._example import exchange, numbered, page
from conformance.checks._reading import at_path, documents, number_of, path_of, read, shown
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 22
_RULE = {
    **{key: {"type": "string"} for key in ("minimum", "ascending", "is", "value", "each")},
    "sum": {"type": ["string", "array"]},
    **{key: {"type": ["number", "string"]} for key in ("least", "most")},
    "empty": {"type": "boolean"},
}
WITH = {
    "properties": {
        "rules": {
            "items": {
                "type": "object",
                "properties": _RULE,
                "additionalProperties": False,
                "oneOf": [
                    {"required": ["sum", "is"]},
                    {"required": ["minimum", "is"]},
                    {"required": ["ascending"]},
                    {"required": ["value"]},
                ],
            }
        }
    }
}
ABOUT = """文件各欄位間之總和、最小值、順序與上下限均成立。
緣由：總數不等於各部分之和，即表示其一有誤；僅用其一之讀者永遠不知何者為誤。
不通過：規則所定之總和、最小值、遞增順序或上下限不成立。
無法判定：沒有文件具備規則所述之值。
依據：使用本檢查之各要求；TDX Estimates[]、Availabilities[]；GBFS capacity。
規則為下列之一：
    {sum: /parts/*/n, is: /total}       `sum`（或多處各自）之數值總和等於 `is`；`empty: true` 時，沒有數值亦適用（總和為 0）
    {minimum: /parts/*/n, is: /least}   有值時，`is` 為其最小者
    {ascending: /parts/*/n}             每一值不小於前一值
    {value: /n, least: 0, most: /total} 數值介於兩者之間；`each: /parts/*` 將三者移至每一部分
上下限為數值或指標。null 或缺漏者視為未知，含未知部分之總和不予判定。使用 `beside`（操作及其路徑參數之指標）時，以 `/beside` 開頭之指標指向該操作之回應。
"""

MESSAGES = {
    "sum": {
        "en": "{at} is not the sum of its parts: expected {expected}, got {actual}",
        "zh-Hant": "{at} 不等於各項加總：應為 {expected}，實得 {actual}",
    },
    "minimum": {
        "en": "{at} is not the smallest of its parts: expected {expected}, got {actual}",
        "zh-Hant": "{at} 不是各項的最小值：應為 {expected}，實得 {actual}",
    },
    "order": {
        "en": "the values at {at} are not in ascending order: expected {expected}, got {actual}",
        "zh-Hant": "{at} 的數值未依遞增排列：應為 {expected}，實得 {actual}",
    },
    "bounds": {
        "en": "{at} is out of bounds: expected {expected}, got {actual}",
        "zh-Hant": "{at} 超出界限：應為 {expected}，實得 {actual}",
    },
}
Rule = Mapping[str, Any]
Fault = tuple[str, str, str, str]  # message, expected, actual, pointer


def drive(
    operation: Operation, inputs: Inputs, dialect: Dialect, *, beside: Mapping[str, Any] | None = None, most: int = 12
) -> Script:
    """Reads up to `most` samples of the operation, and what stands beside each document."""
    exchanges = yield from read(operation, inputs, dialect, most=most)
    if beside is not None:
        other = operation.spec.operations[beside["operation"]]
        paths = [
            path_of(other, document, beside["parameters"])
            for _, found in documents(operation, exchanges, dialect)
            for _, document in found
        ]
        for path in dict.fromkeys(path for path in paths[:most] if path is not None):
            yield at_path(other, path, "beside")


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    rules: Sequence[Rule],
    beside: Mapping[str, Any] | None = None,
    at: str | None = None,
) -> Iterator[Finding | Witness]:
    """One witness per answer and rule that applied to one of its documents."""
    yield from _judged(operation, trace, dialect, rules, beside, at)


def each(
    operation: Operation, trace: Sequence[Exchange], dialect: Dialect, *, rules: Sequence[Rule], at: str | None = None
) -> Iterator[Finding]:
    """The same of any answer of the run, as far as it tells by itself."""
    said = _judged(operation, trace, dialect, rules, None, at, given=True)
    yield from (one for one in said if isinstance(one, Finding))


def _judged(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    rules: Sequence[Rule],
    beside: Mapping[str, Any] | None,
    at: str | None,
    *,
    given: bool = False,
) -> Iterator[Finding | Witness]:
    for one, found in documents(operation, trace, dialect, at, given=given):
        joined = [(where, document, _beside(operation, trace, document, beside)) for where, document in found]
        for rule in rules:
            told = [(where, answer, fault) for where, document, answer in joined for fault in _faults(rule, document, answer)]
            if told:
                yield Witness((one.number,), shown(rule))
            for where, answer, fault in told:
                if fault is not None:
                    message, expected, actual, place = fault
                    numbers = (one.number,) if answer is None else (one.number, answer.number)
                    yield Finding(message, numbers, expected, actual, where + place)


def _beside(operation: Operation, trace: Sequence[Exchange], document: Any, beside: Mapping[str, Any] | None) -> Exchange | None:
    """The last good answer of the other operation about this document."""
    if beside is None:
        return None
    path = path_of(operation.spec.operations[beside["operation"]], document, beside["parameters"])
    same = [one for one in trace if one.request.operation == beside["operation"] and one.request.path == path and one.ok]
    return same[-1] if same else None


def _faults(rule: Rule, document: Any, answer: Exchange | None) -> Iterator[Fault | None]:
    """For every place of the document where the rule applies: what is wrong there, or None."""
    if answer is not None and isinstance(document, Mapping):
        document = {**document, "beside": answer.json}
    for here, part in pointer.resolve(document, rule.get("each", "")):
        root = document if not rule.get("each") else part
        if "value" in rule:
            yield from _bounds(rule, root, here)
        elif "ascending" in rule:
            yield from _ascending(rule["ascending"], root, here)
        elif "minimum" in rule:
            yield from _minimum(rule, root, here)
        else:
            yield from _sum(rule, root, here)


def _bounds(rule: Rule, root: Any, here: str) -> Iterator[Fault | None]:
    limits = {name: _bound(root, rule.get(name)) for name in ("least", "most")}
    for place, raw in pointer.resolve(root, rule["value"]):
        value = number_of(raw)
        if value is None or (limits["least"] is None and limits["most"] is None):
            continue
        low = limits["least"] is not None and value < limits["least"]
        high = limits["most"] is not None and value > limits["most"]
        expected = f"{_text(limits['least'])} to {_text(limits['most'])}"
        yield ("bounds", expected, shown(value), here + place) if low or high else None


def _bound(root: Any, bound: Any) -> int | float | None:
    return number_of(pointer.first(root, bound)) if isinstance(bound, str) else number_of(bound)


def _text(bound: float | None) -> str:
    return "…" if bound is None else f"{bound:g}"


def _numbers(root: Any, place: str) -> tuple[list[int | float], bool]:
    """The known numbers at a pointer, and whether all of them are known. A part without the member is not known either."""
    base, _, member = place.rpartition("/")
    raw = [pointer.first(part, f"/{member}") for part in pointer.values(root, base)]
    known = [number for value in raw if (number := number_of(value)) is not None]
    return known, len(known) == len(raw)


def _ascending(place: str, root: Any, here: str) -> Iterator[Fault | None]:
    known, _ = _numbers(root, place)
    if len(known) > 1:
        yield None if known == sorted(known) else ("order", shown(sorted(known)), shown(known), here + place)


def _minimum(rule: Rule, root: Any, here: str) -> Iterator[Fault | None]:
    known, _ = _numbers(root, rule["minimum"])
    if known:
        stated = pointer.first(root, rule["is"])
        agrees = number_of(stated) == min(known)
        yield None if agrees else ("minimum", shown(min(known)), shown(stated), here + rule["is"])


def _sum(rule: Rule, root: Any, here: str) -> Iterator[Fault | None]:
    alone = isinstance(rule["sum"], str)
    parts = [_numbers(root, place) for place in ([rule["sum"]] if alone else rule["sum"])]
    known = [number for numbers, _ in parts for number in numbers]
    complete = all(whole and (alone or numbers) for numbers, whole in parts)
    stated = number_of(pointer.first(root, rule["is"]))
    if stated is None or not complete or not (known or rule.get("empty", False)):
        return
    agrees = abs(stated - sum(known)) < 1e-9
    yield None if agrees else ("sum", shown(sum(known)), shown(stated), here + rule["is"])


def _thing(
    total: Any = None, least: Any = None, parts: Sequence[Any] = (), size: int | None = None, both: Any = None
) -> list[Exchange]:
    halves = [{"one": 2, "other": 0, "both": both}]
    item = {"thingId": "a", "total": total, "least": least, "parts": [{"n": n, "max": 5} for n in parts], "halves": halves}
    besides = [] if size is None else [exchange("GET /things/a", 200, {"size": size}, name="getThing", step="beside")]
    return numbered(exchange("GET /things", 200, page(item), step="read"), *besides)


EXAMPLES = Examples(
    operation="listThings",
    arguments={
        "beside": {"operation": "getThing", "parameters": {"thingId": "/thingId"}},
        "rules": [
            {"sum": "/parts/*/n", "is": "/total"},
            {"minimum": "/parts/*/n", "is": "/least"},
            {"ascending": "/parts/*/n"},
            {"each": "/halves/*", "sum": ["/one", "/other"], "is": "/both"},
            {"value": "/total", "least": 0, "most": "/beside/size"},
            {"each": "/parts/*", "value": "/n", "most": "/max"},
        ],
    },
    conforms=[_thing(6, 1, (1, 2, 3)), _thing(6, 2, (2, None, 3)), _thing(5, 5, (5,), 5), _thing(7), _thing(both=2)],
    violates=[
        _thing(7, 1, (1, 2, 3)),
        _thing(6, 2, (1, 2, 3)),
        _thing(6, None, (1, 2, 3)),
        _thing(6, 1, (1, 3, 2)),
        _thing(-1),
        _thing(6, 1, (1, 2, 3), 5),
        _thing(6, 6, (6,)),
        _thing(both=3),
    ],
    inconclusive=[_thing(), [exchange("GET /things", 503, step="read")]],
)
