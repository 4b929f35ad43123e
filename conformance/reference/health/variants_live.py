"""Variants whose data other people change all the time, as those of every service in use do. Every check has to bear with it.

What happens is drawn by number, and when by the clock, so that two runs of one plan see the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from conformance.reference.health.records import TASK_MOVES, TERMINAL, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.instants import format_instant
from conformance.reference.manners import Restless
from conformance.reference.problems import Problem
from conformance.reference.wire import Json

__all__ = ["GatewaysUpload", "OthersCare", "OthersConsent", "OthersRegisterPatients", "QuotaIsUsedUpNowAndThen"]


class _Restless(Restless, HealthServer):
    """Lets something happen as time passes, for standing patients and new ones of other clients; what, the subclasses say."""

    MOST_AT_ONCE = 20

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.standing = list(self.patients.values())

    def another_patient(self, chance: Random, needs: list[str]) -> Json:
        """A patient who comes to a reception desk."""
        number = {"system": "https://desk.example/mr", "value": f"D-{self.happened}", "type": "MR"}
        return {
            "identifiers": [number],
            "gender": "unknown",
            "birthDate": f"19{chance.randint(30, 69)}-05-06",
            "careNeeds": needs,
        }


class OthersRegisterPatients(_Restless):
    """Other clients of the organisation register patients with care tasks."""

    EVERY = Fraction(3)

    def happen(self, chance: Random, now: Fraction) -> None:
        needs = ["call"] if chance.random() < 0.3 else []
        patient = self.enter_patient("a", self.another_patient(chance, needs))
        self.enter_tasks(patient, needs, now)


class GatewaysUpload(_Restless):
    """The gateways of standing patients upload measurements."""

    def happen(self, chance: Random, now: Fraction) -> None:
        patient = chance.choice(self.standing)
        body = {
            "patientId": patient.id,
            "performer": "gateway",
            "code": {"system": "http://loinc.org", "code": "8867-4"},
            "effectiveDateTime": format_instant(now, decimals=3),
            "valueQuantity": {"value": chance.randint(55, 110), "system": "http://unitsofmeasure.org", "code": "/min"},
        }
        self.enter_measurement(patient.tenant, body, now)


class OthersCare(_Restless):
    """Other people take up, finish and give back the care tasks of standing patients."""

    EVERY = Fraction(2)

    def happen(self, chance: Random, now: Fraction) -> None:
        ours = {patient.id for patient in self.standing}
        tasks = [task for task in self.tasks.values() if task.patient in ours]
        task = chance.choice(tasks)
        ways = sorted(to for start, to in TASK_MOVES if start == task.state)
        if task.state in TERMINAL:
            patient = self.patients[task.patient]
            if len(tasks) < 60:
                self.enter_tasks(patient, [task.kind], now)
        else:
            self.keep_task(self.stepped(task, chance.choice(ways), now))

    def stepped(self, task: Task, state: str, now: Fraction) -> Task:
        """A task after a move by somebody else."""
        return replace(task, state=state, revision=task.revision + 1, updated=self.next_update(task.updated, now))


class OthersConsent(_Restless):
    """Standing patients consent and revoke, in favour of other organisations."""

    def happen(self, chance: Random, now: Fraction) -> None:
        patient = chance.choice(self.standing)
        body = {
            "patientId": patient.id,
            "grantee": f"org-{chance.randint(1, 9)}",
            "scopes": ["8867-4"],
            "period": {"start": format_instant(now)},
        }
        made = self.enter_consent(patient.tenant, body, now)
        self.move_consent(made, "inactive", now)


class QuotaIsUsedUpNowAndThen(HealthServer):
    """Other clients use up the quota now and then, for a second."""

    PACE = 20.0

    def refuse_over_quota(self, visit: Any) -> None:
        super().refuse_over_quota(visit)
        self.turns["asked"] += 1
        if self.turns["asked"] % 97 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "1"})
