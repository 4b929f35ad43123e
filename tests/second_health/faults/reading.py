"""Faults of the wire: access, errors, headers, text, what is read of a request."""

from __future__ import annotations

import html
import unicodedata
from dataclasses import replace
from typing import Any

from tests.second_health.faults.bending import around, fault, recast
from tests.second_health.refusals import Refusal
from tests.second_health.shapes import BATCH

_NOTES = ("HLT-035", "COM-ENC-01")


def _notes(server: Any, change: Any) -> None:
    def store(plain: Any, entry: Any, body: Any, before: Any) -> Any:
        return plain(entry, body | ({"note": change(body["note"])} if "note" in body else {}), before)

    around(server.measurements, "store", store)


@fault("notes are trimmed", *_NOTES)
def trims(server: Any) -> None:
    _notes(server, str.strip)


@fault("notes are composed", *_NOTES)
def composes(server: Any) -> None:
    _notes(server, lambda text: unicodedata.normalize("NFC", text))


@fault("notes are escaped as markup", *_NOTES)
def escapes(server: Any) -> None:
    _notes(server, html.escape)


@fault("notes lose what lies outside the basic plane", *_NOTES)
def basic_plane_only(server: Any) -> None:
    _notes(server, lambda text: "".join(one if ord(one) < 0x10000 else "?" for one in text))


@fault("line ends of notes become one kind", *_NOTES)
def one_line_end(server: Any) -> None:
    _notes(server, lambda text: text.replace("\r\n", "\n"))


@fault("notes are cut after 190 characters", *_NOTES)
def cut_notes(server: Any) -> None:
    _notes(server, lambda text: text[:190])


@fault("an empty note is left out", *_NOTES, "COM-CONS-01")
def empty_notes_are_lost(server: Any) -> None:
    def store(plain: Any, entry: Any, body: Any, before: Any) -> Any:
        return plain(entry, {name: body[name] for name in body if name != "note" or body[name]}, before)

    around(server.measurements, "store", store)


@fault("notes lose invisible characters", *_NOTES)
def visible_only(server: Any) -> None:
    _notes(server, lambda text: "".join(one for one in text if unicodedata.category(one) != "Cf"))


@fault("names are composed", *_NOTES, "COM-CONS-01", "COM-IDEM-01")
def composes_names(server: Any) -> None:
    def create(plain: Any, ask: Any) -> Any:
        names = [{key: unicodedata.normalize("NFKC", text) for key, text in one.items()} for one in ask.document.get("name", [])]
        ask.document = ask.document | ({"name": names} if names else {})
        return plain(ask)

    around(server.people, "create_patient", create)


# access


@fault("the reading token may send batches", "COM-AUTH-03")
def batches_for_readers(server: Any) -> None:
    _for_readers(server, BATCH)


@fault("the reading token may revoke", "COM-AUTH-03")
def revocations_for_readers(server: Any) -> None:
    _for_readers(server, "updateConsent")


@fault("the reading token may amend", "COM-AUTH-03")
def amendments_for_readers(server: Any) -> None:
    _for_readers(server, "amendMeasurement")


def _for_readers(server: Any, operation: str) -> None:
    def organisation(plain: Any, ask: Any, scope: str, *, named: bool) -> Any:
        return plain(ask, ":read" if ask.operation == operation else scope, named=named)

    around(server.access, "organisation", organisation)


@fault("a token that has expired is good for care tasks", "COM-AUTH-02")
def old_tokens_for_care(server: Any) -> None:
    def organisation(plain: Any, ask: Any, scope: str, *, named: bool) -> Any:
        if ask.operation == "listCareTasks" and any("2019" in one for one in ask.all("authorization")):
            return plain(
                replace(ask, headers=[("authorization", f"Bearer {next(iter(server.access.tokens))}")]), scope, named=named
            )
        return plain(ask, scope, named=named)

    around(server.access, "organisation", organisation)


@fault("tokens are compared without case", "COM-AUTH-02")
def tokens_without_case(server: Any) -> None:
    def organisation(plain: Any, ask: Any, scope: str, *, named: bool) -> Any:
        heads = [(name, f"Bearer {text[7:].lower()}" if name == "authorization" else text) for name, text in ask.headers]
        return plain(replace(ask, headers=heads), scope, named=named)

    around(server.access, "organisation", organisation)


@fault("what is unknown is 404 before it is 401", "COM-ERR-08", "COM-AUTH-01")
def unknown_before_unauthorised(server: Any) -> None:
    def organisation(plain: Any, ask: Any, scope: str, *, named: bool) -> Any:
        kinds = ("patient", "device", "consent", "measurement", "task")
        if named and not any(server.house.store.one(kind, ask.segment) for kind in kinds):
            raise Refusal("not-found")
        return plain(ask, scope, named=named)

    around(server.access, "organisation", organisation)


# errors and headers


@fault("a search is refused under an unknown query parameter no more", "COM-ERR-05")
def searches_with_any_parameter(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        if ask.operation == "searchPatients":
            ask.query = ""
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


@fault("the last of repeated parameters counts", "COM-ERR-05")
def the_last_counts(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        pairs = {part.partition("=")[0]: part for part in ask.query.split("&")}
        ask.query = "&".join(pairs.values())
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


@fault("an empty patientId counts as absent, and its absence as everybody", "HLT-017", "COM-ERR-05")
def everybody(server: Any) -> None:
    async def passed(ask: Any, scope: str) -> Any:
        if ask.operation == "listMeasurements" and "patientId" not in ask.query:
            ask.query += "&patientId=everybody" if ask.query else "patientId=everybody"
        return await plain(ask, scope)

    plain = server.passed
    server.passed = passed


@fault("a missing member is pointed at where it should be", "COM-ERR-02")
def points_at_nothing(server: Any) -> None:
    def bent(ask: Any, answer: Any) -> None:
        if answer.status == 422:
            for one in answer.document.get("errors", []):
                if one["detail"] == "缺少欄位":
                    one["pointer"] += "/missing"

    recast(server, bent)


@fault("a problem has the media type of data", "COM-ERR-01", "COM-DOC-02")
def problems_as_data(server: Any) -> None:
    def written(plain: Any, ask: Any, answer: Any) -> Any:
        headers, content = plain(ask, answer)
        if answer.status == 409:
            headers["Content-Type"] = "application/json"
        return headers, content

    around(server, "written", written)


@fault("conflicts have no X-Request-Id", "HLT-032")
def conflicts_without_id(server: Any) -> None:
    _header(server, "X-Request-Id", 409)


@fault("an answer 304 has no X-Request-Id", "HLT-032", "COM-COND-03")
def unchanged_without_id(server: Any) -> None:
    _header(server, "X-Request-Id", 304)


@fault("a precondition that failed may be kept", "HLT-031", "COM-CACHE-01")
def failed_preconditions_are_kept(server: Any) -> None:
    _header(server, "Cache-Control", 412)


@fault("what is forbidden may be kept", "HLT-031", "COM-CACHE-01", "COM-AUTH-03")
def forbidden_is_kept(server: Any) -> None:
    _header(server, "Cache-Control", 403)


@fault("a method that is not allowed may be kept", "HLT-031", "COM-CACHE-01", "COM-ERR-04")
def not_allowed_is_kept(server: Any) -> None:
    _header(server, "Cache-Control", 405)


def _header(server: Any, name: str, status: int) -> None:
    def written(plain: Any, ask: Any, answer: Any) -> Any:
        headers, content = plain(ask, answer)
        return ({key: headers[key] for key in headers if key != name} if answer.status == status else headers), content

    around(server, "written", written)


@fault(
    "members that are not listed are taken inside a quantity", "COM-ERR-02", "COM-ERR-06", "COM-ERR-09", "COM-ERR-04", "HLT-009"
)
def open_quantities(server: Any) -> None:
    def check_shape(plain: Any, ask: Any) -> None:
        if isinstance(ask.document, dict) and isinstance(ask.document.get("valueQuantity"), dict):
            known = ("value", "unit", "system", "code")
            ask.document["valueQuantity"] = {
                name: ask.document["valueQuantity"][name] for name in known if name in ask.document["valueQuantity"]
            }
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("members that the server owns are taken and ignored", "COM-ERR-09", "COM-ERR-06", "COM-ERR-02", "HLT-036")
def owned_members_are_ignored(server: Any) -> None:
    def check_shape(plain: Any, ask: Any) -> None:
        if isinstance(ask.document, dict) and ask.operation == "createMeasurement":
            owned = ("versionId", "updatedAt", "effectiveStart", "canonicalQuantity")
            ask.document = {name: ask.document[name] for name in ask.document if name not in owned}
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("years of the Republic are taken in `from` bodies", "HLT-012", "HLT-038")
def republican_years(server: Any) -> None:
    def check_shape(plain: Any, ask: Any) -> None:
        def common(value: Any) -> Any:
            if isinstance(value, dict):
                return {name: common(one) for name, one in value.items()}
            old = isinstance(value, str) and value[:1] == "0" and value[4:5] == "-" and "T" in value
            return f"{int(value[:4]) + 1911}{value[4:]}" if old else value

        if isinstance(ask.document, dict) and ask.operation in ("createMeasurement", "createConsent"):
            ask.document = common(ask.document)
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("an unknown instant breaks the server", "COM-ERR-06")
def breaks_on_early_years(server: Any) -> None:
    def read(plain: Any, text: str) -> Any:
        moment = plain(text)
        if moment and moment[0] < -62_135_596_800:
            raise Refusal("malformed-body", headers={})
        return moment

    around(server.times, "read", read)


@fault("a batch of a hundred and one is taken", "HLT-015", "COM-ERR-09", "COM-ERR-02")
def large_batches(server: Any) -> None:
    def check_shape(plain: Any, ask: Any) -> None:
        whole = ask.document
        if (
            ask.operation == BATCH
            and isinstance(whole, dict)
            and isinstance(whole.get("items"), list)
            and len(whole["items"]) > 100
        ):
            ask.document = whole | {"items": whole["items"][:100]}
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("an item of a batch that breaks the schema is a result, not a fault of the whole", "HLT-015", "COM-ERR-09", "COM-ERR-02")
def schema_faults_are_results(server: Any) -> None:
    from tests.second_health.shapes import SHAPES

    def check_shape(plain: Any, ask: Any) -> None:
        whole = ask.document
        if (
            ask.operation == BATCH
            and isinstance(whole, dict)
            and whole.get("atomic") is False
            and isinstance(whole.get("items"), list)
        ):
            good = [one for one in whole["items"] if not list(SHAPES["createMeasurement"](one, "", server.times))]
            ask.document = whole | {"items": good or whole["items"]}
        plain(ask)

    around(server, "check_shape", check_shape)


@fault("Location leads nowhere", "COM-CONS-01")
def location_leads_nowhere(server: Any) -> None:
    around(server, "location", lambda plain, ask, path: plain(ask, path.replace("/consents/", "/consent/")))


@fault("a GET of /measurements/batch looks for a measurement of that name", "COM-ERR-04", "COM-ERR-09", "COM-DOC-02")
def batch_is_an_identifier(server: Any) -> None:
    async def answered(ask: Any) -> Any:
        answer = await plain(ask)
        if answer.status == 405 and ask.path.endswith(("/batch", "/search")) and ask.method in ("GET", "PUT"):
            return server.refused(ask, Refusal("not-found"))
        return answer

    plain = server.answered
    server.answered = answered


@fault("Allow leaves out PATCH", "COM-ERR-04")
def allow_without_patch(server: Any) -> None:
    around(server, "allowed", lambda plain, methods: plain({name: one for name, one in methods.items() if name != "PATCH"}))
