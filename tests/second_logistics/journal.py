"""Facts, and what they tell: a shipment is the request that made it and everything that became of it, told anew at every reading."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.second_health.instants import Moment, Times
from tests.second_logistics.choices import Choices
from tests.second_logistics.folding import TERMINAL, Kept, breaches, fold, in_order

__all__ = ["Fact", "House", "Journal", "Shipment", "Told"]


@dataclass(frozen=True)
class House:
    """What every part of the server shares."""

    choices: Choices
    times: Times
    clock: Callable[[], float]

    def unix(self) -> float:
        """The present, in seconds since 1970."""
        return self.clock() + self.choices.manner.skew

    def now(self) -> Moment:
        """The present, as finely as it can be."""
        return self.times.own(self.unix())

    def dated(self) -> Moment:
        """The present, as finely as this server writes it."""
        return self.times.own(self.unix(), self.choices.manner.digits)


@dataclass(frozen=True)
class Fact:
    """One thing that befell a shipment: `patched`, `kept` (an event), `declared` (wrong), `held` (a compartment) or `touched`."""

    kind: str
    unix: float
    at: Moment
    data: Any = None


@dataclass
class Shipment:
    """A shipment: whose it is, what it was made of, and the facts since."""

    tenant: str
    id: str
    request: dict[str, Any]
    unix: float
    created: Moment
    facts: list[Fact] = field(default_factory=list)

    @property
    def number(self) -> str:
        return str(self.request["trackingNumber"])


@dataclass(frozen=True)
class Told:
    """What the facts tell."""

    request: dict[str, Any]
    events: dict[str, Kept]
    breach: bool
    updated: Moment
    holds: tuple[str, ...]

    @property
    def state(self) -> str:
        return fold(self.events.values())[0]

    def estimate(self) -> str | None:
        """The time of delivery that is expected, where that is still to come."""
        named = [
            one
            for one in self.events.values()
            if one.doc["eventType"] == "ESTIMATED_DELIVERY" and "errorDeclaration" not in one.doc
        ]
        if not named or self.state in TERMINAL:
            return None
        last = max(named, key=lambda one: one.record)
        counting = in_order(one for one in self.events.values() if one.counts)
        return None if counting and counting[-1].moment > last.moment else str(last.doc["eventTime"])


def told(shipment: Shipment, until: float | None = None) -> Told:
    """The shipment as it is, or as it was."""
    request, events, breach = dict(shipment.request), dict[str, Kept](), False
    updated, holds = shipment.created, list[str]()
    for fact in shipment.facts:
        if until is not None and fact.unix > until:
            continue
        updated = max(updated, fact.at)
        if fact.kind == "patched":
            request = {name: value for name, value in (request | fact.data).items() if value is not None}
        elif fact.kind == "kept":
            events[fact.data.id] = fact.data
            breach = breach or breaches(fact.data.doc, request["parcels"])
        elif fact.kind == "declared":
            name, declaration = fact.data
            events[name] = replace(events[name], doc=events[name].doc | {"errorDeclaration": declaration})
        elif fact.kind == "held":
            holds.append(fact.data)
    return Told(request, events, breach, updated, tuple(holds))


class Journal:
    """Every shipment with its facts, and what has to be unique."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.shipments: dict[str, Shipment] = {}
        self.numbers: dict[str, Shipment] = {}
        self.references: set[tuple[str, str]] = set()
        self.owners: dict[tuple[str, str], str] = {}  # of an eventId: its shipment
        self.records: dict[str, Moment] = {}
        self.count = 0
        self.remembered: dict[str, tuple[int, Told]] = {}

    def new_id(self, kind: str) -> str:
        self.count += 1
        if self.house.choices.manner.ids == "sequence":
            return str(self.count)
        digest = hashlib.sha256(f"{kind} {self.count} of this vendor".encode()).hexdigest()
        if self.house.choices.manner.ids == "long":
            return digest
        return f"{kind}~{digest[:12]}"

    def new_event_id(self) -> str:
        if not self.house.choices.rising_ids:
            return str(uuid.uuid4())
        self.count += 1
        return f"{self.count:08x}-0000-4000-8000-{uuid.uuid4().hex[:12]}"

    def told(self, shipment: Shipment) -> Told:
        """What a shipment is now."""
        known = self.remembered.get(shipment.id)
        if known and known[0] == len(shipment.facts):
            return known[1]
        found = told(shipment)
        self.remembered[shipment.id] = (len(shipment.facts), found)
        return found

    def told_until(self, shipment: Shipment, unix: float) -> Told:
        """What it was."""
        return told(shipment, unix)

    def owner(self, tenant: str, event: str) -> str | None:
        """The shipment that has an event of this id."""
        return self.owners.get((tenant if self.house.choices.ids_by_tenant else "", event))

    def add(self, shipment: Shipment, *facts: Fact) -> None:
        """Keeps what became of it."""
        shipment.facts.extend(facts)
        for fact in facts:
            if fact.kind == "kept":
                tenant = shipment.tenant if self.house.choices.ids_by_tenant else ""
                self.owners[tenant, fact.data.id] = shipment.id
                self.records[shipment.tenant] = max(fact.data.record, self.records.get(shipment.tenant, (0, "")))

    def fact(self, kind: str, data: Any = None) -> Fact:
        """Something that befalls a shipment now."""
        return Fact(kind, self.house.unix(), self.house.dated(), data)
