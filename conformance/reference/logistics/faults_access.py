"""Faults of access: tokens, scopes, tenants, caches, and what everybody may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.frame import Token
from conformance.reference.logistics.records import Point, Shipment
from conformance.reference.logistics.server import LogisticsServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Json, Operation

__all__: list[str] = []


class ListsWithoutToken(LogisticsServer):
    """Shipments are listed without a token."""

    BREAKS = ("COM-AUTH-01",)
    ALSO: Mapping[str, str] = {"COM-ERR-08": "nobody is refused for their credentials"}

    def admit_without_token(self, operation: Operation) -> str:
        return "a" if operation.id == "listShipments" else super().admit_without_token(operation)


class ReadsBeforeAsking(LogisticsServer):
    """Without a token, an unknown shipment is answered 404."""

    BREAKS = ("COM-AUTH-01",)
    ALSO: Mapping[str, str] = {"COM-ERR-08": "404 comes before 401"}
    SUBTLE = True

    def admit_without_token(self, operation: Operation) -> str:
        if operation.id == "getShipment":
            raise Problem("not-found")
        return super().admit_without_token(operation)


class TokensNeverExpire(LogisticsServer):
    """Tokens that have expired are accepted."""

    BREAKS = ("COM-AUTH-02",)

    def token_is_live(self, token: Token, now: Fraction) -> bool:
        return True


class TokensOfOtherServicesPass(LogisticsServer):
    """Tokens that were issued for another service are accepted."""

    BREAKS = ("COM-AUTH-02",)
    SUBTLE = True

    def token_is_for_us(self, token: Token) -> bool:
        return True


class BadTokensSpoilTheDescription(LogisticsServer):
    """A bad token is refused on public operations, too."""

    BREAKS = ("COM-AUTH-04",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "a 401 of a public operation is not declared"}

    def admit_anyone(self, headers: Mapping[str, str]) -> str:
        sent = self.bearer_token(headers)
        if sent is not None and self.token_of(sent) is None:
            raise Problem("unauthorized", headers=self.challenge("invalid_token"))
        return ""


class TokensChangeTheDeclaration(LogisticsServer):
    """Whoever sends credentials is told fewer profiles."""

    BREAKS = ("COM-AUTH-04",)
    SUBTLE = True

    async def get_conformance(self, call: Call) -> Answer:
        answer = await super().get_conformance(call)
        if "authorization" in call.headers:
            return replace(answer, body={**answer.body, "profiles": answer.body["profiles"][:3]})
        return answer


class RefusesWithoutAnyChallenge(LogisticsServer):
    """A 401 has no challenge."""

    BREAKS = ("COM-AUTH-01", "COM-AUTH-05")
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is required"}

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        return {}


class ChallengesForBasic(LogisticsServer):
    """A 401 for a bad token asks for a password."""

    BREAKS = ("COM-AUTH-05",)
    SUBTLE = True

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="yance"'} if error == "invalid_token" else super().challenge(error, scope)


class CursorsServeEverybody(LogisticsServer):
    """A cursor is good for every tenant."""

    BREAKS = ("COM-TEN-02",)
    SUBTLE = True

    def cursor_tenant(self, call: Call) -> str:
        return ""


class KeysAreShared(LogisticsServer):
    """The keys of all tenants are in one memory."""

    BREAKS = ("COM-TEN-02",)
    ALSO: Mapping[str, str] = {"COM-TEN-01": "another tenant's key gives the first answer"}
    SUBTLE = True

    def memory_place(self, call: Call) -> tuple[str, ...]:
        return (call.operation.id, call.headers.get("idempotency-key", ""))


class CachesMayKeepReadings(LogisticsServer):
    """What is read with credentials may be kept by the client's cache."""

    BREAKS = ("COM-CACHE-01",)
    SUBTLE = True

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        if operation is not None and not operation.public and operation.method == "GET" and status == 200:
            return {"Cache-Control": "private, max-age=60"}
        return super().cache_control(operation, status)


class ReadersMayCancel(LogisticsServer):
    """Who may read shipments may also change and cancel them."""

    BREAKS = ("COM-AUTH-03",)
    ALSO: Mapping[str, str] = {"COM-ERR-08": "nobody is refused for their scope"}

    def holds_scope(self, token: Token, scope: str) -> bool:
        return super().holds_scope(token, scope) or (scope == "shipment:write" and "shipment:read" in token.scopes)


class ReadersMayCapture(LogisticsServer):
    """Who may read events may also capture them."""

    BREAKS = ("COM-AUTH-03",)
    ALSO: Mapping[str, str] = {"COM-ERR-08": "nobody is refused for their scope"}
    SUBTLE = True

    def holds_scope(self, token: Token, scope: str) -> bool:
        return super().holds_scope(token, scope) or (scope == "event:write" and "event:read" in token.scopes)


class ShipmentsAreReadByEverybody(LogisticsServer):
    """Who knows the id of a shipment may read and change it."""

    BREAKS = ("COM-TEN-01",)
    ALSO: Mapping[str, str] = {"COM-TEN-02": "a tag of another tenant serves", "LGS-036": "everything is open by id"}

    def find_shipment(self, identifier: str, tenant: str, now: Fraction) -> Shipment | None:
        return self.shipments.get(identifier)


class ReferencesFindEverybodys(LogisticsServer):
    """A list of shipments by reference shows those of all tenants."""

    BREAKS = ("COM-TEN-01",)
    SUBTLE = True
    ALSO: Mapping[str, str] = {"COM-FILT-02": "a filter shows what the list without it has not"}

    async def list_shipments(self, call: Call) -> Answer:
        if "reference" not in call.query:
            return await super().list_shipments(call)
        rows = [one for one in self.shipments.values() if self.keeps_shipment(one, call.query)]
        return self.collection(call, rows, self.shipment_key, lambda one: self.render_shipment(one, call.now))


class PublicAnswersAreNotKept(LogisticsServer):
    """Pickup points may not be kept by anybody."""

    BREAKS = ("COM-CACHE-01",)

    def cache_control(self, operation: Operation | None, status: int) -> dict[str, str]:
        listed = operation is not None and operation.id == "listPickupPoints"
        return {"Cache-Control": "no-store"} if listed else super().cache_control(operation, status)


class PickupPointsNameTheirKeeper(LogisticsServer):
    """A pickup point shows the mobile number of its keeper."""

    BREAKS = ("COM-PRIV-01",)

    def render_point(self, point: Point) -> Json:
        return {**super().render_point(point), "keeper": "0912345678"}


class DeliveredParcelsNameTheirRecipient(LogisticsServer):
    """Once it was picked up, public tracking shows the e-mail address of the driver."""

    BREAKS = ("COM-PRIV-01",)
    SUBTLE = True

    def public_view(self, shipment: Shipment) -> Json:
        found = super().public_view(shipment)
        return {**found, "driver": "driver@carrier.example"} if found["events"] else found


class PagesHaveNoLicence(LogisticsServer):
    """The licence of open data is empty words."""

    BREAKS = ("COM-LIC-01",)

    def meta_of(self, call: Call) -> Json:
        found = super().meta_of(call)
        return {**found, "license": "free to use"} if "license" in found else found


class FurtherPagesHaveAnotherLicence(LogisticsServer):
    """Pages after the first name a licence by a URL, and nobody to attribute."""

    BREAKS = ("COM-LIC-01",)
    SUBTLE = True

    def meta_of(self, call: Call) -> Json:
        found = super().meta_of(call)
        later = "license" in found and "limit" in call.query
        return {**found, "license": "https://data.gov.tw/license"} if later else found
