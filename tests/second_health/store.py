"""One append-only table: every version of every thing is a row, and what a thing is now is its newest one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tests.second_health.choices import Choices
from tests.second_health.instants import Moment
from tests.second_health.wire_json import kept, restored

__all__ = ["Entry", "Store"]

_SCHEMA = """
CREATE TABLE entry (
  kind TEXT, id TEXT, version INTEGER, born REAL, org TEXT, patient TEXT, other TEXT, state TEXT, code TEXT, device TEXT,
  sec INTEGER, frac TEXT, until_sec INTEGER, until_frac TEXT, twin TEXT, doc TEXT, PRIMARY KEY (id, version)
) WITHOUT ROWID;
CREATE INDEX by_patient ON entry (kind, patient);
CREATE INDEX by_twin ON entry (twin) WHERE twin <> '';
CREATE VIEW now AS SELECT e.* FROM entry e WHERE version = (SELECT max(version) FROM entry n WHERE n.id = e.id);
CREATE TABLE opened (consent TEXT, code TEXT, PRIMARY KEY (consent, code));
CREATE TABLE number (system TEXT, value TEXT, patient TEXT, born REAL, PRIMARY KEY (system, value, patient));
CREATE TABLE attempt (org TEXT, operation TEXT, key TEXT, body TEXT, answer TEXT, PRIMARY KEY (org, operation, key));
"""


@dataclass(frozen=True)
class Entry:
    """One version of a thing."""

    kind: str
    id: str
    version: int
    born: float
    org: str
    doc: dict[str, Any]
    patient: str = ""
    other: str = ""  # a consent's grantee, a task's assignee
    state: str = ""
    code: str = ""
    device: str = ""
    moment: Moment = (0, "")  # what orders it, or from when on it holds
    until: Moment = (1 << 60, "")
    twin: str = ""
    scopes: tuple[str, ...] = field(default=())


class Store:
    """The table and its few questions."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.db = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript(_SCHEMA)
        self.count = 0

    def new_id(self, kind: str) -> str:
        """An identifier that nobody guesses, unless this vendor counts."""
        self.count += 1
        digest = hashlib.sha256(f"{kind} number {self.count} of this vendor".encode()).hexdigest()
        if self.choices.ids == "sequence":
            return str(self.count)
        if self.choices.ids == "long":
            return f"{kind[0]}{digest[:31]}"[:32] + digest[32:64]
        if self.choices.ids == "odd":
            return f"..{'~_-.'[self.count % 4]}{digest[:9]}."
        return f"{kind[:2].upper()}{int(digest[:14], 16):x}"

    def add(self, entry: Entry) -> None:
        """Keeps one more version."""
        row = (entry.kind, entry.id, entry.version, entry.born, entry.org, entry.patient, entry.other, entry.state, entry.code)
        times = (entry.device, *entry.moment, *entry.until, entry.twin, kept(entry.doc))
        self.db.execute(f"INSERT INTO entry VALUES ({','.join('?' * 16)})", row + times)
        if entry.version == 1:
            self.db.executemany("INSERT INTO opened VALUES (?,?)", [(entry.id, code) for code in entry.scopes])

    def one(self, kind: str, identifier: str) -> Entry | None:
        """What a thing is now."""
        row = self.db.execute("SELECT * FROM now WHERE id = ? AND kind = ?", (identifier, kind)).fetchone()
        return entry_of(row) if row else None

    def rows(self, query: str, values: dict[str, Any]) -> list[sqlite3.Row]:
        """Whatever is asked for."""
        return self.db.execute(query, values).fetchall()

    def attempt(self, org: str, operation: str, key: str) -> tuple[str, dict[str, Any]] | None:
        """The body and the answer that a key stands for."""
        query = "SELECT body, answer FROM attempt WHERE org = ? AND operation = ? AND key = ?"
        row = self.db.execute(query, (org, operation, key)).fetchone()
        return (row["body"], restored(row["answer"])) if row else None

    def remember(self, org: str, operation: str, key: str, body: str, answer: dict[str, Any]) -> None:
        """Binds a key."""
        self.db.execute("INSERT INTO attempt VALUES (?,?,?,?,?)", (org, operation, key, body, kept(answer)))


def entry_of(row: sqlite3.Row) -> Entry:
    """A version out of the table."""
    return Entry(
        kind=row["kind"],
        id=row["id"],
        version=row["version"],
        born=row["born"],
        org=row["org"],
        doc=restored(row["doc"]),
        patient=row["patient"],
        other=row["other"],
        state=row["state"],
        code=row["code"],
        device=row["device"],
        moment=(row["sec"], row["frac"]),
        until=(row["until_sec"], row["until_frac"]),
        twin=row["twin"],
    )


def digest(value: Any) -> str:
    """A short name of a value."""
    return hashlib.blake2s(json.dumps(value, sort_keys=True, default=str).encode(), digest_size=12).hexdigest()
