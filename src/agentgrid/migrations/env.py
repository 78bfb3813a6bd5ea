"""How Alembic reaches the database: over asyncpg, at the address in the settings."""

import asyncio
import re
from logging.config import fileConfig

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.ext.asyncio import create_async_engine

from agentgrid.kit.db import sqlalchemy_url
from agentgrid.models import Base
from agentgrid.settings import get_settings

# Any number that is ours alone: two processes that migrate at once take turns.
MIGRATION_LOCK = 0x4147_4D49

# Months of the ledger come and go without a migration.
PARTITION = re.compile(r"llm_usage_(default|\d{4}_\d{2})")


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the models speak of it: they know the ledger, and not its partitions."""
    return kind != "table" or name is None or PARTITION.fullmatch(name) is None


def run_offline() -> None:
    """Print the statements (``alembic upgrade head --sql``)."""
    context.configure(dialect_name="postgresql", target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_online() -> None:
    """Migrate the database at ``DATABASE_URL``."""
    engine = create_async_engine(
        sqlalchemy_url(get_settings().database_url), poolclass=pool.NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run_on)
            await connection.commit()
    finally:
        await engine.dispose()


def run_on(connection: Connection) -> None:
    """Migrate over an open connection, in its transaction."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        include_name=is_ours,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

if context.is_offline_mode():
    run_offline()
else:
    asyncio.run(run_online())
