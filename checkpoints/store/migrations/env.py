"""Alembic's entry: it runs over the owner's connection that `store/schema.py` hands it."""

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
context.configure(connection=connection, version_table="desk_version")
with context.begin_transaction():
    context.run_migrations()
