"""Requests, responses and exchanges: one question and its answer, as recorded, and how they are read."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import msgspec

from conformance import limits
from conformance.model.remembered import remembered
from conformance.text.escapes import whole
from conformance.text.measure import is_deeper, is_larger

__all__ = [
    "ACCEPT",
    "ALTERED",
    "DELIVERY",
    "LIMITED",
    "MOMENTARY",
    "NO_ROOM",
    "SAFE",
    "TENANTS",
    "UNJUDGED",
    "WITHHELD",
    "Exchange",
    "Pairs",
    "Request",
    "Response",
    "altered_secret",
    "by_step",
    "json_bytes",
    "repeatable",
    "wire_text",
]

Pairs = tuple[tuple[str, str], ...]
SAFE = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))  # RFC 9110 section 9.2.1
MOMENTARY = frozenset((408, 502, 503, 504))  # what a server or a gateway says that cannot deal with a request at this moment
ACCEPT = "application/json, application/problem+json;q=0.9"  # what a request accepts that says nothing else
DELIVERY = "(delivery)"  # what the target sent to the suite names this as its operation; no interface has one of this name


@dataclass(frozen=True, slots=True)
class Request:
    """One request, relative to the base URL. `actor` names whose credentials are sent (None: none)."""

    operation: str
    method: str
    path: str
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes | None = None
    actor: str | None = None
    step: str = ""

    @property
    def target(self) -> str:
        """Path and query as they go on the wire, relative to the base URL."""
        return self.path + ("?" + urlencode(self.query, quote_via=quote, safe=",:", errors="surrogatepass") if self.query else "")

    def with_step(self, step: str) -> Request:
        """The same request under another step label."""
        return Request(self.operation, self.method, self.path, self.query, self.headers, self.body, self.actor, step)

    def with_actor(self, actor: str | None) -> Request:
        """The same request in the name of another actor."""
        return Request(self.operation, self.method, self.path, self.query, self.headers, self.body, actor, self.step)

    def with_query(self, **values: object) -> Request:
        """The same request with query parameters replaced (None: removed)."""
        kept = tuple(pair for pair in self.query if pair[0] not in values)
        added = tuple((name, wire_text(value)) for name, value in values.items() if value is not None)
        return Request(self.operation, self.method, self.path, kept + added, self.headers, self.body, self.actor, self.step)

    def with_header(self, name: str, value: str | None) -> Request:
        """The same request with one header replaced (None: removed)."""
        wanted = name.lower()
        kept = tuple([pair for pair in self.headers if pair[0].lower() != wanted])
        headers = kept if value is None else (*kept, (name, value))
        return Request(self.operation, self.method, self.path, self.query, headers, self.body, self.actor, self.step)

    def with_json(self, document: Any) -> Request:
        """The same request with another JSON body."""
        return replace(self, body=json_bytes(document))

    def header(self, name: str) -> str | None:
        """The value of a request header, or None."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def parameter(self, name: str) -> str | None:
        """The first value of a query parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def json(self) -> Any:
        """The body as JSON; None when there is none or it does not parse."""
        return _parse(self.body)

    @property
    def repeatable(self) -> bool:
        """Whether sending it twice does no more than sending it once: a safe method, or a key that makes it idempotent."""
        return repeatable(self.method, self.headers)

    @property
    def guarded(self) -> bool:
        """Whether it is a change that cannot be made twice, because it names the entity tag that it changes."""
        return self.header("if-match") not in (None, "", "*")


@dataclass(frozen=True)
class Response:
    """One response. Header names are lower-case; `body` may be cut (`truncated`), then `size` is what was received."""

    status: int
    headers: Pairs = ()
    body: bytes = b""
    truncated: bool = False
    size: int = 0

    def header(self, name: str) -> str | None:
        """The first value of a header, or None."""
        wanted = name.lower()
        for key, value in self.headers:
            if key == wanted:
                return value
        return None

    def values(self, name: str) -> tuple[str, ...]:
        """All values of a header, in order."""
        wanted = name.lower()
        return tuple(value for key, value in self.headers if key == wanted)

    @property
    def has_body(self) -> bool:
        """Whether there is a body of at least one byte."""
        return bool(self.body)

    @cached_property
    def content_type(self) -> str:
        """The Content-Type as it was sent; empty when there is none."""
        return self.header("content-type") or ""

    @cached_property
    def media_type(self) -> str:
        """The media type without parameters, lower-case; empty when there is none."""
        return self.content_type.partition(";")[0].strip().lower()

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None when it is empty or does not parse (see `is_json`)."""
        return _parse(self.body)

    @cached_property
    def is_json(self) -> bool:
        """Whether the body parses as JSON."""
        return self.json is not None or self.body.strip() == b"null"

    @cached_property
    def unread(self) -> str:
        """Why the body is not read as JSON though it may be some: `too-deep` where arrays and objects stand too deep in one another for
        the suite, `too-many` where it has too many members and items; empty where it is read, or is none.
        """
        if self.json is not None or self.body[:64].lstrip()[:1] not in (b"[", b"{"):
            return ""
        return _beyond(self.body)

    @cached_property
    def doubled(self) -> str:
        """A member name that stands twice in one object of the body, of which readers take one or the other (RFC 7493 section 2.3);
        empty when none does.
        """
        return _doubled(self.body) if self.json is not None else ""


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it. `response` is None exactly when `failure` says how the transport failed.

    `number` is the position in the evidence, from 1. Times: `sent_at` is Unix time in milliseconds, `elapsed` milliseconds.
    `attributes` are facts that redaction would destroy, established where the bytes were seen.
    """

    number: int
    case: str
    request: Request
    response: Response | None
    failure: str | None = None
    base_url: str = ""
    sent_at: int = 0
    elapsed: int = 0
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def numbered(self, number: int) -> Exchange:
        """The same at another place of the evidence. Every exchange of a run is given one, so its members are copied at once."""
        found = object.__new__(Exchange)
        found.__dict__.update(self.__dict__, number=number)
        return found

    def without_body(self, why: str) -> Exchange:
        """The same without the body of its answer, which counts as cut: nothing passes or fails by it. `why` is noted as `cut`."""
        if self.response is None:
            return self
        answer = Response(self.response.status, self.response.headers, b"", True, self.response.size)
        return replace(self, response=answer, attributes={**self.attributes, "cut": why})

    @property
    def is_withheld(self) -> bool:
        """Whether the body was left out, or all of it, so that nobody may go by what is not there."""
        return self.failure == "withheld" or self.attributes.get("cut") in (WITHHELD, NO_ROOM, UNJUDGED)

    @property
    def step(self) -> str:
        """The step label of the request."""
        return self.request.step

    @property
    def is_delivery(self) -> bool:
        """Whether the target asked and the suite's own receiver answered; then `base_url` is the receiver's."""
        return self.request.operation == DELIVERY

    @property
    def is_setup(self) -> bool:
        """Whether the exchange prepared or cleaned up, rather than tested."""
        return self.request.step.startswith(("given:", "cleanup:"))

    @property
    def is_cleanup(self) -> bool:
        """Whether the exchange undid what its case had made; the case was over by then."""
        return self.request.step.startswith("cleanup:")

    @property
    def url(self) -> str:
        """The full URL that was asked."""
        return self.base_url.rstrip("/") + self.request.target

    @property
    def status(self) -> int:
        """The status code; 0 when there was no response."""
        return self.response.status if self.response else 0

    @property
    def pseudonyms(self) -> frozenset[str]:
        """The texts that recording put in the place of others. A target's own text may look like one and is none."""
        return frozenset(f"«{one['kind']}:{one['n']}»" for one in self.attributes.get("redactions", ()) if "n" in one)

    def tells(self, text: str) -> bool:
        """Whether the answer holds a text; a pseudonym also where the value that it stands for is shown under another name."""
        body = self.response.body.decode("utf-8", "replace") if self.response else ""
        return text in body or text in self.attributes.get("shows", ())

    def said(self, text: str) -> str:
        """A text with what the request says in the place of each literal of the suite's in it, under the guise of its run (`model.guise`)."""
        guise: Mapping[str, str] = self.attributes.get("guise") or {}
        for literal in sorted(guise, key=len, reverse=True):
            text = text.replace(literal, guise[literal])
        return text

    @property
    def postponed(self) -> bool:
        """Whether the server was waited for before it gave this answer, so that it is later than others that were asked for at once."""
        return "throttled" in self.attributes

    @property
    def turned_away(self) -> bool:
        """Whether nobody dealt with the request: no answer, over quota, or a gateway or an overloaded server spoke."""
        return self.status in (0, 408, 429, 502, 503, 504)

    @property
    def unsettled(self) -> bool:
        """Whether the answer is of one moment and tells nothing of what came of the request: it was worked on, or not.

        Either its repetition showed that it had been made, or it could not be asked again without harm.
        """
        if self.status not in MOMENTARY or self.is_delivery:  # the suite's own receiver says 503 on purpose
            return False
        return "unsettled" in self.attributes or not (self.request.repeatable or self.request.guarded)

    @property
    def locked_out(self) -> bool:
        """Whether credentials that are to be accepted were not: a 401 to a tenant, or no token to be had for an actor.

        A request that brings an Authorization of its own, or whose actor's credentials lack something on purpose, is none of these.
        """
        if self.status != 401:
            return self.failure == "credentials"
        asked = self.request
        meant = asked.actor in TENANTS or (asked.actor == LIMITED and asked.method in ("GET", "HEAD"))
        return meant and asked.header("authorization") is None

    @property
    def ok(self) -> bool:
        """Whether the answer is a 2xx."""
        response = self.response
        return response is not None and 200 <= response.status < 300

    @property
    def json(self) -> Any:
        """The response body as JSON, or None."""
        return self.response.json if self.response else None

    def header(self, name: str) -> str | None:
        """The first value of a response header, or None."""
        return self.response.header(name) if self.response else None


UNJUDGED = "unjudged"  # why a judge is not shown a body that was recorded: all that is judged of a run is bounded
WITHHELD, NO_ROOM = "withheld", "no-room"  # why recording leaves out a body: a secret that stays in it, a bound that is reached
ALTERED = " (altered)"  # after an actor's name: its credentials with one character of the secret replaced


TENANTS = ("a", "b")  # the actors whose credentials are to be accepted; all others lack something on purpose
LIMITED = "limited"  # the actor whose credentials are to be accepted for reading, and lack the scope for writing


def repeatable(method: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether a second sending does no harm: a safe method (RFC 9110 section 9.2.1), or a key that makes it idempotent."""
    return method in SAFE or any(name.lower() == "idempotency-key" for name, _ in headers)


def altered_secret(secret: str) -> str:
    """A secret that differs in one character near its end, by another of the same kind, as a forged signature would."""
    at = max(0, len(secret) - 4)
    kind = next(
        (kind for kind in ("0123456789", "abcdefghijklm", "ABCDEFGHIJKLM") if secret[at : at + 1] in kind), "nopqrstuvwxyz"
    )
    return secret[:at] + next(char for char in kind if char != secret[at : at + 1]) + secret[at + 1 :]


def by_step(trace: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """The exchanges of a trace by step label, set-up left out, in order."""
    grouped: dict[str, list[Exchange]] = {}
    for exchange in trace:
        if not exchange.is_setup:
            grouped.setdefault(exchange.step, []).append(exchange)
    return grouped


def wire_text(value: object) -> str:
    """A parameter value in its wire form: JSON's words for booleans and null, decimal digits for numbers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        return ",".join(wire_text(member) for member in value)
    return str(value)


def json_bytes(document: Any) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "surrogatepass")


def _parse(body: bytes | None) -> Any:
    return _document(body) if body else None


def _beyond(body: bytes) -> str:
    """Which bound of the suite's a document is beyond. Without a limit of ours it would be Python's, which depends on version and
    stack, or that of a validator: the same evidence would not give the same verdicts everywhere.
    """
    if is_deeper(body, limits.DEPTH):
        return "too-deep"
    return "too-many" if is_larger(body, limits.VALUES) else ""


@remembered
def _document(body: bytes) -> Any:
    """The document in a body. Equal bodies give the same object, so a document is read and never changed."""
    try:
        text = body.decode("utf-8-sig")  # a reader may ignore a byte order mark (RFC 8259 section 8.1)
        if _beyond(body):
            return None
        with suppress(ValueError):  # whatever the quick reader does not take is for the careful one to read, or to refuse
            if not (_SOME_DIGITS.search(body[::50]) and _LONG.search(text)):
                return _read_quickly(body)
        decode = _with_long_integers if _LONG.search(text) else _decode
        return decode(whole(text))
    except (ValueError, RecursionError):
        return None


@remembered
def _doubled(body: bytes) -> str:
    """A member name that stands twice in one object of a JSON body. Written again, a document is as long as it was unless something is
    missing or was written at greater length; so most bodies need not be read member by member.
    """
    document = _document(body)
    with suppress(ValueError, TypeError):  # UnicodeError among them
        if len(msgspec.json.format(body, indent=-1)) == len(msgspec.json.encode(document)):
            return ""
    found: list[str] = []

    def once(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            found.append(next(name for name in names if names.count(name) > 1))

    json.loads(body.decode("utf-8-sig"), object_pairs_hook=once, parse_int=str)
    return found[0] if found else ""


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _bounded(text: str) -> int | float:
    value = float(text)
    if -_EXACT <= value <= _EXACT and value.is_integer():
        return int(value)  # 1.0 and 1 are one number in JSON Schema; as a query value it has to be written as 1
    return value if -_LARGEST <= value <= _LARGEST else math.copysign(_LARGEST, value)


def _integer(text: str) -> int | float:
    return int(text) if len(text) < 300 else _bounded(text)


_EXACT = 2.0**53
_LARGEST = sys.float_info.max  # what is larger reads as this, so that one can reckon with every number that is read
_LONG = re.compile("[0-9]{300}")  # Python refuses to read an integer of thousands of digits
_SOME_DIGITS = re.compile(rb"[0-9]{5}")  # what every fiftieth character of such an integer is, and those of other text seldom are
_read_quickly = msgspec.json.Decoder(float_hook=_bounded).decode  # where it reads a text at all, it reads the same as `json`
_decode = json.JSONDecoder(parse_float=_bounded, parse_constant=_no_constant).decode
_with_long_integers = json.JSONDecoder(parse_float=_bounded, parse_int=_integer, parse_constant=_no_constant).decode
