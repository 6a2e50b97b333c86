"""Alembic's door: runs the migrations on the connection that db.migrate opened."""  # noqa: INP001 - alembic loads it by path

from alembic import context
from sqlalchemy import Connection


def run() -> None:
    """Apply what is missing, in the transaction that the caller opened."""
    connection: Connection | None = context.config.attributes.get("connection")
    if connection is None:
        message = (
            "migrations run through `python admin.py migrate`, not through the alembic command"
        )
        raise SystemExit(message)
    context.configure(connection=connection)
    with context.begin_transaction():
        context.run_migrations()


run()
