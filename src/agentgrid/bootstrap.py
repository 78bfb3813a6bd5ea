"""The only file that names concrete backends; it builds them from ``Settings``."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.request import getproxies

import aiohttp
import asyncpg
from redis.asyncio import Redis

from agentgrid.creator_studio.llm.connection import ProviderConnection
from agentgrid.creator_studio.llm.router import ModelRouter, RouterPolicy
from agentgrid.creator_studio.llm.wrappers import TimeoutPolicy
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor
from agentgrid.creator_studio.web import AddressGuard, AllowedHosts, FetchLimits, open_fetcher
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.deps import Connections, Policy, Services
from agentgrid.features.knowledge.embedding import InstallationEmbedder
from agentgrid.features.providers.source import DatabaseConnectionSource
from agentgrid.features.usage.metering import record_call
from agentgrid.kit.db import SessionFactory, asyncpg_dsn, make_engine, make_sessions
from agentgrid.kit.secrets import SecretBox, load_or_create_secret
from agentgrid.kit.storage import Storage
from agentgrid.kit.tasks import CeleryQueue, make_celery
from agentgrid.settings import Settings


def make_secret_box(settings: Settings) -> SecretBox:
    configured = settings.secret_key
    return SecretBox(
        configured.get_secret_value()
        if configured is not None
        else load_or_create_secret(settings.data_dir / "secret.key")
    )


def make_policy(settings: Settings) -> Policy:
    return Policy(
        access_token_minutes=settings.access_token_minutes,
        refresh_token_days=settings.refresh_token_days,
        max_upload_bytes=settings.max_upload_bytes,
        ocr=settings.ocr == "auto",
        seed_demo=settings.seed_demo,
        web_pause_seconds=settings.web_pause_seconds,
    )


def make_connections(
    settings: Settings, sessions: SessionFactory, secrets: SecretBox
) -> DatabaseConnectionSource:
    """Connections to models: those in the database, and the bundled one of this machine."""
    local = None
    if settings.local_model_url is not None:
        key = settings.local_model_api_key
        local = ProviderConnection(
            provider="local",
            base_url=settings.local_model_url,
            api_key=key.get_secret_value() if key is not None else None,
        )
    return DatabaseConnectionSource(sessions, secrets, local=local)


def make_router(
    settings: Settings, connections: Connections, http: aiohttp.ClientSession
) -> ModelRouter:
    """The door to all language models, with the installation's limits."""
    silence = settings.model_timeout_seconds
    return ModelRouter(
        connections,
        http,
        policy=RouterPolicy(
            timeouts=TimeoutPolicy(first_event=silence, between_events=silence),
            concurrency=settings.model_concurrency,
        ),
        on_call=record_call,
    )


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncGenerator[Services]:
    """Everything one process shares, closed in the reverse order of opening.

    Nothing here connects yet: a process starts while its database or Redis is away, says
    503 meanwhile, and recovers by itself.
    """
    async with AsyncExitStack() as stack:
        engine = make_engine(settings.database_url, pool_size=settings.database_pool_size)
        stack.push_async_callback(engine.dispose)
        pool = await asyncpg.create_pool(
            asyncpg_dsn(settings.database_url),
            min_size=0,
            max_size=settings.database_pool_size,
            timeout=5,
            command_timeout=30,
            server_settings={"application_name": "agentgrid-turns"},
        )
        stack.push_async_callback(pool.close)
        redis: Redis = Redis.from_url(
            settings.redis_url,
            socket_connect_timeout=5,
            max_connections=512,
            health_check_interval=30,
        )
        stack.push_async_callback(redis.aclose)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60),
                timeout=aiohttp.ClientTimeout(total=None, connect=10),
                # Only then: with it, aiohttp reads the netrc file in a thread for every call.
                trust_env=bool(getproxies()),
            )
        )
        sessions = make_sessions(engine)
        secrets = make_secret_box(settings)
        connections = make_connections(settings, sessions, secrets)
        weights = ensure_weights(MINILM, settings.resolved_models_dir)
        embedder = InstallationEmbedder(
            MiniLmEmbedder(weights, settings.resolved_models_dir),
            sessions=sessions,
            secrets=secrets,
            redis=redis,
            http=http,
            on_call=record_call,
        )
        web = await stack.enter_async_context(
            open_fetcher(
                AddressGuard(AllowedHosts.parse(settings.web_allowed_hosts)),
                limits=FetchLimits(document_bytes=settings.max_upload_bytes),
            )
        )
        yield Services(
            policy=make_policy(settings),
            engine=engine,
            sessions=sessions,
            pool=pool,
            redis=redis,
            http=http,
            storage=Storage(settings.resolved_storage_url),
            secrets=secrets,
            queue=CeleryQueue(
                make_celery(settings.celery_broker_url, settings.celery_result_backend)
            ),
            extractor=KreuzbergExtractor(),
            embedder=embedder,
            embeddings=embedder,
            connections=connections,
            models=make_router(settings, connections, http),
            web=web,
        )
