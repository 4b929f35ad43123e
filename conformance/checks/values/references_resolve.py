"""What an item refers to can be read under the identifier that it gives, and both agree on what they both say.

Why: a listing that names a stop which nobody can read, or which calls itself otherwise, was put together from another day's data.

Fails when: reading what an item refers to is not answered 200, or a member that both have differs.
Inconclusive when: no item with such a reference was seen, or nothing that it refers to was answered.
Source: TDX StopOfRoute; the interface's rules on references.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.checks._example import exchange, numbered, page, problem
from conformance.checks._own import unusable
from conformance.checks._reading import at_path, documents, path_of, pick, read, shown
from conformance.checks._rounds import lasting, settled
from conformance.checks._views import at_rest
from conformance.interface.dialect import Dialect
from conformance.model import Examples, Exchange, Finding, Inputs, Operation, Script, Touches, Witness
from conformance.text import pointer

TOUCHES = Touches.READS
ASKS = 28
ABOUT = """項目所參照者，可依其所載識別碼讀取，且兩者共有之內容一致。
緣由：清單所列站牌無人能讀取，或自稱為他名者，係以不同日期之資料拼湊而成。
不通過：讀取所參照者未回應 200，或兩者共有之欄位不同。
無法判定：未見含此類參照之項目，或所參照者均未獲回應。
依據：TDX StopOfRoute；介面規範之參照規定。
"""

MESSAGES = {
    "unresolved": {
        "en": "what {at} refers to cannot be read: expected {expected}, got {actual}",
        "zh-Hant": "{at} 所參照的資源無法讀取：應為 {expected}，實得 {actual}",
    },
    "differs": {
        "en": "{at} says otherwise than what it refers to: expected {expected}, got {actual}",
        "zh-Hant": "{at} 與其參照的資源不一致：應為 {expected}，實得 {actual}",
    },
}


def drive(
    operation: Operation,
    inputs: Inputs,
    dialect: Dialect,
    *,
    target: str,
    parameters: Mapping[str, str],
    equal: Sequence[Sequence[str]] = (),
    most: int = 12,
    lookups: int = 16,
    at: str | None = None,
) -> Script:
    """Reads up to `most` collections, then up to `lookups` of the things that their items refer to: first those that the listing of
    these things lacks or shows otherwise, then others by chance.
    """
    wanted = operation.spec.operations[target]

    def once() -> Script:
        yield from _once(operation, wanted, inputs, dialect, parameters, equal, most, lookups, at)

    judged = partial(_judged, operation, target=target, parameters=parameters, equal=equal, dialect=dialect, at=at)
    yield from settled(once, judged, at_rest=at_rest(operation, dialect))


def _once(
    operation: Operation,
    wanted: Operation,
    inputs: Inputs,
    dialect: Dialect,
    parameters: Mapping[str, str],
    equal: Sequence[Sequence[str]],
    most: int,
    lookups: int,
    at: str | None,
) -> Script:
    exchanges = yield from read(operation, inputs, dialect, most=most)
    said = [(path_of(wanted, item, parameters), item) for item in _items(operation, exchanges, dialect, at)]
    listed = yield from _listing(wanted, inputs, dialect, list(parameters))
    doubtful = [
        path
        for path, item in said
        if listed and (path not in listed or any(_at(item, here) != _at(listed[path], there) for here, there in equal))
    ]
    first = pick(inputs, "doubtful", doubtful, lookups)
    others = [path for path, _ in said if path not in first]
    for path in (*first, *pick(inputs, wanted.id, others, lookups - len(first))):
        yield at_path(wanted, path, "resolve")


def _listing(target: Operation, inputs: Inputs, dialect: Dialect, names: Sequence[str]) -> Script:
    """What the collection of the target's things says of each, by the path of the target; empty when there is no such collection."""
    for listing in target.spec.operations.values():
        collection = listing.collection or {}
        if collection.get("get") == target.id and len(collection.get("id", ())) == len(names) == 1:
            exchanges = yield from read(listing, inputs, dialect, most=1, step="given: listing")
            places = dict(zip(names, collection["id"], strict=True))
            return {path_of(target, item, places): item for one in exchanges for item in dialect.items(one, listing) or ()}
    return {}


def _items(operation: Operation, exchanges: Sequence[Exchange], dialect: Dialect, at: str | None) -> list[Any]:
    return [item for _, found in documents(operation, exchanges, dialect, at) for _, item in found]


def _at(document: Any, where: str) -> Any:
    return pointer.first(document, where)


def judge(
    operation: Operation,
    trace: Sequence[Exchange],
    dialect: Dialect,
    *,
    target: str,
    parameters: Mapping[str, str],
    equal: Sequence[Sequence[str]] = (),
    at: str | None = None,
) -> Iterator[Finding | Witness]:
    """`equal`: pairs of pointers, into the item and into what it refers to; `at`: where in an answer references stand, if they are not its items.
    One witness per reference that was looked up.
    """
    judged = partial(_judged, operation, target=target, parameters=parameters, equal=equal, dialect=dialect, at=at)
    yield from lasting(trace, judged, at_rest=at_rest(operation, dialect))


def _judged(
    operation: Operation,
    trace: Sequence[Exchange],
    target: str,
    parameters: Mapping[str, str],
    equal: Sequence[Sequence[str]],
    dialect: Dialect,
    at: str | None,
) -> Iterator[Finding | Witness]:
    wanted = operation.spec.operations[target]
    answers = {one.request.path: one for one in trace if one.request.operation == target and not unusable(one)}
    told: set[str] = set()
    for one, items in documents(operation, trace, dialect, at):
        for here, item in items:
            path = path_of(wanted, item, parameters)
            if path is None or path not in answers:
                continue
            answer = answers[path]
            numbers = (one.number, answer.number)
            if path not in told:
                yield Witness(numbers, path)
            if answer.status != 200:
                if path not in told:
                    yield Finding("unresolved", numbers, "200", f"{answer.status} for {path}", here)
            else:
                yield from _differences(item, answer, numbers, here, equal)
            told.add(path)


def _differences(
    item: Any, answer: Exchange, numbers: tuple[int, ...], at: str, equal: Sequence[Sequence[str]]
) -> Iterator[Finding]:
    for here, there in equal:
        said, found = _at(item, here), _at(answer.json, there)
        if said != found:
            yield Finding("differs", numbers, shown(found), shown(said), at + here)


def _listed(*things: tuple[str, str]) -> Exchange:
    items = [{"thingId": name, "name": {"zh-Hant": text}} for name, text in things]
    return exchange("GET /things", 200, page(*items), step="read")


def _read(name: str, text: str, status: int = 200) -> Exchange:
    body = {"thingId": name, "name": {"zh-Hant": text}} if status == 200 else problem(status)
    return exchange(f"GET /things/{name}", status, body, name="getThing", step="resolve")


EXAMPLES = Examples(
    operation="listThings",
    arguments={"target": "getThing", "parameters": {"thingId": "/thingId"}, "equal": [["/name", "/name"]]},
    conforms=[
        numbered(_listed(("a", "甲"), ("b", "乙")), _read("a", "甲")),
        numbered(_listed(("a~1 ", "甲")), _read("a~1%20", "甲")),
    ],
    violates=[numbered(_listed(("a", "甲")), _read("a", "甲", 404)), numbered(_listed(("a", "甲")), _read("a", "乙"))],
    inconclusive=[
        [_listed(("a", "甲"))],
        numbered(_listed(), _read("a", "甲")),
        numbered(_listed(("a", "甲")), _read("a", "", 429)),
    ],
)
