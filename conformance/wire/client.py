"""One request in, one exchange out, whatever the target does."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import httpx

from conformance import __version__
from conformance.clock import Clock
from conformance.errors import TargetError
from conformance.model import ACCEPT, MOMENTARY, Exchange, Guise, Ixit, Pairs, Request, Response, Security
from conformance.wire.courtesy import MOST_RESENDS, Budget, BudgetSpent, Pace, patience
from conformance.wire.credentials import NOBODY, Credentials, Proof
from conformance.wire.failures import Broken, broken_by
from conformance.wire.intake import CannotDecode, Intake
from conformance.wire.pipe import Pipe, proxy_for, trust
from conformance.wire.tokens import Learn, renewable
from conformance.wire.way import Borrowed, Sent, Way

__all__ = ["Wire"]

_LONGEST_NOTE = 40  # characters of a header that is noted as an attribute
_LONG_VALUE = 256  # bytes of a header that is not worth remembering
_UNLIMITED = 10_000
_SENDABLE = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")  # RFC 9110 section 5.6.2
_BREAKS = re.compile("[\r\n\0]")
_FRAMING = frozenset(("content-length", "transfer-encoding"))
_DEFAULTS = (("accept", ACCEPT), ("accept-encoding", "gzip"), ("user-agent", f"yance/{__version__}"))


@dataclass(slots=True)
class _Answer:
    """What has come of an answer so far; kept outside the attempt, so that a failure can say how far it got."""

    status: int = 0
    headers: Pairs = ()
    intake: Intake | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def coding(self) -> str:
        """The content coding of the body, lower-case; empty when there is none."""
        found = next((value for name, value in self.headers if name == "content-encoding"), "").strip().lower()
        return "" if found == "identity" else found

    def response(self) -> Response:
        """The answer as it is recorded."""
        intake = self.intake
        if intake is None:
            return Response(self.status, self.headers)
        return Response(self.status, self.headers, intake.body, intake.full, intake.size)


@dataclass(slots=True)
class _Tries:
    """What was done already to get an answer that stands."""

    throttled: int = 0
    refusals: list[str] = field(default_factory=list)
    renewed: bool = False
    before: Exchange | None = None  # the momentary answer to a guarded change

    @property
    def noted(self) -> dict[str, Any]:
        """The attributes that tell of it."""
        return {"throttled": self.throttled, **({"retryAfter": self.refusals} if self.refusals else {})}


class Wire:
    """The only speaker of HTTP: credentials, limits, manners and a record of what came. Use it as `async with Wire(...)`.

    `transport` replaces the network (an in-process server, an httpx transport); it is used as it is and stays open. `budget` counts what was sent.
    `learn` is told each access token that an actor is given, so that it can be kept out of the record. `guise` is as whom it asks.
    """

    def __init__(
        self,
        ixit: Ixit,
        security: Security | None = None,
        *,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | Way | None = None,
        learn: Learn = lambda _label, _secret: None,
        guise: Guise | None = None,
    ) -> None:
        self.base_url = ixit.base_url.rstrip("/")
        self.limits = ixit.limits
        self.clock = clock
        self.budget = Budget(ixit.limits.requests, ixit.limits.seconds)
        self._base = _checked(self.base_url)
        self._credentials = Credentials(ixit.actors, security or Security(), base_url=self.base_url, clock=clock, learn=learn)
        self._staying: set[str] = set()  # operations whose last answer of this moment's trouble stayed
        given = {name.lower() for name, _ in ixit.headers}
        introduced = guise.introduced(_DEFAULTS) if guise else _DEFAULTS
        self._defaults = (*(pair for pair in introduced if pair[0] not in given), *ixit.headers)
        self._guise = guise or Guise()
        self._slots = asyncio.Semaphore(ixit.limits.concurrency or _UNLIMITED)
        rate = ixit.limits.rate
        self._pace = Pace(rate, burst=min(ixit.limits.concurrency or rate, rate / 4))
        self._origin = f"{self._base.scheme}://{self._base.netloc.decode('ascii')}"
        self._root = self._base.path.rstrip("/")
        if isinstance(transport, httpx.AsyncBaseTransport):
            transport = Borrowed(transport)
        self._way: Way = transport or Pipe(ixit.limits, trust(ixit.tls_verify, ixit.tls_client), proxy=proxy_for(self._base))

    async def __aenter__(self) -> Self:
        """Fetch the tokens that the actors need. Raises TargetError when one is refused."""
        try:
            await self._credentials.obtain(self._post)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connections that were opened here."""
        await self._way.aclose()

    def knows(self, actor: str) -> bool:
        """Whether there are credentials for an actor."""
        return self._credentials.knows(actor)

    def sources(self, actor: str) -> str:
        """Where the settings have an actor's credentials from; empty where they stand in them."""
        return self._credentials.sources(actor)

    async def send(
        self,
        request: Request,
        *,
        case: str,
        patient: bool = True,
        final: bool = False,
        passed: Callable[[Exchange], object] = lambda _: None,
    ) -> Exchange:
        """Send a request in its actor's name and record what comes, numbered 0.

        A server that cannot deal with it at this moment (408, 429, 502, 503, 504) is asked again where that does no harm; so is one that
        refuses a token which it had accepted, with a new token. The last answer stands, and `passed` is handed each one before it.
        `patient=False` takes the first as it is; `final` takes a refusal over quota as it is, and whoever sends next waits for the time
        that it named. Raises BudgetSpent before sending, SuiteError for an actor that nobody knows, and
        nothing for what the target does.
        """
        tries: _Tries | None = None
        while True:
            exchange, proof = await self._attempt(request, case, patient)
            if proof.tokens and exchange.status not in (0, 401):
                for token in proof.tokens:
                    token.worked = True
            if not patient:
                return exchange
            if exchange.status < 401:
                self._answered(request)
                break
            tries = tries or _Tries()
            if exchange.status == 412 and tries.before is not None:  # the change was made, and what was said of it is lost
                passed(_marked(exchange, askedAgain=True))
                exchange = _marked(tries.before, unsettled=True)
                break
            if not await self._again(request, exchange, proof, tries, final=final):
                break
            tries.before = exchange if exchange.status in MOMENTARY and request.guarded else None
            passed(_marked(exchange, askedAgain=True))
        return _marked(exchange, **tries.noted) if tries and tries.throttled else exchange

    async def _again(self, request: Request, exchange: Exchange, proof: Proof, tries: _Tries, *, final: bool) -> bool:
        """Whether the request is to be sent once more; if so, the time for it has come."""
        assert exchange.response is not None  # it has a status
        if exchange.status == 401 and not tries.renewed and exchange.locked_out and renewable(proof.tokens):
            tries.renewed = True
            return True
        now = self.clock.now()
        wait = patience(request, exchange.response, now, tries.throttled)
        if wait is None:
            self._answered(request)
            return False
        longest = self.limits.longest_wait
        if exchange.status == 429:
            if wait > longest or tries.throttled == MOST_RESENDS:
                return False
            self._pace.refused(now, wait)
            if final:
                return False
            tries.refusals.append((exchange.header("retry-after") or "")[:_LONGEST_NOTE])
        else:
            # A moment passes; what stays is not a moment's, and costs one more request from then on.
            if tries.throttled == (1 if request.operation in self._staying or wait > longest else MOST_RESENDS):
                self._staying.add(request.operation)
                return False
            try:
                self.budget.afford(now, wait := min(wait, longest))
            except BudgetSpent:
                return False
            await self.clock.sleep(wait)
        tries.throttled += 1
        return True

    def _answered(self, request: Request) -> None:
        self._pace.answered()
        if self._staying:
            self._staying.discard(request.operation)

    async def _attempt(self, request: Request, case: str, patient: bool) -> tuple[Exchange, Proof]:
        async with self._slots:
            await self._turn(patient)
            began = self.clock.now()
            self.budget.spend(began)
            answer, broken, proof = _Answer(), None, NOBODY
            try:
                if request.actor is not None:
                    proof = await self._credentials.proof(request.actor, request.operation, self._post)
                async with asyncio.timeout(self.limits.timeout or None):
                    await self._converse(self._outgoing(request, proof), answer)
            except TimeoutError:
                broken = Broken("timeout", f"no complete answer within {self.limits.timeout:g} s")
            except (httpx.TransportError, httpx.InvalidURL, CannotDecode) as problem:
                broken = Broken("decode", str(problem)) if isinstance(problem, CannotDecode) else broken_by(problem)
            elapsed = max(0, round((self.clock.now() - began) * 1000))
        response, failure = (answer.response(), None) if broken is None else (None, broken.kind)
        sent_at, facts = round(began * 1000), _facts(answer, broken)
        if proof.way:
            facts["credential"] = proof.way if isinstance(proof.way, str) else list(proof.way)
        if response is not None and response.status >= 400 and proof.shows_in(response.body):
            facts["echoed"] = True
        exchange = Exchange(0, case, request, response, failure, self.base_url, sent_at, elapsed, facts)
        if request.actor is not None and exchange.locked_out:
            facts["refused"] = self._credentials.sources(request.actor)
        return exchange, proof

    async def _turn(self, patient: bool) -> None:
        wait = self._pace.wait(self.clock.now(), patient=patient)
        while wait > 0:
            self.budget.afford(self.clock.now(), wait)
            await self.clock.sleep(wait)
            wait = self._pace.rest(self.clock.now()) if patient else 0.0

    def _outgoing(self, request: Request, proof: Proof) -> Sent:
        named = {name for name, _ in request.query} if proof.query else ()  # a link may bring the key along: it is sent once
        query = "&".join(filter(None, (_query(request.query), _query(tuple(p for p in proof.query if p[0] not in named)))))
        target = _sendable(self._root + request.path + ("?" + query if query else ""))
        if not request.path.startswith("/") or not _TOKEN.fullmatch(request.method):
            raise Broken("unsendable", "the path does not begin with /, or the method is not a word")
        own = {_lower(name) for name, _ in request.headers}
        headers = [_header(name, value) for name, value in request.headers]
        headers += [_header(name, value) for name, value in proof.headers if name.lower() not in own]
        if proof.cookies:
            headers = _with_cookies(headers, proof.cookies)
        headers += [pair for pair in self._defaults if _lower(pair[0]) not in own]
        if not self._guise.plain:
            headers = [(self._guise.cased(name), value) for name, value in headers]
        return Sent(request.method, self._origin, target, tuple(headers), request.body)

    async def _converse(self, sent: Sent, answer: _Answer) -> None:
        """Send, and read the answer as far as the limits allow. Raises Broken, CannotDecode or an httpx.TransportError."""
        came = await self._way.carry(sent)
        answer.status = came.status
        answer.headers = tuple([_pair(pair) for pair in came.headers])
        answer.facts = dict(came.facts)
        answer.intake = intake = Intake(self.limits.body, gzip=answer.coding in ("gzip", "x-gzip"))
        try:
            if self.limits.header and sum([len(name) + len(value) for name, value in came.headers]) > self.limits.header:
                raise Broken("too-large-header", f"the header is longer than the limit of {self.limits.header} bytes")
            while chunk := await came.read():
                intake.feed(chunk)
                if intake.full:
                    return
            intake.end()
        finally:
            await came.aclose()

    async def _post(self, url: str, headers: Pairs, body: bytes) -> Response:
        """A form to a token endpoint. Raises Broken."""
        answer = _Answer()
        said = [*headers, ("Accept", "application/json")]
        if not self._guise.plain:  # to the token endpoint, too, it is the client that it is to the interface
            said = [
                (self._guise.cased(name), value) for name, value in (*said, *(p for p in self._defaults if p[0] == "user-agent"))
            ]
        named = tuple(_header(name, value) for name, value in said)
        try:
            where = httpx.URL(url)
            origin, target = f"{where.scheme}://{where.netloc.decode('ascii')}", where.raw_path.decode("ascii")
            async with asyncio.timeout(self.limits.timeout or None):
                await self._converse(Sent("POST", origin, target, named, body), answer)
        except TimeoutError:
            raise Broken("credentials", f"the token endpoint did not answer within {self.limits.timeout:g} s") from None
        except (httpx.TransportError, httpx.InvalidURL, CannotDecode) as problem:
            raise Broken("credentials", f"the token endpoint cannot be used: {getattr(problem, 'detail', problem)}") from problem
        return answer.response()


def _checked(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
        _ = url.host  # decoded only now
    except (httpx.InvalidURL, UnicodeError) as problem:
        raise TargetError(f"the base URL {base_url!r} is not a URL: {problem}") from problem
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment or url.userinfo:
        raise TargetError(f"the base URL {base_url!r} cannot be tested; expected https://host/path without query or user")
    return url


def _marked(exchange: Exchange, **facts: Any) -> Exchange:
    """The exchange with further attributes."""
    return replace(exchange, attributes={**exchange.attributes, **facts})


def _facts(answer: _Answer, broken: Broken | None) -> dict[str, Any]:
    """The attributes of an exchange."""
    facts, intake = answer.facts, answer.intake
    if broken is not None:
        facts["detail"] = broken.detail
        if broken.reused:
            facts["reused"] = True
        if answer.status:
            facts["status"] = answer.status
            facts["received"] = intake.received if intake else 0
        return facts
    if intake is not None and intake.received and answer.coding:
        if intake.gzip:
            facts["encodedSize"] = intake.received
        else:
            facts["undecoded"] = answer.coding
    if intake is not None and intake.full:
        facts["bodyDigest"] = "sha256:" + hashlib.sha256(intake.body).hexdigest()
        facts["cut"] = intake.cut_by
    return facts


def _query(pairs: Pairs) -> str:
    return urlencode(pairs, quote_via=quote, safe=",:", errors="surrogatepass") if pairs else ""


def _with_cookies(headers: list[tuple[str, str]], cookies: Pairs) -> list[tuple[str, str]]:
    """The headers with cookies added to those that the request brings itself: a second Cookie header is not allowed (RFC 6265)."""
    own = [value for name, value in headers if name.lower() == "cookie"]
    added = [f"{name}={value}" for name, value in cookies if not any(f"{name}=" in one for one in own)]
    others = [pair for pair in headers if pair[0].lower() != "cookie"]
    return [*others, _header("Cookie", "; ".join([*own, *added]))]


def _sendable(target: str) -> str:
    """The target as it can stand in a request line: what may not stand there is percent-encoded, the rest is left alone."""
    if _SENDABLE.fullmatch(target):
        return target
    return quote(target, safe="-._~:/?[]@!$&'()*+,;=%", errors="surrogatepass")


@lru_cache(maxsize=512)
def _lower(name: str) -> str:
    return name.lower()


def _header(name: str, value: str) -> tuple[str, str]:
    """A pair as it can be sent. Raises Broken for what cannot stand in a header."""
    if _BREAKS.search(value):
        raise Broken("unsendable", "a header value with a line break or NUL in it")
    return _header_name(name), value if value.isascii() else _as_bytes_go(value)


@lru_cache(maxsize=512)
def _header_name(name: str) -> str:
    if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
        raise Broken("unsendable", "a header name that is not a word, or that says how long the body is")
    return name


def _as_bytes_go(value: str) -> str:
    """The same, unless it holds half a character: then the bytes that such a half would have, one by one."""
    return _value(value.encode("utf-8", "surrogatepass"))


def _pair(raw: tuple[bytes, bytes]) -> tuple[str, str]:
    return _known_pair(raw) if len(raw[1]) < _LONG_VALUE else (raw[0].decode("latin-1").lower(), _value(raw[1]))


@lru_cache(maxsize=1024)  # all but a few headers of an answer were in an answer before
def _known_pair(raw: tuple[bytes, bytes]) -> tuple[str, str]:
    return raw[0].decode("latin-1").lower(), _value(raw[1])


def _value(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")
