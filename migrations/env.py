"""Alembic's entry: the connection comes from `bot.store.migrate`."""

from alembic import context

from bot.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, compare_type=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
