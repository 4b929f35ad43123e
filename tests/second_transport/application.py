"""The wire: one table of operations, and one line of tests that every request passes in the order of the documents."""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from tests.second_transport.about import api_description, conformance, landing_page
from tests.second_transport.booking import Booking, canonical
from tests.second_transport.choices import TOKENS, Choices
from tests.second_transport.latitude import accepts, holds, reads, stopped, unchanged
from tests.second_transport.open_data import Keyed, OpenData
from tests.second_transport.parameters import read_query
from tests.second_transport.problems import Refusal, bad_parameter, not_found
from tests.second_transport.storage import open_store
from tests.second_transport.traversals import EMPTY, Traversals
from tests.second_transport.wire_json import parsed, rendered

__all__ = ["SecondServer"]

_VERSION = "1.0.0"
_READ, _WRITE = "reservation:read", "reservation:write"
_TABLE: list[tuple[str, str, str, str]] = [
    ("/", "GET", "getLandingPage", ""),
    ("/openapi.json", "GET", "getApiDescription", ""),
    ("/conformance", "GET", "getConformance", ""),
    ("/stops", "GET", "listStops", ""),
    ("/stops/{}", "GET", "getStop", ""),
    ("/routes", "GET", "listRoutes", ""),
    ("/routes/{}/stops", "GET", "listRouteStops", ""),
    ("/arrivals", "GET", "listArrivals", ""),
    ("/carparks", "GET", "listCarParks", ""),
    ("/carparks/{}", "GET", "getCarPark", ""),
    ("/carparks/{}/availability", "GET", "getCarParkAvailability", ""),
    ("/ev-stations", "GET", "listEvStations", ""),
    ("/ev-stations/{}/connectors", "GET", "listEvConnectors", ""),
    ("/reservations", "GET", "listReservations", _READ),
    ("/reservations", "POST", "createReservation", _WRITE),
    ("/reservations/{}", "GET", "getReservation", _READ),
    ("/reservations/{}", "PATCH", "updateReservation", _WRITE),
]
_SCOPES = {TOKENS["a"]: ("pehu", {_READ, _WRITE}), TOKENS["b"]: ("kinmen", {_READ, _WRITE}), TOKENS["limited"]: ("pehu", {_READ})}
_TAGGED = ("getStop", "getCarPark", "getReservation")


@dataclass
class Ask:
    """One request, read so far."""

    request: Request
    path: str
    segment: str
    operation: str
    tenant: str
    body: bytes
    pairs: list[tuple[str, str]]
    values: dict[str, Any]


@dataclass
class Answer:
    """A status, a document and headers, before they are written."""

    status: int
    document: Any
    headers: dict[str, str]


class SecondServer:
    """An ASGI application; `clock` tells the Unix time."""

    def __init__(self, clock: Callable[[], float] = time.time, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.clock = clock
        self.store = open_store(self.choices.data)
        self.public = OpenData(self.store, self.choices, self.now)
        self.booking = Booking(self.store, self.choices, self.now, self.public)
        self.count = 0
        self.traversals = Traversals(self.store, self.choices, self.now, lambda: self.count)

    def now(self) -> float:
        return self.clock() + self.choices.skew

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        request = Request(scope, receive)
        body = await request.body()
        early = stopped(request, body, self.choices)
        await (early or self.written(request, self.answered(request, body)))(scope, receive, send)

    # the line of tests

    def answered(self, request: Request, body: bytes) -> Answer:
        self.count += 1
        self.booking.lapse()
        path = _normal(unquote_path(request)) if self.choices.normal_paths else unquote_path(request)
        operation = ""
        try:
            if self.choices.busy and self.count % self.choices.busy == 0:
                raise Refusal("too-many-requests", headers={"Retry-After": str(self.choices.retry_after)})
            segment, methods = self.found(path)
            method = "GET" if request.method == "HEAD" and self.choices.head else request.method
            if request.method == "OPTIONS" and self.choices.options:
                return Answer(204, None, {"Allow": self.allowed(methods), "Access-Control-Allow-Methods": self.allowed(methods)})
            if method not in methods:
                raise Refusal("method-not-allowed", headers={"Allow": self.allowed(methods)})
            operation, scope = methods[method]
            tenant = self.tenant(request, scope, segment) if scope else ""
            return self.served(Ask(request, path, segment, operation, tenant, body, [], {}))
        except Refusal as refusal:
            document = refusal.document(self.choices.problems, vague=self.choices.vague)
            if self.choices.instance:
                document["instance"] = quote(request.url.path)[:1000]
            if self.choices.extras:
                document["traceId"] = f"{self.count:08x}"
            cached = "public, max-age=5" if self.choices.errors_cached and "Reservation" not in operation else "no-store"
            headers = {"Cache-Control": cached} | refusal.headers
            return Answer(refusal.status, document, headers | self.cors(operation))

    def found(self, path: str) -> tuple[str, dict[str, tuple[str, str]]]:
        """The variable segment of the path, and what it serves by method."""
        methods: dict[str, tuple[str, str]] = {}
        segment, base = "", self.choices.base
        for template, method, operation, scope in _TABLE:
            whole = path if path != base or self.choices.strict else base + "/"
            match = re.fullmatch(re.escape(base + template).replace(re.escape("{}"), "([^/]+)"), whole)
            if match:
                segment = unquote(match[1]) if match.lastindex else ""
                methods[method] = (operation, scope)
        if not methods:
            raise not_found()
        return segment, methods

    def allowed(self, methods: Iterable[str]) -> str:
        served = list(methods)
        if self.choices.head and "GET" in served:
            served.append("HEAD")
        return ", ".join([*served, "OPTIONS"] if self.choices.options else served)

    def tenant(self, request: Request, scope: str, segment: str) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token.strip() not in _SCOPES:
            error = ', error="invalid_token"' if scheme else ""
            raise Refusal("unauthorized", headers={"WWW-Authenticate": self.choices.challenge + error})
        tenant, scopes = _SCOPES[token.strip()]
        if scope not in scopes:
            if segment and self.choices.scope_hides:
                raise not_found()
            raise Refusal("forbidden", headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'})
        return tenant

    def served(self, ask: Ask) -> Answer:
        resource = self.resource(ask)
        if not accepts(ask.request, self.choices):
            raise Refusal("not-acceptable")
        takes = {"createReservation": "application/json", "updateReservation": "application/merge-patch+json"}.get(ask.operation)
        if takes and not reads(ask.request, takes, self.choices):
            raise Refusal("unsupported-media-type")
        ask.pairs, ask.values = read_query(ask.operation, ask.request.url.query, lenient=self.choices.lenient)
        if ask.operation == "createReservation":
            return self.created(ask)
        if ask.operation == "updateReservation":
            return self.updated(ask, resource)
        if ask.operation.startswith("list"):
            return self.page(ask)
        return self.single(ask, resource)

    def resource(self, ask: Ask) -> Any:
        """What the path names, or 404."""
        uid = ask.segment
        found: Any = {
            "getStop": lambda: self.public.stop(uid),
            "listRouteStops": lambda: self.public.has_route(uid),
            "getCarPark": lambda: self.public.car_park(uid),
            "getCarParkAvailability": lambda: self.public.car_park(uid) and self.public.availability(uid),
            "listEvConnectors": lambda: self.public.has_station(uid),
            "getReservation": lambda: self.booking.get(ask.tenant, uid),
            "updateReservation": lambda: self.booking.get(ask.tenant, uid),
        }.get(ask.operation, lambda: True)()
        if not found:
            raise not_found()
        return found

    # answers

    def single(self, ask: Ask, resource: Any) -> Answer:
        headers = self.caching(ask.operation)
        if ask.operation in _TAGGED:
            tag = headers["ETag"] = self.tag(resource)
            if unchanged(ask.request, tag, self.choices):
                return Answer(304, None, headers)
        if ask.operation == "getApiDescription":
            resource = api_description(_TABLE, self.choices.description)
        if ask.operation == "getConformance":
            resource = conformance()
        if ask.operation == "getLandingPage":
            resource = landing_page()
            headers["Link"] = '<openapi.json>; rel="service-desc"; type="application/json", <conformance>; rel=conformance'
        if self.choices.request_ids and ask.operation not in (*_TAGGED, "getApiDescription"):
            resource = resource | {"requestId": f"{self.count:012x}"}
        return Answer(200, resource, headers)

    def rows(self, ask: Ask) -> Iterable[Keyed]:
        public = self.public
        sources: dict[str, Callable[[], Iterable[Keyed]]] = {
            "listStops": lambda: public.stops(ask.values),
            "listRoutes": lambda: public.routes(ask.values),
            "listRouteStops": lambda: public.route_stops(ask.segment, ask.values),
            "listArrivals": lambda: public.arrivals(ask.values),
            "listCarParks": lambda: public.car_parks(ask.values),
            "listEvStations": lambda: public.stations(ask.values),
            "listEvConnectors": lambda: public.connectors(ask.segment, ask.values),
            "listReservations": lambda: self.booking.list(ask.tenant, ask.values),
        }
        return sources[ask.operation]()

    def page(self, ask: Ask) -> Answer:
        limit = ask.values.pop("limit", 50)
        token = ask.values.pop("cursor", None)
        kept = limit if self.choices.cursor_keeps_limit else 0
        bound = json.dumps([ask.operation, ask.segment, ask.tenant, kept, sorted(ask.values.items())])
        start = self.traversals.continued(token, bound) if token is not None else None
        rows = list(self.rows(ask))
        key = [part for part in start or [""] if part != EMPTY]
        rest = rows if key == [""] else [row for row in rows if list(row[0]) > key]
        shown = self.traversals.shown(rest, limit, start)
        last = list(shown[-1][0]) if shown else [*(start or [""]), EMPTY]
        following = self.traversals.cursor(bound, last) if len(rest) > len(shown) else None
        links = [{"rel": "self", "href": self.href(ask, [] if self.choices.bare_self else ask.pairs)}]
        if following is not None:
            pairs = [(name, text) for name, text in ask.pairs if name != "cursor"]
            if self.choices.states_limit and "limit" not in dict(pairs):
                pairs.append(("limit", str(limit)))
            links.insert(0, {"rel": "next", "href": self.href(ask, [*pairs, ("cursor", following)]), "type": "application/json"})
        if self.choices.further_links:
            first = [pair for pair in ask.pairs if pair[0] != "cursor"]
            links += [
                {"rel": rel, "href": self.href(ask, first), "title": "首頁"} for rel in ("first", "license", "next-archive")
            ]
        private = ask.operation == "listReservations"
        document = {
            "links": links,
            "meta": self.booking.clocks(ask.tenant) if private else self.public.clocks(ask.operation),
            "page": {"nextCursor": following, "limit": limit} | ({"totalCount": len(rows)} if self.choices.total else {}),
            "items": [make() for _, make in shown],
        }
        if self.choices.request_ids:
            document["requestId"] = f"{self.count:012x}"
        headers = self.caching(ask.operation)
        if self.choices.weak_list_tags:
            headers["ETag"] = "W/" + self.tag(document)
        return Answer(200, document, headers)

    def href(self, ask: Ask, pairs: list[tuple[str, str]]) -> str:
        query = urlencode(pairs, quote_via=quote)
        if self.choices.links == "encoded":
            query = "&".join(f"{name}=" + "".join(f"%{byte:02x}" for byte in text.encode()) for name, text in pairs)
        base = {
            "query": "",
            "encoded": "",
            "name": ask.path.rsplit("/", 1)[-1],
            "path": ask.path,
            "absolute": str(ask.request.base_url).rstrip("/") + ask.path,
            "port": f"HTTP://{ask.request.url.hostname}".upper() + f":{ask.request.url.port or 80}" + ask.path,
            "dots": f"./../{ask.path.split('/')[-2]}/./{ask.path.rsplit('/', 1)[-1]}",
            "network": f"//{ask.request.url.netloc}{ask.path}",
        }[self.choices.links]
        return f"{base}?{query}" if query or not base else base

    def created(self, ask: Ask) -> Answer:
        keys = ask.request.headers.getlist("idempotency-key")
        if len(keys) != 1 or not re.fullmatch("[!-~]{1,255}", keys[0]):
            raise bad_parameter("Idempotency-Key", "需要一個冪等鍵", "missing-idempotency-key")
        body = parsed(ask.body, distinct=self.choices.strict)
        print_of = json.dumps(canonical(body), sort_keys=True)
        known = self.store.execute("SELECT * FROM keys WHERE tenant = ? AND key = ?", (ask.tenant, keys[0])).fetchone()
        if known and known["body"] != print_of:
            raise Refusal("key-reused")
        if known and known["status"] != 201:
            raise Refusal(known["answer"], errors=json.loads(known["tag"]))
        if known is None:
            known = self.first(ask, keys[0], print_of, body)
        tag = self.tag(self.booking.get(ask.tenant, known["reservation"])) if self.choices.current_tag else known["tag"]
        headers = self.caching(ask.operation) | {"ETag": tag, "Location": self.location(ask, known["reservation"])}
        return Answer(201, json.loads(known["answer"]), headers)

    def first(self, ask: Ask, key: str, print_of: str, body: Any) -> Any:
        insert = "INSERT INTO keys VALUES (?,?,?,?,?,?,?)"
        try:
            identifier = self.booking.create(ask.tenant, body)
        except Refusal as refusal:
            if self.choices.binds_refused_keys:
                refused = (ask.tenant, key, print_of, refusal.status, "", refusal.slug, json.dumps(refusal.errors))
                self.store.execute(insert, refused)
            raise
        document = self.booking.get(ask.tenant, identifier)
        row = (ask.tenant, key, print_of, 201, identifier, json.dumps(document), self.tag(document))
        self.store.execute(insert, row)
        return self.store.execute("SELECT * FROM keys WHERE tenant = ? AND key = ?", (ask.tenant, key)).fetchone()

    def location(self, ask: Ask, identifier: str) -> str:
        path = self.choices.base + "/reservations/"
        bases = {"name": "reservations/", "path": path, "absolute": str(ask.request.base_url).rstrip("/") + path}
        return bases[self.choices.location] + identifier

    def updated(self, ask: Ask, resource: Any) -> Answer:
        body = parsed(ask.body, distinct=self.choices.strict)
        holds(ask.request, self.tag(resource), self.choices)
        self.booking.move(ask.tenant, ask.segment, body)
        document = self.booking.get(ask.tenant, ask.segment)
        return Answer(200, document, self.caching(ask.operation) | {"ETag": self.tag(document)})

    # the writing

    def tag(self, document: Any) -> str:
        if self.choices.tags == "version":
            return f'"{document.get("versionId", 1)}"'
        text = json.dumps(document, sort_keys=True).encode()
        if self.choices.tags == "odd":
            return f'"W/,{hashlib.sha512(text).hexdigest() * 2}'[:254] + '"'
        return f'"!{hashlib.blake2s(text, digest_size=9).hexdigest()}:#"'

    def caching(self, operation: str) -> dict[str, str]:
        if operation.endswith(("Reservation", "Reservations")):
            return {"Cache-Control": "no-store"}
        if self.choices.ages:
            return {"Cache-Control": 'Public, stale-while-revalidate=5, MAX-AGE="15"', "Age": "0"} | self.cors(operation)
        return {"Cache-Control": "public, max-age=15"} | self.cors(operation)

    def cors(self, operation: str) -> dict[str, str]:
        return {} if operation.endswith(("Reservation", "Reservations")) else {"Access-Control-Allow-Origin": "*"}

    def written(self, request: Request, answer: Answer) -> Response:
        headers = {"API-Version": _VERSION, "Date": formatdate(self.now(), usegmt=True)} | answer.headers
        if self.choices.rates:
            reset = 60 - int(self.now()) % 60
            headers |= {
                "RateLimit-Policy": '"burst";q=500;w=60, "day";q=90000',
                "RateLimit": f'"day";r={90000 - self.count};t={reset}',
            }
        if self.choices.closes:
            headers["Connection"] = "close"
        if answer.document is None:
            return Response(status_code=answer.status, headers=headers)
        media = "application/problem+json" if answer.status >= 400 else "application/json"
        if self.choices.odd_media_case:
            media = media.title()
        headers["Content-Type"] = media + ("; charset=utf-8" if self.choices.charset else "")
        content = rendered(answer.document, self.choices)
        if self.choices.gzip and "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        if request.method == "HEAD":
            return Response(status_code=answer.status, headers=headers | {"Content-Length": str(len(content))})
        if self.choices.chunked:
            return StreamingResponse(_pieces(content), status_code=answer.status, headers=headers)
        return Response(content, status_code=answer.status, headers=headers)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 700):
        yield content[start : start + 700]


def _normal(path: str) -> str:
    decoded = re.sub("%2e", ".", path, flags=re.IGNORECASE)
    return posixpath.normpath(re.sub("/+", "/", decoded)) + ("/" if decoded.endswith("/") else "")


def unquote_path(request: Request) -> str:
    """The path with its segments still encoded."""
    raw = request.scope.get("raw_path") or quote(request.url.path).encode()
    return raw.decode("ascii", "replace").split("?")[0]
