"""Where the registry's log lies, and what is read of it. Reading waits for nobody and needs no key.

What is read is said in SQL that SQLite and PostgreSQL understand alike. A SQLite file is asked by Python's own driver: whoever looks up a
certificate is not to wait longer for a toolkit than for the answer. All else goes through SQLAlchemy (`tables`), which holds the schema and
writes; it is imported for those who write, and for PostgreSQL.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.errors import UsageError
from conformance.office.events import ISSUES, Event, absent, stored_events

if TYPE_CHECKING:
    from conformance.office.tables import Database, Ledger, Writing

__all__ = ["Store", "database_url", "sqlite_file"]

_WAIT = 60  # seconds that a reader waits for a file that is just being brought to another state
_MANY = 4  # kinds of events that are most of a log: it is read in its order then, not by their index and sorted again
_BODIES = "SELECT body FROM events WHERE {} ORDER BY seq"
_NUMBERS = "SELECT certificate FROM events WHERE {} ORDER BY seq"


class Store:
    """A registry's database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._file = sqlite_file(url)
        if self._file is None:
            self._database  # noqa: B018 - a driver that is not installed is told of at once

    @cached_property
    def _database(self) -> Database:
        from conformance.office.tables import Database  # noqa: PLC0415 - a file is read without it

        return Database(self.url, self._file)

    def close(self) -> None:
        """Let go of the database."""
        if "_database" in self.__dict__:
            self._database.close()

    def migrate(self) -> None:
        """Bring the schema to what this version needs; an empty database gets all of it."""
        self._database.migrate()

    def revision(self) -> str:
        """Which step of the schema the database is at; empty when it holds no registry."""
        if not self._has_table("alembic_version"):
            return ""
        return next((str(row[0]) for row in self._rows("SELECT version_num FROM alembic_version")), "")

    def size(self) -> int:
        """How many events the log has."""
        last = self._rows("SELECT max(seq) FROM events")[0][0]
        return 0 if last is None else int(last) + 1

    def events(self, kinds: Collection[str] = (), *, after: int = 0, brief: bool = False) -> list[Event]:
        """The events in order; of some kinds only, where they are named; without the first so many; in `brief` (`lines.stored_events`)."""
        among, values = _among("kind", kinds)
        return self._events(f"seq >= :after{among}", brief=brief, after=after, **values)

    def events_about(self, certificate: str) -> list[Event]:
        """What there is of a certificate, and of the one that supersedes it, with what opened the log."""
        return self._events("certificate = :certificate OR follows = :certificate OR seq = 0", certificate=certificate)

    def lines(self) -> list[bytes]:
        """The lines of the log, as they are stored: the leaves of its tree."""
        return [body.encode() for (body,) in self._rows(_BODIES.format("seq >= 0"))]

    def numbers(self) -> list[str]:
        """The numbers of all certificates, in the order in which they were issued."""
        among, values = _among("kind", ISSUES)
        return [number for (number,) in self._rows(_NUMBERS.format(f"seq >= 0{among}"), **values)]

    def statement(self, digest: str) -> bytes:
        """The envelope of a signed statement, by the digest of its payload. Raises SuiteError when the log names one that is not there."""
        found = self._rows("SELECT envelope FROM statements WHERE digest = :digest", digest=digest)
        if not found:
            raise absent(digest)
        return str(found[0][0]).encode()

    def statements(self) -> dict[str, bytes]:
        """All signed statements, by digest."""
        return {digest: envelope.encode() for digest, envelope in self._rows("SELECT digest, envelope FROM statements")}

    def append(self, decide: Callable[[Ledger], Writing], now: datetime | None = None) -> Event:
        """Write what `decide` comes to, while nobody else writes. Whatever `decide` raises leaves the log as it was."""
        return self._database.append(decide, now)

    def _events(self, where: str, *, brief: bool = False, **values: Any) -> list[Event]:
        return stored_events((body for (body,) in self._rows(_BODIES.format(where), **values)), brief=brief)

    def _has_table(self, name: str) -> bool:
        if self._file is None:
            return self._database.has_table(name)
        return bool(self._rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = :name", name=name))

    def _rows(self, query: str, **values: Any) -> list[tuple[Any, ...]]:
        if self._file is None:
            return self._database.rows(query, values)
        try:
            where = (
                f"{self._file.absolute().as_uri()}?mode=rw"  # a reader of a log that is being written on keeps a file beside it
            )
            with closing(sqlite3.connect(where, timeout=_WAIT, uri=True)) as connection:
                return connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            why = " ".join(str(error).split())
            raise UsageError(f"the registry at {self.url} cannot be used: {why:.200}") from None


def _among(column: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """A condition that a column is one of some names, and its values; nothing where none is named."""
    values = {f"{column}{nth}": name for nth, name in enumerate(sorted(names))}
    said = column if len(values) < _MANY else f"({column} || '')"
    return (f" AND {said} IN ({', '.join(f':{key}' for key in values)})" if values else ""), values


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite database, by its URL; None for another database."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def database_url(named: str) -> str:
    """The URL of a database that is named by a URL, or by the path of a SQLite file."""
    if "://" not in named:
        return f"sqlite:///{Path(named).absolute()}"
    scheme, _, rest = named.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme not in ("sqlite", "postgresql+psycopg"):
        raise UsageError(f"a registry lies in a SQLite file or in PostgreSQL (postgresql://…), not in {scheme!r:.40}")
    return named
