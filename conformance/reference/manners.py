"""What any house server may do otherwise, whatever its domain: variants that are made in each, and what the live ones are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from random import Random
from types import ModuleType
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from conformance.reference.answers import Visit
from conformance.reference.house import HouseServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Operation

__all__ = ["Restless", "classes_of", "mannered"]

Server = TypeVar("Server", bound=HouseServer)


def classes_of(base: type[Server], *modules: ModuleType) -> dict[str, type[Server]]:
    """The classes of servers that modules define for others to use, by name, in the order of their definition."""
    return {
        name: member
        for module in modules
        for name, member in vars(module).items()
        if isinstance(member, type) and issubclass(member, base) and member.__module__ == module.__name__ and name[0] != "_"
    }


def mannered(base: type[Server]) -> dict[str, type[Server]]:
    """A domain's server in each of the manners below, by name."""
    return {kind.__name__: type(kind.__name__, (kind, base), {"__doc__": kind.__doc__}) for kind in _MANNERS}


# -------------------------------------------------------------------- bytes and headers


class MembersInAnotherOrder(HouseServer):
    """The members of all objects are sent in reverse order."""

    def to_bytes(self, body: Any) -> bytes:
        """The members last to first."""
        return super().to_bytes(self.turned(body))

    def turned(self, value: Any) -> Any:
        """A document with its members last to first."""
        if isinstance(value, dict):
            return {name: self.turned(value[name]) for name in reversed(value)}
        return [self.turned(each) for each in value] if isinstance(value, list) else value


class UnknownMembersEverywhere(HouseServer):
    """All objects but those of the API description hold members that the interface does not know."""

    def to_bytes(self, body: Any) -> bytes:
        """With more members."""
        return super().to_bytes(body if self.is_closed(body) else self.extended(body))

    def extended(self, value: Any) -> Any:
        """A document with a member before and one behind those of each object."""
        if isinstance(value, dict):
            members = {name: self.extended(member) for name, member in value.items()}
            return {"vendorTag": "更新測試", **members, "vendorData": {"revision": 3, "flags": []}}
        return [self.extended(each) for each in value] if isinstance(value, list) else value


class IndentedAndEscaped(HouseServer):
    """JSON is indented, and what is not ASCII is escaped."""

    def to_bytes(self, body: Any) -> bytes:
        """In many lines of ASCII."""
        return json.dumps(body, ensure_ascii=True, indent=2).encode()


class MediaTypesNameTheirCharset(HouseServer):
    """Content-Type has a charset parameter."""

    def content_type(self, visit: Visit, answer: Answer) -> str:
        """With the charset that JSON always has."""
        return super().content_type(visit, answer) + "; charset=utf-8"


# -------------------------------------------------------------------- access


class LackingScopesFindNothing(HouseServer):
    """A token without the scope finds nothing at a path that names one resource, whether there is one or not."""

    def admit(self, operation: Operation, headers: Mapping[str, str], now: Fraction) -> str:
        """Nothing is there for who may not ask for it."""
        try:
            return super().admit(operation, headers, now)
        except Problem as problem:
            if problem.slug == "forbidden" and operation.find is not None:
                raise Problem("not-found") from problem
            raise


_MANNERS = (
    MembersInAnotherOrder,
    UnknownMembersEverywhere,
    IndentedAndEscaped,
    MediaTypesNameTheirCharset,
    LackingScopesFindNothing,
)

# -------------------------------------------------------------------- other people


class Restless(HouseServer):
    """Lets something happen as time passes; what, the subclasses say. It is drawn by number, and when by the clock."""

    PACE = 20.0
    EVERY = Fraction(1, 2)  # seconds between two changes
    MOST_AT_ONCE = 40  # after a pause the rest of what would have happened is left out

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.reached = self.now()
        self.happened = 0

    async def respond(self, request: Request) -> Response:
        """What is due happens first."""
        now = self.now()
        due = min(int((now - self.reached) / self.EVERY), self.MOST_AT_ONCE)
        if due > 0:
            self.reached = now
        for _ in range(due):
            self.happened += 1
            self.happen(Random(self.happened), now)
        return await super().respond(request)

    def happen(self, chance: Random, now: Fraction) -> None:
        """One change by somebody else."""
        raise NotImplementedError
