"""The database: declarative base, column conventions, engine and sessions."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import uuid_utils.compat
from sqlalchemy import DateTime, MetaData, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SessionFactory = async_sessionmaker[AsyncSession]


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): unique, and ordered by the time it was made."""
    return uuid_utils.compat.uuid7()


class Base(DeclarativeBase):
    """Base of every table. Constraint names follow one convention, so migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text,
        dict[str, object]: JSONB,
        list[str]: JSONB,
        list[dict[str, object]]: JSONB,
    }


class Identified:
    """Mixin: a UUIDv7 primary key."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class Created:
    """Mixin: when the row was made, by the database's clock."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Updated:
    """Mixin: when the row last changed, by the database's clock."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


def asyncpg_dsn(database_url: str) -> str:
    """The URL as asyncpg wants it.

    ``?host=/folder`` (a unix socket, as libpq writes it) is understood by asyncpg itself;
    SQLAlchemy's driver suffix is not.
    """
    return "postgresql://" + database_url.partition("://")[2]


def sqlalchemy_url(database_url: str) -> str:
    """The URL as SQLAlchemy's asyncpg dialect wants it (``sslmode`` becomes ``ssl``)."""
    parts = urlsplit(asyncpg_dsn(database_url))
    query = urlencode(
        [("ssl" if k == "sslmode" else k, v) for k, v in parse_qsl(parts.query)], safe="/"
    )
    # Not urlunsplit: it drops the slashes of an address without a host.
    return f"postgresql+asyncpg://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")


def make_engine(database_url: str, *, pool_size: int) -> AsyncEngine:
    """An engine whose pool notices connections that a restarted server closed."""
    return create_async_engine(
        sqlalchemy_url(database_url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"server_settings": {"application_name": "agentgrid"}, "timeout": 5},
    )


def make_sessions(engine: AsyncEngine) -> SessionFactory:
    return async_sessionmaker(engine, expire_on_commit=False)


_AFTER_COMMIT = "after_commit"


def after_commit(session: AsyncSession, work: Callable[[], Awaitable[None]]) -> None:
    """Run ``work`` once the surrounding unit of work has committed; never when it fails."""
    session.info.setdefault(_AFTER_COMMIT, []).append(work)


@asynccontextmanager
async def unit_of_work(sessions: SessionFactory) -> AsyncGenerator[AsyncSession]:
    """One transaction: committed when the block ends, rolled back when it raises."""
    async with sessions() as session:
        yield session
        await session.commit()
    callbacks: list[Callable[[], Awaitable[None]]] = session.info.pop(_AFTER_COMMIT, [])
    for work in callbacks:
        await work()
