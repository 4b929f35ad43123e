"""The house behaviour that every domain's reference server shares: one table of operations, one way through a request.

A domain subclasses `HouseServer` and adds its operations (methods marked with `@operation`). Everything is split into small
methods with one decision each, because a seeded fault is a subclass that overrides exactly one of them:

    frame       clock, tokens, operations          answers   problem documents, headers, bytes
    admission   401 403 406 415 400                paging    order, pages, cursors, envelope
    filtering   several filters at once            writes    entity tags, preconditions, idempotency keys

The order of refusals is 404 for an unknown path, then 405, 401, 403, 404, 406, 415, 400; the handler then goes on with
428, 412, 422 and 409. Storage is in memory; a handler runs without giving way between its checks and its writes.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from conformance.reference.admission import Admission
from conformance.reference.answers import Answers, Visit
from conformance.reference.filtering import Filtering
from conformance.reference.paging import Paging
from conformance.reference.problems import Problem
from conformance.reference.wire import LIMIT, Answer, Call, Json, Operation, operation
from conformance.reference.writes import Writes

__all__ = ["HouseServer"]

_SLOT = re.compile(r"\{([^}]+)\}")


@lru_cache(maxsize=64)  # a client addresses a server in one way
def _base(scheme: str, server: tuple[str, int | None] | None, host: str | None) -> str:
    """Scheme and authority of a request; empty when its Host is none."""
    headers = [] if host is None else [(b"host", host.encode("latin-1"))]
    scope = {"type": "http", "scheme": scheme, "server": server, "path": "/", "query_string": b"", "headers": headers}
    with contextlib.suppress(ValueError):
        url = URL(scope=scope)
        return f"{url.scheme}://{url.netloc}"
    return ""


class HouseServer(Answers, Admission, Paging, Filtering, Writes):
    """A reference server of the house style. Call it as an ASGI application, or ask for `starlette()`."""

    titles: Mapping[str, str] = {}
    profiles: tuple[str, ...] = ()

    def declare(self) -> None:
        """Takes down the operations of the class, and how each is told by its path."""
        super().declare()
        # Paths without parameters come first: `/things/search` is no thing that is called search.
        self._patterns = [
            (known, self._pattern(known.path)) for known in sorted(self.operations, key=lambda one: "{" in one.path)
        ]

    def _pattern(self, path: str) -> re.Pattern[str]:
        return re.compile(_SLOT.sub(r"(?P<\1>[^/]+)", path) if path != "/" else "/?")

    def starlette(self) -> Starlette:
        """The server as a Starlette application; `state.server` is the server itself."""
        application = Starlette()
        application.router.default = self
        application.state.server = self
        return application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one HTTP request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the reference server speaks HTTP only, not {scope['type']}")
        response = await self.respond(Request(scope, receive))
        await response(scope, receive, send)

    # ---------------------------------------------------------------- the way through a request

    async def respond(self, request: Request) -> Response:
        """The response to a request; what goes wrong becomes a problem document."""
        visit = Visit(request, self.now())
        try:
            known, path = self.route(request)
            visit = self.known_as(visit, known)
            if request.method == "OPTIONS":
                return self.finish(visit, self.preflight(request, known))
            self.refuse_method(request, known)
            tenant = self.admit(known, request.headers, visit.now)
            visit = self.known_as(visit, known, tenant)
            answer = await self.perform(visit, known, path)
        except Problem as problem:
            answer = self.problem(visit, problem)
        except Exception as error:  # noqa: BLE001 - a server answers, whatever happens inside it
            answer = self.breakdown(visit, error)
        return self.finish(visit, answer)

    def breakdown(self, visit: Visit, error: Exception) -> Answer:
        """The answer to a request that the server failed on; it says nothing of the inside."""
        return self.problem(visit, Problem("internal-error"))

    def route(self, request: Request) -> tuple[Operation, dict[str, str]]:
        """The operation of a request (or another one at its path, if the method is wrong), and its path parameters."""
        path = request.scope["path"]
        inside = path[len(self.base_path) :] if path.startswith(self.base_path) else None
        for known, pattern in self._patterns if inside is not None else ():
            found = pattern.fullmatch(inside or "")
            if found and self.is_nearest(known, request.method):
                return known, found.groupdict()
        raise Problem("not-found")

    def is_nearest(self, known: Operation, method: str) -> bool:
        """Whether this operation is the one to go on with at its path: the method's own, else the first."""
        here = [other for other in self.operations if other.path == known.path]
        own = [other for other in here if method in self.methods_of(other)]
        return known == (own or here)[0]

    def methods_of(self, known: Operation) -> list[str]:
        """The methods that one operation answers."""
        return ["GET", "HEAD"] if known.method == "GET" else [known.method]

    def allowed(self, known: Operation) -> list[str]:
        """The methods that the path of an operation answers."""
        here = [other for other in self.operations if other.path == known.path]
        return sorted({method for other in here for method in self.methods_of(other)} | {"OPTIONS"})

    def allow_header(self, known: Operation) -> dict[str, str]:
        """The Allow header of an operation's path."""
        return {"Allow": ", ".join(self.allowed(known))}

    def refuse_method(self, request: Request, known: Operation) -> None:
        """Refuses a method that the path does not have."""
        if request.method not in self.methods_of(known):
            raise Problem("method-not-allowed", headers=self.allow_header(known))

    def preflight(self, request: Request, known: Operation) -> Answer:
        """The answer to OPTIONS: which methods there are, and, for public data, that every origin may use them."""
        headers = self.allow_header(known)
        if known.public:
            headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, If-None-Match"
            headers["Access-Control-Max-Age"] = "600"
        return Answer(204, None, headers)

    def refuse_over_quota(self, visit: Visit) -> None:
        """Refuses a request when the quota of its window is used up."""
        window = int(visit.now // 60)
        if self.spent.get((visit.tenant, window), 0) >= self.quota:
            seconds = 60 - int(visit.now % 60)
            raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        """The resource that the path names; refuses a path that names none."""
        if known.find is None:
            return None
        found = getattr(self, known.find)(next(iter(path.values())), tenant, visit.now)
        if found is None:
            raise Problem("not-found")
        return found

    async def perform(self, visit: Visit, known: Operation, path: dict[str, str]) -> Answer:
        """The handler's answer to an admitted request; refuses what is not well put."""
        request = visit.request
        self.refuse_over_quota(visit)
        found = self.find(known, path, visit.tenant, visit)
        self.negotiate(known, request.headers)
        self.check_media_type(known, request.headers)
        sent, query = self.parse_query(known, self.query_pairs(request.scope["query_string"]))
        self.require_key(known, request.headers)
        body = self.parse_body(await request.body()) if known.takes else None
        base = self.base_of(request)
        call = Call(known, path, sent, query, request.headers, base, visit.url_path, visit.tenant, visit.now, body, found)
        return cast(Answer, await getattr(self, known.handler)(call))

    def base_of(self, request: Request) -> str:
        """Scheme and authority as the client addressed them, for absolute links."""
        scope = request.scope
        return _base(scope.get("scheme", "http"), scope.get("server"), request.headers.get("host"))

    # ---------------------------------------------------------------- the interface about itself

    @operation("GET", "/")
    async def get_landing_page(self, call: Call) -> Answer:
        """The interface's front page, with links to its description and conformance."""
        return Answer(200, self.landing_body(call), self.landing_headers(call))

    def landing_body(self, call: Call) -> Json:
        """The body of the landing page."""
        return {
            "title": dict(self.titles),
            "interface": self.interface,
            "version": self.version,
            "links": [
                {"rel": "self", "href": f"{self.base_path}/", "type": "application/json"},
                {"rel": "service-desc", "href": f"{self.base_path}/openapi.json", "type": "application/json"},
                {"rel": "conformance", "href": f"{self.base_path}/conformance", "type": "application/json"},
                *(
                    {"rel": "data", "href": self.base_path + known.path}
                    for known in self.operations
                    if LIMIT in known.query and "{" not in known.path
                ),
            ],
        }

    def landing_headers(self, call: Call) -> dict[str, str]:
        """The Link header that leads to the description (RFC 8631)."""
        return {"Link": f'<{self.base_path}/openapi.json>; rel="service-desc"; type="application/json"'}

    @operation("GET", "/openapi.json")
    async def get_api_description(self, call: Call) -> Answer:
        """The OpenAPI document of the interface."""
        return Answer(200, self.published_document())

    @operation("GET", "/conformance")
    async def get_conformance(self, call: Call) -> Answer:
        """What the server conforms to."""
        return Answer(200, self.conformance_body())

    def conformance_body(self) -> Json:
        """The interface, its version and the profiles that are served."""
        return {"interface": self.interface, "version": self.version, "profiles": list(self.profiles)}
