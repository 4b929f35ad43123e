"""Measurements: kept alone or together, amended, never removed."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from tests.second_health.access import Access
from tests.second_health.asking import Ask, House
from tests.second_health.instants import Moment, later
from tests.second_health.refusals import Fault, conflict, wrong_body
from tests.second_health.rules import Rules, effective, figures
from tests.second_health.store import Entry, digest, entry_of
from tests.second_health.wire_json import canonical

__all__ = ["Measurements"]

_MOVES = {"preliminary": ("final",), "final": ("amended", "entered-in-error"), "amended": ("amended", "entered-in-error")}
_ORDER = (
    *("patientId", "deviceId", "performer", "code", "effectiveDateTime", "effectivePeriod", "issued"),
    *("valueQuantity", "component", "bodySite", "context", "note", "status"),
)


class Measurements:
    """Keeps and amends measurements."""

    def __init__(self, house: House, access: Access) -> None:
        self.house, self.access, self.rules = house, access, Rules(house)

    # creation

    def faults(self, org: str, body: dict[str, Any], issued: Moment | None = None) -> list[Fault]:
        """What is wrong with a body; `issued` is there for an amendment."""
        found = list(self.rules.faults(org, body, issued, self.house.now()))
        if not found and body["code"]["code"] == "39156-5":
            found = self.contradicts(body)
        return found

    def create(self, ask: Ask) -> tuple[int, Entry]:
        faults = self.faults(ask.org, ask.document)
        if faults:
            raise wrong_body(faults)
        twin = self.twin(self.sameness(ask.document))
        if twin and self.house.choices.twin == 409:
            raise conflict()
        return (200, twin) if twin else (201, self.keep(ask.org, ask.document))

    def batch(self, ask: Ask) -> dict[str, Any]:
        items, atomic = ask.document["items"], ask.document["atomic"]
        if atomic:
            faults = [(f"/items/{index}{at}", said) for index, one in enumerate(items) for at, said in self.faults(ask.org, one)]
            if faults:
                raise wrong_body(faults)
        return {"results": [self.result(ask.org, index, one, atomic) for index, one in enumerate(items)]}

    def result(self, org: str, index: int, item: dict[str, Any], atomic: bool) -> dict[str, Any]:
        """What becomes of one item of a batch."""
        faults = [] if atomic else self.faults(org, item)
        if faults:
            return {"index": index, "status": 422, "errors": [{"pointer": at, "detail": said} for at, said in faults[:100]]}
        twin = self.twin(self.sameness(item))
        if twin and not atomic and self.house.choices.twin == 409:
            return {"index": index, "status": 409}
        return {"index": index, "status": 200 if twin else 201, "measurementId": (twin or self.keep(org, item)).id}

    def keep(self, org: str, body: dict[str, Any]) -> Entry:
        """Stores a new measurement."""
        identifier = self.house.store.new_id("measurement")
        document = {"status": "final", **body}
        if "issued" not in body:
            start = self.house.times.read(body["effectivePeriod"]["end"] if "effectivePeriod" in body else effective(body))
            document["issued"] = self.house.times.write(self.house.dated())
            if start and start > self.house.dated():
                document["issued"] = body.get("effectivePeriod", {}).get("end") or effective(body)
        return self.store(Entry("measurement", identifier, 0, 0.0, org, {}), document, None)

    def store(self, entry: Entry, body: dict[str, Any], before: Moment | None) -> Entry:
        """The next version of a measurement."""
        times, present = self.house.times, self.house.dated()
        moment = times.read(effective(body)) or (0, "")
        document = {name: body[name] for name in _ORDER if name in body}
        for name in ("effectiveDateTime", "issued"):
            if name in document:
                document[name] = times.echo(document[name])
        if "effectivePeriod" in body:
            document["effectivePeriod"] = {name: times.echo(text) for name, text in body["effectivePeriod"].items()}
        document = {"measurementId": entry.id, **document, "effectiveStart": times.echo(effective(body))}
        document["versionId"] = entry.version + 1
        document["updatedAt"] = times.write(times.following(before, present) if before else present)
        self.round_figures(document)
        if self.house.choices.canonical and body["code"]["code"] in ("2339-0", "15074-8"):
            document["canonicalQuantity"] = self.in_milligrams(document["valueQuantity"])
        after = replace(
            entry,
            version=entry.version + 1,
            born=self.house.unix(),
            doc=document,
            patient=body["patientId"],
            state=body["status"],
            code=body["code"]["code"],
            device=body.get("deviceId", ""),
            moment=moment,
            twin=self.sameness(body) if body["status"] != "entered-in-error" else "",
        )
        self.house.store.add(after)
        return after

    def round_figures(self, document: dict[str, Any]) -> None:
        if self.house.choices.fifteen:
            for _, _, quantity in figures(document):
                quantity["value"] = Context(prec=15).create_decimal(quantity["value"])

    def in_milligrams(self, quantity: dict[str, Any]) -> dict[str, Any]:
        """The value of blood glucose in mg/dL."""
        value = Decimal(quantity["value"])
        if quantity["code"] == "mmol/L":
            value = Context(prec=30).multiply(value, Decimal("18.016"))
            if self.house.choices.rounds_canonical:
                value = value.quantize(Decimal("0.1"), ROUND_HALF_UP)
        return {"value": value, "system": "http://unitsofmeasure.org", "code": "mg/dL"}

    # what is the same

    def sameness(self, body: dict[str, Any]) -> str:
        """One text for measurements of a device that are the same; empty where none can be."""
        if "deviceId" not in body:
            return ""
        values = sorted([code, self.figure(quantity)] for code, _, quantity in figures(body))
        moment = self.house.times.read(effective(body))
        return digest([body["patientId"], body["deviceId"], body["code"]["code"], moment, values])

    def figure(self, quantity: dict[str, Any]) -> str:
        value = Decimal(quantity["value"])
        return canonical(Context(prec=15).create_decimal(value) if self.house.choices.fifteen else value)

    def twin(self, sameness: str) -> Entry | None:
        """The measurement that is there already."""
        rows = self.house.store.rows("SELECT * FROM now WHERE twin = :twin ORDER BY id", {"twin": sameness}) if sameness else []
        return entry_of(rows[0]) if rows else None

    def contradicts(self, body: dict[str, Any]) -> list[Fault]:
        """A body mass index beside the weight and the height that were measured last within a day before it."""
        moment = self.house.times.read(effective(body)) or (0, "")
        latest: dict[str, Decimal] = {}
        query = """SELECT * FROM now WHERE kind = 'measurement' AND patient = :patient AND code IN ('29463-7', '8302-2')
 AND state <> 'entered-in-error' AND (sec, frac) <= (:sec, :frac) AND (sec, frac) >= (:from, :frac) ORDER BY sec, frac, id"""
        values = {"patient": body["patientId"], "sec": moment[0], "frac": moment[1], "from": later(moment, -86_400)[0]}
        for row in self.house.store.rows(query, values):
            latest[row["code"]] = Decimal(entry_of(row).doc["valueQuantity"]["value"])
        if len(latest) < 2:
            return []
        index = latest["29463-7"] / (latest["8302-2"] / 100) ** 2
        wrong = abs(index - body["valueQuantity"]["value"]) > Decimal("0.5")
        return [("/valueQuantity/value", "與體重及身高不符")] if wrong else []

    # amendment

    def amend(self, ask: Ask, entry: Entry) -> Entry:
        body = ask.document
        self.refuse_other_thing(entry, body)
        issued = self.house.times.read(entry.doc["issued"])
        faults = self.faults(ask.org, body, issued)
        if faults:
            raise wrong_body(faults)
        if body["status"] not in _MOVES.get(entry.state, ()):
            raise conflict("illegal-transition")
        twin = self.twin(self.sameness(body))
        if twin and twin.id != entry.id and body["status"] != "entered-in-error" and not self.house.choices.twin_amends:
            raise conflict()
        before = self.house.times.read(entry.doc["updatedAt"])
        return self.store(entry, {"issued": entry.doc["issued"], **body}, before)

    def refuse_other_thing(self, entry: Entry, body: dict[str, Any]) -> None:
        """422 where the body speaks of another measurement."""
        names = {"/measurementId": body.get("measurementId", entry.id) == entry.id}
        names |= {"/patientId": body["patientId"] == entry.patient, "/code/code": body["code"]["code"] == entry.code}
        faults = [(name, "不得變更") for name, same in names.items() if not same]
        if faults:
            raise wrong_body(faults)
