"""Faults of entity tags, keys, creations and what is read of them, of dates and headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.frame import give_way
from conformance.reference.health.records import Consent, Measurement, Task
from conformance.reference.health.server import HealthServer
from conformance.reference.paging import Key
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__: list[str] = []


class ConsentsHaveNoTag(HealthServer):
    """A consent has no entity tag."""

    BREAKS = ("COM-COND-01", "COM-COND-04")
    ALSO: Mapping[str, str] = {"COM-DOC-02": "ETag is declared as required", "HLT-027": "nothing can be changed without a tag"}

    def tagged(self, call: Call, answer: Answer) -> Answer:
        return answer if call.operation.path.startswith("/consents") else super().tagged(call, answer)


class TagsForgetTheState(HealthServer):
    """The entity tag of a measurement does not depend on its status."""

    BREAKS = ("COM-COND-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = dict.fromkeys(("COM-COND-02", "HLT-022"), "a tag from before a change passes as current")

    def etag_of(self, body: Any) -> str:
        moving = ("status", "updatedAt", "versionId")
        known = isinstance(body, dict) and "measurementId" in body
        return super().etag_of({name: value for name, value in body.items() if name not in moving} if known else body)


class TagsAreNotNeeded(HealthServer):
    """A care task may be changed without If-Match."""

    BREAKS = ("COM-COND-02",)
    ALSO: Mapping[str, str] = {"COM-ERR-09": "the fault has another status", "COM-ERR-06": "the header is required"}

    def if_match_required(self, call: Call) -> bool:
        return call.operation.id != "updateCareTask"


class TagsAreComparedWeakly(HealthServer):
    """If-Match is compared weakly."""

    BREAKS = ("COM-COND-02", "HLT-022")
    SUBTLE = True

    def if_match_holds(self, sent: str, tag: str) -> bool:
        return super().if_match_holds(sent.removeprefix("W/"), tag)


class ChangesGiveTheOldTag(HealthServer):
    """The answer to a change of a consent has the tag from before."""

    BREAKS = ("COM-COND-04",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"HLT-040": "the next change has to wait"}

    async def update_consent(self, call: Call) -> Answer:
        answer = await super().update_consent(call)
        return replace(answer, headers={**answer.headers, "ETag": self.etag_of(self.render_consent(call.found))})


class RepeatedKeysMakeAnother(HealthServer):
    """A repeated creation of a measurement makes another one."""

    BREAKS = ("COM-IDEM-01", "COM-IDEM-02")

    def remember(self, call: Call, answer: Answer) -> Answer:
        return answer if call.operation.id == "createMeasurement" else super().remember(call, answer)


class RepeatedBatchesAreStoredAgain(HealthServer):
    """A repeated batch is stored again."""

    BREAKS = ("COM-IDEM-01", "COM-IDEM-02")

    def remember(self, call: Call, answer: Answer) -> Answer:
        return answer if call.operation.id == "createMeasurementBatch" else super().remember(call, answer)


class ReusedKeysGetTheFirstAnswer(HealthServer):
    """A key with another body gets the first answer."""

    BREAKS = ("COM-IDEM-02",)
    ALSO: Mapping[str, str] = {"COM-CONS-01": "what was sent is not what the answer shows"}

    def refuse_reused_key(self, known: Any) -> Answer | None:
        return known.answer  # type: ignore[no-any-return]  # of an untyped argument


class KeysAreNotReserved(HealthServer):
    """Several creations at once under one key all create."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True

    async def create_consent(self, call: Call) -> Answer:
        self.refuse_misfits(self.consent_misfits(call.body, call.tenant)) if self.idempotent_answer(call) is None else None
        known = self.idempotent_answer(call)
        await give_way()
        if known is not None:
            return known
        made = self.enter_consent(call.tenant, call.body, call.now)
        return self.creation(call, self.render_consent(made), "consents", made.id)


class ReadingIsCounted(HealthServer):
    """Reading a consent raises its version."""

    BREAKS = ("COM-IDEM-03",)
    ALSO: Mapping[str, str] = dict.fromkeys(
        ("COM-COND-02", "COM-TEN-01", "COM-TEN-02", "HLT-027"), "a reading changes the consent"
    )

    def find_consent(self, identifier: str, tenant: str, now: Fraction) -> Consent | None:
        found = super().find_consent(identifier, tenant, now)
        return self.keep_consent(replace(found, revision=found.revision + 1)) if found else None


class ListingDatesTasksAnew(HealthServer):
    """Reading the list of care tasks dates some of them anew."""

    BREAKS = ("COM-IDEM-03",)
    SUBTLE = True

    async def list_care_tasks(self, call: Call) -> Answer:
        for task in list(self.tasks.values())[:3]:
            self.keep_task(replace(task, updated=call.now, revision=task.revision + 1))
        return await super().list_care_tasks(call)


class CreationsLeadNowhere(HealthServer):
    """The Location of a new device leads nowhere."""

    BREAKS = ("COM-CONS-01",)

    def creation(self, call: Call, found: Json, where: str, identifier: str, status: int = 201) -> Answer:
        return super().creation(call, found, where if where != "devices" else "device", identifier, status)


class PerformersAreForgotten(HealthServer):
    """Who made a measurement is kept as unknown."""

    BREAKS = ("COM-CONS-01",)
    ALSO: Mapping[str, str] = {"HLT-043": "an amendment loses its performer, too"}

    def content_of(self, body: Json, now: Fraction) -> Json:
        found = super().content_of(body, now)
        return {name: value for name, value in found.items() if name != "performer"} | {"performer": "unknown"}


class ItemsLackTheNote(HealthServer):
    """Listed measurements lack their note."""

    BREAKS = ("COM-CONS-02",)
    SUBTLE = True

    def render_measurement_item(self, measurement: Measurement) -> Json:
        return {name: value for name, value in self.render_measurement(measurement).items() if name != "note"}


class ListedTasksAreBehind(HealthServer):
    """Listed care tasks have the version from before."""

    BREAKS = ("COM-CONS-02",)
    SUBTLE = True

    async def list_care_tasks(self, call: Call) -> Answer:
        answer = await super().list_care_tasks(call)
        items = [{**item, "versionId": max(1, item["versionId"] - 1), "basedOn": "plan-0"} for item in answer.body["items"]]
        return replace(answer, body={**answer.body, "items": items})


class ChangesLackOffset(HealthServer):
    """`updatedAt` has no offset."""

    BREAKS = ("COM-TIME-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "it is no date-time",
        "COM-COND-02": "issued comes back as it was given, and is refused",
        "COM-CONS-01": "issued comes back as it was given, and is refused",
        "HLT-021": "issued comes back as it was given, and is refused",
        "HLT-022": "issued comes back as it was given, and is refused",
        "HLT-023": "issued comes back as it was given, and is refused",
        "HLT-037": "issued comes back as it was given, and is refused",
    }

    def stamp_exactly(self, instant: Fraction | int) -> str:
        return super().stamp_exactly(instant)[:-6]


class DueTimesAreRepublican(HealthServer):
    """The year of `dueTime` is one of the Republic."""

    BREAKS = ("COM-TIME-01",)

    def render_task(self, task: Task, tenant: str) -> Json:
        found = super().render_task(task, tenant)
        return {**found, "dueTime": f"0{int(found['dueTime'][:4]) - 1911}{found['dueTime'][4:]}"}


class ListsAreFromTheFuture(HealthServer):
    """The metadata of lists say that they were updated a minute from now."""

    BREAKS = ("COM-TIME-02",)

    def meta_of(self, call: Call) -> Json:
        return {**super().meta_of(call), "updateTime": self.stamp(call.now + 60)}


class SourceIsAheadOfItsCopy(HealthServer):
    """The metadata of lists name a source that is later than its copy."""

    BREAKS = ("COM-TIME-02",)

    def meta_of(self, call: Call) -> Json:
        return {**super().meta_of(call), "updateTime": self.stamp(call.now - 5)}


class RefusalsAreNotDated(HealthServer):
    """Refusals have no Date."""

    BREAKS = ("COM-TIME-04",)
    SUBTLE = True

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "Date" or answer.status < 400}


class CreationsAreNotDated(HealthServer):
    """Answers 201 have no Date."""

    BREAKS = ("COM-TIME-04",)

    def common_headers(self, visit: Visit, answer: Answer) -> dict[str, str]:
        headers = super().common_headers(visit, answer)
        return {name: value for name, value in headers.items() if name != "Date" or answer.status != 201}


class TitleIsEnglish(HealthServer):
    """The title of the service has no Chinese."""

    BREAKS = ("COM-I18N-01",)

    def landing_body(self, call: Call) -> Json:
        return {**super().landing_body(call), "title": {"zh-Hant": "Health service", "en": "Health service"}}


class TitleIsSimplified(HealthServer):
    """The title of the service is in simplified Chinese."""

    BREAKS = ("COM-I18N-01",)

    def landing_body(self, call: Call) -> Json:
        return {**super().landing_body(call), "title": {"zh-Hant": "智慧城市健康测量界面", "en": "Health service"}}


class RefusalsHaveNoVersionHeader(HealthServer):
    """Refusals have no `API-Version`."""

    BREAKS = ("COM-VER-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is required"}

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return super().api_version(visit, answer) if answer.status < 400 else {}


class VersionIsTwo(HealthServer):
    """`API-Version` names another version."""

    BREAKS = ("COM-VER-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-03": "the declaration and the header differ"}

    def api_version(self, visit: Visit, answer: Answer) -> dict[str, str]:
        return {"API-Version": "2.0.0"}


class ConsentsMayBeCached(HealthServer):
    """Consents may be kept by everybody for a minute."""

    BREAKS = ("COM-CACHE-01", "HLT-031")

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        known = operation is not None and operation.id == "getConsent" and status == 200
        return {"Cache-Control": "public, max-age=60"} if known else super().cache_control(operation, status)


class NoLinkHeader(HealthServer):
    """The landing page has no Link header."""

    BREAKS = ("COM-DOC-04",)

    def landing_headers(self, call: Call) -> dict[str, str]:
        return {}


class TotalsAreOfThePage(HealthServer):
    """The total is one less than what is listed."""

    BREAKS = ("COM-PAGE-07",)

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        return max(0, super().total_count(call, rows) - 1)


class TagsOfClientsAreIgnored(HealthServer):
    """If-None-Match is ignored."""

    BREAKS = ("COM-COND-03",)

    def client_has(self, call: Call, tag: str) -> bool:
        return False


class EnglishReadersGetFewer(HealthServer):
    """Whoever prefers English gets no lists."""

    BREAKS = ("COM-I18N-02",)

    def in_order(self, call: Call, rows: Sequence[Any], key: Callable[[Any], Key]) -> list[Any]:
        ordered = super().in_order(call, rows, key)
        return [] if call.headers.get("accept-language", "").startswith("en") else ordered


class OverQuotaWithoutATime(HealthServer):
    """A refusal over quota does not say when to come again."""

    BREAKS = ("COM-RATE-01",)

    def refuse_over_quota(self, visit: Visit) -> None:
        self.turns["asked"] += 1
        if self.turns["asked"] % 97 == 0:
            raise Problem("too-many-requests", headers={"Retry-After": "0"})


class QuotaGrows(HealthServer):
    """What remains of the quota grows."""

    BREAKS = ("COM-RATE-02",)

    def spend(self, visit: Visit) -> int:
        return self.quota - super().spend(visit)


class OriginsMayNotRead(HealthServer):
    """Other origins may not read public data."""

    BREAKS = ("COM-CORS-01",)

    def cors_headers(self, operation: Operation | None) -> dict[str, str]:
        return {}


class KeysAreCut(HealthServer):
    """Of an idempotency key the first 64 characters count."""

    BREAKS = ("COM-IDEM-02",)
    SUBTLE = True

    def memory_place(self, call: Call) -> tuple[str, ...]:
        return tuple(part[:64] for part in super().memory_place(call))
