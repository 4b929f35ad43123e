"""Operations that never did what they are for, and credentials that were not accepted.

A server that refuses whatever it is asked refuses what it should, too, and says so in the declared form. So an operation of which no request
that was meant to succeed ever did passes nothing; `Successes` watches a run for that. Meant to succeed is what a tenant, or anybody
where no credentials are needed, asks for, unless its check says that all it asks is to be refused (`REFUSALS`).

Credentials that are to be accepted and are not say nothing of the interface, for they may have ended or be of another service. Where
operations that need some took the same ones, an operation that refuses them is seen not to do what it is for: that leaves it open too, since
a token may end while a run lasts, and a case that is open blocks conformity. The reason says which of both it is.

Why a step of set-up was refused is told in the target's own words (`unmet`), as they were recorded: what is secret in them is hidden already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from conformance import checks
from conformance.errors import DisagreementError
from conformance.interface import contract
from conformance.model import TENANTS, Exchange, Operation, Plan, Reason, Response, Spec
from conformance.text import media, pointer

__all__ = ["Successes", "Told", "shortcoming", "unmet"]

Told = dict[tuple[object, ...], str]
_MOST_TOLD = 2048  # answers that are remembered, with their bodies
_MOST = 160  # characters of what an answer says


class Successes:
    """Looks at every exchange of a run once. `told`: what was said of answers to operations of the same spec, which holds for equal ones."""

    def __init__(self, plan: Plan, spec: Spec, told: Told | None = None) -> None:
        self._told: Told = {} if told is None else told
        self._operations = {name: one for name, one in spec.operations.items() if _may_succeed(one)}
        self._refused = {case.id for case in plan.cases if case.check and checks.check(case.check).refusals}
        self._came: dict[str, Counter[str]] = {}  # of operations that have not succeeded yet: what came instead
        self._secured = frozenset(name for name, one in spec.operations.items() if one.secured)
        self._let_in: set[str] = set()  # actors whose credentials an operation that needs some did accept

    def see(self, exchange: Exchange) -> None:
        """Take an exchange into account."""
        actor = exchange.request.actor
        if actor is not None and actor not in self._let_in and exchange.ok and exchange.request.operation in self._secured:
            self._let_in.add(actor)
        operation = self._operations.get(exchange.request.operation)
        if operation is None:
            return
        came = self._shortcoming(operation, exchange)
        if not came:
            del self._operations[operation.id]
            self._came.pop(operation.id, None)
        elif self._meant(operation, exchange):
            self._came.setdefault(operation.id, Counter())[came[:_MOST]] += 1

    def _shortcoming(self, operation: Operation, exchange: Exchange) -> str:
        response = exchange.response
        if response is None or not exchange.ok:
            return shortcoming(operation, exchange)
        key = (operation.id, exchange.request.method, response.status, response.content_type, response.body, response.truncated)
        if key not in self._told:
            if len(self._told) >= _MOST_TOLD:
                self._told.clear()
            self._told[key] = shortcoming(operation, exchange)
        return self._told[key]

    def missing(self, name: str) -> Reason | None:
        """Why nothing of an operation may pass: it was asked, and never answered with success. None where that is not so."""
        came = self._came.get(name)
        if not came:
            return None
        commonest, count = max(came.items(), key=lambda pair: (pair[1], pair[0]))
        values = {"operation": name, "asked": str(came.total()), "came": commonest, "count": str(count)}
        return Reason("never-succeeded", values)

    def refused(self, one: Exchange) -> Reason:
        """Why a case is open in which the credentials of an actor were not accepted (`Exchange.locked_out`)."""
        actor = one.request.actor or ""
        came = f"{one.status} {one.request.operation}" if one.status else str(one.attributes.get("detail", one.failure))
        values = {"actor": actor, "source": str(one.attributes.get("refused") or f"actors.{actor}"), "came": came}
        return Reason("credentials-here" if actor in self._let_in and one.status else "credentials", values)

    def _meant(self, operation: Operation, one: Exchange) -> bool:
        if one.request.method != operation.method or (one.case in self._refused and not one.is_setup):
            return False
        if one.request.header("authorization") is not None:
            return False
        return one.request.actor in TENANTS or (one.request.actor is None and not operation.secured)


def _may_succeed(operation: Operation) -> bool:
    """Whether a success is declared at all: a 2xx, a redirection, or whatever `default` stands for."""
    return any((status[:1] in ("2", "3") and status != "304") or status == "default" for status in operation.responses)


def shortcoming(operation: Operation, one: Exchange) -> str:
    """What an exchange lacks to be a success of the operation, in a few words; empty for a 2xx whose body is as declared, or a
    declared redirection.
    """
    if one.response is None:
        return ": ".join(str(part) for part in (one.failure or "no answer", one.attributes.get("detail")) if part)
    if one.request.method != operation.method:
        return f"{one.status} to another method"
    if 300 <= one.status < 400 and one.status != 304 and contract.declared(operation, one.status) is not None:
        return ""
    if one.ok:
        lacks = _lacks(operation, one, one.response)
        return f"{one.status}, {lacks}" if lacks else ""
    return f"{one.status} {_words(one)}".strip()


def unmet(why: str, trace: Sequence[Exchange]) -> Reason:
    """Why a case is open whose script could not go on, with what the target said when it refused the last step, where that was set-up."""
    last = next((one for one in reversed(trace) if not one.is_cleanup), None)
    said = _words(last) if last is not None and last.is_setup and last.status >= 400 else ""
    if last is None or not said:
        return Reason("unmet", {"why": why})
    return Reason("unmet-said", {"why": why, "operation": last.request.operation, "said": said[:_MOST]})


def _words(refusal: Exchange) -> str:
    """What a refusal says in its problem; empty when it says nothing."""
    names = ("/detail", "/title", "/message", "/code")
    return next((text for name in names if isinstance(text := pointer.first(refusal.json, name), str)), "")


def _lacks(operation: Operation, one: Exchange, response: Response) -> str:
    """What the body of a 2xx lacks to be as declared; of what was not read, nothing is known to be wrong."""
    if not (contract.declared(operation, one.status) or {}).get("content") or operation.method == "HEAD":
        return ""
    if not response.has_body and not response.truncated:
        return "without the body that is declared"
    if contract.answer_type(operation, response) is None:
        return f"with a body that is not declared ({response.media_type or 'no media type'})"
    if response.truncated or response.unread or not media.is_json(response.content_type):
        return ""
    if not response.is_json:
        return "with a body that is no JSON"
    try:
        wrong = contract.response_errors(operation, one)
    except DisagreementError:
        return ""
    return f"with a body that is not valid at {wrong[0].pointer or '/'}: {wrong[0].message}" if wrong else ""
