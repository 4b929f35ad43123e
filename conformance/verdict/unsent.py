"""Parameters and media types that an operation declares and that no request which succeeded had.

A server may break on the one parameter that nobody could fill. Nothing is known to be wrong then, and the rest was tested, so a check
whose requests are drawn (`DRAWS`) passes all the same; what it could not send, or only in ways that were refused, is named beside its
pass, with what would help.
Cursors come from pages and conditions from answers: where none came there was nothing to send.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.interface import sending
from conformance.model import Exchange, Exercised, Operation, Parameter, Reason, Spec
from conformance.text import media

__all__ = ["Unsent"]

_OWN = frozenset({"accept", "content-type", "authorization"})  # OpenAPI: parameters of these names are not to be heeded
_LOCATIONS = ("query", "header", "cookie")


class Unsent:
    """Looks at every exchange of a run once; an operation of which everything was sent is not looked at any more."""

    def __init__(self, spec: Spec) -> None:
        found = {name: set(_declared(one)) for name, one in spec.operations.items()}
        self._left = {name: left for name, left in found.items() if left}
        self._spec = spec

    def see(self, exchange: Exchange) -> None:
        """Take an exchange into account."""
        left = self._left.get(exchange.request.operation)
        if left is None or not 200 <= exchange.status < 400:
            return
        left -= set(_sent(exchange, self._spec.operations[exchange.request.operation]))
        if not left:
            del self._left[exchange.request.operation]

    def named(self, operation: str) -> tuple[Exercised, ...]:
        """What was never sent with success, as aspects that were not exercised."""
        left = sorted(self._left.get(operation, ()))
        return tuple(Exercised(f"{kind}: {name}", 0, Reason("unsent", {"kind": kind, "name": name})) for kind, name in left)


def _declared(operation: Operation) -> Iterator[tuple[str, str]]:
    for p in operation.parameters:
        if p.location in _LOCATIONS and p.paging != "cursor" and not _of_answers(p):
            yield p.location, p.name
    yield from (("body", name) for name in operation.bodies)


def _of_answers(p: Parameter) -> bool:
    """Whether a value of the parameter is none of a client's own, or its name is never seen on the wire."""
    name = p.name.lower()
    if p.location == "header":
        return name in _OWN or name.startswith("if-")
    return p.location == "query" and sending.scattered(p) and p.raw.get("style") != "deepObject"


def _sent(exchange: Exchange, operation: Operation) -> Iterator[tuple[str, str]]:
    request = exchange.request
    for name, _ in request.query:
        yield "query", name
        if "[" in name:
            yield "query", name.partition("[")[0]
    crumbs = request.header("cookie") or ""
    for p in operation.parameters:
        if (p.location == "header" and request.header(p.name) is not None) or (p.location == "cookie" and f"{p.name}=" in crumbs):
            yield p.location, p.name
    if request.body is not None and (kind := media.best(operation.bodies, request.header("Content-Type") or "")) is not None:
        yield "body", kind
