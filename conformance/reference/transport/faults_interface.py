"""Faults of the interface as a whole: its description, who may use it, and whose data they see."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from conformance.reference.answers import Visit
from conformance.reference.frame import Token
from conformance.reference.problems import Problem
from conformance.reference.transport.records import Reservation, Stop
from conformance.reference.transport.server import TransportServer
from conformance.reference.wire import Answer, Call, Json, Operation

__all__: list[str] = []

# -------------------------------------------------------------------- description and discovery


class DescriptionLacksInfo(TransportServer):
    """The published OpenAPI document has no `info`."""

    BREAKS = ("COM-DOC-01",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the document is the response of getApiDescription, whose schema needs `info`"}

    def published_document(self) -> Json:
        document = super().published_document()
        return {name: member for name, member in document.items() if name != "info"}


class DescriptionRefersOutside(TransportServer):
    """The published OpenAPI document refers to a file on another server."""

    BREAKS = ("COM-DOC-01",)

    def published_document(self) -> Json:
        document = copy.deepcopy(super().published_document())
        responses = document["paths"]["/stops"]["get"]["responses"]
        responses["400"] = {"$ref": "https://docs.transport.example/common.yaml#/components/responses/Problem400"}
        return document


class DescriptionMisplacesParameter(TransportServer):
    """The published OpenAPI document has a parameter at a place that OpenAPI does not know."""

    BREAKS = ("COM-DOC-01",)
    SUBTLE = True

    def published_document(self) -> Json:
        document = copy.deepcopy(super().published_document())
        misplaced = {"name": "lang", "in": "matrix", "schema": {"type": "string"}}
        document["paths"]["/stops"]["get"]["parameters"].append(misplaced)
        return document


class AvailabilityInAnotherMediaType(TransportServer):
    """The availability of a car park is sent as `text/json`, which the interface does not declare."""

    BREAKS = ("COM-DOC-02",)

    def content_type(self, visit: Visit, answer: Answer) -> str:
        declared = super().content_type(visit, answer)
        of_availability = visit.operation is not None and visit.operation.id == "getCarParkAvailability"
        return "text/json" if of_availability and answer.status == 200 else declared


class SuspendedCarParkHasNoContent(TransportServer):
    """The availability of a suspended car park is answered 204, which the interface does not declare."""

    BREAKS = ("COM-DOC-02",)
    SUBTLE = True

    async def get_car_park_availability(self, call: Call) -> Answer:
        return Answer(204) if call.found.service == 2 else await super().get_car_park_availability(call)


class StopVersionIsText(TransportServer):
    """The versionId of a stop is sent as text."""

    BREAKS = ("COM-DOC-02",)

    def render_stop(self, stop: Stop, now: Fraction) -> Json:
        body = super().render_stop(stop, now)
        return {**body, "versionId": str(body["versionId"])}


class DeclaresAnotherVersion(TransportServer):
    """The conformance declaration names a version that is not the one served."""

    BREAKS = ("COM-DOC-03",)

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "version": "0.9.0"}


class DeclaresAnotherInterface(TransportServer):
    """The conformance declaration names another interface."""

    BREAKS = ("COM-DOC-03",)

    def conformance_body(self) -> Json:
        return {**super().conformance_body(), "interface": "smartcity-parking"}


class LandingPageHasNoLinkHeader(TransportServer):
    """The landing page does not lead to the description by a Link header."""

    BREAKS = ("COM-DOC-04",)

    def landing_headers(self, call: Call) -> dict[str, str]:
        return {}


# -------------------------------------------------------------------- credentials


class ListsWithoutCredentials(TransportServer):
    """Reservations are listed for callers without credentials, as if they were tenant a."""

    BREAKS = ("COM-AUTH-01",)

    def admit_without_token(self, operation: Operation) -> str:
        return "a" if operation.id == "listReservations" else super().admit_without_token(operation)


class RefusesWithoutChallenge(TransportServer):
    """The 401 for missing credentials has no WWW-Authenticate."""

    BREAKS = ("COM-AUTH-01",)
    ALSO: Mapping[str, str] = {
        "COM-DOC-02": "WWW-Authenticate is declared as required",
        "COM-AUTH-05": "what lacks a challenge in one 401 lacks it in every one",
    }

    def admit_without_token(self, operation: Operation) -> str:
        raise Problem("unauthorized")


class AcceptsExpiredTokens(TransportServer):
    """A token is accepted after it has expired."""

    BREAKS = ("COM-AUTH-02",)

    def token_is_live(self, token: Token, now: Fraction) -> bool:
        return True


class AcceptsForeignAudience(TransportServer):
    """A token that was issued for another service is accepted."""

    BREAKS = ("COM-AUTH-02",)

    def token_is_for_us(self, token: Token) -> bool:
        return True


class BreaksOnUnknownToken(TransportServer):
    """A token that was never issued ends in a server error."""

    BREAKS = ("COM-AUTH-02",)
    ALSO: Mapping[str, str] = {"COM-ERR-06": "it is a 5xx", "COM-DOC-02": "500 is not declared"}

    def token_of(self, sent: str) -> Token | None:
        return self.tokens[sent]


class WritesWithReadScope(TransportServer):
    """A token with the scope to read may write, too."""

    BREAKS = ("COM-AUTH-03",)

    def holds_scope(self, token: Token, scope: str) -> bool:
        return True


class ForbiddenShowsReservation(TransportServer):
    """The 403 for a missing scope holds the reservation that may not be changed."""

    BREAKS = ("COM-AUTH-03",)

    def forbidden(self, scope: str) -> Problem:
        latest = [self.render_reservation(kept) for kept in self.reservations.values()][-1:]
        return Problem("forbidden", headers=self.challenge("insufficient_scope", scope), extra={"current": latest})


class LackingScopeIsUnauthorized(TransportServer):
    """A valid token without the scope is answered 401, as if it were none."""

    BREAKS = ("COM-AUTH-03",)

    def forbidden(self, scope: str) -> Problem:
        return Problem("unauthorized", headers=self.challenge("insufficient_scope", scope))


class RefusesBadCredentialOnPublicData(TransportServer):
    """A bad credential is refused on public operations, too."""

    BREAKS = ("COM-AUTH-04",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "401 is not declared for public operations"}

    def admit_anyone(self, headers: Mapping[str, str]) -> str:
        sent = self.bearer_token(headers)
        if sent is not None and self.token_of(sent) is None:
            raise Problem("unauthorized", headers=self.challenge("invalid_token"))
        return ""


class CredentialShortensPublicLists(TransportServer):
    """With a credential, good or bad, the lists of public data have pages of ten items at most."""

    BREAKS = ("COM-AUTH-04",)
    SUBTLE = True

    def limit_of(self, call: Call) -> int:
        limit = super().limit_of(call)
        return min(limit, 10) if call.operation.public and "authorization" in call.headers else limit


# -------------------------------------------------------------------- tenants


class FindsAnyTenantsReservation(TransportServer):
    """A reservation can be read and moved by every tenant that knows its id."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {
        "TRN-034": "the same promise in the words of the transport interface",
        "COM-TEN-02": "what one tenant was given opens the reservation to another",
    }

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        found = self.reservations.get(identifier)
        return self.as_of(found, now) if found else None


class MovesAnyTenantsReservation(TransportServer):
    """A reservation of another tenant cannot be read, but it can be moved."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {
        "TRN-034": "the same promise in the words of the transport interface",
        "COM-TEN-02": "what one tenant was given opens the reservation to another",
    }

    def find(self, known: Operation, path: Mapping[str, str], tenant: str, visit: Visit) -> Any:
        kept = self.reservations.get(path.get("reservationId", ""))
        owner = kept.tenant if kept and known.method == "PATCH" else tenant
        return super().find(known, path, owner, visit)


class ListsEveryTenantsReservations(TransportServer):
    """The list of reservations holds those of all tenants."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {
        "TRN-034": "the same promise in the words of the transport interface",
        "COM-CONS-02": "the foreign items cannot be read by themselves",
    }

    def reservations_of(self, tenant: str, now: Fraction) -> list[Reservation]:
        return [self.as_of(kept, now) for kept in self.reservations.values()]


class CountsEveryTenantsReservations(TransportServer):
    """The totalCount of the list of reservations counts those of all tenants."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {
        "TRN-034": "the same promise in the words of the transport interface",
        "COM-PAGE-07": "the count is not that of the traversal",
    }

    def total_count(self, call: Call, rows: Sequence[Any]) -> int:
        return super().total_count(call, rows) if call.operation.public else len(self.reservations)


class ForeignReservationIsForbidden(TransportServer):
    """Another tenant's reservation is answered 403, so that its existence shows."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {"TRN-034": "the same promise in the words of the transport interface"}

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        kept = self.reservations.get(identifier)
        if kept and kept.tenant != tenant:
            raise Problem("forbidden")
        return super().find_reservation(identifier, tenant, now)


class ForeignReservationHasItsOwnText(TransportServer):
    """The 404 for another tenant's reservation reads differently from the 404 for none."""

    BREAKS = ("COM-TEN-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"TRN-034": "the same promise in the words of the transport interface"}

    def find_reservation(self, identifier: str, tenant: str, now: Fraction) -> Reservation | None:
        kept = self.reservations.get(identifier)
        if kept and kept.tenant != tenant:
            raise Problem("not-found", detail=("此預約不屬於您。", "The reservation is not yours."))
        return super().find_reservation(identifier, tenant, now)


class CursorServesEveryTenant(TransportServer):
    """A cursor that was made for one tenant is good for another."""

    BREAKS = ("COM-TEN-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-PAGE-06": "a foreign cursor is not refused"}

    def cursor_tenant(self, call: Call) -> str:
        return ""


class TenantsShareKeys(TransportServer):
    """An Idempotency-Key that one tenant used gives its answer to another."""

    BREAKS = ("COM-TEN-02",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-TEN-01": "the answer holds the other tenant's reservation"}

    def memory_place(self, call: Call) -> tuple[str, ...]:
        return (call.operation.id, call.headers.get("idempotency-key", ""))
