"""The server: a table of operations, the line of tests that each request passes, and what is written in the end."""

from __future__ import annotations

import asyncio
import gzip
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any
from urllib.parse import quote, unquote

from tests.second_health.about import VERSION, conformance, described, landing
from tests.second_health.access import Access
from tests.second_health.asking import Answer, Ask, House
from tests.second_health.choices import Choices
from tests.second_health.consents import Consents
from tests.second_health.instants import Times
from tests.second_health.measurements import Measurements
from tests.second_health.paging import Lists
from tests.second_health.people import People
from tests.second_health.reading import acceptable, based_on, has_tag, idempotency_key, read_query, readable, stopped
from tests.second_health.refusals import Refusal, conflict, wrong_body
from tests.second_health.shapes import BATCH, SHAPES
from tests.second_health.store import Entry, Store, digest
from tests.second_health.tasks import Tasks
from tests.second_health.wire_json import canonical, kept, parsed, rendered

__all__ = ["TABLE", "SecondHealthServer"]

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TABLE: list[tuple[str, str, str, str]] = [
    ("/", "GET", "getLandingPage", ""),
    ("/openapi.json", "GET", "getApiDescription", ""),
    ("/conformance", "GET", "getConformance", ""),
    ("/patients", "POST", "createPatient", "patient:write"),
    ("/patients/search", "POST", "searchPatients", "patient:read"),
    ("/patients/{}", "GET", "getPatient", "patient:read"),
    ("/devices", "POST", "registerDevice", "device:write"),
    ("/devices/{}", "GET", "getDevice", "device:read"),
    ("/consents", "POST", "createConsent", "consent:write"),
    ("/consents/{}", "GET", "getConsent", "consent:read"),
    ("/consents/{}", "PATCH", "updateConsent", "consent:write"),
    ("/measurements", "GET", "listMeasurements", "measurement:read"),
    ("/measurements", "POST", "createMeasurement", "measurement:write"),
    ("/measurements/batch", "POST", BATCH, "measurement:write"),
    ("/measurements/{}", "GET", "getMeasurement", "measurement:read"),
    ("/measurements/{}", "PUT", "amendMeasurement", "measurement:write"),
    ("/care-tasks", "GET", "listCareTasks", "care:read"),
    ("/care-tasks/{}", "GET", "getCareTask", "care:read"),
    ("/care-tasks/{}", "PATCH", "updateCareTask", "care:write"),
]
_CREATES = ("createPatient", "registerDevice", "createConsent", "createMeasurement", BATCH)
_PATHS = {"patient": "patients", "device": "devices", "consent": "consents", "measurement": "measurements"}
_MERGES = ("updateConsent", "updateCareTask")
_PUBLIC = ("getLandingPage", "getApiDescription", "getConformance")


class SecondHealthServer:
    """An ASGI application; `clock` tells the Unix time."""

    def __init__(self, clock: Callable[[], float] = time.time, choices: Choices | None = None) -> None:
        self.choices = choices or Choices()
        self.times = Times(self.choices)
        self.house = House(self.choices, Store(self.choices), self.times, clock)
        self.access = Access(self.house)
        self.people = People(self.house, self.access)
        self.consents = Consents(self.house, self.access)
        self.measurements = Measurements(self.house, self.access)
        self.tasks = Tasks(self.house, self.access)
        self.lists = Lists(self.house, self.access, self.tasks)
        self.count = 0
        self.working: set[tuple[str, str, str]] = set()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        ask = await _asked(scope, receive)
        answer = await self.answered(ask)
        headers, content = self.written(ask, answer)
        fields = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": fields})
        await send({"type": "http.response.body", "body": b"" if ask.method == "HEAD" else content})

    # the line of tests

    async def answered(self, ask: Ask) -> Answer:
        self.count += 1
        if self.choices.gateway and stopped(ask):
            return Answer(stopped(ask), None, {"Content-Type": "text/plain"})
        try:
            if self.choices.busy and self.count % self.choices.busy == 0:
                raise Refusal("too-many-requests", headers={"Retry-After": str(self.choices.retry_after)})
            methods = self.found(ask)
            method = "GET" if ask.method == "HEAD" and self.choices.head else ask.method
            if method == "OPTIONS" and self.choices.options:
                return Answer(204, None, {"Allow": self.allowed(methods), "Cache-Control": "no-store"})
            if method not in methods:
                raise Refusal("method-not-allowed", headers={"Allow": self.allowed(methods)})
            ask.operation, needed = methods[method]
            return await self.passed(ask, needed)
        except Refusal as refusal:
            return self.refused(ask, refusal)

    def found(self, ask: Ask) -> dict[str, tuple[str, str]]:
        """What the path serves, by method; paths of their own come before identifiers."""
        path = ask.path + "/" if ask.path == self.choices.base and not self.choices.strict else ask.path
        if not path.startswith(self.choices.base + "/"):
            raise Refusal("not-found")
        parts = [unquote(part) for part in path[len(self.choices.base) + 1 :].split("/")]
        segment = parts[1] if len(parts) == 2 else ""
        for wanted in ("/" + "/".join(parts), f"/{parts[0]}/{{}}" if segment else ""):
            methods = {method: (operation, scope) for template, method, operation, scope in TABLE if template == wanted}
            if methods and segment != "{}":
                ask.segment = segment if wanted.endswith("{}") else ""
                return methods
        raise Refusal("not-found")

    def allowed(self, methods: dict[str, tuple[str, str]]) -> str:
        served = [*methods, *(["HEAD"] if self.choices.head and "GET" in methods else [])]
        return ", ".join([*served, "OPTIONS"] if self.choices.options else served)

    async def passed(self, ask: Ask, scope: str) -> Answer:
        """401, 403, 404, 406, 415, 400, 428, 412, 422, 409, in this order."""
        if scope:
            ask.org = self.access.organisation(ask, scope, named=bool(ask.segment))
        entry = self.resource(ask) if ask.segment else None
        if not acceptable(ask, self.choices):
            raise Refusal("not-acceptable")
        if ask.operation in SHAPES and not readable(ask, self.media(ask.operation), self.choices):
            raise Refusal("unsupported-media-type")
        read_query(ask, self.times, self.choices)
        key = idempotency_key(ask) if ask.operation in _CREATES else ""
        if ask.operation in SHAPES:
            ask.document = parsed(ask.body, distinct=self.choices.strict)
            if entry:
                based_on(ask, self.tag(self.view(ask.org, entry)), self.choices)
            self.check_shape(ask)
        if key:
            return await self.once(ask, key)
        return self.served(ask, entry)

    def media(self, operation: str) -> str:
        return "application/merge-patch+json" if operation in _MERGES else "application/json"

    def check_shape(self, ask: Ask) -> None:
        faults = list(SHAPES[ask.operation](ask.document, "", self.times))
        if faults:
            raise wrong_body(faults if self.choices.thorough else faults[:1])

    def resource(self, ask: Ask) -> Entry:
        """What the path names, where the caller may know of it."""
        kind = {"P": "patient", "D": "device", "C": "consent", "M": "measurement", "T": "task"}
        name = re.sub("^(get|update|amend)(Care)?", "", ask.operation)[0]
        entry = self.access.reads(ask.org, kind[name], ask.segment)
        if entry is None or (ask.operation == "amendMeasurement" and not self.may_amend(ask.org, entry)):
            raise Refusal("not-found")
        return entry

    def may_amend(self, org: str, entry: Entry) -> bool:
        return entry.org == org

    def view(self, org: str, entry: Entry) -> dict[str, Any]:
        return self.tasks.view(org, entry) if entry.kind == "task" else entry.doc

    # answers

    def served(self, ask: Ask, entry: Entry | None) -> Answer:
        if ask.operation == "searchPatients":
            return Answer(200, self.people.search(ask))
        if entry is None:
            return self.public(ask.operation) if ask.operation in _PUBLIC else Answer(200, self.lists.page(ask))
        if ask.operation == "updateConsent":
            entry = self.consents.move(ask, entry)
        elif ask.operation == "amendMeasurement":
            entry = self.measurements.amend(ask, entry)
        elif ask.operation == "updateCareTask":
            entry = self.tasks.change(ask, entry)
        document = self.view(ask.org, entry)
        tag = self.tag(document)
        if ask.operation not in SHAPES and has_tag(ask, tag, self.choices):
            return Answer(304, None, {"ETag": tag})
        return Answer(200, document, {"ETag": tag})

    def public(self, operation: str) -> Answer:
        if operation == "getLandingPage":
            return Answer(200, landing(), {"Link": '<./openapi.json>; rel="service-desc", <./conformance>; rel=conformance'})
        return Answer(200, conformance() if operation == "getConformance" else described(TABLE, self.choices.description))

    async def once(self, ask: Ask, key: str) -> Answer:
        """A creation that is not done twice."""
        scope = ask.operation if self.choices.keys_by_operation else ""
        body = canonical([ask.operation, ask.document])
        if (ask.org, scope, key) in self.working:
            raise conflict("key-in-use")
        known = self.house.store.attempt(ask.org, scope, key)
        if known:
            if known[0] != body:
                raise Refusal("key-reused")
            return self.repeated(ask, known[1])
        self.working.add((ask.org, scope, key))
        try:
            for _ in range(self.choices.waits):
                await asyncio.sleep(0)
            made = self.made(ask)
        except Refusal as refusal:
            if self.choices.binds_refused_keys and refusal.status in (409, 422):
                made = {"status": refusal.status, "slug": refusal.slug, "errors": refusal.errors, "members": refusal.members}
                self.house.store.remember(ask.org, scope, key, body, made)
            raise
        finally:
            self.working.discard((ask.org, scope, key))
        self.house.store.remember(ask.org, scope, key, body, made)
        return self.repeated(ask, made)

    def made(self, ask: Ask) -> dict[str, Any]:
        """What a creation brings about, as a record of its answer."""
        if ask.operation == BATCH:
            return {"status": 200, "document": self.measurements.batch(ask)}
        status = 201
        if ask.operation == "createMeasurement":
            status, entry = self.measurements.create(ask)
        else:
            create = {"createPatient": self.people.create_patient, "registerDevice": self.people.register}
            entry = create.get(ask.operation, self.consents.create)(ask)
        return {"status": status, "document": entry.doc, "kind": entry.kind, "id": entry.id, "tag": self.tag(entry.doc)}

    def repeated(self, ask: Ask, made: dict[str, Any]) -> Answer:
        """The answer out of the record."""
        if "slug" in made:
            raise Refusal(made["slug"], made["errors"], members=made["members"])
        answer = Answer(made["status"], made["document"])
        if "id" in made:
            entry = self.house.store.one(made["kind"], made["id"])
            answer.headers["ETag"] = self.tag(entry.doc) if entry and self.choices.current_tag else made["tag"]
            if made["status"] == 201:
                answer.headers["Location"] = self.location(ask, f"/{_PATHS[made['kind']]}/{made['id']}")
        return answer

    def location(self, ask: Ask, path: str) -> str:
        whole = self.choices.base + path
        return {"name": path[1:], "path": whole, "absolute": ask.root + whole}[self.choices.location]

    def refused(self, ask: Ask, refusal: Refusal) -> Answer:
        if self.choices.vague and refusal.slug == "invalid-body":
            named = [one for one in refusal.errors if one["pointer"] in ("/patientId", "/deviceId")]
            refusal.errors = named or [one | {"pointer": _parent(one["pointer"])} for one in refusal.errors[:1]]
        document = refusal.document(self.choices.problems)
        if self.choices.instance:
            document["instance"] = quote(ask.path, safe="/%~")[:1000]
        return Answer(refusal.status, document, {"Cache-Control": "no-store"} | refusal.headers)

    # the writing

    def tag(self, document: dict[str, Any]) -> str:
        if self.choices.tags == "version":
            hidden = "" if "taskId" not in document or "patientId" in document else "-h"
            identifier = next(iter(document.values()))
            return f'"{identifier}/{document.get("versionId", 1)}{hidden}"'
        text = digest(kept(document))
        return f'"W/,{text * 8}!"' if self.choices.tags == "odd" else f'"{text}"'

    def written(self, ask: Ask, answer: Answer) -> tuple[dict[str, str], bytes]:
        """The header fields and the body."""
        problem = answer.status >= 400
        headers = {"Date": formatdate(self.house.unix(), usegmt=True), "API-Version": VERSION} | answer.headers
        headers["X-Request-Id"] = f"req.{self.count:x}~{digest([self.count, 'request'])[:8]}"
        if ask.operation in _PUBLIC and not problem:
            headers |= {"Cache-Control": 'Public, MAX-AGE="60"' if self.choices.ages else "public, max-age=60"}
            headers["Access-Control-Allow-Origin"] = "*"
        headers.setdefault("Cache-Control", 'Private, No-Store, max-age="0"' if self.choices.ages else "no-store")
        if self.choices.rates:
            headers |= {"RateLimit-Policy": '"hour";q=90000;w=3600', "RateLimit": f'"hour";r={max(0, 90_000 - self.count)};t=9'}
        if answer.document is None:
            return headers | ({"Content-Length": "0"} if answer.status not in (204, 304) else {}), b""
        document = answer.document | self.further(ask, problem=problem)
        content = rendered(document, self.choices)
        media = "application/problem+json" if problem else "application/json"
        media = media.title() if self.choices.odd_media_case else media
        headers["Content-Type"] = media + (';charset="utf-8"' if self.choices.charset else "")
        if self.choices.gzip and "gzip" in ",".join(ask.all("accept-encoding")):
            content = gzip.compress(content, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return headers | {"Content-Length": str(len(content))}, content

    def further(self, ask: Ask, *, problem: bool) -> dict[str, Any]:
        """Members that the interface does not list."""
        found: dict[str, Any] = {}
        if self.choices.extras and ask.operation != "getApiDescription":  # an OpenAPI document is closed
            found |= {"source": "花東健康照護"} if not problem else {"help": "https://care.hualien.example/help"}
        if self.choices.request_ids and (problem or ask.operation.startswith(("list", "search"))):
            found |= {"requestId": f"{self.count:012x}"}
        return found


def _parent(pointer: str) -> str:
    return pointer.rpartition("/")[0]


async def _asked(scope: MutableMapping[str, Any], receive: Receive) -> Ask:
    assert scope["type"] == "http"
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
