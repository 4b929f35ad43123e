"""Faults of consent and of the border between organisations."""

from __future__ import annotations

from typing import Any

from tests.second_health import access as rules
from tests.second_health.faults.bending import around, fault, instead, recast
from tests.second_health.refusals import Refusal

_OPEN = ("HLT-006", "HLT-024", "HLT-025", "HLT-026", "HLT-040")
_CODE = "AND o.code = e.code"


def _condition(server: Any, kind: str, old: str, new: str) -> None:
    def condition(plain: Any, asked: str) -> Any:
        assert old in rules._READS[kind]
        return plain(asked).replace(old, new) if asked == kind else plain(asked)

    around(server.access, "condition", condition)


def _lists_only(server: Any, old: str, new: str) -> None:
    """Bends the condition for lists, and not for reading by id."""
    instead(server.lists, "access", _Bent(server.access, old, new))


def _ids_only(server: Any, old: str, new: str) -> None:
    """Bends the condition for reading by id, and not for lists."""
    bent = _Bent(server.access, old, new)
    instead(server.lists, "access", _Bent(server.access, "", ""))
    plain = server.access.condition
    server.access.reads = lambda org, kind, identifier: _read(
        server, bent if kind == "measurement" else plain, org, kind, identifier
    )


def _read(server: Any, bent: Any, org: str, kind: str, identifier: str) -> Any:
    condition = bent.condition(kind) if isinstance(bent, _Bent) else bent(kind)
    query = f"SELECT e.id FROM now e WHERE e.kind = '{kind}' AND e.id = :id AND {condition}"
    rows = server.house.store.rows(query, server.access.values(org) | {"id": identifier})
    return server.house.store.one(kind, identifier) if rows else None


class _Bent:
    """Who may read what, with one part of the condition exchanged."""

    def __init__(self, plain: Any, old: str, new: str) -> None:
        self.plain, self.old, self.new = plain, old, new
        self.values = plain.values
        self.kinds = {kind: plain.condition(kind) for kind in ("measurement", "patient", "task", "device", "consent")}

    def condition(self, kind: str) -> Any:
        return self.kinds[kind].replace(self.old, self.new) if self.old else self.kinds[kind]


@fault("a consent opens every code, in lists", *_OPEN)
def every_code_in_lists(server: Any) -> None:
    _lists_only(server, _CODE, "")


@fault("a consent opens every code, by id", *_OPEN)
def every_code_by_id(server: Any) -> None:
    _ids_only(server, _CODE, "")


@fault("the end of a consent is not looked at", *_OPEN)
def consents_never_end(server: Any) -> None:
    _condition(server, "measurement", "AND (:sec, :frac) < (c.until_sec, c.until_frac)", "")


@fault("the end of a consent is not looked at in lists", *_OPEN)
def consents_never_end_in_lists(server: Any) -> None:
    _lists_only(server, "AND (:sec, :frac) < (c.until_sec, c.until_frac)", "")


@fault("the end of a consent does not close the patient", *_OPEN)
def the_patient_stays_open(server: Any) -> None:
    _condition(server, "patient", "AND (:sec, :frac) < (c.until_sec, c.until_frac)", "")


@fault("the beginning of a consent is not looked at", *_OPEN)
def consents_begin_at_once(server: Any) -> None:
    _condition(server, "measurement", "AND (c.sec, c.frac) <= (:sec, :frac)", "")


@fault("the beginning of a consent is not looked at for the patient", *_OPEN)
def patients_open_at_once(server: Any) -> None:
    _condition(server, "patient", "AND (c.sec, c.frac) <= (:sec, :frac)", "")


@fault("a revoked consent still opens the patient", *_OPEN)
def revoked_for_measurements_only(server: Any) -> None:
    _condition(server, "patient", "c.kind = 'consent' AND c.state = 'active'", "c.kind = 'consent'")


@fault("a revoked consent still opens the list", *_OPEN)
def revoked_by_id_only(server: Any) -> None:
    _lists_only(server, "AND c.state = 'active'", "")


@fault("a consent that was entered in error still opens", *_OPEN, "HLT-027")
def errors_stay_open(server: Any) -> None:
    _condition(server, "measurement", "c.state = 'active'", "c.state <> 'inactive'")


@fault("a consent of one patient opens all of the organisation", *_OPEN)
def one_for_all_patients(server: Any) -> None:
    _condition(server, "measurement", "c.patient = e.patient", "c.org = e.org")


@fault("a consent opens to every organisation", *_OPEN)
def one_for_all_organisations(server: Any) -> None:
    _condition(server, "measurement", "c.other = :org", "c.other <> ''")


@fault("only the newest consent of a patient counts", *_OPEN)
def the_newest_counts(server: Any) -> None:
    newest = "c.born = (SELECT max(d.born) FROM entry d WHERE d.kind = 'consent' AND d.patient = c.patient AND d.version = 1)"
    _condition(server, "measurement", "c.kind = 'consent'", f"c.kind = 'consent' AND {newest}")


@fault("a revocation ends every consent of that patient to that organisation", *_OPEN)
def one_ends_all(server: Any) -> None:
    def moved(plain: Any, entry: Any, status: str) -> Any:
        query = "SELECT id FROM now WHERE kind = 'consent' AND patient = :patient AND other = :other AND state = 'active'"
        for row in server.house.store.rows(query, {"patient": entry.patient, "other": entry.other}):
            if row["id"] != entry.id:
                plain(server.house.store.one("consent", row["id"]), status)
        return plain(entry, status)

    around(server.consents, "moved", moved)


@fault("a grantee may not read the patient", *_OPEN)
def the_patient_stays_closed(server: Any) -> None:
    _condition(server, "patient", "c.kind = 'consent'", "c.kind = 'nothing'")


@fault("a grantee may amend", *_OPEN)
def grantees_amend(server: Any) -> None:
    instead(server, "may_amend", lambda org, entry: True)
    around(server.measurements, "amend", _as_owner)


def _as_owner(plain: Any, ask: Any, entry: Any) -> Any:
    ask.org = entry.org
    return plain(ask, entry)


@fault("a grantee may read the consent", *_OPEN, "COM-TEN-01")
def grantees_read_the_consent(server: Any) -> None:
    _condition(server, "consent", "e.org = :org", "(e.org = :org OR e.other = :org)")


@fault("a grantee may end the consent", *_OPEN, "COM-TEN-01", "COM-TEN-02")
def grantees_end_the_consent(server: Any) -> None:
    def reads(plain: Any, org: str, kind: str, identifier: str) -> Any:
        entry = server.house.store.one(kind, identifier)
        return entry if entry and kind == "consent" and entry.other == org else plain(org, kind, identifier)

    def served(plain: Any, ask: Any, entry: Any) -> Any:
        if ask.operation == "getConsent" and entry.org != ask.org:
            raise Refusal("not-found")
        return plain(ask, entry)

    around(server.access, "reads", reads)
    around(server, "served", served)


@fault("a grantee may read the device of what it reads", *_OPEN, "COM-TEN-01")
def grantees_read_devices(server: Any) -> None:
    holds = rules._HOLDS
    more = f"(e.org = :org OR EXISTS (SELECT 1 FROM now c WHERE c.org = e.org AND {holds}))"
    _condition(server, "device", "e.org = :org", more)


@fault("a page is cut out of all measurements before those that are closed are left out", *_OPEN)
def closed_items_take_room(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        if ask.operation != "listMeasurements":
            return plain(ask)
        server.lists.asks = ask
        document = plain(ask)
        ids = {one.id for one in server.lists.bare(ask)}
        document["items"] = [one for one in document["items"] if one["measurementId"] in ids]
        document["page"]["totalCount"] = len(ids)
        return document

    server.lists.bare = server.lists.kept

    def kept(ask: Any) -> Any:
        bent = _Bent(server.access, "e.org = :org", "1 = 1")
        plain, server.lists.access = server.lists.access, bent
        try:
            return server.lists.bare(ask)
        finally:
            server.lists.access = plain

    instead(server.lists, "kept", kept)
    around(server.lists, "page", page)


@fault("the total counts what is closed, too", *_OPEN)
def totals_count_what_is_closed(server: Any) -> None:
    def page(plain: Any, ask: Any) -> Any:
        document = plain(ask)
        if ask.operation == "listMeasurements":
            query = (
                "SELECT count(*) AS n FROM now WHERE kind = 'measurement' AND patient = :patient AND state <> 'entered-in-error'"
            )
            whole = server.house.store.rows(query, {"patient": ask.values["patientId"]})[0]["n"]
            document["page"]["totalCount"] = whole if document["items"] else 0
        return document

    around(server.lists, "page", page)


@fault("a revocation that is sent again is a further version", "HLT-040", "HLT-027", "HLT-036")
def revoked_again(server: Any) -> None:
    def move(plain: Any, ask: Any, entry: Any) -> Any:
        return (
            server.consents.moved(entry, "inactive") if ask.document["status"] == entry.state == "inactive" else plain(ask, entry)
        )

    around(server.consents, "move", move)


@fault("a consent that ended may become active again", "HLT-027")
def consents_come_back(server: Any) -> None:
    def move(plain: Any, ask: Any, entry: Any) -> Any:
        back = entry.state == "inactive" and ask.document["status"] == "active"
        return server.consents.moved(entry, "active") if back else plain(ask, entry)

    around(server.consents, "move", move)


@fault("a consent that was entered in error may become inactive", "HLT-027")
def errors_become_inactive(server: Any) -> None:
    def move(plain: Any, ask: Any, entry: Any) -> Any:
        back = entry.state == "entered-in-error" and ask.document["status"] == "inactive"
        return server.consents.moved(entry, "inactive") if back else plain(ask, entry)

    around(server.consents, "move", move)


@fault("a consent is recorded for anybody's patient", "HLT-025", "HLT-038", "HLT-006")
def consents_for_any_patient(server: Any) -> None:
    around(server.consents, "create", lambda plain, ask: plain(_owned(server, ask)))


def _owned(server: Any, ask: Any) -> Any:
    patient = server.house.store.one("patient", ask.document["patientId"])
    ask.org = patient.org if patient else ask.org
    return ask


@fault("a consent may end when it begins", "HLT-038")
def empty_consents(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        period = ask.document["period"]
        if "end" in period and server.times.read(period["start"]) == server.times.read(period["end"]):
            ask.document["period"] = {"start": period["start"]}
        return plain(ask)

    around(server.consents, "create", create)


@fault("a consent names only organisations that are known", "HLT-038", *_OPEN, "COM-CONS-01")
def grantees_are_known(server: Any) -> None:
    known = {org for org, _ in server.access.tokens.values()}

    def create(plain: Any, ask: Any) -> Any:
        if ask.document["grantee"] not in known:
            raise Refusal("invalid-body", [{"pointer": "/grantee", "detail": "沒有這個機構"}])
        return plain(ask)

    around(server.consents, "create", create)


@fault("what belongs to another organisation is refused in other words than what never was", "COM-TEN-01")
def another_404(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        kinds = ("patient", "device", "consent", "measurement", "task")
        if answer.status == 404 and ask.segment and any(server.house.store.one(kind, ask.segment) for kind in kinds):
            answer.document["title"] = "沒有這項資料。"

    recast(server, bent)


@fault("who has a number already is told to everybody", "HLT-004")
def tells_who_has_it(server: Any) -> None:
    around(server.people, "refuse_known", lambda plain, org, system, value: _known(server, plain, "", system, value, tell=True))


@fault("who has a number already is told to nobody", "HLT-004")
def tells_nobody_who_has_it(server: Any) -> None:
    around(server.people, "refuse_known", lambda plain, org, system, value: plain("", system, value))


@fault("a number may be given once in each organisation", "HLT-004")
def numbers_of_one_organisation(server: Any) -> None:
    around(server.people, "refuse_known", lambda plain, org, system, value: _known(server, plain, org, system, value, tell=False))


def _known(server: Any, plain: Any, org: str, system: str, value: str, *, tell: bool) -> None:
    query = "SELECT n.patient, e.org FROM number n JOIN now e ON e.id = n.patient WHERE n.system = :s AND n.value = :v"
    for row in server.house.store.rows(query, {"s": system, "v": value}):
        if tell:
            raise Refusal("conflict", members={"existingId": row["patient"]})
        if row["org"] == org:
            plain(org, system, value)


@fault("only the first number of a person is compared", "HLT-004")
def first_number_only(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        first = ask.document["identifiers"][0]
        whole = server.people.refuse_known
        around(server.people, "refuse_known", lambda _, org, system, value: value == first["value"] and whole(org, system, value))
        try:
            return plain(ask)
        finally:
            server.people.refuse_known = whole

    around(server.people, "create_patient", create)


@fault("the search shows every organisation's patients", "HLT-006")
def searches_everywhere(server: Any) -> None:
    _search_with(server, "1 = 1")


@fault("the search shows own patients only", *_OPEN)
def searches_at_home(server: Any) -> None:
    _search_with(server, "e.org = :org")


def _search_with(server: Any, condition: str) -> None:
    bent = _Bent(server.access, "", "")
    bent.kinds["patient"] = condition
    plain = server.people.search

    def search(ask: Any) -> Any:
        whole, server.people.access = server.people.access, bent
        try:
            return plain(ask)
        finally:
            server.people.access = whole

    server.people.search = search


@fault("the search does not look at the system", "HLT-006", "HLT-004", "COM-CONS-01")
def searches_any_system(server: Any) -> None:
    def rows(plain: Any, query: str, values: Any) -> Any:
        return plain(query.replace("n.system = :system AND", ":system <> '' AND") if "number n" in query else query, values)

    around(server.house.store, "rows", rows)


@fault("a number that is known is repeated in the problem", "HLT-005")
def problems_repeat_numbers(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        if answer.status == 409 and ask.operation == "createPatient":
            answer.document["detail"] = f"號碼 {ask.document['identifiers'][0]['value']} 已登錄"

    recast(server, bent)


@fault("a number that is wrong is repeated in the fault", "HLT-005", "HLT-002")
def faults_repeat_numbers(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        if answer.status == 422 and ask.operation == "createPatient" and isinstance(ask.document, dict):
            for one in answer.document["errors"]:
                if one["pointer"].endswith("/value"):
                    one["detail"] = f"{ask.document['identifiers'][int(one['pointer'].split('/')[2])]['value']} 不正確"

    recast(server, bent)


@fault("the tag of a patient is made of the first number", "HLT-005")
def tags_hold_numbers(server: Any) -> None:
    def tag(plain: Any, document: Any) -> Any:
        return f'"{document["identifiers"][0]["value"]}"' if "identifiers" in document else plain(document)

    around(server, "tag", tag)
