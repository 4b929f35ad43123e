"""Faults of amendments, versions, entity tags and races between changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.second_health.faults.bending import around, fault
from tests.second_health.refusals import Refusal

_AMEND = ("HLT-043", "HLT-041", "HLT-021", "HLT-023", "HLT-036", "HLT-037", "HLT-020")


@fault("an amendment keeps optional members that are not sent", *_AMEND)
def amendments_merge(server: Any) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        kept = {name: entry.doc[name] for name in ("note", "bodySite", "context", "deviceId") if name in entry.doc}
        return plain(replace(ask, document=kept | ask.document), entry)

    around(server.measurements, "amend", amend)


@fault("an amendment without `issued` is issued anew", *_AMEND)
def issued_anew(server: Any) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        body = {"issued": server.times.write(server.house.dated()), **ask.document}
        return plain(replace(ask, document=body), entry)

    around(server.measurements, "amend", amend)


def _unchecked(server: Any, rule: str) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        whole = getattr(server.measurements.rules, rule)
        setattr(server.measurements.rules, rule, lambda *_: iter(()))
        try:
            return plain(ask, entry)
        finally:
            setattr(server.measurements.rules, rule, whole)

    around(server.measurements, "amend", amend)


@fault("an amendment may have any value", *_AMEND, "HLT-010", "HLT-009")
def any_value_by_amendment(server: Any) -> None:
    _unchecked(server, "of_values")


@fault("an amendment may have any time", *_AMEND, "HLT-012")
def any_time_by_amendment(server: Any) -> None:
    _unchecked(server, "of_times")


@fault("an amendment may name another organisation's device", *_AMEND, "HLT-007")
def any_device_by_amendment(server: Any) -> None:
    def faults(plain: Any, org: str, body: Any, issued: Any, present: Any) -> Any:
        return [one for one in plain(org, body, issued, present) if issued is None or one[0] != "/deviceId"]

    around(server.measurements.rules, "faults", faults)


@fault("an amendment asks again whether the device may submit", *_AMEND, "HLT-028")
def devices_are_asked_again(server: Any) -> None:
    def faults(plain: Any, org: str, body: Any, issued: Any, present: Any) -> Any:
        found = list(plain(org, body, issued, present))
        device = server.house.store.one("device", body.get("deviceId", ""))
        return found or (list(server.measurements.rules.of_device(body, device, present)) if issued and device else [])

    around(server.measurements.rules, "faults", faults)


def _may_change(server: Any, *names: str) -> None:
    def refuse(plain: Any, entry: Any, body: Any) -> None:
        present = {"patientId": entry.patient, "code": entry.doc["code"], "measurementId": entry.id}
        plain(entry, body | {name: present[name] for name in names})

    around(server.measurements, "refuse_other_thing", refuse)


@fault("an amendment may move a measurement to another patient", *_AMEND)
def to_another_patient(server: Any) -> None:
    _may_change(server, "patientId")


@fault("an amendment may have another code", *_AMEND)
def to_another_code(server: Any) -> None:
    _may_change(server, "code")


@fault("the measurementId of an amendment is not looked at", *_AMEND)
def any_id(server: Any) -> None:
    _may_change(server, "measurementId")


@fault("another code by amendment is ignored in silence", *_AMEND)
def the_code_stays_in_silence(server: Any) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        return plain(replace(ask, document=ask.document | {"code": entry.doc["code"]}), entry)

    around(server.measurements, "amend", amend)


def _also(server: Any, before: str, after: str) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        if (entry.state, ask.document["status"]) == (before, after):
            document = {"issued": entry.doc["issued"], **ask.document}
            return server.measurements.store(entry, document, server.times.read(entry.doc["updatedAt"]))
        return plain(ask, entry)

    around(server.measurements, "amend", amend)


@fault("what is preliminary may be amended", "HLT-037")
def preliminary_is_amended(server: Any) -> None:
    _also(server, "preliminary", "amended")


@fault("what is preliminary may be entered in error", "HLT-037")
def preliminary_is_an_error(server: Any) -> None:
    _also(server, "preliminary", "entered-in-error")


@fault("what was entered in error may be amended", "HLT-037")
def errors_are_amended(server: Any) -> None:
    _also(server, "entered-in-error", "amended")


@fault("what was amended may be final again", "HLT-037")
def amended_is_final_again(server: Any) -> None:
    _also(server, "amended", "final")


@fault("what is final may be sent as final again", "HLT-037", "HLT-036", "COM-COND-02")
def final_twice(server: Any) -> None:
    _also(server, "final", "final")


@fault("what is preliminary may be sent as preliminary again", "HLT-037", "HLT-036")
def preliminary_twice(server: Any) -> None:
    _also(server, "preliminary", "preliminary")


@fault("what was entered in error may be sent as such again", "HLT-037", "HLT-036")
def an_error_twice(server: Any) -> None:
    _also(server, "entered-in-error", "entered-in-error")


@fault("what was amended may not be amended again", "HLT-037", "HLT-036")
def amended_once(server: Any) -> None:
    def amend(plain: Any, ask: Any, entry: Any) -> Any:
        if (entry.state, ask.document["status"]) == ("amended", "amended"):
            raise Refusal("illegal-transition")
        return plain(ask, entry)

    around(server.measurements, "amend", amend)


@fault("the effectiveStart of a measurement is that of its first version", *_AMEND, "COM-SORT-01", "COM-CONS-02")
def the_start_stays(server: Any) -> None:
    def add(plain: Any, entry: Any) -> None:
        first = server.house.store.db.execute(
            "SELECT doc, sec, frac FROM entry WHERE id = ? AND version = 1", (entry.id,)
        ).fetchone()
        if entry.kind == "measurement" and first:
            from tests.second_health.wire_json import restored

            start = restored(first["doc"])["effectiveStart"]
            entry.doc["effectiveStart"] = start
            entry = replace(entry, moment=(first["sec"], first["frac"]))
        plain(entry)

    around(server.house.store, "add", add)


@fault("the place of a measurement in the list is that of its first version", "COM-SORT-01", "HLT-018", *_AMEND)
def the_place_stays(server: Any) -> None:
    def add(plain: Any, entry: Any) -> None:
        first = server.house.store.db.execute("SELECT sec, frac FROM entry WHERE id = ? AND version = 1", (entry.id,)).fetchone()
        plain(replace(entry, moment=(first["sec"], first["frac"])) if entry.kind == "measurement" and first else entry)

    around(server.house.store, "add", add)


@fault("the list finds an amended measurement under its first device", "COM-FILT-01", "COM-FILT-02", *_AMEND)
def the_device_stays(server: Any) -> None:
    def add(plain: Any, entry: Any) -> None:
        first = server.house.store.db.execute("SELECT device FROM entry WHERE id = ? AND version = 1", (entry.id,)).fetchone()
        plain(replace(entry, device=first["device"]) if entry.kind == "measurement" and first else entry)

    around(server.house.store, "add", add)


@fault("the canonical quantity of an amended measurement is the first one", *_AMEND, "HLT-034")
def the_canonical_stays(server: Any) -> None:
    def add(plain: Any, entry: Any) -> None:
        first = server.house.store.one("measurement", entry.id) if entry.version > 1 else None
        old = first.doc.get("canonicalQuantity") if first else None
        entry.doc.update({"canonicalQuantity": old} if old else {})
        plain(entry)

    around(server.house.store, "add", add)


# versions


def _versions(server: Any, kind: str, change: Any) -> None:
    def add(plain: Any, entry: Any) -> None:
        if entry.kind == kind and entry.version > 1:
            entry.doc.update(change(entry))
        plain(entry)

    around(server.house.store, "add", add)


@fault("the version of a consent goes up by two", "HLT-036")
def consents_by_two(server: Any) -> None:
    _versions(server, "consent", lambda entry: {"versionId": entry.version * 2 - 1})


@fault("the version of a care task stays", "HLT-036")
def tasks_keep_their_version(server: Any) -> None:
    _versions(server, "task", lambda entry: {"versionId": 1})


@fault("a measurement is dated by the second", "HLT-036")
def dated_by_the_second(server: Any) -> None:
    _versions(server, "measurement", lambda entry: {"updatedAt": server.times.write((server.house.dated()[0], ""))})


@fault("a care task that is assigned keeps its date", "HLT-036", "HLT-030")
def assigned_without_date(server: Any) -> None:
    def changed(plain: Any, entry: Any, wanted: Any) -> Any:
        if "assignee" in wanted and "state" not in wanted:
            around(server.times, "following", lambda whole, before, present: before)
            try:
                return plain(entry, wanted)
            finally:
                del server.times.following
        return plain(entry, wanted)

    around(server.tasks, "changed", changed)
