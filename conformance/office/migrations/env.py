"""Alembic's way into the database: the connection that `office.store` has opened."""

from alembic import context

from conformance.office.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
