"""The log and the statements that it names, to which rows can only be added."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = ("events", "statements")


def upgrade() -> None:
    """Make both tables and the triggers that keep what was written."""
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("proposal", sa.String(64), nullable=False),
        sa.Column("certificate", sa.String(64), nullable=False),
        sa.Column("follows", sa.String(64), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    for name in ("certificate", "follows", "proposal", "kind"):
        op.create_index(f"events_by_{name}", "events", [name])
    # Of a proposal there is one event that makes it, and at most one that ends it: also if a program should ever forget to look.
    ends = sa.text("proposal <> '' AND kind <> 'proposed'")
    op.create_index("events_end_a_proposal_once", "events", ["proposal"], unique=True, sqlite_where=ends, postgresql_where=ends)
    makes = sa.text("kind = 'proposed'")
    op.create_index(
        "events_make_a_proposal_once", "events", ["proposal"], unique=True, sqlite_where=makes, postgresql_where=makes
    )
    op.create_table(
        "statements",
        sa.Column("digest", sa.String(71), primary_key=True),
        sa.Column("envelope", sa.Text, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _keep_on_sqlite() -> None:
    for table in TABLES:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'the log is append-only: nothing in {table} is changed or removed'); END"
            )


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only: nothing in % is changed or removed', TG_TABLE_NAME; END $$"
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
