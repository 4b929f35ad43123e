"""Consent and care tasks: what is opened to another organisation, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.bodies import misfits
from conformance.reference.health.forms import CONSENT
from conformance.reference.health.people import People
from conformance.reference.health.records import CONSENT_MOVES, TASK_MOVES, TERMINAL, Consent, Patient, Task
from conformance.reference.instants import DAY, parse_instant
from conformance.reference.problems import Misfit, Problem
from conformance.reference.wire import Json

__all__ = ["Sharing"]


class Sharing(People):
    """The stores of consents and care tasks."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.consents: dict[str, Consent] = {}
        self.tasks: dict[str, Task] = {}
        self.consents_of: dict[str, list[str]] = {}
        self.tasks_of: dict[str, list[str]] = {}

    # ---------------------------------------------------------------- consents

    def consent_misfits(self, body: Any, tenant: str) -> list[Misfit]:
        """What is wrong with a new consent."""
        found = misfits(body, CONSENT)
        if found:
            return found
        patient = self.patients.get(body["patientId"])
        if patient is None or patient.tenant != tenant:
            return [Misfit("pointer", "/patientId", ("查無此病人", "names no patient"))]
        return self.period_misfits(body["period"])

    def period_misfits(self, period: Json) -> list[Misfit]:
        """What is wrong with the period of a consent."""
        if "end" in period and parse_instant(period["start"]) >= parse_instant(period["end"]):
            return [Misfit("pointer", "/period/end", ("須晚於 start", "must be later than start"))]
        return []

    def enter_consent(self, tenant: str, body: Json, now: Fraction) -> Consent:
        """Writes a new consent."""
        end = parse_instant(body["period"]["end"]) if "end" in body["period"] else None
        start = parse_instant(body["period"]["start"])
        codes = frozenset(body["scopes"])
        who, grantee = body["patientId"], body["grantee"]
        made = Consent(self.new_id("con"), tenant, body, who, grantee, codes, start, end, "active", 1, now)
        self.consents_of.setdefault(who, []).append(made.id)
        return self.keep_consent(made)

    def keep_consent(self, consent: Consent) -> Consent:
        """The consent, now in the store."""
        self.consents[consent.id] = consent
        return consent

    def find_consent(self, identifier: str, tenant: str, now: Fraction) -> Consent | None:
        """A consent that the tenant recorded, or None."""
        found = self.consents.get(identifier)
        return found if found and self.owns_consent(found, tenant) else None

    def owns_consent(self, consent: Consent, tenant: str) -> bool:
        """Whether a consent is the tenant's."""
        return consent.tenant == tenant

    def consent_move_is_allowed(self, present: str, wanted: str) -> bool:
        """Whether a client may move a consent so."""
        return (present, wanted) in CONSENT_MOVES

    def move_consent(self, consent: Consent, wanted: str, now: Fraction) -> Consent:
        """Moves a consent; to the status that it has already is no move."""
        if wanted == consent.status:
            return consent
        if not self.consent_move_is_allowed(consent.status, wanted):
            raise Problem("illegal-transition")
        updated = self.next_update(consent.updated, now)
        return self.keep_consent(replace(consent, status=wanted, revision=consent.revision + 1, updated=updated))

    def has_begun(self, consent: Consent, now: Fraction) -> bool:
        """Whether the period of a consent has begun: the instant of its start belongs to it."""
        return consent.start <= now

    def has_ended(self, consent: Consent, now: Fraction) -> bool:
        """Whether the period of a consent is over: the instant of its end does not belong to it."""
        return consent.end is not None and now >= consent.end

    def is_in_force(self, consent: Consent, now: Fraction) -> bool:
        """Whether a consent opens anything now."""
        return consent.status == "active" and self.has_begun(consent, now) and not self.has_ended(consent, now)

    def is_granted(self, consent: Consent, tenant: str) -> bool:
        """Whether a consent is the tenant's to use."""
        return consent.grantee == self.organisation(tenant)

    def granted(self, patient: str, tenant: str, now: Fraction) -> list[Consent]:
        """The consents that open something of a patient to a tenant now."""
        known = (self.consents[identifier] for identifier in self.consents_of.get(patient, ()))
        return [one for one in known if self.is_granted(one, tenant) and self.is_in_force(one, now)]

    def opened_codes(self, patient: str, tenant: str, now: Fraction) -> frozenset[str]:
        """The codes of a patient's measurements that are open to a tenant now."""
        return frozenset[str]().union(*(consent.codes for consent in self.granted(patient, tenant, now)))

    def is_opened(self, patient: Patient, tenant: str, now: Fraction) -> bool:
        """Whether a consent or a care task opens a patient to another organisation."""
        return bool(self.granted(patient.id, tenant, now)) or self.is_cared_for(patient, tenant)

    # ---------------------------------------------------------------- care tasks

    def is_cared_for(self, patient: Patient, tenant: str) -> bool:
        """Whether a task that is not terminal is the tenant's to carry out for a patient."""
        known = (self.tasks[identifier] for identifier in self.tasks_of.get(patient.id, ()))
        return any(task.assignee == self.organisation(tenant) and task.state not in TERMINAL for task in known)

    def enter_tasks(self, patient: Patient, kinds: Iterable[str], now: Fraction) -> None:
        """Writes a care task for each kind of care that a patient needs."""
        for nth, kind in enumerate(kinds, 1):
            due = Fraction(int(now // 1) + nth * DAY)
            assignee = self.organisation(patient.tenant)
            made = Task(self.new_id("tsk"), patient.tenant, patient.id, kind, "requested", due, assignee, "plan-1", 1, now)
            self.tasks_of.setdefault(patient.id, []).append(made.id)
            self.keep_task(made)

    def keep_task(self, task: Task) -> Task:
        """The task, now in the store."""
        self.tasks[task.id] = task
        return task

    def sees_task(self, task: Task, tenant: str) -> bool:
        """Whether a task is shown to a tenant: it is for a patient of theirs, or theirs to carry out."""
        return task.tenant == tenant or task.assignee == self.organisation(tenant)

    def find_task(self, identifier: str, tenant: str, now: Fraction) -> Task | None:
        """A care task that is shown to the tenant, or None."""
        found = self.tasks.get(identifier)
        return found if found and self.sees_task(found, tenant) else None

    def task_move_is_allowed(self, present: str, wanted: str) -> bool:
        """Whether a client may move a task so."""
        return (present, wanted) in TASK_MOVES

    def assigned(self, task: Task, assignee: str, tenant: str) -> Task:
        """A task with another assignee: while it is requested, and by the patient's organisation."""
        if task.state != "requested" or task.tenant != tenant:
            raise Problem("conflict")
        return replace(task, assignee=assignee)

    def change_task(self, task: Task, patch: Json, tenant: str, now: Fraction) -> Task:
        """Assigns a task, moves it, or both."""
        changed = self.assigned(task, patch["assignee"], tenant) if "assignee" in patch else task
        if "state" in patch:
            if not self.task_move_is_allowed(task.state, patch["state"]):
                raise Problem("illegal-transition")
            changed = replace(changed, state=patch["state"])
        return self.keep_task(replace(changed, revision=task.revision + 1, updated=self.next_update(task.updated, now)))
