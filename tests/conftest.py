"""What all tests share: real servers, a database session that is rolled back, the real app.

``client``, ``admin``, ``maker`` and ``people`` run requests through the whole application;
what they stored is removed after the test. Whoever needs live streams or another process
starts the product itself with ``servers.environment``.
"""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from pydantic_settings import SettingsConfigDict
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from agentgrid.kit.db import make_engine
from agentgrid.models import Base
from agentgrid.settings import Settings
from tests.servers import SECRET_KEY, Servers, running_servers


class IsolatedSettings(Settings):
    """Settings that no ``.env`` in the working folder changes."""

    model_config = SettingsConfigDict(env_file=None)


@pytest.fixture(scope="session")
def servers() -> Generator[Servers]:
    with running_servers() as servers:
        yield servers


@pytest.fixture(scope="session")
def settings(servers: Servers) -> Settings:
    """Settings of an installation on the test servers."""
    return IsolatedSettings(
        database_url=servers.database_url,
        redis_url=servers.valkey.database_url(0),
        celery_broker_url=servers.valkey.celery_url(1),
        celery_result_backend=servers.valkey.celery_url(2),
        data_dir=servers.folder / "data",
        models_dir=Path.home() / ".agentgrid" / "models",
        secret_key=SECRET_KEY,
        local_model_url=None,
        seed_demo=False,
    )


@pytest.fixture(scope="session")
async def engine(settings: Settings) -> AsyncGenerator[AsyncEngine]:
    engine = make_engine(settings.database_url, pool_size=10)
    yield engine
    await engine.dispose()


@pytest.fixture
async def db_session(engine: AsyncEngine) -> AsyncGenerator[AsyncSession]:
    """A session whose commits are savepoints: everything is rolled back after the test."""
    async with engine.connect() as connection, connection.begin() as transaction:
        async with AsyncSession(
            bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as session:
            yield session
        await transaction.rollback()


@pytest.fixture
async def clean_database(engine: AsyncEngine) -> AsyncGenerator[None]:
    """Everything stored during the test is removed after it."""
    yield
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    async with engine.begin() as connection:
        await connection.execute(text(f"truncate {tables} cascade"))
