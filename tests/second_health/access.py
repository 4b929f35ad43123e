"""Who may see what: one condition in SQL for each kind of thing."""

from __future__ import annotations

import re
from typing import Any

from tests.second_health.asking import Ask, House
from tests.second_health.choices import ORGANISATIONS, TOKENS
from tests.second_health.refusals import Refusal
from tests.second_health.store import Entry, entry_of

__all__ = ["Access"]

_HOLDS = """c.kind = 'consent' AND c.state = 'active' AND c.other = :org AND (c.sec, c.frac) <= (:sec, :frac)
 AND (:sec, :frac) < (c.until_sec, c.until_frac)"""
_TERMINAL = "('completed', 'rejected', 'cancelled', 'failed')"
_READS = {
    "measurement": f"""(e.org = :org OR EXISTS (SELECT 1 FROM now c JOIN opened o ON o.consent = c.id AND o.code = e.code
 WHERE c.patient = e.patient AND {_HOLDS}))""",
    "patient": f"""(e.org = :org OR EXISTS (SELECT 1 FROM now c WHERE c.patient = e.id AND {_HOLDS}) OR EXISTS
 (SELECT 1 FROM now t WHERE t.kind = 'task' AND t.patient = e.id AND t.other = :org AND t.state NOT IN {_TERMINAL}))""",
    "task": "(e.org = :org OR e.other = :org)",
    "device": "e.org = :org",
    "consent": "e.org = :org",
}


class Access:
    """Tokens, organisations and what they may read."""

    def __init__(self, house: House) -> None:
        self.house = house
        short = house.choices.organisations == "short"
        a, b = ("h1", "t2") if short else (ORGANISATIONS["a"], ORGANISATIONS["b"])
        self.tokens = {TOKENS["a"]: (a, "rw"), TOKENS["b"]: (b, "rw"), TOKENS["limited"]: (a, "r")}

    def organisation(self, ask: Ask, scope: str, *, named: bool) -> str:
        """Whose token it is; 401, 403 or 404 else."""
        sent = ask.all("authorization")
        found = re.fullmatch(r"(?i:bearer) +(\S+) *", sent[0]) if len(sent) == 1 else None
        known = self.tokens.get(found[1]) if found else None
        if known is None:
            error = ', error="invalid_token"' if sent else ""
            raise Refusal("unauthorized", headers={"WWW-Authenticate": self.house.choices.challenge + error})
        org, may = known
        if scope.endswith(":write") and "w" not in may:
            raise Refusal("not-found" if named and self.house.choices.scope_hides else "forbidden")
        return org

    def condition(self, kind: str) -> str:
        """The condition on `e` under which `:org` reads it at the instant `:sec`, `:frac`."""
        return _READS[kind]

    def values(self, org: str) -> dict[str, Any]:
        """The values that the condition needs."""
        sec, frac = self.house.now()
        return {"org": org, "sec": sec, "frac": frac}

    def reads(self, org: str, kind: str, identifier: str) -> Entry | None:
        """The thing, where the organisation may read it."""
        query = f"SELECT e.* FROM now e WHERE e.kind = '{kind}' AND e.id = :id AND {self.condition(kind)}"
        rows = self.house.store.rows(query, self.values(org) | {"id": identifier})
        return entry_of(rows[0]) if rows else None
