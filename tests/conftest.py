"""What all tests share: real servers, a database session that is rolled back, the real app.

``client``, ``admin``, ``maker`` and ``people`` run requests through the whole application;
what they stored is removed after the test. Whoever needs live streams or another process
starts the product itself with ``servers.environment``.
"""

import asyncio
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from agentgrid.features.deps import Services
from agentgrid.kit.db import make_engine
from agentgrid.models import Base, InstallationSettings
from agentgrid.settings import Settings
from tests.people import People, Person
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
        secret_key=SecretStr(SECRET_KEY),
        local_model_url=None,
        seed_demo=False,
        web_allowed_hosts="127.0.0.1",
        web_pause_seconds=0,
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


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncGenerator[FastAPI]:
    """The application, started as a server would start it."""
    # Not at the top: tests of the engine need none of what the whole product loads.
    from agentgrid.main import create_app

    app = create_app(settings)
    started, ended = asyncio.Event(), asyncio.Event()

    async def live() -> None:
        try:
            async with app.router.lifespan_context(app):
                started.set()
                await ended.wait()
        finally:
            started.set()

    # A task of its own: what a lifespan opened must be closed by the task that opened it.
    life = asyncio.create_task(live())
    await started.wait()
    if life.done():
        await life
    yield app
    ended.set()
    await life


@pytest.fixture
async def services(app: FastAPI, engine: AsyncEngine) -> AsyncGenerator[Services]:
    """What the app runs on; everything stored during the test is removed after it."""
    services: Services = app.state.services
    yield services
    tables = ", ".join(table.name for table in Base.metadata.sorted_tables)
    async with engine.begin() as connection:
        await connection.execute(text(f"truncate {tables} cascade"))
        await connection.execute(insert(InstallationSettings).values(id=1))
    await services.redis.flushdb()
    services.connections.forget()
    services.embeddings.forget()


@pytest.fixture
async def people(app: FastAPI, services: Services) -> AsyncGenerator[People]:
    """Makes more people: ``await people("member")``, ``people.visitor()``."""
    people = People(app, services)
    yield people
    await people.leave()


@pytest.fixture
def client(people: People) -> Person:
    """A visitor who is not signed in."""
    return people.visitor()


@pytest.fixture
async def admin(people: People) -> Person:
    """An admin who is signed in."""
    return await people("admin")


@pytest.fixture
async def maker(people: People) -> Person:
    """A maker who is signed in."""
    return await people("maker")
