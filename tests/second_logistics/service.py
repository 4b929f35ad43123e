"""The server: a table of operations, the line of tests that each request passes, and what is written in the end."""

from __future__ import annotations

import asyncio
import gzip
import math
import re
import time
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, unquote

from tests.second_health.asking import Answer, Ask
from tests.second_health.instants import Times
from tests.second_health.reading import acceptable, based_on, has_tag, idempotency_key, readable, stopped
from tests.second_health.refusals import Refusal, conflict, wrong_body, wrong_parameter
from tests.second_health.store import digest
from tests.second_health.wire_json import canonical, kept, parsed, rendered
from tests.second_logistics.about import TABLE, VERSION, conformance, described, landing
from tests.second_logistics.capturing import Captures
from tests.second_logistics.choices import TENANTS, TOKENS, Choices
from tests.second_logistics.deliveries import Deliveries, Post, Sleep
from tests.second_logistics.folding import Kept
from tests.second_logistics.journal import House, Journal, Shipment
from tests.second_logistics.lockers import Hold, Lockers
from tests.second_logistics.paging import Lists
from tests.second_logistics.points import POINTS
from tests.second_logistics.reading import read_query
from tests.second_logistics.shapes import SHAPES
from tests.second_logistics.shipments import Shipments
from tests.second_logistics.stock import stock

__all__ = ["SecondLogisticsServer"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LISTS = ("listShipments", "listShipmentEvents", "queryEvents", "listPickupPoints")
_DESCRIBES = ("getLandingPage", "getApiDescription", "getConformance")
_GRANTS = {"a": "rw", "b": "rw", "limited": "r"}


async def _nowhere(*_: Any) -> int | None:
    return 200


class SecondLogisticsServer:
    """An ASGI application; `clock` tells the Unix time, `post` sends a delivery, `excepted` is the receiver of a sandbox."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        choices: Choices | None = None,
        *,
        post: Post = _nowhere,
        sleep: Sleep = asyncio.sleep,
        excepted: str = "",
    ) -> None:
        self.choices = choices or Choices()
        self.manner = self.choices.manner
        self.house = House(self.choices, Times(self.manner), clock)
        self.journal = Journal(self.house)
        self.lockers = Lockers(self.house, self.journal)
        self.shipments = Shipments(self.house, self.journal, self.lockers)
        self.captures = Captures(self.house, self.journal, self.lockers, self.shipments)
        stock(self.house, self.shipments, self.captures)
        self.lists = Lists(self.house, self.journal, self.shipments)
        self.deliveries = Deliveries(self.house, self.journal, post, sleep, excepted)
        self.tokens = {TOKENS[name]: ("b" if name == "b" else "a", may) for name, may in _GRANTS.items()}
        self.attempts: dict[tuple[str, str], tuple[str, Answer]] = {}
        self.working: set[tuple[str, str]] = set()
        self.missed: dict[str, deque[tuple[float, str]]] = {}
        self.count = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        ask = await _asked(scope, receive)
        client = str((scope.get("client") or ("nobody",))[0])
        answer = await self.answered(ask, client)
        headers, content = self.written(ask, answer)
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if ask.method == "HEAD" else content})

    # the line of tests

    async def answered(self, ask: Ask, client: str) -> Answer:
        self.count += 1
        if self.manner.gateway and stopped(ask):
            return Answer(stopped(ask), None, {"Content-Type": "text/plain"})
        try:
            if self.manner.busy and self.count % self.manner.busy == 0:
                raise Refusal("too-many-requests", headers={"Retry-After": str(self.manner.retry_after)})
            methods = self.found(ask)
            method = "GET" if ask.method == "HEAD" and self.manner.head else ask.method
            if method == "OPTIONS" and self.manner.options:
                return Answer(204, None, {"Allow": self.allowed(methods), "Cache-Control": "no-store"})
            if method not in methods:
                raise Refusal("method-not-allowed", headers={"Allow": self.allowed(methods)})
            ask.operation, needed = methods[method]
            if needed:
                ask.org = self.tenant(ask, needed)
            return await self.passed(ask, client)
        except Refusal as refusal:
            return self.refused(ask, refusal)

    def found(self, ask: Ask) -> dict[str, tuple[str, str]]:
        """What the path serves, by method."""
        path = ask.path + "/" if ask.path == self.manner.base and not self.manner.strict else ask.path
        if not path.startswith(self.manner.base + "/"):
            raise Refusal("not-found")
        parts = [unquote(part) for part in path[len(self.manner.base) + 1 :].split("/")]
        for template in {row[0] for row in TABLE}:
            wanted = template[1:].split("/")
            if len(wanted) == len(parts) and all(
                one == part or (one == "{}" and part) for one, part in zip(wanted, parts, strict=True)
            ):
                ask.segment = parts[1] if "{}" in wanted else ""
                return {method: (operation, scope) for row, method, operation, scope in TABLE if row == template}
        raise Refusal("not-found")

    def allowed(self, methods: dict[str, tuple[str, str]]) -> str:
        served = [*methods, *(["HEAD"] if self.manner.head and "GET" in methods else [])]
        return ", ".join([*served, "OPTIONS"] if self.manner.options else served)

    def tenant(self, ask: Ask, scope: str) -> str:
        """Whose token it is; 401, 403 or 404 else."""
        sent = ask.all("authorization")
        found = re.fullmatch(r"(?i:bearer) +(\S+) *", sent[0]) if len(sent) == 1 else None
        known = self.tokens.get(found[1]) if found else None
        if known is None:
            raise Refusal("unauthorized", headers={"WWW-Authenticate": self.manner.challenge})
        if scope.endswith(":write") and "w" not in known[1]:
            raise Refusal("not-found" if ask.segment and self.manner.scope_hides else "forbidden")
        return TENANTS[known[0]]

    async def passed(self, ask: Ask, client: str) -> Answer:
        """404, 406, 415, 400, 428, 412, 422, 409, in this order."""
        subject = self.subject(ask, client) if ask.segment else None
        if not acceptable(ask, self.manner):
            raise Refusal("not-acceptable")
        patch = ask.operation == "updateShipment"
        media = "application/merge-patch+json" if patch else "application/json"
        if ask.operation in SHAPES and not readable(ask, media, self.manner):
            raise Refusal("unsupported-media-type")
        read_query(ask, self.house.times, self.manner)
        key = idempotency_key(ask) if ask.operation == "createShipment" else ""
        if ask.operation == "captureEvents" and ask.all("capture-error-behaviour") not in ([], ["rollback"], ["proceed"]):
            raise wrong_parameter("Capture-Error-Behaviour")
        if ask.operation in SHAPES:
            ask.document = parsed(ask.body, distinct=self.manner.strict)
            if patch and isinstance(subject, Shipment):
                based_on(ask, self.tag(self.shipments.view(subject)), self.manner)
            faults = list(SHAPES[ask.operation](ask.document, "", self.house.times))
            if faults:
                raise wrong_body(faults if self.manner.thorough else faults[:1])
        if key:
            return await self.once(ask, key)
        if isinstance(subject, Shipment) and ask.org:
            return self.of_shipment(ask, subject)
        return self.of_rest(ask, subject)

    def subject(self, ask: Ask, client: str) -> Shipment | Hold | None:
        """What the path names; 404 where it is not there for this tenant."""
        if ask.operation == "getPublicTracking":
            return self.tracked(ask.segment, client)
        if ask.operation == "getPickupPointAvailability":
            place = POINTS.get(ask.segment)
            if place is None or (place.status == "CLOSED" and not self.choices.closed_counts):
                raise Refusal("not-found")
            return None
        known: dict[str, Any] = self.lockers.holds if ask.operation == "collectParcel" else self.journal.shipments
        found: Shipment | Hold | None = known.get(ask.segment)
        if found is None or found.tenant != ask.org:
            raise Refusal("not-found")
        return found

    def tracked(self, number: str, client: str) -> Shipment:
        missed, now = self.missed.setdefault(client, deque()), self.house.unix()
        while missed and missed[0][0] <= now - 60:
            missed.popleft()
        asked = len(missed) if self.choices.counts_repeats else len({one for _, one in missed})
        found = self.journal.numbers.get(number)
        if asked > 110 and (found is None or self.choices.blocks_all):
            raise Refusal("too-many-requests", headers={"Retry-After": str(max(1, math.ceil(missed[0][0] + 60 - now)))})
        if found is None:
            missed.append((now, number))
            raise Refusal("not-found")
        return found

    # answers

    def of_shipment(self, ask: Ask, shipment: Shipment) -> Answer:
        if ask.operation == "listShipmentEvents":
            return Answer(200, self.lists.page(ask, shipment))
        if ask.operation == "captureEvents":
            results, events = self.captures.capture(ask, shipment)
            self.published(shipment, events)
            return Answer(200, results)
        if ask.operation == "cancelShipment":
            event = self.shipments.cancel(shipment)
            self.published(shipment, [event] if event else [])
            return Answer(200, self.shipments.view(shipment))
        if ask.operation == "updateShipment":
            self.shipments.update(ask, shipment)
        document = self.shipments.view(shipment)
        tag = self.tag(document)
        if ask.operation == "getShipment" and has_tag(ask, tag, self.manner):
            return Answer(304, None, {"ETag": tag})
        return Answer(200, document, {"ETag": tag})

    def of_rest(self, ask: Ask, subject: Shipment | Hold | None) -> Answer:
        if ask.operation in _LISTS:
            return Answer(200, self.lists.page(ask, None))
        if isinstance(subject, Shipment):
            return Answer(200, self.shipments.public(subject))
        if isinstance(subject, Hold):
            document, shipment, event = self.captures.collect(ask, subject)
            self.published(shipment, [event])
            return Answer(200, document)
        if ask.operation == "createLockerReservation":
            return Answer(201, self.lockers.reserve(ask))
        if ask.operation == "createSubscription":
            return Answer(*self.deliveries.subscribe(ask))
        if ask.operation == "getPickupPointAvailability":
            return Answer(200, self.lockers.availability(ask.segment))
        if ask.operation == "getLandingPage":
            return Answer(200, landing(), {"Link": '<./openapi.json>; rel="service-desc"'})
        return Answer(200, conformance() if ask.operation == "getConformance" else described(self.manner.description))

    def published(self, shipment: Shipment, events: list[Kept]) -> None:
        for event in events:
            self.deliveries.publish(shipment.tenant, shipment.id, self.shipments.event(shipment, event))

    async def once(self, ask: Ask, key: str) -> Answer:
        """A creation that is not done twice."""
        body = canonical(ask.document)
        if (ask.org, key) in self.working:
            raise conflict("key-in-use")
        known = self.attempts.get((ask.org, key))
        if known and known[0] != body:
            raise Refusal("key-reused")
        if known:
            return known[1]
        self.working.add((ask.org, key))
        try:
            for _ in range(self.manner.waits):
                await asyncio.sleep(0)
            shipment = self.shipments.create(ask)
        finally:
            self.working.discard((ask.org, key))
        document = self.shipments.view(shipment)
        path = f"/shipments/{quote(shipment.id)}"
        whole = {"name": path[1:], "absolute": ask.root + self.manner.base + path}.get(
            self.manner.location, self.manner.base + path
        )
        answer = Answer(201, document, {"ETag": self.tag(document), "Location": whole})
        self.attempts[ask.org, key] = (body, answer)
        return answer

    def refused(self, ask: Ask, refusal: Refusal) -> Answer:
        document = refusal.document(self.manner.problems)
        if self.manner.instance and ask.operation != "getPublicTracking":
            document["instance"] = quote(ask.path, safe="/%~")[:1000]
        return Answer(refusal.status, document, {"Cache-Control": "no-store"} | refusal.headers)

    # the writing

    def tag(self, document: dict[str, Any]) -> str:
        text = digest(kept(document))
        return f'"W/,{text}!"' if self.manner.tags == "odd" else f'"{text}"'

    def written(self, ask: Ask, answer: Answer) -> tuple[dict[str, str], bytes]:
        """The header fields and the body."""
        problem = answer.status >= 400
        headers = {"Date": formatdate(self.house.unix(), usegmt=True), "API-Version": VERSION} | answer.headers
        if ask.operation and not ask.org and not problem:
            headers |= {"Cache-Control": 'Public, MAX-AGE="30"' if self.manner.ages else "public, max-age=30"}
            headers["Access-Control-Allow-Origin"] = "*"
        headers.setdefault("Cache-Control", 'Private, No-Store, max-age="0"' if self.manner.ages else "no-store")
        if answer.document is None:
            return headers | ({"Content-Length": "0"} if answer.status not in (204, 304) else {}), b""
        further = {"operator": "港都物流"} if self.manner.extras and ask.operation not in ("getApiDescription", "") else {}
        content = rendered(answer.document | further, self.manner)
        media = "application/problem+json" if problem else "application/json"
        headers["Content-Type"] = media + (';charset="utf-8"' if self.manner.charset else "")
        if self.manner.gzip and "gzip" in ",".join(ask.all("accept-encoding")):
            content = gzip.compress(content, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return headers | {"Content-Length": str(len(content))}, content


async def _asked(scope: MutableMapping[str, Any], receive: Receive) -> Ask:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    host = next((value for name, value in headers if name == "host"), "localhost")
    path = raw.decode("ascii", "replace").split("?")[0]
    root = f"{scope.get('scheme', 'http')}://{host}"
    return Ask(scope["method"], path, scope["query_string"].decode("latin-1"), headers, body, root)
