"""Consents: what is opened, to whom, and its end."""

from __future__ import annotations

from dataclasses import replace

from tests.second_health.access import Access
from tests.second_health.asking import Ask, House
from tests.second_health.refusals import conflict, wrong_body
from tests.second_health.store import Entry

__all__ = ["Consents"]

_MOVES = {"active": ("inactive", "entered-in-error"), "inactive": ("entered-in-error",)}


class Consents:
    """Records consents and ends them."""

    def __init__(self, house: House, access: Access) -> None:
        self.house, self.access = house, access

    def create(self, ask: Ask) -> Entry:
        body, times = ask.document, self.house.times
        patient = self.house.store.one("patient", body["patientId"])
        if patient is None or patient.org != ask.org:
            raise wrong_body([("/patientId", "沒有這位病人")])
        start = times.read(body["period"]["start"]) or (0, "")
        end = times.read(body["period"]["end"]) if "end" in body["period"] else None
        if end and not start < end:
            raise wrong_body([("/period/end", "須晚於 start")])
        identifier = self.house.store.new_id("consent")
        document = {
            "consentId": identifier,
            **body,
            "period": {name: times.echo(text) for name, text in body["period"].items()},
            "status": "active",
            "versionId": 1,
            "updatedAt": times.write(self.house.dated()),
        }
        entry = Entry(
            *("consent", identifier, 1, self.house.unix(), ask.org, document),
            patient=patient.id,
            other=body["grantee"],
            state="active",
            moment=start,
            until=end or Entry.until,
            scopes=tuple(body["scopes"]),
        )
        self.house.store.add(entry)
        return entry

    def move(self, ask: Ask, entry: Entry) -> Entry:
        status = ask.document["status"]
        if status == entry.state:
            if status != "inactive" and self.house.choices.same_status == 409:
                raise conflict("illegal-transition")
            return entry
        if status not in _MOVES.get(entry.state, ()):
            raise conflict("illegal-transition")
        return self.moved(entry, status)

    def moved(self, entry: Entry, status: str) -> Entry:
        """The next version, dated later than this one."""
        before = self.house.times.read(entry.doc["updatedAt"]) or (0, "")
        dated = self.house.times.write(self.house.times.following(before, self.house.dated()))
        document = entry.doc | {"status": status, "versionId": entry.version + 1, "updatedAt": dated}
        after = replace(entry, version=entry.version + 1, state=status, doc=document, born=self.house.unix())
        self.house.store.add(after)
        return after
