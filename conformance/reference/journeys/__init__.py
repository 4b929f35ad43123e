"""Three reference servers that belong together, for journeys: their faults show only where they are joined, their variants hold all the same.

    parties()                                             one correct server for each domain, with places that all of them know
    parties(fault="PointsAreInTheOldDatum")               one of them has this fault
    parties(variant="EverybodyWritesUtc")                 other servers that go together, too

The places are standing data of the servers: a stop and a pickup point that are close, a care station with a car park and chargers.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette

from conformance import reference
from conformance.reference.house import HouseServer
from conformance.reference.journeys import variants as _variants
from conformance.reference.journeys.faults import all_faults as faults

__all__ = ["domain_of", "faults", "parties", "variants"]


def variants() -> dict[str, Mapping[str, type[HouseServer]]]:
    """The variants by name, each with the parties that differ, by domain."""
    return {kind.__name__: kind.PARTIES for kind in _variants.ALL}


def said(name: str) -> str:
    """What a fault or a variant says that it does."""
    found: Any = faults().get(name) or next(kind for kind in _variants.ALL if kind.__name__ == name)
    return " ".join((found.__doc__ or "").split())


def domain_of(kind: type[HouseServer]) -> str:
    """Of which domain a server's class is."""
    return next(domain for domain in reference.domains() if issubclass(kind, reference.plain(domain)))


def parties(
    *, fault: str | None = None, variant: str | None = None, clock: Callable[[], float] = time.time
) -> dict[str, Starlette]:
    """An application for each domain. Raises ValueError for an unknown fault or variant, naming the nearest ones."""
    kinds: dict[str, type[HouseServer]] = {}
    if fault is not None:
        kind = _pick("fault", fault, faults())
        kinds[domain_of(kind)] = kind
    if variant is not None:
        kinds |= _pick("variant", variant, variants())
    return {domain: _application(domain, kinds.get(domain), clock) for domain in reference.domains()}


def _application(domain: str, kind: type[HouseServer] | None, clock: Callable[[], float]) -> Starlette:
    return reference.server(domain, clock=clock, made_of=lambda plain: kind or plain).starlette()


def _pick(what: str, name: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.3) or sorted(known)[:5]
    raise ValueError(f"there is no {what} {name!r} of journeys; the nearest names are {', '.join(near)}")
