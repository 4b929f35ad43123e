"""The registry's schema, step by step: each file in `versions` is one step, which Alembic applies once."""
