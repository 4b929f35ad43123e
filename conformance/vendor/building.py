"""Whether a target is another build than it was: what its landing page and its own description say, asked without credentials.

A header such as a version, an entity tag, the bytes of a page: what differs between two looks at once says nothing and is left out, such as
a page that shows the time. That the target was away, and is there again, says that it was started anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from conformance.clock import Clock, SystemClock
from conformance.model import Exchange, Ixit, Request
from conformance.wire import Wire
from conformance.wire.way import Way

__all__ = ["Build", "look"]

_PAGES = ("/", "/openapi.json")
_TELLING = re.compile(r"server|etag|last-modified|.*(?:version|build|revision|release|commit).*")


@dataclass(frozen=True)
class Build:
    """What was seen of a target, by page and name; nothing where nobody answered."""

    seen: Mapping[str, str]

    def steady(self, again: Build) -> Build:
        """What another look at once showed alike."""
        return Build({name: value for name, value in self.seen.items() if again.seen.get(name) == value})

    def differs(self, now: Build) -> bool:
        """Whether somebody answers now, and says otherwise, or did not answer before."""
        return bool(now.seen) and (not self.seen or any(now.seen.get(name) != value for name, value in self.seen.items()))


async def look(ixit: Ixit, *, clock: Clock | None = None, transport: Way | None = None) -> Build:
    """What a target says of itself now."""
    asked = replace(ixit, actors={}, limits=replace(ixit.limits, requests=0, seconds=0.0))
    found: dict[str, str] = {}
    async with Wire(asked, clock=clock or SystemClock(), transport=transport) as wire:
        for page in _PAGES:
            found |= _told(page, await wire.send(Request("build", "GET", page), case="build", patient=False))
    return Build(found)


def _told(page: str, one: Exchange) -> dict[str, str]:
    if one.response is None or one.status >= 500:  # a gateway answers for a target that is being started
        return {}
    headers = {f"{page} {name}": value for name, value in one.response.headers if _TELLING.fullmatch(name)}
    return {f"{page} status": str(one.status), f"{page} body": sha256(one.response.body).hexdigest(), **headers}
