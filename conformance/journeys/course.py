"""A workflow as a pure script: it asks one request after another, each of one of its interfaces, and is handed what came.

Driven again with recorded exchanges it asks the same, so that evidence can be held against the document (`attesting`). How far it came is its
`record` at any time. At the end it undoes what it made, where the set-up recipes of an interface say how.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from conformance import given
from conformance.given.templates import fill, holds
from conformance.interface.dialect import Dialect, read_dialect
from conformance.journeys.documents import Journey, Step, Workflow
from conformance.journeys.expressions import ABSENT, Scope
from conformance.journeys.record import Record, Taken
from conformance.model import Exchange, Inputs, Request, Spec, Unmet
from conformance.run.pump import named, prepared
from conformance.text import pointer
from conformance.text.instants import instant

__all__ = ["Asked", "Course", "Party", "Rest", "Script", "inputs_of", "requests_of"]

MOST_PAGES = 40
Script = Generator["Asked | Rest", Exchange, None]


@dataclass(frozen=True)
class Asked:
    """A request, and of which interface."""

    source: str
    request: Request


@dataclass(frozen=True)
class Party:
    """What of a target's settings decides how far a journey comes: for whom there are credentials, and whether it may be written to."""

    actors: frozenset[str]
    sandbox: bool


@dataclass(frozen=True)
class Rest:
    """So many seconds are to pass."""

    seconds: int


class _End(Exception):  # an end of a workflow, not an error of ours
    """The workflow goes no further, for this reason."""


def inputs_of(workflow: Workflow, told: Mapping[str, Any], seed: int, began: int, resumed: int = 0) -> dict[str, Any]:
    """The values of a workflow's inputs: those that are told, else made by their template at the time `began` (Unix ms), else the default.

    A run that was `resumed` so many times makes other texts: what the workflow that was cut off has made under its own is still there.
    """
    now = datetime.fromtimestamp(began / 1000, UTC)
    again = f"/{resumed}" if resumed else ""
    chance = Inputs(seed=zlib.crc32(f"{seed}/{workflow.id}{again}".encode()))  # so that no two workflows are given the same
    made: dict[str, Any] = {}
    for name, schema in workflow.inputs.items():
        if name in told:
            made[name] = told[name]
        elif "x-yance-template" in schema:
            made[name] = fill(schema["x-yance-template"], None, now, chance, 0)
        else:
            made[name] = schema["default"]
    return made


@dataclass
class Course:
    """One workflow on its way. `parties` are the targets by source."""

    journey: Journey
    workflow: Workflow
    inputs: Mapping[str, Any]
    parties: Mapping[str, Party]
    record: Record = field(init=False)
    traces: dict[str, list[Exchange]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.record = Record(self.workflow.id, self.inputs, {})

    def script(self) -> Script:
        """Go through the steps, then undo what was made."""
        try:
            for step in self.workflow.steps:
                yield from self._step(step)
        except _End as end:
            self.record = replace(self.record, ended=str(end))
        for source, spec in self.journey.specs.items():
            yield from self._undone(source, spec)

    def _step(self, step: Step) -> Script:
        dialect = dialect_of(self.journey.specs[step.source])
        exchanges: list[Exchange] = []
        if step.pause:
            yield Rest(step.pause)
        request: Request | None = self._request(step)
        found: Any = ABSENT
        while request is not None and len(exchanges) < MOST_PAGES:
            exchange = yield from self._ask(step.source, request)
            exchanges.append(exchange)
            found = self._found(step, exchange)
            done = found is not ABSENT or step.find is None or not exchange.ok
            request = None if done else dialect.next_page(exchange)
        self._take(step, tuple(exchanges), found)

    def _ask(self, source: str, request: Request) -> Generator[Asked | Rest, Exchange, Exchange]:
        spec, party = self.journey.specs[source], self.parties[source]
        try:
            asked = named(spec, prepared(spec, request), lambda actor: actor in party.actors, sandbox=party.sandbox)
        except Unmet as unmet:
            raise _End(f"{source}: {unmet}") from None
        exchange = yield Asked(source, asked)
        self.traces.setdefault(source, []).append(exchange)
        return exchange

    def _request(self, step: Step) -> Request:
        scope = self._scope()
        if missing := list(
            _missing(scope, [[value for _, _, value in step.parameters], step.body, (step.find or {}).get("where")])
        ):
            raise _End(f"step {step.id} has nothing to ask with: {', '.join(missing)} was not answered")
        values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}}
        for name, location, value in step.parameters:
            values[location][name] = scope.value(value)
        body = None if step.body is None else scope.value(step.body)
        return step.operation.request(
            path=values["path"],
            query=values["query"],
            headers={name: str(value) for name, value in values["header"].items()},
            json=body,
            actor=step.actor,
            step=step.id,
        )

    def _scope(self) -> Scope:
        return Scope(self.inputs, {name: one.outputs for name, one in self.record.steps.items()})

    def _found(self, step: Step, exchange: Exchange) -> Any:
        """The body with the item that a step looks for in the place of all; `ABSENT` where this page has none."""
        if step.find is None or not exchange.ok:
            return ABSENT
        where = self._scope().value(step.find.get("where", {}))
        items = pointer.first(exchange.json, step.find["items"])
        for item in items if isinstance(items, list) else ():
            if all(holds(item, at, value) for at, value in where.items()):
                return _put(exchange.json, pointer.segments(step.find["items"]), [item])
        return ABSENT

    def _take(self, step: Step, exchanges: tuple[Exchange, ...], found: Any) -> None:
        last, scope = exchanges[-1], self._scope()
        scope.exchange, scope.body = last, None if step.find is not None and found is ABSENT else found
        unmet = next((one for one in step.criteria if not scope.holds(one)), "")
        outputs = {name: value for name, text in step.outputs.items() if (value := scope.value(text)) is not ABSENT}
        for name, reckoning in step.reckoned.items():
            if (value := _reckoned(scope, reckoning)) is not None:
                outputs[name] = value
        came = f"{last.status or last.failure}"
        absent = step.shared and last.status == 404
        taken = Taken(
            step.id, step.source, step.operation.id, exchanges, outputs, "" if absent else unmet and came, unmet, step.refused
        )
        self.record = self.record.with_step(taken)
        if last.locked_out:
            raise _End(f"{step.source}: credentials were not accepted that should be ({came})")
        if absent:
            raise _End(f"step {step.id} asks for a place that {step.source} does not have; name one of its own under [inputs]")
        if unmet:
            raise _End(f"step {step.id} was answered {came}")
        if step.find is not None and found is ABSENT and last.ok:
            raise _End(f"step {step.id} found nothing of what it looks for")

    def _undone(self, source: str, spec: Spec) -> Script:
        script = given.clean_up(spec, list(self.traces.get(source, ())))
        try:
            request = next(script)
            while True:
                assert isinstance(request, Request), "a clean-up asks one request after another"
                request = script.send((yield from self._ask(source, request)))
        except (StopIteration, _End):
            return


def requests_of(script: Script) -> Generator[Asked, Exchange, None]:
    """The requests of a script alone, for whoever need not wait."""
    try:
        asked = next(script)
        while True:
            asked = next(script) if isinstance(asked, Rest) else script.send((yield asked))
    except StopIteration:
        return


def _missing(scope: Scope, node: Any) -> Iterator[str]:
    """The expressions in a template that nothing can be put in the place of."""
    if isinstance(node, Mapping):
        for one in node.values():
            yield from _missing(scope, one)
    elif isinstance(node, list):
        for one in node:
            yield from _missing(scope, one)
    elif isinstance(node, str) and node.startswith("$") and scope.value(node) is ABSENT:
        yield node


def _put(node: Any, path: tuple[str, ...], value: Any) -> Any:
    """A document with another value at a place that is there."""
    if not path:
        return value
    return {**node, path[0]: _put(node[path[0]], path[1:], value)}


def _reckoned(scope: Scope, told: Mapping[str, Any]) -> str | None:
    """An instant that is so many seconds after another, written with an offset; None where there is no other."""
    moment = instant(scope.value(told["instant"]))
    if moment is None:
        return None
    zone = datetime.fromisoformat(f"2000-01-01T00:00:00{told.get('zone', '+08:00')}").tzinfo
    return (moment + timedelta(seconds=told.get("plus", 0))).astimezone(zone).isoformat()


def dialect_of(spec: Spec) -> Dialect:
    """The dialect of an interface."""
    return read_dialect(spec.dialect, file=spec.source)
