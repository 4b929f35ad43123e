"""The tables of the registry's log, and who writes into them: SQLite or PostgreSQL, one schema, through SQLAlchemy Core.

    events        seq, at, kind, proposal, certificate, follows, body    the log; triggers refuse UPDATE, DELETE and TRUNCATE
    statements    digest, envelope                                       the signed statements that events name, likewise

Whoever writes holds the log alone, from reading what the new event follows until it is on the disk: on SQLite by BEGIN IMMEDIATE, on
PostgreSQL by a lock of the table. So two processes take turns, and one that is killed has written all or nothing. Who reads waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from conformance.attest.times import instant
from conformance.errors import UsageError
from conformance.office.events import Draft, Event, absent, stored_events
from conformance.text import strictjson

__all__ = ["EVENTS", "METADATA", "STATEMENTS", "Database", "Ledger", "Writing"]

METADATA = sa.MetaData()
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(20), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("proposal", sa.String(64), nullable=False),
    sa.Column("certificate", sa.String(64), nullable=False),
    sa.Column("follows", sa.String(64), nullable=False),  # the certificate that this one supersedes
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("events_by_certificate", "certificate"),
    sa.Index("events_by_follows", "follows"),
    sa.Index("events_by_proposal", "proposal"),
    sa.Index("events_by_kind", "kind"),
)
STATEMENTS = sa.Table(
    "statements",
    METADATA,
    sa.Column("digest", sa.String(71), primary_key=True),
    sa.Column("envelope", sa.Text, nullable=False),
)
_WAIT = 60  # seconds that one who writes waits for another
_MIGRATIONS = Path(__file__).with_name("migrations")
_IMMEDIATE = "yance_immediate"


@dataclass(frozen=True)
class Writing:
    """An event to be written, and the signed statements that it names, by digest."""

    draft: Draft
    statements: Mapping[str, bytes]


class Ledger:
    """The log as whoever writes sees it, and nobody else writes meanwhile."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection = connection
        last = connection.execute(sa.select(EVENTS.c.seq, EVENTS.c.at).order_by(EVENTS.c.seq.desc()).limit(1)).first()
        self.size = 0 if last is None else int(last.seq) + 1
        before = instant(last.at) if last is not None else None
        now = now.astimezone(UTC).replace(microsecond=0)
        self.now = max(now, before) if before else now  # the log never goes back in time, whatever the clock does

    def all(self) -> list[Event]:
        """All events, in order."""
        return _events(self._connection, sa.select(EVENTS.c.body).order_by(EVENTS.c.seq))

    def of(self, proposal: str) -> list[Event]:
        """The events of a proposal, in order."""
        return _events(self._connection, sa.select(EVENTS.c.body).where(EVENTS.c.proposal == proposal).order_by(EVENTS.c.seq))

    def count(self, kinds: Sequence[str]) -> int:
        """How many events are of these kinds."""
        return int(self._connection.scalar(sa.select(sa.func.count()).where(EVENTS.c.kind.in_(kinds))) or 0)

    def statement(self, digest: str) -> bytes:
        """A signed statement by its digest."""
        found = self._connection.scalar(sa.select(STATEMENTS.c.envelope).where(STATEMENTS.c.digest == digest))
        if found is None:
            raise absent(digest)
        return str(found).encode()

    def first(self) -> Event | None:
        """The event that opened the log, or None while there is none."""
        found = _events(self._connection, sa.select(EVENTS.c.body).where(EVENTS.c.seq == 0))
        return found[0] if found else None

    def write(self, writing: Writing) -> Event:
        """Put an event at the end."""
        event = Event(self.size, self.now, writing.draft)
        for digest, envelope in writing.statements.items():
            known = sa.select(STATEMENTS.c.digest).where(STATEMENTS.c.digest == digest)
            if self._connection.execute(known).first() is None:
                self._connection.execute(STATEMENTS.insert().values(digest=digest, envelope=envelope.decode("utf-8")))
        strictjson.only_exact(dict(writing.draft.entry), "an event")
        row = {"seq": event.seq, "at": f"{event.at:%Y-%m-%dT%H:%M:%SZ}", "kind": event.kind}
        row |= {"proposal": event.draft.proposal, "certificate": event.draft.certificate}
        row |= {"follows": str(event.draft.entry.get("supersedes", "")) if event.kind == "renewed" else ""}
        row |= {"body": event.line.decode("utf-8")}
        self._connection.execute(EVENTS.insert().values(**row))
        self.size += 1
        return event


class Database:
    """A database that holds such tables, or is to hold them. Raises UsageError for one whose driver is not installed."""

    def __init__(self, url: str, file: Path | None) -> None:
        self._engine = _engine(url, file)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    def migrate(self) -> None:
        """Bring the schema to what this version needs; an empty database gets all of it."""
        from alembic import command  # noqa: PLC0415 - only who makes or renews a schema pays for it
        from alembic.config import Config  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self._told(), self._engine.connect() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()

    def has_table(self, name: str) -> bool:
        """Whether there is a table of this name."""
        with self._told(), self._engine.connect() as connection:
            return sa.inspect(connection).has_table(name)

    def rows(self, query: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """What a query in SQL comes to."""
        with self._told(), self._engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query), values)]

    def append(self, decide: Callable[[Ledger], Writing], now: datetime | None = None) -> Event:
        """Write what `decide` comes to, while nobody else writes. Whatever `decide` raises leaves the log as it was."""
        with self._told(), self._engine.connect().execution_options(**{_IMMEDIATE: True}) as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("LOCK TABLE events IN EXCLUSIVE MODE"))
            ledger = Ledger(connection, now or datetime.now(UTC))
            return ledger.write(decide(ledger))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What a database raises, in one line and without its password."""
        try:
            yield
        except DBAPIError as error:
            where = self._engine.url.render_as_string(hide_password=True)
            why = " ".join(str(error.orig).split())
            raise UsageError(f"the registry at {where} cannot be used: {why:.200}") from None


def _engine(url: str, file: Path | None) -> sa.Engine:
    try:
        named = sa.URL.create("sqlite", database=str(file)) if file else sa.make_url(url)
        engine = sa.create_engine(named, connect_args={"timeout": _WAIT} if file else {})
    except (ModuleNotFoundError, NoSuchModuleError):
        raise UsageError("a registry in PostgreSQL needs the extra postgresql: pip install 'yance[postgresql]'") from None
    except sa.exc.ArgumentError:
        raise UsageError(
            "the registry's URL cannot be read; expected postgresql://user@host/name, or the path of a file"
        ) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say so, and not where the driver thinks
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get(_IMMEDIATE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _events(connection: sa.Connection, query: sa.Select[Any]) -> list[Event]:
    return stored_events(connection.scalars(query))
