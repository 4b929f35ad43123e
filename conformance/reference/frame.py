"""What every part of a house server stands on: its clock, its base path, its tokens and its secrets.

The tokens are fixed, one per actor, so that a test can hold them without asking. A server keeps no time of its own: `clock`
is the only source, and every instant in an answer, the Date header included, comes from it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from conformance.reference.instants import instant_of
from conformance.reference.outgoing import Outgoing
from conformance.reference.wire import Json, Operation

__all__ = ["ACTORS", "DECLARATIONS", "Frame", "Token", "give_way", "secret_text"]

ACTORS = ("a", "b", "limited", "expired", "wrong-audience")


DECLARATIONS = ("BREAKS", "ALSO", "SUBTLE", "PACE")  # what a fault or a variant says of itself: no answer depends on it


@dataclass(frozen=True)
class Token:
    """What an access token stands for; `expires` None means that it does not within a server's life."""

    actor: str
    tenant: str
    scopes: frozenset[str]
    audience: str
    expires: float | None = None


def secret_text(*parts: str) -> str:
    """Text that looks random and is the same in every process."""
    return hashlib.sha256("|".join(("yance reference", *parts)).encode()).hexdigest()


async def give_way(turns: int = 60) -> None:
    """Lets others run for some turns of the event loop: long enough for a request that has arrived to be read."""
    for _ in range(turns):
        await asyncio.sleep(0)


class Frame:
    """State and the small decisions about it; the parts of `HouseServer` extend it."""

    domain = ""
    interface = ""
    version = "1.0.0"
    BREAKS: tuple[str, ...] = ()  # of a fault: the requirements that it breaks
    ALSO: Mapping[str, str] = {}  # of a fault: others that fail with them, and why
    # Of a fault: whether it is subtle. The plain case is right, and it shows only in a rare thing or value, in one state, at one moment,
    # at a boundary, in a repetition or a race, or in a comparison of several answers; whoever looks at one answer finds it good.
    SUBTLE = False
    PACE = 0.0  # of a variant: the requests a second under which it shows what it is; 0: it does not matter
    scopes: tuple[str, ...] = ()
    limited_scopes: tuple[str, ...] = ()
    outgoing = Outgoing()  # how it reaches whoever asked to be told

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        base_path: str = "/v1",
        document: Callable[[], Mapping[str, Any]] | None = None,
    ) -> None:
        self.clock = clock
        self.base_path = base_path.rstrip("/")
        self.document = document
        self.secret = secret_text(self.domain, "cursor").encode()
        self.tokens = {self.token_text(actor): self.token_for(actor) for actor in ACTORS}
        self.declare()
        self.turns: Counter[str] = Counter()  # for servers that behave by turns

    def declare(self) -> None:
        """Takes down the operations of the class."""
        self.operations = tuple(self._declared())

    @classmethod
    def token_text(cls, actor: str) -> str:
        """The access token of an actor."""
        return f"{cls.domain}-{secret_text(cls.domain, 'token', actor)[:32]}"

    @classmethod
    def token_for(cls, actor: str) -> Token:
        """What an actor's token stands for."""
        scopes = frozenset(cls.limited_scopes if actor == "limited" else cls.scopes)
        audience = "another-service" if actor == "wrong-audience" else cls.interface
        return Token(actor, "b" if actor == "b" else "a", scopes, audience, -1.0 if actor == "expired" else None)

    def _declared(self) -> list[Operation]:
        found: dict[str, Operation] = {}
        for kind in reversed(type(self).__mro__):
            for name, member in vars(kind).items():
                known = getattr(member, "operation", None)
                if isinstance(known, Operation):
                    found[name] = known
                elif member is None:  # a later version has no such operation any more
                    found.pop(name, None)
        return sorted(found.values(), key=lambda known: (known.path, known.method))

    def now(self) -> Fraction:
        """The present instant."""
        return instant_of(self.clock())

    def published_document(self) -> Json:
        """The OpenAPI document that the server publishes."""
        if self.document is None:
            raise LookupError("no OpenAPI document was given to the server")
        return dict(self.document())
