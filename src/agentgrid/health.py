"""Liveness, and the state of every part that a request may need."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import aiohttp
import asyncpg
import sqlalchemy
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from agentgrid.creator_studio.core import StudioError
from agentgrid.features.deps import Services, ServicesDep
from agentgrid.kit.errors import ProductError

WORKER_HEARTBEAT_KEY = "agentgrid:worker:heartbeat"
WORKER_HEARTBEAT_SECONDS = 20
PROBE_SECONDS = 3.0

router = APIRouter(tags=["health"])


class Liveness(BaseModel):
    status: Literal["ok"] = "ok"


class Component(BaseModel):
    status: Literal["ok", "unavailable", "off"]
    detail: str = ""


class Readiness(BaseModel):
    """``ready`` when everything a chat turn needs answers; the worker and the bundled model
    are reported, and missing ones make it ``degraded``."""

    status: Literal["ready", "degraded", "unavailable"]
    components: dict[str, Component]


@router.get("/health")
async def health() -> Liveness:
    """The process is alive."""
    return Liveness()


async def _database(services: Services) -> Component:
    async with services.engine.connect() as connection:
        await connection.execute(sqlalchemy.text("select 1"))
    return Component(status="ok")


async def _redis(services: Services) -> Component:
    await services.redis.get(WORKER_HEARTBEAT_KEY)
    return Component(status="ok")


async def _worker(services: Services) -> Component:
    if await services.redis.exists(WORKER_HEARTBEAT_KEY):
        return Component(status="ok")
    return Component(status="unavailable", detail="No background worker has reported lately.")


async def _storage(services: Services) -> Component:
    await services.storage.put("health/probe", b"ok")
    return Component(status="ok")


async def _model(services: Services, url: str | None) -> Component:
    if url is None:
        return Component(status="off", detail="The bundled model is switched off.")
    async with services.http.get(f"{url.removesuffix('/').removesuffix('/v1')}/health") as answer:
        if answer.status == 200:
            return Component(status="ok")
        return Component(status="unavailable", detail=f"It answers HTTP {answer.status}.")


async def _probe(check: Callable[[], Awaitable[Component]]) -> Component:
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            return await check()
    except TimeoutError:
        return Component(status="unavailable", detail=f"No answer within {PROBE_SECONDS:g} s.")
    except (
        SQLAlchemyError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        RedisError,
        aiohttp.ClientError,
        OSError,
        ProductError,
        StudioError,
    ) as error:
        return Component(status="unavailable", detail=type(error).__name__)


@router.get("/health/ready", responses={503: {"model": Readiness}})
async def ready(request: Request, response: Response, services: ServicesDep) -> Readiness:
    """Each component's state; 503 while a turn could not be answered."""
    url: str | None = request.app.state.settings.local_model_url
    names = ("database", "redis", "storage", "worker", "model")
    states = await asyncio.gather(
        _probe(lambda: _database(services)),
        _probe(lambda: _redis(services)),
        _probe(lambda: _storage(services)),
        _probe(lambda: _worker(services)),
        _probe(lambda: _model(services, url)),
    )
    components: dict[str, Component] = dict(zip(names, states, strict=True))
    vital = all(components[name].status == "ok" for name in ("database", "redis", "storage"))
    whole = vital and all(state.status != "unavailable" for state in states)
    if not vital:
        response.status_code = 503
    status = "ready" if whole else "degraded" if vital else "unavailable"
    return Readiness(status=status, components=components)
