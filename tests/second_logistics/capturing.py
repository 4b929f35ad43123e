"""Captures: events are tried on a draft of the shipment, which is kept as a whole or event by event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.second_health.asking import Ask
from tests.second_health.instants import Moment
from tests.second_health.refusals import Refusal, conflict, wrong_body
from tests.second_health.wire_json import canonical
from tests.second_logistics.folding import Kept, event_faults, fold, in_order
from tests.second_logistics.journal import Fact, House, Journal, Shipment
from tests.second_logistics.lockers import Hold, Lockers
from tests.second_logistics.shipments import Shipments, made_event

__all__ = ["Captures"]


@dataclass(frozen=True)
class Draft:
    """A shipment with some more events."""

    shipment: Shipment
    events: dict[str, Kept]
    hold: Hold | None
    record: Moment
    facts: tuple[Fact, ...] = ()
    results: tuple[dict[str, Any], ...] = ()

    def told(self, status: int, **more: Any) -> Draft:
        return replace(self, results=(*self.results, {"index": len(self.results), "status": status} | more))


class Captures:
    """Answers `captureEvents` and `collectParcel`."""

    def __init__(self, house: House, journal: Journal, lockers: Lockers, shipments: Shipments) -> None:
        self.house, self.journal, self.lockers, self.shipments = house, journal, lockers, shipments

    def capture(self, ask: Ask, shipment: Shipment) -> tuple[dict[str, Any], list[Kept]]:
        """The results, and what was kept."""
        events = ask.document["events"]
        draft = Draft(
            shipment,
            self.journal.told(shipment).events,
            self.lockers.last(shipment),
            self.journal.records.get(shipment.tenant, (0, "")),
        )
        if "".join(ask.all("capture-error-behaviour")) == "proceed":
            for event in events:
                draft = self.each(draft, event)
        else:
            draft = self.together(draft, events)
        return {"results": list(draft.results)}, self.keep(draft)

    def together(self, draft: Draft, events: list[dict[str, Any]]) -> Draft:
        now = self.house.now()
        faults = [
            fault
            for index, event in enumerate(events)
            for fault in event_faults(event, f"/events/{index}", self.house.times, now)
        ]
        if faults:
            raise wrong_body(faults)
        for event in events:
            draft = self.tried(draft, event)
        if not fold(draft.events.values())[1]:
            raise conflict("illegal-transition")
        return draft

    def each(self, draft: Draft, event: dict[str, Any]) -> Draft:
        faults = [*event_faults(event, "", self.house.times, self.house.now())]
        if faults:
            return draft.told(422, errors=[{"pointer": at, "detail": said} for at, said in faults])
        try:
            after = self.tried(draft, event)
            if not fold(after.events.values())[1]:
                raise conflict("illegal-transition")
        except Refusal as refusal:
            return draft.told(409, errors=[{"pointer": "", "detail": refusal.title}])
        return after

    def keep(self, draft: Draft) -> list[Kept]:
        if draft.hold:
            self.lockers.holds[draft.hold.id] = draft.hold
        self.journal.add(draft.shipment, *draft.facts)
        names = [fact.data.id if fact.kind == "kept" else fact.data[0] for fact in draft.facts]
        bare = {fact.data.id: fact.data for fact in draft.facts if fact.kind == "kept"}
        after = self.journal.told(draft.shipment).events
        return [bare[name] if fact.kind == "kept" else after[name] for name, fact in zip(names, draft.facts, strict=True)]

    # one event

    def tried(self, draft: Draft, event: dict[str, Any]) -> Draft:
        """The draft with one more event; 409 where it may not be."""
        name = event.get("eventId")
        known = draft.events.get(name) if name else None
        owner = self.journal.owner(draft.shipment.tenant, name) if name else None
        if owner is not None and owner != draft.shipment.id:
            raise conflict()
        if "errorDeclaration" in event:
            return self.declared(draft, known, event)
        if known is None:
            return self.added(draft, event)
        late = "errorDeclaration" in known.doc and self.house.choices.late_repeat == 409
        if late or not self.same(known.doc, event):
            raise conflict()
        return draft.told(200, eventId=known.id)

    def added(self, draft: Draft, event: dict[str, Any]) -> Draft:
        document = self.echoed(event)
        document.setdefault("eventId", self.journal.new_event_id())
        locker = draft.shipment.request["deliveryMode"] == "LOCKER"
        hold = self.lockers.after(draft.hold, event, locker=locker)
        record = self.house.times.following(draft.record, self.house.dated())
        kept = Kept(document, self.house.times.read(event["eventTime"]) or (0, ""), record)
        facts = (*draft.facts, self.journal.fact("kept", kept))
        after = replace(draft, events=draft.events | {kept.id: kept}, hold=hold, record=record, facts=facts)
        return after.told(201, eventId=kept.id)

    def declared(self, draft: Draft, known: Kept | None, event: dict[str, Any]) -> Draft:
        if known is None or not self.same(known.doc, event):
            raise conflict()
        declaration = self.echoed(event)["errorDeclaration"]
        if "errorDeclaration" in known.doc:
            if self.plain(known.doc["errorDeclaration"]) != self.plain(declaration):
                raise conflict()
            return draft.told(200, eventId=known.id)
        after = replace(known, doc=known.doc | {"errorDeclaration": declaration})
        facts = (*draft.facts, self.journal.fact("declared", (known.id, declaration)))
        changed = replace(draft, events=draft.events | {known.id: after}, facts=facts)
        return changed.told(self.house.choices.declared, eventId=known.id)

    # content

    def echoed(self, value: Any) -> Any:
        """An event with its times in this vendor's manner."""
        if isinstance(value, list):
            return [self.echoed(one) for one in value]
        if not isinstance(value, dict):
            return value
        echo = self.house.times.echo
        return {
            name: echo(one) if name in ("eventTime", "time", "declarationTime") and isinstance(one, str) else self.echoed(one)
            for name, one in value.items()
        }

    def same(self, kept: dict[str, Any], sent: dict[str, Any]) -> bool:
        """Whether both say the same, but for a declaration."""
        beside = ("errorDeclaration", "eventId")
        return self.plain({name: value for name, value in kept.items() if name not in beside}) == self.plain(
            {name: value for name, value in self.echoed(sent).items() if name not in beside}
        )

    def plain(self, value: dict[str, Any]) -> str:
        return canonical(self.timed(value) if self.house.choices.instants_equal else value)

    def timed(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.timed(one) for one in value]
        if not isinstance(value, dict):
            return value
        read = self.house.times.read
        return {
            name: list(map(str, read(one) or ())) if name in ("eventTime", "time", "declarationTime") else self.timed(one)
            for name, one in value.items()
        }

    # collecting

    def collect(self, ask: Ask, hold: Hold) -> tuple[dict[str, Any], Shipment, Kept]:
        """Opens the compartment: reservation, event and shipment change together."""
        self.lockers.opened(hold, ask.document["pickupCode"])
        assert hold.shipment
        shipment = self.journal.shipments[hold.shipment]
        events = self.journal.told(shipment).events
        counting = in_order(one for one in events.values() if one.doc["classifier"] == "ACT")
        moment = self.house.times.following(counting[-1].moment if counting else (0, ""), self.house.dated())
        document = made_event(self.house, "COLLECTED", "collecting", "active", moment)
        document["readPoint"] = {"locationId": hold.point}
        kept = self.shipments.keep(shipment, document, moment)
        if not fold([*events.values(), kept])[1]:
            raise conflict("illegal-transition")
        self.lockers.holds[hold.id] = replace(hold, said="COLLECTED")
        self.journal.add(shipment, self.journal.fact("kept", kept))
        return self.lockers.view(self.lockers.holds[hold.id]), shipment, kept
