"""Faults of care tasks: what is ordered, who gives it to whom, how it moves, and what its assignee sees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.health.records import TERMINAL, Measurement, Patient, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json

__all__: list[str] = []

# -------------------------------------------------------------------- moves and what is seen


class TasksSkipSteps(HealthServer):
    """A task that is accepted may be completed at once."""

    BREAKS = ("HLT-029",)

    def task_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) == ("accepted", "completed") or super().task_move_is_allowed(present, wanted)


class FailedTasksGoOn(HealthServer):
    """A task that failed may be taken up again."""

    BREAKS = ("HLT-029",)
    SUBTLE = True

    def task_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) == ("failed", "in-progress") or super().task_move_is_allowed(present, wanted)


class RunningTasksCannotBeCancelled(HealthServer):
    """A task that is in progress cannot be cancelled."""

    BREAKS = ("HLT-029",)
    SUBTLE = True

    def task_move_is_allowed(self, present: str, wanted: str) -> bool:
        return (present, wanted) != ("in-progress", "cancelled") and super().task_move_is_allowed(present, wanted)


class DoneTasksStillTell(HealthServer):
    """A task that is done still tells its assignee for whom it was."""

    BREAKS = ("HLT-030",)

    def sees_patient(self, task: Task, tenant: str) -> bool:
        return True


class AssigneesNeverSeeThePatient(HealthServer):
    """Only the patient's organisation sees for whom a task is."""

    BREAKS = ("HLT-030",)

    def sees_patient(self, task: Task, tenant: str) -> bool:
        return task.tenant == tenant


class PatientsStayOpenAfterCare(HealthServer):
    """Who had a task for a patient may read them for ever."""

    BREAKS = ("HLT-030",)
    SUBTLE = True

    def is_cared_for(self, patient: Patient, tenant: str) -> bool:
        known = (self.tasks[identifier] for identifier in self.tasks_of.get(patient.id, ()))
        return any(task.assignee == self.organisation(tenant) for task in known)


class TasksAreEverybodys(HealthServer):
    """Any organisation sees any task."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {"COM-TEN-02": "another tenant's task is there", "HLT-030": "what was taken back is still seen"}

    def sees_task(self, task: Task, tenant: str) -> bool:
        return True


class CancelledTasksKeepThePatientOpen(HealthServer):
    """Of the ends that a task may come to, one that it is cancelled at leaves the patient open."""

    BREAKS = ("HLT-030",)
    SUBTLE = True

    def is_cared_for(self, patient: Patient, tenant: str) -> bool:
        known = (self.tasks[identifier] for identifier in self.tasks_of.get(patient.id, ()))
        ended = TERMINAL - {"cancelled"}
        return any(task.assignee == self.organisation(tenant) and task.state not in ended for task in known)


class TheLastAnswerTells(HealthServer):
    """The answer to the move that ends a task is made of what its assignee saw before."""

    BREAKS = ("HLT-030",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-COND-04": "the tag is that of another representation"}

    async def update_care_task(self, call: Call) -> Answer:
        answer = await super().update_care_task(call)
        return replace(answer, body={**answer.body, "patientId": call.found.patient}) if answer.status == 200 else answer


class TheFilterTells(HealthServer):
    """The filter by patient finds tasks that are done for their assignee, too."""

    BREAKS = ("HLT-030",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-01": "what the filter finds does not show the member"}

    def is_for(self, task: Task, tenant: str, wanted: str) -> bool:
        return task.patient == wanted


class TasksOpenMeasurements(HealthServer):
    """Who has a task for a patient may read what was measured of them."""

    BREAKS = ("HLT-030",)
    SUBTLE = True

    def may_see(self, measurement: Measurement, tenant: str, now: Fraction) -> bool:
        patient = self.patients[measurement.patient]
        return super().may_see(measurement, tenant, now) or self.is_cared_for(patient, tenant)


# -------------------------------------------------------------------- who gives what to whom


class AssigneesPassTasksOn(HealthServer):
    """An assignee may give a task to somebody else."""

    BREAKS = ("HLT-044",)

    def assigned(self, task: Task, assignee: str, tenant: str) -> Task:
        return super().assigned(task, assignee, task.tenant)


class AcceptedTasksAreTakenBack(HealthServer):
    """The patient's organisation may give a task to somebody else when it was accepted."""

    BREAKS = ("HLT-044",)
    SUBTLE = True

    def assigned(self, task: Task, assignee: str, tenant: str) -> Task:
        if task.state != "accepted" or task.tenant != tenant:
            return super().assigned(task, assignee, tenant)
        return replace(task, assignee=assignee)


class HalfAPatchStays(HealthServer):
    """Of a patch with a move that there is not the assignee is kept."""

    BREAKS = ("HLT-044",)
    SUBTLE = True

    def change_task(self, task: Task, patch: Json, tenant: str, now: Fraction) -> Task:
        try:
            return super().change_task(task, patch, tenant, now)
        except Problem:
            if "state" in patch and "assignee" in patch:
                super().change_task(task, {"assignee": patch["assignee"]}, tenant, now)
            raise


class AssigneesAreKnown(HealthServer):
    """A task may be given only to an organisation that the server knows."""

    BREAKS = ("HLT-044",)
    ALSO: Mapping[str, str] = {"COM-ERR-02": "the refusal names no member"}

    def assigned(self, task: Task, assignee: str, tenant: str) -> Task:
        if assignee not in {self.organisation(one) for one in ("a", "b")}:
            raise Problem("invalid-body")
        return super().assigned(task, assignee, tenant)


class OwnersMayNotMove(HealthServer):
    """A task that is with somebody else is not moved by the patient's organisation."""

    BREAKS = ("HLT-044",)
    SUBTLE = True

    def change_task(self, task: Task, patch: Json, tenant: str, now: Fraction) -> Task:
        if "state" in patch and tenant == task.tenant and task.assignee != self.organisation(tenant):
            raise Problem("conflict")
        return super().change_task(task, patch, tenant, now)


# -------------------------------------------------------------------- what is ordered


class OneTaskForAllNeeds(HealthServer):
    """Only the first kind of care that a patient needs makes a task."""

    BREAKS = ("HLT-045",)

    def enter_tasks(self, patient: Patient, kinds: Iterable[str], now: Fraction) -> None:
        super().enter_tasks(patient, list(kinds)[:1], now)


class TheLastKindTwice(HealthServer):
    """Of several kinds of care the last one makes two tasks."""

    BREAKS = ("HLT-045",)
    SUBTLE = True

    def enter_tasks(self, patient: Patient, kinds: Iterable[str], now: Fraction) -> None:
        ordered = list(kinds)
        super().enter_tasks(patient, [*ordered, *(ordered[-1:] if len(ordered) > 1 else [])], now)


class AssignmentsAreNotDated(HealthServer):
    """A task that is given to somebody keeps the time of its last change."""

    BREAKS = ("HLT-036",)
    SUBTLE = True

    def change_task(self, task: Task, patch: Json, tenant: str, now: Fraction) -> Task:
        changed = super().change_task(task, patch, tenant, now)
        return self.keep_task(replace(changed, updated=task.updated)) if "state" not in patch else changed
