"""Who may ask, and whether the question is well put: everything before a handler runs.

The order of refusals is the interface's: 405, 401, 403, 404, 406, 415, 400. Each decision is a method of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any
from urllib.parse import unquote_to_bytes

from conformance.reference.frame import Frame, Token
from conformance.reference.problems import Misfit, Problem, invalid_parameter
from conformance.reference.wire import CURSOR, Operation, Parameter, acceptable

__all__ = ["Admission"]

_KEY = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)


def named(name: str) -> str:
    """A parameter's name as a problem document can carry it."""
    return name[:100] or "="


class Admission(Frame):
    """Authentication, content negotiation, and strict reading of queries, headers and bodies."""

    # ---------------------------------------------------------------- credentials

    def bearer_token(self, headers: Mapping[str, str]) -> str | None:
        """The bearer token that a request carries, or None."""
        scheme, _, token = headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def token_of(self, sent: str) -> Token | None:
        """The token that was issued with this text, or None."""
        return self.tokens.get(sent)

    def token_is_live(self, token: Token, now: Fraction) -> bool:
        """Whether a token has not expired."""
        return token.expires is None or now < token.expires

    def token_is_for_us(self, token: Token) -> bool:
        """Whether a token was issued for this interface."""
        return token.audience == self.interface

    def holds_scope(self, token: Token, scope: str) -> bool:
        """Whether a token grants a scope."""
        return scope in token.scopes

    def challenge(self, error: str | None = None, scope: str | None = None) -> dict[str, str]:
        """The header that tells the client how to authenticate (RFC 6750 section 3)."""
        parts = ['realm="yance"']
        parts += [f'error="{error}"'] if error else []
        parts += [f'scope="{scope}"'] if scope else []
        return {"WWW-Authenticate": "Bearer " + ", ".join(parts)}

    def admit(self, operation: Operation, headers: Mapping[str, str], now: Fraction) -> str:
        """The tenant on whose behalf the request is made; empty for a public operation."""
        if operation.scope is None:
            return self.admit_anyone(headers)
        sent = self.bearer_token(headers)
        if sent is None:
            return self.admit_without_token(operation)
        token = self.token_of(sent)
        if token is None or not self.token_is_live(token, now) or not self.token_is_for_us(token):
            raise Problem("unauthorized", headers=self.challenge("invalid_token"))
        if not self.holds_scope(token, operation.scope):
            raise self.forbidden(operation.scope)
        return token.tenant

    def admit_anyone(self, headers: Mapping[str, str]) -> str:
        """Admission to a public operation, whatever credentials came along."""
        return ""

    def admit_without_token(self, operation: Operation) -> str:
        """Admission to a protected operation without a token: refused."""
        raise Problem("unauthorized", headers=self.challenge())

    def forbidden(self, scope: str) -> Problem:
        """The refusal of a token that lacks a scope."""
        return Problem("forbidden", headers=self.challenge("insufficient_scope", scope))

    # ---------------------------------------------------------------- media types

    def negotiate(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Refuses a request that admits nothing the operation can answer with."""
        if not acceptable(headers.get("accept"), "application/json"):
            raise Problem("not-acceptable")

    def media_type_is_taken(self, operation: Operation, content_type: str) -> bool:
        """Whether an operation reads bodies of this type, in UTF-8."""
        name, *parameters = (part.strip().lower() for part in content_type.split(";"))
        charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
        return name == operation.takes and all(charset == "utf-8" for charset in charsets)

    def check_media_type(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Refuses a body in a format that the operation does not read."""
        if operation.takes is None:
            return
        coding = headers.get("content-encoding", "identity").strip().lower()
        if coding != "identity" or not self.media_type_is_taken(operation, headers.get("content-type", "")):
            name = "Accept-Patch" if operation.method == "PATCH" else "Accept-Post"
            raise Problem("unsupported-media-type", headers={name: operation.takes})

    # ---------------------------------------------------------------- query, headers, body

    def query_pairs(self, raw: bytes) -> list[tuple[str, str]]:
        """The parameters of a query string in the order sent."""
        pairs = []
        for part in raw.split(b"&") if raw else ():
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            try:
                pairs.append((unquote_to_bytes(name).decode(), unquote_to_bytes(value).decode()))
            except UnicodeDecodeError as error:
                where = name.decode("ascii", "replace")
                raise invalid_parameter(named(where), ("不是 UTF-8", "is not UTF-8")) from error
        return pairs

    def refuse_repeated(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Refuses a query that gives a parameter twice."""
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise invalid_parameter(named(name), ("只能出現一次", "may be given only once"))

    def refuse_unknown(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> None:
        """Refuses a query with a parameter that the operation does not have."""
        known = {parameter.name for parameter in operation.query}
        errors = [
            Misfit("parameter", named(name), ("此作業沒有這個參數", "is not a parameter of this operation"))
            for name, _ in pairs
            if name not in known
        ]
        if errors:
            raise Problem("invalid-parameter", errors[:50])

    def parse_parameter(self, parameter: Parameter, sent: str) -> Any:
        """The value of a parameter's text."""
        try:
            return parameter.parse(sent)
        except (ValueError, LookupError) as error:
            raise invalid_parameter(parameter.name, parameter.expects) from error

    def parse_query(self, operation: Operation, pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], dict[str, Any]]:
        """The query as it was sent and as it was meant. The cursor is read later, by the collection."""
        self.refuse_unknown(operation, pairs)
        self.refuse_repeated(pairs)
        sent = dict(pairs)
        known = [parameter for parameter in operation.query if parameter.name in sent and parameter is not CURSOR]
        return sent, {parameter.name: self.parse_parameter(parameter, sent[parameter.name]) for parameter in known}

    def require_key(self, operation: Operation, headers: Mapping[str, str]) -> None:
        """Refuses a creation without a usable Idempotency-Key."""
        if not operation.idempotent_key:
            return
        if not _KEY.fullmatch(headers.get("idempotency-key", "")):
            expected = ("須為 1 至 255 個可見 ASCII 字元", "must be 1 to 255 visible ASCII characters")
            raise Problem("missing-idempotency-key", [Misfit("parameter", "Idempotency-Key", expected)])

    def parse_body(self, raw: bytes) -> Any:
        """The JSON value of a request body; Unicode that cannot be written back is not text, and refused."""
        try:
            value = json.loads(raw.decode(), parse_constant=_no_constant)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise self.malformed(error) from error
        return value

    def malformed(self, error: Exception) -> Problem:
        """The refusal of a body that is not JSON."""
        return Problem("malformed-body")


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
