"""An exchange as a judge of single exchanges sees it: a view that tells what is read of it.

`view` makes one for somebody who takes `Notes`. Every member is an aspect, a function of the exchange with a value that can be compared;
it is noted when it is read, and what is derived of several is derived of what was read. The number of an exchange may be said, and
not read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import Any, NoReturn, Protocol, cast

from conformance.errors import SuiteError
from conformance.model import Exchange, Request, Response

__all__ = ["BODY", "HEAD", "PARTICULAR", "READS", "Aspect", "body_of", "view"]

Aspect = Callable[[Exchange], Hashable]  # what can be read of an exchange


class Notes(Protocol):
    """Whoever wants to know what is read of an exchange."""

    exchange: Exchange

    def note(self, aspect: Aspect) -> None:
        """Note that an aspect is read."""


# ------------------------------------------------------------------------------------------ what can be read of an exchange


_operation, _method, _path = attrgetter("request.operation"), attrgetter("request.method"), attrgetter("request.path")
_query, _sent_headers, _sent = attrgetter("request.query"), attrgetter("request.headers"), attrgetter("request.body")
_actor, _step = attrgetter("request.actor"), attrgetter("request.step")
_status, _headers, body_of = attrgetter("response.status"), attrgetter("response.headers"), attrgetter("response.body")
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


# How much of an exchange is its own: what others have too, its body, or what nearly every request or answer has of its own.
HEAD, BODY, PARTICULAR = range(3)
_OWN = ("age", "date", "ratelimit", "ratelimit-remaining", "ratelimit-reset", "request-id", "traceparent", "x-request-id")
READS: Mapping[Aspect, int] = (
    {body_of: BODY}
    | dict.fromkeys((_path, _query, _sent_headers, _sent, _step, _case, _sent_at, _elapsed), PARTICULAR)
    | dict.fromkeys([of(name) for of in (_header, _header_values) for name in _OWN], PARTICULAR)
)


@lru_cache(maxsize=1024)
def _sent_header(name: str) -> Aspect:
    return lambda exchange: exchange.request.header(name)


@lru_cache(maxsize=1024)
def _parameter(name: str) -> Aspect:
    return lambda exchange: exchange.request.parameter(name)


# ------------------------------------------------------------------------------------------ views


class _Noted:
    """A member of a view: the value of the exchange's own. That it is read is noted the first time; then the view has it."""

    def __init__(self, aspect: Aspect, value: Callable[[Notes], Any] | None = None) -> None:
        self._aspect, self._value = aspect, value or (lambda notes: aspect(notes.exchange))

    def __set_name__(self, _view: type, name: str) -> None:
        self._name = name

    def __get__(self, view: Any, _kind: type | None = None) -> Any:
        notes: Notes = view.notes
        notes.note(self._aspect)
        value = view.__dict__[self._name] = self._value(notes)
        return value


def _noted(aspect: Aspect, value: Callable[[Notes], Any] | None = None) -> Any:
    return _Noted(aspect, value)


class _Here:
    """The number of whichever exchange is judged: it may be put into a finding or a witness, and nothing else be done with it."""

    __slots__ = ()

    def _refuse(self, *_: object) -> NoReturn:
        raise SuiteError("a judge of single exchanges may give their number to a finding or a witness, and not read it")

    __str__ = __repr__ = __format__ = __int__ = __index__ = __hash__ = _refuse


_HERE = _Here()


class _SeenAttributes(Mapping[str, Any]):
    def __init__(self, notes: Notes) -> None:
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

    notes: Notes
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

    notes: Notes
    __class__ = property(lambda _: Response)
    status = _noted(_status)
    headers = _noted(_headers)
    body = _noted(body_of)
    has_body = _noted(_has_body)
    json = _noted(body_of, attrgetter("exchange.response.json"))
    is_json = _noted(body_of, attrgetter("exchange.response.is_json"))
    unread = _noted(body_of, attrgetter("exchange.response.unread"))
    doubled = _noted(body_of, attrgetter("exchange.response.doubled"))
    truncated = _noted(_truncated)
    size = _noted(_size)

    def header(self, name: str) -> str | None:
        self.notes.note(_header(name.lower()))
        return self.notes.exchange.header(name)

    def values(self, name: str) -> tuple[str, ...]:
        self.notes.note(_header_values(name.lower()))
        return () if self.notes.exchange.response is None else self.notes.exchange.response.values(name)


def _answer(notes: Notes) -> _SeenResponse | None:
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


def view(notes: Notes) -> Exchange:
    """The exchange of somebody who takes notes, as a judge is to see it."""
    seen: _SeenExchange = _viewed(_SeenExchange, notes)
    seen.__dict__.update(request=_viewed(_SeenRequest, notes), attributes=_SeenAttributes(notes))
    return seen


def _viewed(kind: type[Any], notes: Notes) -> Any:
    """A view of a kind, made past the constructor of the dataclass that it stands for."""
    view = object.__new__(kind)
    view.__dict__["notes"] = notes
    return view
