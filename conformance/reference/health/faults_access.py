"""Faults of credentials and tenancy, each in one place of the interface."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from conformance.reference.frame import Token
from conformance.reference.health.records import Measurement
from conformance.reference.health.server import HealthServer
from conformance.reference.problems import Problem
from conformance.reference.wire import Answer, Call, Operation

__all__: list[str] = []


class ListsWithoutToken(HealthServer):
    """Care tasks are listed without a token."""

    BREAKS = ("COM-AUTH-01",)

    def admit_without_token(self, operation: Operation) -> str:
        return "a" if operation.id == "listCareTasks" else super().admit_without_token(operation)


class ReadsBeforeAsking(HealthServer):
    """Without a token, an unknown patient is answered 404."""

    BREAKS = ("COM-AUTH-01",)

    def admit_without_token(self, operation: Operation) -> str:
        if operation.id == "getPatient":
            raise Problem("not-found")
        return super().admit_without_token(operation)


class TokensNeverExpire(HealthServer):
    """Tokens that have expired are accepted."""

    BREAKS = ("COM-AUTH-02",)

    def token_is_live(self, token: Token, now: Fraction) -> bool:
        return True


class TokensOfOtherServicesPass(HealthServer):
    """Tokens that were issued for another service are accepted."""

    BREAKS = ("COM-AUTH-02",)

    def token_is_for_us(self, token: Token) -> bool:
        return True


class ReadersMayWrite(HealthServer):
    """Who may read consents may also revoke them."""

    BREAKS = ("COM-AUTH-03",)

    def holds_scope(self, token: Token, scope: str) -> bool:
        return super().holds_scope(token, scope) or (scope == "consent:write" and "consent:read" in token.scopes)


class ReadersMaySendBatches(HealthServer):
    """Who may read measurements may also send them."""

    BREAKS = ("COM-AUTH-03",)

    def holds_scope(self, token: Token, scope: str) -> bool:
        return super().holds_scope(token, scope) or (scope == "measurement:write" and "measurement:read" in token.scopes)


class BadTokensSpoilTheDescription(HealthServer):
    """A bad token is refused on public operations, too."""

    BREAKS = ("COM-AUTH-04",)
    ALSO: Mapping[str, str] = {"COM-DOC-02": "a 401 of a public operation is not declared"}

    def admit_anyone(self, headers: Mapping[str, str]) -> str:
        sent = self.bearer_token(headers)
        if sent is not None and self.token_of(sent) is None:
            raise Problem("unauthorized", headers=self.challenge("invalid_token"))
        return ""


class TokensChangeTheDeclaration(HealthServer):
    """Whoever sends credentials is told fewer profiles."""

    BREAKS = ("COM-AUTH-04",)
    SUBTLE = True

    async def get_conformance(self, call: Call) -> Answer:
        answer = await super().get_conformance(call)
        if "authorization" in call.headers:
            return replace(answer, body={**answer.body, "profiles": answer.body["profiles"][:3]})
        return answer


class RefusesWithoutAnyChallenge(HealthServer):
    """A 401 has no challenge."""

    BREAKS = ("COM-AUTH-01", "COM-AUTH-05")
    ALSO: Mapping[str, str] = {"COM-DOC-02": "the header is required"}

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        return {}


class ChallengesForBasic(HealthServer):
    """A 401 for a bad token asks for a password."""

    BREAKS = ("COM-AUTH-05",)
    SUBTLE = True

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        return {"WWW-Authenticate": 'Basic realm="yance"'} if error == "invalid_token" else super().challenge(error, scope)


class ForeignMeasurementsAreForbidden(HealthServer):
    """A measurement of another organisation is answered 403."""

    BREAKS = ("COM-TEN-01",)

    def find_measurement(self, identifier: str, tenant: str, now: Fraction) -> Measurement | None:
        found = super().find_measurement(identifier, tenant, now)
        if found is None and identifier in self.measurements:
            raise Problem("forbidden")
        return found


class CursorsServeEverybody(HealthServer):
    """A cursor is good for every tenant."""

    BREAKS = ("COM-TEN-02",)
    SUBTLE = True

    def cursor_tenant(self, call: Call) -> str:
        return ""


class KeysAreShared(HealthServer):
    """The keys of all tenants are in one memory."""

    BREAKS = ("COM-TEN-02",)
    ALSO: Mapping[str, str] = {"HLT-025": "what an organisation makes under another one's key is that one's"}

    def memory_place(self, call: Call) -> tuple[str, ...]:
        return (call.operation.id, call.headers.get("idempotency-key", ""))
