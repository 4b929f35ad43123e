"""Patients, with the tasks that their needs bring about, and devices."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.second_health.access import Access
from tests.second_health.asking import Ask, House
from tests.second_health.instants import day_of, later
from tests.second_health.refusals import Fault, conflict, wrong_body
from tests.second_health.store import Entry, digest, entry_of

__all__ = ["People"]

_LETTERS = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_NATIONAL = "http://www.moi.gov.tw"


def number_is_right(value: str) -> bool:
    """Whether it is the number of a national identity card or of a resident certificate of the new form."""
    if len(value) != 10 or value[0] not in _LETTERS or value[1] not in "1289" or not (value.isascii() and value[1:].isdigit()):
        return False
    tens, units = divmod(_LETTERS[value[0]], 10)
    weights = (8, 7, 6, 5, 4, 3, 2, 1, 1)
    return (tens + units * 9 + sum(int(one) * weight for one, weight in zip(value[1:], weights, strict=True))) % 10 == 0


class People:
    """Registers patients and devices, and finds them again."""

    def __init__(self, house: House, access: Access) -> None:
        self.house, self.access = house, access

    # patients

    def patient_faults(self, body: dict[str, Any]) -> list[Fault]:
        found: list[Fault] = []
        today = day_of(self.house.now(), 480)
        if not "1900-01-01" <= body["birthDate"] <= today:
            found.append(("/birthDate", "不在 1900 年至今日之間"))
        for index, one in enumerate(body["identifiers"]):
            national = one["system"] == _NATIONAL
            if national and not number_is_right(one["value"]):
                found.append((f"/identifiers/{index}/value", "號碼不正確"))
            if (one["type"] == "NNTWN") != national:
                found.append((f"/identifiers/{index}/type", "類型與系統不符"))
        return found

    def create_patient(self, ask: Ask) -> Entry:
        body = ask.document
        faults = self.patient_faults(body)
        if faults:
            raise wrong_body(faults)
        for one in body["identifiers"]:
            self.refuse_known(ask.org, one["system"], one["value"])
        identifier = self.house.store.new_id("patient")
        document = {"patientId": identifier, **body, "managingOrganization": ask.org}
        entry = Entry("patient", identifier, 1, self.house.unix(), ask.org, document, patient=identifier)
        self.house.store.add(entry)
        for one in body["identifiers"]:
            row = (one["system"], one["value"], identifier, entry.born)
            self.house.store.db.execute("INSERT OR IGNORE INTO number VALUES (?,?,?,?)", row)
        for index, kind in enumerate(body.get("careNeeds", [])):
            self.order(entry, kind, index, len(body["careNeeds"]))
        return entry

    def refuse_known(self, org: str, system: str, value: str) -> None:
        """409 where a patient has the number, naming them to those who may read them."""
        query = "SELECT patient FROM number WHERE system = :system AND value = :value"
        holders = [row["patient"] for row in self.house.store.rows(query, {"system": system, "value": value})]
        if holders:
            seen = [one for one in holders if self.access.reads(org, "patient", one)]
            raise conflict(existingId=seen[0]) if seen else conflict()

    def order(self, patient: Entry, kind: str, index: int, needs: int) -> None:
        """One care task for one need."""
        choices, identifier = self.house.choices, self.house.store.new_id("task")
        days = choices.due + (needs - index if choices.due_varies else 0)
        due = later(self.house.dated(), days * 86_400 + (0 if choices.due_together else index))
        document = {
            "taskId": identifier,
            "patientId": patient.id,
            "kind": kind,
            "state": "requested",
            "dueTime": self.house.times.write(due),
            "assignee": patient.org,
            "versionId": 1,
            "updatedAt": self.house.times.write(self.house.dated()),
        }
        if choices.based_on:
            document["basedOn"] = "plan-" + digest([patient.id])
        self.house.store.add(
            Entry(
                *("task", identifier, 1, patient.born, patient.org, document),
                patient=patient.id,
                other=patient.org,
                state="requested",
                moment=due,
            )
        )

    def search(self, ask: Ask) -> dict[str, Any]:
        sought = ask.document["identifier"]
        query = f"""SELECT e.* FROM now e JOIN number n ON n.patient = e.id WHERE n.system = :system AND n.value = :value
 AND n.born <= :seen AND {self.access.condition("patient")} LIMIT 20"""
        seen = self.house.unix() - self.house.choices.search_lag
        values = self.access.values(ask.org) | {"system": sought["system"], "value": sought["value"], "seen": seen}
        return {"items": [entry_of(row).doc for row in self.house.store.rows(query, values)]}

    # devices

    def register(self, ask: Ask) -> Entry:
        body, since = ask.document, ask.document.get("inactiveSince")
        if (body["status"] == "inactive") != (since is not None):
            raise wrong_body([("", "inactiveSince 應於停用時提供，且僅於停用時提供")])
        moment = self.house.times.read(since) if since is not None else None
        if moment and moment > self.house.now():
            raise wrong_body([("/inactiveSince", "不得在未來")])
        identifier = self.house.store.new_id("device")
        document = {"deviceId": identifier, **body, "managingOrganization": ask.org}
        if since is not None:
            document["inactiveSince"] = self.house.times.echo(since)
        offset = body.get("clockOffsetSec")
        if isinstance(offset, Decimal):
            document["clockOffsetSec"] = int(offset)
        entry = Entry(
            *("device", identifier, 1, self.house.unix(), ask.org, document), state=body["status"], moment=moment or (0, "")
        )
        self.house.store.add(entry)
        return entry
