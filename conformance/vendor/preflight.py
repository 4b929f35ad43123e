"""A few plain requests before anything is tested, and what they show: nothing that preflight says is a verdict.

Most failures of a first run are none of the interface's: a path that is one segment short, a token of yesterday, a tenant that was never
made, an empty list. Each would show as dozens of open cases. So every read of the profile that needs no parameter is asked once, in
its own actor's name, and what comes is held against the settings. One answer can show several things; each is said once, with its mend.

    reach         nobody answers at the base URL (`wire.probe`; TargetError)
    the path      nothing there is the interface: other paths are tried, and the one that serves it is named
    credentials   every actor asks; who is to write tries to, with an empty body where the document wants more than that
    data          how many items the lists hold, where the suite cannot make its own
    claims        ICS and profile against what the target says of itself, wherever it says it
    the clock     the target's, by its Date
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from conformance.clock import Clock, SystemClock
from conformance.errors import DisagreementError
from conformance.interface import contract, schema
from conformance.interface.dialect import Dialect, read_dialect
from conformance.interface.directions import REQUEST
from conformance.interface.security import security_of
from conformance.model import LIMITED, TENANTS, Exchange, Guise, Ics, Ixit, Operation, Profile, Request, Spec
from conformance.run.conduct import first_asked, hiding, redactor_for
from conformance.run.pump import prepared
from conformance.text.shown import few
from conformance.vendor.notices import Notice
from conformance.vendor.settled import lacking, offered, refuse_shared_secrets, resting_on
from conformance.wire import Wire, probe
from conformance.wire.way import Way

__all__ = ["Preflight", "preflight"]

_MOST = 24  # reads that are asked; what a path, a credential or a list shows, so many show
_NEEDED = 2  # items that a list needs to show anything of its pages, filters and order
_SKEW = 60  # seconds between two clocks that nothing will notice
_PATIENCE = 1.0  # seconds
_STEP = "preflight"


@dataclass(frozen=True)
class Preflight:
    """What was noticed, worst first, and how many requests that took."""

    notices: tuple[Notice, ...]
    asked: int

    @property
    def stops(self) -> bool:
        """Whether a run should not begin."""
        return any(one.stops for one in self.notices)


@dataclass(frozen=True)
class _Target:
    """What is looked at, and what it answered to the plain reads."""

    spec: Spec
    ics: Ics
    ixit: Ixit
    dialect: Dialect
    wire: Wire
    reads: Mapping[str, Exchange]
    guise: Guise

    def asks(self, request: Request) -> Request:
        """A request as it is sent."""
        return prepared(self.spec, request, self.guise)

    def source(self, actor: str) -> str:
        """Where the settings have an actor's credentials from; the table, where they stand in it."""
        return self.wire.sources(actor) or f"[actors.{actor}]"


async def preflight(
    spec: Spec,
    profile: Profile,
    ics: Ics,
    ixit: Ixit,
    *,
    clock: Clock | None = None,
    transport: Way | None = None,
    guise: Guise | None = None,
) -> Preflight:
    """Look at a target before it is tested, as whoever will test it (`guise`).

    Raises TargetError when nobody answers or no access token is to be had, UsageError when two actors share one secret.
    """
    refuse_shared_secrets(ixit)
    clock, redactor, guise = clock or SystemClock(), redactor_for(ixit), guise or Guise()
    waiting = min(ixit.limits.longest_wait, _PATIENCE)  # the budget is a run's; whoever is busy is not waited for long
    ixit = replace(ixit, limits=replace(ixit.limits, requests=0, seconds=0.0, longest_wait=waiting))
    with hiding(redactor):
        security = security_of(spec)
        async with Wire(ixit, security, clock=clock, transport=transport, learn=redactor.learn, guise=guise) as wire:
            await probe(wire, first_asked(spec, ixit, guise, _STEP))
            reads = await _asked(wire, spec, _plain_reads(spec, profile, ics, ixit), guise)
            target = _Target(spec, ics, ixit, read_dialect(spec.dialect), wire, reads, guise)
            found = [*lacking(spec, profile, ics, ixit)]
            if (away := _turned_away(target)) is not None:
                found.append(away)
            elif reads and not any(_is_an_answer(spec, one) or one.status in (401, 403, 429) for one in reads.values()):
                found += [one async for one in _nothing_there(target, transport)]
            else:
                found += [one async for one in _credentials(target, profile)]
                found += [*_answers(target), *_claims(target, profile), *_clock(target)]
            asked = wire.budget.used
    found += _in_clear(ixit)
    hidden = [replace(one, values={name: redactor.text(value) for name, value in one.values.items()}) for one in found]
    return Preflight(tuple(sorted(hidden, key=lambda one: not one.stops)), asked)


# ----------------------------------------------------------------------------------------- asking


def _plain_reads(spec: Spec, profile: Profile, ics: Ics, ixit: Ixit) -> list[Operation]:
    """The operations that are read without a parameter, by whoever there are credentials for."""
    found = [
        one
        for one in offered(spec, profile, ics)
        if one.method == "GET" and "{" not in one.path and not any(p.required for p in one.parameters)
    ]
    return [one for one in found if not one.secured or "a" in ixit.actors][:_MOST]


async def _asked(wire: Wire, spec: Spec, reads: Sequence[Operation], guise: Guise) -> dict[str, Exchange]:
    """All at once; under a seed of its own one after another, in an order and at a pace of the seed's."""
    asked = [prepared(spec, one.request(step=_STEP), guise) for one in guise.ordered(reads, lambda one: f"preflight/{one.id}")]
    sent = [wire.send(one, case=_STEP) for one in asked]
    if guise.plain:
        came = await asyncio.gather(*sent)
    else:
        came = [await one for one in sent]
    return {one.operation: answer for one, answer in zip(asked, came, strict=True)}


def _is_an_answer(spec: Spec, one: Exchange) -> bool:
    """Whether an answer is a success of this API. A page for people, or a way elsewhere, is one only where its operation says so."""
    if one.response is None:
        return False
    operation = spec.operations[one.request.operation]
    if 300 <= one.status < 400:
        return any(status.upper() in (str(one.status), "3XX") for status in operation.responses)
    return one.ok and not _is_a_strange_page(spec, one)


def _is_a_strange_page(spec: Spec, one: Exchange) -> bool:
    """Whether an answer is a page for people that its operation does not declare."""
    if one.response is None or one.response.media_type != "text/html":
        return False
    return contract.answer_type(spec.operations[one.request.operation], one.response) is None


def _named(one: Exchange) -> str:
    return f"{one.request.method} {one.request.path}"


def _came(one: Exchange) -> str:
    """The status of an answer, where a redirection leads, and that it is a page; or why there was none."""
    where = one.header("location") if 300 <= one.status < 400 else None
    page = " text/html" if one.response is not None and one.response.media_type == "text/html" else ""
    return f"{one.status or one.failure}{page}{f' to {where[:100]}' if where else ''}"


# ----------------------------------------------------------------------------------------- the path


def _turned_away(target: _Target) -> Notice | None:
    """Every answer is a page that says 403 and that the interface does not declare: it comes from what stands before it."""
    came = [*target.reads.values()]
    if not came or not all(one.status == 403 and _is_a_strange_page(target.spec, one) for one in came):
        return None
    values = {"url": target.ixit.base_url, "asked": str(len(came)), "came": _came(came[0])}
    return Notice("turned-away", values, stops=True)


async def _nothing_there(target: _Target, transport: Way | None) -> AsyncIterator[Notice]:
    """Nothing answered as the interface: which other path would do."""
    came = Counter(_came(one) for one in target.reads.values()).most_common(1)[0][0]
    if all(one.status >= 500 or not one.status for one in target.reads.values()) and (broken := [*_broken(target)]):
        yield broken[0]
        return
    found = await _elsewhere(target, transport)
    values = {"url": target.ixit.base_url, "asked": str(len(target.reads)), "came": came}
    yield Notice("path", values | {"found": found}, stops=True) if found else Notice("path-lost", values, stops=True)


async def _elsewhere(target: _Target, transport: Way | None) -> str:
    """Another base URL on the same host that serves the interface; empty when none of those that were tried does."""
    operations = [target.spec.operations[name] for name in target.reads]
    operation = next((one for one in operations if one.path != "/" and not one.secured), operations[0])
    for base in _candidates(target):
        ixit = replace(target.ixit, base_url=base, actors={})
        async with Wire(ixit, clock=target.wire.clock, transport=transport, guise=target.guise) as wire:
            asked = target.asks(operation.request(actor=None, step=_STEP))
            one = await wire.send(asked, case=_STEP, patient=False)
        if (one.ok or one.status == 401) and one.response is not None and one.response.is_json:
            return base
    return ""


def _candidates(target: _Target) -> Iterator[str]:
    """Where an interface may lie, seen from a wrong base URL: where it redirects to, one segment more, one or two fewer."""
    parts = urlsplit(target.ixit.base_url)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    major = "v" + target.spec.version.partition(".")[0]
    led = [one.header("location") or "" for one in target.reads.values() if 300 <= one.status < 400]
    places = [
        *(where.removesuffix(one.request.path) for one in target.reads.values() for where in led if where.startswith(origin)),
        *(f"{origin}{path}{more}" for more in (f"/{major}", f"/api/{major}", "/api", f"/{target.spec.domain}/{major}")),
    ]
    while path:
        path = path.rpartition("/")[0]
        places += [f"{origin}{path}", f"{origin}{path}/{major}", f"{origin}{path}/api/{major}"]
    here = target.ixit.base_url.rstrip("/")
    yield from [one for one in dict.fromkeys(place.rstrip("/") for place in places) if one != here][:_MOST]


# ----------------------------------------------------------------------------------------- credentials


async def _credentials(target: _Target, profile: Profile) -> AsyncIterator[Notice]:
    """Whose credentials are not what they are said to be."""
    shut = {name: one for name, one in target.reads.items() if one.request.actor == "a" and one.status in (401, 403)}
    let_in = [one for one in target.reads.values() if one.request.actor == "a" and _is_an_answer(target.spec, one)]
    for status, key in ((401, "refused"), (403, "forbidden")):
        operations = [name for name, one in shut.items() if one.status == status]
        if operations:
            yield _about("a", key, status, operations, target)
    if not let_in:
        return
    asked = target.spec.operations[let_in[0].request.operation]
    for actor in target.ixit.actors:
        if actor == "a":
            continue
        one = await target.wire.send(target.asks(asked.request(actor=actor, step=_STEP)), case=_STEP)
        if actor in (*TENANTS, LIMITED) and one.status in (401, 403):
            yield _about(actor, "refused" if one.status == 401 else "forbidden", one.status, [asked.id], target)
        elif actor not in (*TENANTS, LIMITED) and one.ok:
            yield _about(actor, "let-in", one.status, [asked.id], target, stops=False)
    async for notice in _writing(target, profile):
        yield notice


async def _writing(target: _Target, profile: Profile) -> AsyncIterator[Notice]:
    """Who may write: each asks for what cannot succeed, since the document wants more of a body than nothing."""
    operation = next((one for one in offered(target.spec, profile, target.ics) if _refuses_nothing(one)), None)
    if operation is None or not target.ixit.sandbox:
        return
    key = _STEP if target.guise.plain else target.guise.unique(_STEP, "0")
    headers = {p.name: key for p in operation.parameters if p.required and p.location == "header"}
    statuses: dict[str, int] = {}
    for actor in (*TENANTS, LIMITED):
        if target.wire.knows(actor):
            request = operation.request(json={}, headers=headers, actor=actor, step=_STEP)
            statuses[actor] = (await target.wire.send(target.asks(request), case=_STEP)).status
    for actor, status in statuses.items():
        if actor in TENANTS and status == 403:
            yield _about(actor, "read-only", status, [operation.id], target)
    if statuses.get("a", 0) not in (0, 401, 403) and statuses.get(LIMITED, 403) not in (0, 401, 403):
        yield _about(LIMITED, "unlimited", statuses[LIMITED], [operation.id], target, stops=False)


def _refuses_nothing(operation: Operation) -> bool:
    """Whether an operation makes something that an empty object can never make."""
    if operation.method != "POST" or "201" not in operation.responses or "{" in operation.path or not operation.secured:
        return False
    wanted = operation.bodies.get(operation.media_type)
    return wanted is not None and schema.refuses_under(operation.spec, wanted, {}, REQUEST)


def _about(actor: str, key: str, status: int, operations: Sequence[str], target: _Target, *, stops: bool = True) -> Notice:
    asked = [target.spec.operations[name] for name in operations]
    scopes = sorted({scope for one in asked for scope in one.scopes or ()})
    values = {"actor": actor, "status": str(status), "operations": few(operations), "source": target.source(actor)}
    return Notice(key, values | {"scopes": ", ".join(scopes) or "-"}, stops)


# ----------------------------------------------------------------------------------------- what was answered


def _answers(target: _Target) -> Iterator[Notice]:
    """What breaks, what is not there, what is not valid, and what is empty, among the plain reads."""
    yield from _broken(target)
    for name, one in target.reads.items():
        operation = target.spec.operations[name]
        if one.status in (404, 405, 410, 501):
            yield Notice("absent", {"request": _named(one), "came": _came(one), "operation": name})
        elif one.ok:
            yield from _invalid(operation, one)
            yield from _too_few(target, operation, one)


def _broken(target: _Target) -> Iterator[Notice]:
    for one in target.reads.values():
        if (one.status >= 500 and one.status != 501) or one.failure:
            said = one.response.body[:160].decode("utf-8", "replace") if one.response else str(one.attributes.get("detail", ""))
            yield Notice("broken", {"request": _named(one), "came": _came(one), "detail": " ".join(said.split())}, stops=True)


def _invalid(operation: Operation, one: Exchange) -> Iterator[Notice]:
    try:
        errors = contract.response_errors(operation, one)
    except DisagreementError:
        return  # for a run to say
    for error in errors[:1]:
        wanted = {"at": error.pointer or "/", "expected": error.expected or "a valid value", "actual": error.message[:160]}
        yield Notice("invalid", {"request": _named(one), **wanted})


def _too_few(target: _Target, operation: Operation, one: Exchange) -> Iterator[Notice]:
    """A list that holds too little. Where the suite makes its own, or would in a sandbox, it is none of the data's business."""
    items = target.dialect.items(one, operation) if operation.collection else None
    made = any(recipe.get("list") == operation.id and "create" in recipe for recipe in target.spec.setup.values())
    if items is None or len(items) >= _NEEDED or made:
        return
    rows = resting_on(target.spec, operation)
    values = {"request": _named(one), "found": str(len(items)), "needed": str(_NEEDED), "count": str(len(rows))}
    yield Notice("few-data" if items else "no-data", values | {"rows": few(rows)}, stops=not items)


# ----------------------------------------------------------------------------------------- claims, clock, way


def _claims(target: _Target, profile: Profile) -> Iterator[Notice]:
    """What the target says of itself, wherever it says it: an OpenAPI document, or a declaration with profiles."""
    for one in target.reads.values():
        said = one.json if one.ok and isinstance(one.json, dict) else {}
        if isinstance(said.get("openapi"), str) and isinstance(said.get("paths"), dict):
            yield from _described(target, profile, said)
        if isinstance(said.get("profiles"), list) and isinstance(said.get("interface"), str):
            yield from _declared(target, profile, one, said)


def _described(target: _Target, profile: Profile, said: Mapping[str, Any]) -> Iterator[Notice]:
    served = {(_shape(path), method.upper()) for path, item in said["paths"].items() if isinstance(item, dict) for method in item}
    operations = [target.spec.operations[name] for name in profile.operations]
    there = {one.id for one in operations if (_shape(one.path), one.method) in served}
    if lacking_ones := [one.id for one in operations if one.id not in there and one.id not in target.ics.unsupported]:
        yield Notice("undescribed", {"operations": few(lacking_ones)})
    if denied := [name for name in target.ics.unsupported if name in there]:
        yield Notice("offered-after-all", {"operations": few(denied)})


def _shape(path: str) -> tuple[str, ...]:
    """A path with its parameters unnamed: what they are called is each document's own."""
    return tuple("{}" if part.startswith("{") else part for part in path.strip("/").split("/"))


def _declared(target: _Target, profile: Profile, one: Exchange, said: Mapping[str, Any]) -> Iterator[Notice]:
    wanted = target.spec.document["info"].get("x-interface")
    if wanted and said["interface"] != wanted:
        values = {"request": _named(one), "actual": str(said["interface"])[:100], "expected": str(wanted)}
        yield Notice("another-interface", values, stops=True)
    elif profile.id not in said["profiles"]:
        yield Notice(
            "another-profile", {"request": _named(one), "actual": few(map(str, said["profiles"])), "expected": profile.id}
        )


def _clock(target: _Target) -> Iterator[Notice]:
    for one in target.reads.values():
        try:
            told = parsedate_to_datetime(one.header("date") or "").timestamp()
        except ValueError:
            continue
        apart = round(abs(told - one.sent_at / 1000))
        if apart > _SKEW:
            yield Notice("clock", {"seconds": str(apart)})
        return


def _in_clear(ixit: Ixit) -> Iterator[Notice]:
    parts = urlsplit(ixit.base_url)
    if parts.scheme == "http" and ixit.actors and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        yield Notice("plain-http", {"url": ixit.base_url})
