"""Exchanges that are alike are judged once: what one judge read of an exchange, and what it made of that.

A check with `SCOPE = "exchange"` is handed every exchange of a run, and a server says the same thing over and over. So its judge is
not handed the exchange itself but a view that notes every member that is read of it, with its value. Two exchanges in which all
that was read is equal come to the same: a judge is a pure function, and the view is all that it sees. What it came to is kept
in a tree, whose nodes are the members in the order in which they were read and whose branches are their values:

    status ─ 200 ─ method ─ GET ─ header cache-control ─ "no-store" ─ one witness, no finding
           └ 404 ─ nothing

The number of an exchange is the one thing that may be said of it and not read: a finding carries it, and is given the number of
each exchange that it holds for. What is kept is bounded, whatever the size of the run.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from typing import Any, NoReturn, cast

from conformance.errors import SuiteError
from conformance.model import Exchange, Finding, Request, Response, Witness

__all__ = ["Alike", "Judged", "Memory"]

_MOST = 16 * 1024 * 1024  # characters and bytes that are kept of all exchanges together; a run of 5,000 needs a tenth
Aspect = Callable[[Exchange], Hashable]  # what can be read of an exchange
Said = Iterable[Finding | Witness]


@dataclass(frozen=True)
class Judged:
    """What a judge said of one exchange: so many witnesses, these findings, and the error that ended it, if one did."""

    witnesses: int
    findings: tuple[Finding, ...]
    error: str = ""


class Memory:
    """What all the judges of a run share: bodies by number, since a body is long and many judges read it, and the bound."""

    def __init__(self, most: int = _MOST) -> None:
        self._most, self._held, self._next = most, 0, 0
        self._bodies: dict[bytes, int] = {}
        self._trees: list[dict[Any, Any]] = []

    def tree(self) -> dict[Any, Any]:
        """A new tree, which is emptied with all the others when too much is held."""
        self._trees.append({})
        return self._trees[-1]

    def body(self, body: bytes) -> int:
        """The number that stands for a body: equal for equal bodies, and never another body's."""
        number = self._bodies.get(body)
        if number is None:
            self.hold(len(body))
            self._next += 1
            number = self._bodies[body] = self._next
        return number

    def hold(self, size: int) -> None:
        """Note that so much more is kept; forget everything when it is too much."""
        self._held += size + 64
        if self._held > self._most:
            self._held = 0
            self._bodies.clear()
            for tree in self._trees:
                tree.clear()


class Alike:
    """One judge, and what it said of the exchanges so far."""

    def __init__(self, judge: Callable[[list[Exchange]], Said], memory: Memory) -> None:
        self._judge, self._memory, self._tree = judge, memory, memory.tree()

    def judged(self, exchange: Exchange) -> Judged:
        """What the judge says of an exchange; its findings carry the exchange's number."""
        found = self._remembered(exchange)
        if found is None:
            notes = _Notes(exchange, self._memory)
            found = _judged(self._judge, notes)
            if not found.error:
                self._keep(notes, found)
        if not found.findings:
            return found
        here = (exchange.number,)
        return replace(found, findings=tuple(replace(one, exchanges=here if one.exchanges else ()) for one in found.findings))

    def _remembered(self, exchange: Exchange) -> Judged | None:
        node: Any = self._tree.get(None)
        while node.__class__ is tuple:
            aspect, branches = node
            node = branches.get(self._memory.body(_body(exchange)) if aspect is _body else aspect(exchange))
        return cast("Judged | None", node)

    def _keep(self, notes: _Notes, found: Judged) -> None:
        size = sum(len(one.actual) + len(one.expected) + 256 for one in found.findings)
        self._memory.hold(size + sum(len(value) if isinstance(value, str) else 64 for value in notes.read.values()))
        branches, key = self._tree, None
        for aspect, value in notes.read.items():
            node = branches.setdefault(key, (aspect, {}))
            if node.__class__ is not tuple or node[0] is not aspect:
                return  # the judge did not read the same after the same: it is kept out
            branches, key = node[1], value
        branches.setdefault(key, found)


def _judged(judge: Callable[[list[Exchange]], Said], notes: _Notes) -> Judged:
    witnesses, findings = 0, []
    try:
        for said in judge([_view(notes)]):
            if isinstance(said, Witness):
                witnesses += 1
            else:
                findings.append(said)
    except Exception as error:  # noqa: BLE001 - whatever a judge raises is ours, never the vendor's
        return Judged(witnesses, tuple(findings), f"{type(error).__name__}: {error}")
    return Judged(witnesses, tuple(findings))


# ------------------------------------------------------------------------------------------ what can be read of an exchange


_operation, _method, _path = attrgetter("request.operation"), attrgetter("request.method"), attrgetter("request.path")
_query, _sent_headers, _sent = attrgetter("request.query"), attrgetter("request.headers"), attrgetter("request.body")
_actor, _step = attrgetter("request.actor"), attrgetter("request.step")
_status, _headers, _body = attrgetter("response.status"), attrgetter("response.headers"), attrgetter("response.body")
_truncated, _size = attrgetter("response.truncated"), attrgetter("response.size")
_case, _failure, _base_url = attrgetter("case"), attrgetter("failure"), attrgetter("base_url")
_sent_at, _elapsed = attrgetter("sent_at"), attrgetter("elapsed")


def _answered(exchange: Exchange) -> bool:
    return exchange.response is not None


def _attributes(exchange: Exchange) -> str:
    return repr(exchange.attributes)


def _has_body(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.has_body


@lru_cache(maxsize=1024)
def _attribute(name: str) -> Aspect:
    return lambda exchange: repr(exchange.attributes[name]) if name in exchange.attributes else None


@lru_cache(maxsize=1024)
def _header(name: str) -> Aspect:
    return lambda exchange: exchange.header(name)


@lru_cache(maxsize=1024)
def _header_values(name: str) -> Aspect:
    return lambda exchange: exchange.response.values(name) if exchange.response else ()


@lru_cache(maxsize=1024)
def _sent_header(name: str) -> Aspect:
    return lambda exchange: exchange.request.header(name)


@lru_cache(maxsize=1024)
def _parameter(name: str) -> Aspect:
    return lambda exchange: exchange.request.parameter(name)


# ------------------------------------------------------------------------------------------ views that note what is read


class _Notes:
    """What was read of one exchange, in order: each aspect once, with its value."""

    def __init__(self, exchange: Exchange, memory: Memory) -> None:
        self.exchange, self._memory = exchange, memory
        self.read: dict[Aspect, Hashable] = {}

    def note(self, aspect: Aspect) -> None:
        """Note that an aspect is read."""
        if aspect not in self.read:
            value = aspect(self.exchange)
            self.read[aspect] = self._memory.body(cast(bytes, value)) if aspect is _body else value


class _Noted:
    """A member of a view: the value of the exchange's own. That it is read is noted the first time; then the view has it."""

    def __init__(self, aspect: Aspect, value: Callable[[_Notes], Any] | None = None) -> None:
        self._aspect, self._value = aspect, value or (lambda notes: aspect(notes.exchange))

    def __set_name__(self, _view: type, name: str) -> None:
        self._name = name

    def __get__(self, view: Any, _kind: type | None = None) -> Any:
        notes: _Notes = view.notes
        notes.note(self._aspect)
        value = view.__dict__[self._name] = self._value(notes)
        return value


def _noted(aspect: Aspect, value: Callable[[_Notes], Any] | None = None) -> Any:
    return _Noted(aspect, value)


class _Here:
    """The number of whichever exchange is judged: it may be put into a finding or a witness, and nothing else be done with it."""

    __slots__ = ()

    def _refuse(self, *_: object) -> NoReturn:
        raise SuiteError("a judge of single exchanges may give their number to a finding or a witness, and not read it")

    __str__ = __repr__ = __format__ = __int__ = __index__ = __hash__ = _refuse


_HERE = _Here()


class _SeenAttributes(Mapping[str, Any]):
    def __init__(self, notes: _Notes) -> None:
        self._notes = notes

    def __getitem__(self, name: str) -> Any:
        self._notes.note(_attribute(name))
        return self._notes.exchange.attributes[name]

    def __iter__(self) -> Iterator[str]:
        self._notes.note(_attributes)
        return iter(self._notes.exchange.attributes)

    def __len__(self) -> int:
        self._notes.note(_attributes)
        return len(self._notes.exchange.attributes)


class _SeenRequest(Request):
    """A request as a judge sees it. What Request derives from its members is derived from these."""

    notes: _Notes
    __class__ = property(lambda _: Request)  # so that `replace` makes a Request of what is read
    operation = _noted(_operation)
    method = _noted(_method)
    path = _noted(_path)
    query = _noted(_query)
    headers = _noted(_sent_headers)
    body = _noted(_sent)
    actor = _noted(_actor)
    step = _noted(_step)

    def header(self, name: str) -> str | None:
        self.notes.note(_sent_header(name.lower()))
        return self.notes.exchange.request.header(name)

    def parameter(self, name: str) -> str | None:
        self.notes.note(_parameter(name))
        return self.notes.exchange.request.parameter(name)


class _SeenResponse(Response):
    """A response as a judge sees it; its JSON is known by the body that it is read from."""

    notes: _Notes
    __class__ = property(lambda _: Response)
    status = _noted(_status)
    headers = _noted(_headers)
    body = _noted(_body)
    has_body = _noted(_has_body)
    json = _noted(_body, attrgetter("exchange.response.json"))
    is_json = _noted(_body, attrgetter("exchange.response.is_json"))
    truncated = _noted(_truncated)
    size = _noted(_size)

    def header(self, name: str) -> str | None:
        self.notes.note(_header(name.lower()))
        return self.notes.exchange.header(name)

    def values(self, name: str) -> tuple[str, ...]:
        self.notes.note(_header_values(name.lower()))
        return () if self.notes.exchange.response is None else self.notes.exchange.response.values(name)


def _answer(notes: _Notes) -> _SeenResponse | None:
    return None if notes.exchange.response is None else _viewed(_SeenResponse, notes)


class _SeenExchange(Exchange):
    """An exchange as a judge sees it."""

    __class__ = property(lambda _: Exchange)
    number = cast(int, _HERE)
    case = _noted(_case)
    response = _noted(_answered, _answer)
    failure = _noted(_failure)
    base_url = _noted(_base_url)
    sent_at = _noted(_sent_at)
    elapsed = _noted(_elapsed)


def _view(notes: _Notes) -> Exchange:
    seen: _SeenExchange = _viewed(_SeenExchange, notes)
    seen.__dict__.update(request=_viewed(_SeenRequest, notes), attributes=_SeenAttributes(notes))
    return seen


def _viewed(kind: type[Any], notes: _Notes) -> Any:
    """A view of a kind, made past the constructor of the dataclass that it stands for."""
    view = object.__new__(kind)
    view.__dict__["notes"] = notes
    return view
