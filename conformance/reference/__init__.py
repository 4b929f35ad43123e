"""Reference servers: one Starlette application per domain, in memory, complete for its interface.

A server is correct by default. A *fault* is a subclass that overrides one method and names the requirements that it breaks; a
*variant* is a subclass that differs in a way that the interface permits. Faults show that a check can fail, variants that it
does not fail for nothing.

    application("transport")                                     the correct server
    application("transport", fault="DropsLastItemOfFullPage")    with one fault (or several of them)
    application("transport", variant="RelativeLinks")            another server that conforms, too
    application("transport", impostor="RefusesEverything")       one that does nothing of what the interface is for
    application("transport", impostor="KnowsTheSuite")           one that looks whom it serves (`cheats`)

A name is a domain, or `domain@version` for the server of a version that is no longer, or not yet, the one in force. A later version's server is a
subclass of the one before; the faults and variants of that one are mixed into it, and its own are added.

`credentials` gives the access tokens. All time comes from `clock`, so a test can turn it.
"""

from __future__ import annotations

import difflib
import functools
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.applications import Starlette

from conformance.reference import cheats as _cheats
from conformance.reference import impostors as _impostors
from conformance.reference.beside import beside, path_of
from conformance.reference.cheats import controlled
from conformance.reference.frame import ACTORS
from conformance.reference.health import faults as health_faults
from conformance.reference.health import later as later_health
from conformance.reference.health import variants as health_variants
from conformance.reference.health.server import HealthServer
from conformance.reference.house import HouseServer
from conformance.reference.later import Later
from conformance.reference.library import BASE_PATH as LIBRARY_PATH
from conformance.reference.library import FAULTS as LIBRARY_FAULTS
from conformance.reference.library import KEY, library
from conformance.reference.logistics import faults as logistics_faults
from conformance.reference.logistics import later as later_logistics
from conformance.reference.logistics import variants as logistics_variants
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.outgoing import Outgoing
from conformance.reference.transport import faults as transport_faults
from conformance.reference.transport import later as later_transport
from conformance.reference.transport import variants as transport_variants
from conformance.reference.transport.server import TransportServer

__all__ = [
    "EXAMPLE",
    "Outgoing",
    "application",
    "base_path",
    "cheats",
    "controlled",
    "credentials",
    "domains",
    "faults",
    "impostors",
    "path_of",
    "plain",
    "served",
    "server",
    "variants",
]

EXAMPLE = "library"  # the interface that is data alone: served beside the domains, and none of them

_SERVERS: Mapping[str, type[HouseServer]] = {"transport": TransportServer, "health": HealthServer, "logistics": LogisticsServer}
_LATER: Mapping[str, Later] = {
    one.name: one for one in (later_transport.LATER, later_transport.BREAKING, later_health.LATER, later_logistics.LATER)
}
_FAULTS: Mapping[str, Callable[[], dict[str, type[Any]]]] = {
    "transport": transport_faults.all_faults,
    "health": health_faults.all_faults,
    "logistics": logistics_faults.all_faults,
}
_VARIANTS: Mapping[str, Callable[[], dict[str, type[Any]]]] = {
    "transport": transport_variants.all_variants,
    "health": health_variants.all_variants,
    "logistics": logistics_variants.all_variants,
}


def domains() -> tuple[str, ...]:
    """The domains that have a reference server."""
    return tuple(_SERVERS)


def _pick(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=5, cutoff=0.3) or sorted(known)[:5]
    raise ValueError(f"there is no {kind} {name!r}; the nearest names are {', '.join(near) or '(none)'}")


def served() -> tuple[str, ...]:
    """Every server there is, by `domain@version`."""
    return (*(f"{domain}@{kind.version}" for domain, kind in _SERVERS.items()), *_LATER)


def _plainly(name: str) -> str:
    """The name without its version, where that is the one of the domain's own server."""
    domain, _, version = name.partition("@")
    return domain if domain in _SERVERS and version == _SERVERS[domain].version else name


def plain(domain: str) -> type[HouseServer]:
    """The class of the correct server of a domain, or of `domain@version`. Raises ValueError for an unknown one."""
    kind: type[HouseServer] = _pick(
        "domain", _plainly(domain), {**_SERVERS, **{name: one.server for name, one in _LATER.items()}}
    )
    return kind


def faults(domain: str) -> dict[str, type[Any]]:
    """The faults of a domain's server by name. Raises ValueError for an unknown domain."""
    if domain == EXAMPLE:
        return dict(LIBRARY_FAULTS)
    if domain in _LATER:
        return dict(_later_faults(domain))
    return dict(_pick("domain", _plainly(domain), _FAULTS)())


def variants(domain: str) -> dict[str, type[Any]]:
    """The variants of a domain's server by name. Raises ValueError for an unknown domain."""
    if domain == EXAMPLE:
        return {}
    if domain in _LATER:
        return dict(_later_variants(domain))
    return dict(_pick("domain", _plainly(domain), _VARIANTS)())


# The classes of a later version are made, not defined: hundreds, and once for a process.
@functools.cache
def _later_faults(name: str) -> Mapping[str, type[Any]]:
    return {**_LATER[name].mixed(faults(_LATER[name].before)), **_LATER[name].faults()}


@functools.cache
def _later_variants(name: str) -> Mapping[str, type[Any]]:
    return {**_LATER[name].mixed(variants(_LATER[name].before)), **_LATER[name].variants()}


def impostors(domain: str) -> dict[str, str]:
    """What each impostor of a domain does, by its name: they are made of the document. Raises ValueError for an unknown domain."""
    if domain == EXAMPLE:
        return {}
    plain(domain)
    return _impostors.impostors()


def cheats(domain: str) -> dict[str, str]:
    """What each server of a domain does that looks whom it serves, by its name. Raises ValueError for an unknown domain."""
    if domain == EXAMPLE:
        return {}
    plain(domain)
    return _cheats.cheats()


def base_path(domain: str) -> str:
    """The path of a served interface's base URL."""
    return LIBRARY_PATH if domain == EXAMPLE else f"/v{plain(domain).version.partition('.')[0]}"


def credentials(domain: str) -> dict[str, str]:
    """The access token of each actor: `a`, `b`, `limited` (a's, read only), `expired` and `wrong-audience`."""
    if domain == EXAMPLE:
        return {"a": KEY}
    kind = plain(domain)
    return {actor: kind.token_text(actor) for actor in ACTORS}


_path_at = base_path  # where a parameter has its name


@functools.cache
def _bundled_document(domain: str) -> Mapping[str, Any]:
    """The domain's OpenAPI document from the data that travel with the package."""
    from conformance.load.data import data_folders  # noqa: PLC0415 - a server that is given its document needs no loader
    from conformance.load.interfaces import OVERLAY, read_interface  # noqa: PLC0415

    folder = data_folders().find("specs", domain.partition("@")[0], plain(domain).version)
    if folder is None:
        raise LookupError(f"no OpenAPI document of {domain} travels with the package")
    source = folder / "openapi.yaml"
    return dict(read_interface(source if source.is_file() else folder / OVERLAY).content)


def server(
    domain: str = "transport",
    *,
    fault: str | Sequence[str] | None = None,
    variant: str | None = None,
    clock: Callable[[], float] = time.time,
    ttl_seconds: float = 5.0,
    base_path: str = "",
    document: Mapping[str, Any] | None = None,
    made_of: Callable[[type[Any]], type[Any]] = lambda kind: kind,
    outgoing: Outgoing | None = None,
) -> HouseServer:
    """A domain's reference server; `made_of` may give another class to make it of, `outgoing` another way to
    reach subscribers. Without `base_path`, it is served where its version is (`base_path`). Raises ValueError for an unknown domain, fault or
    variant, or for both together.
    """
    kind = plain(domain)
    if fault and variant is not None:
        raise ValueError("a server has a fault or is a variant, not both")
    if fault:
        kind = _faulty(domain, (fault,) if isinstance(fault, str) else tuple(fault))
    if variant is not None:
        kind = _pick("variant", variant, variants(domain))
    source = (lambda: document) if document is not None else (lambda: _bundled_document(domain))
    made: HouseServer = made_of(kind)(
        clock=clock, base_path=base_path or _path_at(domain), document=source, ttl_seconds=ttl_seconds
    )
    if outgoing is not None:
        made.outgoing = outgoing
    return made


def _faulty(domain: str, names: Sequence[str]) -> type[Any]:
    """The class with these faults, all at once."""
    known = faults(domain)
    kinds = tuple(_pick("fault", name, known) for name in dict.fromkeys(names))
    return kinds[0] if len(kinds) == 1 else type("Faulty", kinds, {})


def application(
    domain: str = "transport",
    *,
    fault: str | Sequence[str] | None = None,
    variant: str | None = None,
    impostor: str | None = None,
    clock: Callable[[], float] = time.time,
    ttl_seconds: float = 5.0,
    base_path: str = "",
    document: Mapping[str, Any] | None = None,
    outgoing: Outgoing | None = None,
    also: str = "",
) -> Starlette:
    """A domain's reference server as a Starlette application; `state.server` is the server itself.

    `also` names an earlier version of the domain that is served beside it, on the same data, under a base path of its own (`beside.path_of`).

    `document` is what GET /openapi.json serves; without it, the document that travels with the package. Raises ValueError for
    an unknown domain, fault, variant or impostor, naming the nearest ones.
    """
    if domain == EXAMPLE:
        chosen = [fault] if isinstance(fault, str) else list(fault or ())
        for kind, name, known in (
            ("variant", variant, {}),
            ("impostor", impostor, {}),
            *(("fault", one, faults(domain)) for one in chosen),
        ):
            if name is not None:
                _pick(kind, name, known)
        return library(chosen, outgoing or Outgoing())
    if impostor is not None:
        _pick("impostor", impostor, impostors(domain) | cheats(domain))
        described, base_path = _bundled_document(domain) if document is None else document, base_path or _path_at(domain)
        if impostor not in cheats(domain):
            return _impostors.impostor(impostor, described, base_path)
        honest = server(
            domain, clock=clock, ttl_seconds=ttl_seconds, base_path=base_path, document=document, outgoing=outgoing
        ).starlette()
        return _cheats.cheat(impostor, honest, _impostors.impostor(_cheats.BEHIND, described, base_path))
    made = server(
        domain,
        fault=fault,
        variant=variant,
        clock=clock,
        ttl_seconds=ttl_seconds,
        base_path=base_path,
        document=document,
        outgoing=outgoing,
    )
    if not also:
        return made.starlette()
    name = f"{domain.partition('@')[0]}@{also}"
    if not issubclass(type(made), plain(name)) or plain(name) is type(made):
        raise ValueError(f"{domain} has no earlier version {also!r} to serve beside it")
    return beside(made, plain(name), lambda: _bundled_document(name))
