"""What every feature may ask for: the services of this process and a database session."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Protocol, TypeVar

import aiohttp
import asyncpg
from fastapi import Depends, Request
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from agentgrid.creator_studio.core import Embedder, Extractor
from agentgrid.creator_studio.llm.router import ConnectionSource, KnownConnection, ModelRouter
from agentgrid.creator_studio.web import GuardedFetcher
from agentgrid.kit.db import SessionFactory, unit_of_work
from agentgrid.kit.secrets import SecretBox
from agentgrid.kit.storage import Storage
from agentgrid.kit.tasks import TaskQueue, WorkerBridge

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings that features obey, taken from ``Settings`` by the bootstrap."""

    access_token_minutes: int
    refresh_token_days: int
    max_upload_bytes: int
    ocr: bool
    """Whether the text of scans and pictures is recognised, where tesseract is installed."""
    seed_demo: bool
    web_pause_seconds: float
    """Between two requests to one host of the web."""


class Connections(ConnectionSource, Protocol):
    """Connections to language models that can be listed, as far as this process knows."""

    async def usable(self) -> Sequence[KnownConnection]:
        """All that are enabled, and the bundled model's when it runs."""
        ...

    def forget(self) -> None:
        """Look again before the next call: something was changed."""
        ...


class InstalledEmbeddings(Protocol):
    """The embedding model of the installation, as those who change it need it."""

    @property
    def bundled(self) -> Embedder:
        """The one that ships with the product."""
        ...

    def forget(self) -> None:
        """Look again before the next call which one is active."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything one process shares between requests or tasks."""

    policy: Policy
    engine: AsyncEngine
    sessions: SessionFactory
    pool: asyncpg.Pool
    """Raw connections for the two statements of a turn, where the ORM costs too much."""
    redis: Redis
    http: aiohttp.ClientSession
    storage: Storage
    secrets: SecretBox
    queue: TaskQueue
    extractor: Extractor
    embedder: Embedder
    """The active model's. It may change: keep one for a piece of work with ``in_use``."""
    embeddings: InstalledEmbeddings
    connections: Connections
    models: ModelRouter
    web: GuardedFetcher
    """Reads the web, and nothing of this machine or its network."""


# Every dependency is a coroutine function: FastAPI would run others in a thread, which costs
# more than they do.
async def get_services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


ServicesDep = Annotated[Services, Depends(get_services)]


async def get_session(services: ServicesDep) -> AsyncGenerator[AsyncSession]:
    async with unit_of_work(services.sessions) as session:
        yield session


# scope="function": the commit happens before the response is sent, so that a commit that
# fails is an error and not a lie. Streams open short sessions of their own.
SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


class _WorkerSlot:
    bridge: WorkerBridge[Services] | None = None


def attach_worker(bridge: WorkerBridge[Services]) -> None:
    """Called once by the Celery entry point."""
    _WorkerSlot.bridge = bridge


def run_in_worker(work: Callable[[Services], Awaitable[R]]) -> R:
    """Run asynchronous work inside a Celery task, with this worker process's services."""
    if _WorkerSlot.bridge is None:
        raise RuntimeError("run_in_worker is for Celery tasks; start agentgrid.tasks")
    return _WorkerSlot.bridge.run(work)
