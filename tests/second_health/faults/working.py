"""Faults of patients, devices and care tasks."""

from __future__ import annotations

from typing import Any

from tests.second_health import people
from tests.second_health.faults.bending import around, fault
from tests.second_health.refusals import Refusal
from tests.second_health.tasks import TERMINAL

_CARE = ("HLT-029", "HLT-030", "HLT-044", "HLT-045")


@fault("the check digit is not computed", "HLT-002")
def any_check_digit(server: Any) -> None:
    _patients_but(server, lambda at, said: at.endswith("/value"))


@fault("a number of an identity card may have the type MR", "HLT-002")
def any_type(server: Any) -> None:
    _patients_but(server, lambda at, said: at.endswith("/type"))


@fault("only the first number is checked", "HLT-002")
def checks_the_first_number(server: Any) -> None:
    _patients_but(server, lambda at, said: at.startswith("/identifiers") and not at.startswith("/identifiers/0/"))


@fault("a birth may lie in the future", "HLT-003")
def born_tomorrow(server: Any) -> None:
    _patients_but(server, lambda at, said: at == "/birthDate")


def _patients_but(server: Any, left_out: Any) -> None:
    around(server.people, "patient_faults", lambda plain, body: [one for one in plain(body) if not left_out(*one)])


@fault("a birth on 1900-01-01 is refused", "HLT-003")
def after_1900(server: Any) -> None:
    def faults(plain: Any, body: Any) -> Any:
        return plain(body) or ([("/birthDate", "太早")] if body["birthDate"] == "1900-01-01" else [])

    around(server.people, "patient_faults", faults)


@fault("numbers with the letters I and O are refused", "HLT-002")
def no_i_and_o(server: Any) -> None:
    def faults(plain: Any, body: Any) -> Any:
        letters = [one["value"][0] for one in body["identifiers"] if one["system"] == people._NATIONAL]
        return plain(body) or ([("/identifiers/0/value", "號碼不正確")] if {"I", "O"} & set(letters) else [])

    around(server.people, "patient_faults", faults)


@fault("numbers of men and women are the only ones", "HLT-002")
def no_new_form(server: Any) -> None:
    def faults(plain: Any, body: Any) -> Any:
        wrong = [one for one in body["identifiers"] if one["system"] == people._NATIONAL and one["value"][1:2] == "9"]
        return plain(body) or ([("/identifiers/0/value", "號碼不正確")] if wrong else [])

    around(server.people, "patient_faults", faults)


@fault("lower-case letters are taken for national numbers", "HLT-002")
def small_letters(server: Any) -> None:
    def faults(plain: Any, body: Any) -> Any:
        return plain(body | {"identifiers": [one | {"value": one["value"].upper()} for one in body["identifiers"]]})

    around(server.people, "patient_faults", faults)


@fault("a second need brings about no task", "COM-CONS-01", *_CARE)
def one_task_only(server: Any) -> None:
    around(
        server.people,
        "order",
        lambda plain, patient, kind, index, needs: plain(patient, kind, index, needs) if index == 0 else None,
    )


@fault("needs bring about tasks that are accepted", *_CARE)
def tasks_are_accepted(server: Any) -> None:
    def order(plain: Any, patient: Any, kind: str, index: int, needs: int) -> None:
        plain(patient, kind, index, needs)
        query = "UPDATE entry SET state = 'accepted', doc = replace(doc, '\"requested\"', '\"accepted\"') WHERE kind = 'task' AND patient = ?"
        server.house.store.db.execute(query, (patient.id,))

    around(server.people, "order", order)


@fault("an address is lost", "COM-CONS-01", "HLT-001", "COM-IDEM-01", "COM-ENC-01")
def addresses_are_lost(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        ask.document = {name: ask.document[name] for name in ask.document if name != "address"}
        return plain(ask)

    around(server.people, "create_patient", create)


@fault("numbers after the first are lost", "HLT-004", "COM-CONS-01", "HLT-006")
def later_numbers_are_lost(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        ask.document = ask.document | {"identifiers": ask.document["identifiers"][:1]}
        return plain(ask)

    around(server.people, "create_patient", create)


@fault("a device may be inactive since a time to come", "HLT-039")
def inactive_tomorrow(server: Any) -> None:
    def register(plain: Any, ask: Any) -> Any:
        whole = server.people.house
        try:
            return plain(ask)
        except Refusal as refusal:
            if [one["pointer"] for one in refusal.errors] != ["/inactiveSince"]:
                raise
            since = ask.document["inactiveSince"]
            ask.document = ask.document | {"inactiveSince": whole.times.write(whole.dated())}
            entry = plain(ask)
            entry.doc["inactiveSince"] = since
            return entry

    around(server.people, "register", register)


@fault("an inactive device needs no inactiveSince", "HLT-039")
def inactive_without_since(server: Any) -> None:
    def register(plain: Any, ask: Any) -> Any:
        if ask.document["status"] == "inactive" and "inactiveSince" not in ask.document:
            ask.document = ask.document | {"inactiveSince": server.times.write(server.house.dated())}
        return plain(ask)

    around(server.people, "register", register)


@fault("an active device may have inactiveSince", "HLT-039")
def active_with_since(server: Any) -> None:
    def register(plain: Any, ask: Any) -> Any:
        if ask.document["status"] == "active":
            ask.document = {name: ask.document[name] for name in ask.document if name != "inactiveSince"}
        return plain(ask)

    around(server.people, "register", register)


# care tasks


def _moves(server: Any, before: str, after: str) -> None:
    around(server.tasks, "moves", lambda plain, entry, state: (entry.state, state) == (before, after) or plain(entry, state))


@fault("a task goes on without being accepted", "HLT-029")
def unaccepted_progress(server: Any) -> None:
    _moves(server, "requested", "in-progress")


@fault("an accepted task may be rejected", "HLT-029")
def rejected_late(server: Any) -> None:
    _moves(server, "accepted", "rejected")


@fault("a requested task may be cancelled", "HLT-029")
def cancelled_early(server: Any) -> None:
    _moves(server, "requested", "cancelled")


@fault("an accepted task may fail", "HLT-029")
def failed_early(server: Any) -> None:
    _moves(server, "accepted", "failed")


@fault("a completed task may go on", "HLT-029")
def completed_goes_on(server: Any) -> None:
    _moves(server, "completed", "in-progress")


@fault("a task may not be cancelled while it is in progress", "HLT-029")
def no_cancelling(server: Any) -> None:
    def moves(plain: Any, entry: Any, state: str) -> Any:
        if (entry.state, state) == ("in-progress", "cancelled"):
            raise Refusal("illegal-transition")
        return plain(entry, state)

    around(server.tasks, "moves", moves)


def _view(server: Any, hides: Any) -> None:
    def view(org: str, entry: Any) -> Any:
        return {name: value for name, value in entry.doc.items() if name != "patientId" or not hides(org, entry)}

    server.tasks.view = view


@fault("an assignee sees the patient of a task that is over", *_CARE)
def patients_show_for_ever(server: Any) -> None:
    _view(server, lambda org, entry: False)


@fault("an assignee sees the patient of a failed task", *_CARE)
def failed_tasks_show(server: Any) -> None:
    _view(server, lambda org, entry: org != entry.org and entry.state in TERMINAL and entry.state != "failed")


@fault("an assignee sees the patient of a rejected task", *_CARE)
def rejected_tasks_show(server: Any) -> None:
    _view(server, lambda org, entry: org != entry.org and entry.state in TERMINAL and entry.state != "rejected")


@fault("the patient's organisation does not see the patient of a task that is over", *_CARE)
def hides_from_everybody(server: Any) -> None:
    _view(server, lambda org, entry: entry.state in TERMINAL)


@fault("an assignee sees no patient", *_CARE)
def hides_from_the_assignee(server: Any) -> None:
    _view(server, lambda org, entry: org != entry.org)


@fault("the list hides nothing of tasks that are over", *_CARE, "COM-CONS-02")
def lists_show_for_ever(server: Any) -> None:
    class Open:
        view = staticmethod(lambda org, entry: entry.doc)

    server.lists.tasks = Open()


@fault("the answer to the move that ends a task still has the patient", *_CARE, "COM-COND-04")
def the_last_answer_shows(server: Any) -> None:
    def served(plain: Any, ask: Any, entry: Any) -> Any:
        answer = plain(ask, entry)
        if ask.operation == "updateCareTask":
            answer.document = answer.document | {"patientId": entry.patient}
        return answer

    around(server, "served", served)


def _bent(server: Any, kind: str, old: str, new: str) -> None:
    around(server.access, "condition", lambda plain, asked: plain(asked).replace(old, new) if asked == kind else plain(asked))


@fault("an assignee reads the patient of a task that is over", *_CARE)
def patients_open_for_ever(server: Any) -> None:
    _bent(server, "patient", "AND t.state NOT IN ('completed', 'rejected', 'cancelled', 'failed')", "")


@fault("an assignee reads the patient of a cancelled task", *_CARE)
def cancelled_tasks_open(server: Any) -> None:
    _bent(server, "patient", "'rejected', 'cancelled'", "'rejected'")


@fault("an assignee reads the patient once the task is accepted only", *_CARE)
def patients_open_late(server: Any) -> None:
    _bent(server, "patient", "NOT IN (", "NOT IN ('requested', ")


@fault("whoever was ever an assignee still sees the task", *_CARE)
def former_assignees_see(server: Any) -> None:
    _bent(server, "task", "e.other = :org", "EXISTS (SELECT 1 FROM entry f WHERE f.id = e.id AND f.other = :org)")


@fault("whoever was ever an assignee still reads the patient", *_CARE)
def former_assignees_read(server: Any) -> None:
    old = "FROM now t WHERE t.kind = 'task'"
    _bent(server, "patient", old, "FROM entry t WHERE t.kind = 'task'")


@fault("a task opens measurements, too", *_CARE, "HLT-006", "HLT-025")
def tasks_open_measurements(server: Any) -> None:
    more = "(e.org = :org OR EXISTS (SELECT 1 FROM now t WHERE t.kind = 'task' AND t.patient = e.patient AND t.other = :org) OR "
    _bent(server, "measurement", "(e.org = :org OR ", more)


@fault("the filter by patient finds tasks that are over for the assignee, too", *_CARE, "COM-FILT-01", "COM-FILT-03")
def the_filter_tells(server: Any) -> None:
    def care(plain: Any, ask: Any) -> Any:
        query, values = plain(ask)
        return query.split(" AND (e.org = :org OR e.state NOT IN")[0], values

    around(server.lists, "care", care)


def _assigns(server: Any, free: Any) -> None:
    def assigns(plain: Any, org: str, entry: Any, assignee: str) -> Any:
        return assignee != entry.other if free(org, entry) else plain(org, entry, assignee)

    around(server.tasks, "assigns", assigns)


@fault("an accepted task may be given to somebody else", *_CARE)
def assigned_late(server: Any) -> None:
    _assigns(server, lambda org, entry: org == entry.org and entry.state == "accepted")


@fault("an assignee may pass the task on", *_CARE)
def assignees_pass_on(server: Any) -> None:
    _assigns(server, lambda org, entry: entry.state == "requested")


@fault("a task is moved before it is assigned", *_CARE)
def moved_before_assigned(server: Any) -> None:
    def change(plain: Any, ask: Any, entry: Any) -> Any:
        if len(ask.document) == 2 and ask.document["state"] != entry.state:
            raise Refusal("conflict")
        return plain(ask, entry)

    around(server.tasks, "change", change)


@fault("of a patch whose move is refused the assignee stays", *_CARE)
def half_a_patch(server: Any) -> None:
    def change(plain: Any, ask: Any, entry: Any) -> Any:
        try:
            return plain(ask, entry)
        except Refusal:
            if len(ask.document) == 2 and server.tasks.assigns(ask.org, entry, ask.document["assignee"]):
                server.tasks.changed(entry, {"assignee": ask.document["assignee"]})
            raise

    around(server.tasks, "change", change)


@fault("a task that is with somebody else may not be moved by the patient's organisation", *_CARE)
def owners_may_not_move(server: Any) -> None:
    def change(plain: Any, ask: Any, entry: Any) -> Any:
        if ask.org == entry.org != entry.other and "state" in ask.document:
            raise Refusal("conflict")
        return plain(ask, entry)

    around(server.tasks, "change", change)


@fault("an assignee may not move the task", *_CARE)
def assignees_may_not_move(server: Any) -> None:
    def change(plain: Any, ask: Any, entry: Any) -> Any:
        if ask.org != entry.org and "state" in ask.document:
            raise Refusal("conflict")
        return plain(ask, entry)

    around(server.tasks, "change", change)


@fault("only organisations that are known are assigned", *_CARE)
def assignees_are_known(server: Any) -> None:
    known = {org for org, _ in server.access.tokens.values()}

    def change(plain: Any, ask: Any, entry: Any) -> Any:
        if ask.document.get("assignee", entry.org) not in known:
            raise Refusal("invalid-body", [{"pointer": "/assignee", "detail": "沒有這個機構"}])
        return plain(ask, entry)

    around(server.tasks, "change", change)


@fault("a task that is assigned to somebody else is gone for the patient's organisation", *_CARE)
def assigned_away(server: Any) -> None:
    _bent(server, "task", "(e.org = :org OR e.other = :org)", "e.other = :org")
