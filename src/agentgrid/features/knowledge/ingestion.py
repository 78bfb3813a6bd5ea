"""One worker's turn at one file: the lease, what may be tried again, and what has failed."""

import asyncio
import os
import random
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import aiohttp
import sqlalchemy.exc
import structlog
from obstore.exceptions import BaseError as StorageError
from redis.exceptions import RedisError

from agentgrid.creator_studio.core import (
    CredentialsRejected,
    DocumentError,
    ModelError,
    RateLimited,
    RequestRejected,
)
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingest_store import LEASE_SECONDS, IngestStore, LeaseLost
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.service import PROCESS_TASK
from agentgrid.features.knowledge.stages import Ingestion, MakeWay
from agentgrid.kit.db import new_id

ATTEMPTS: Final = 3
"""Times that something which may pass is tried, before the file fails."""

INTERRUPTIONS: Final = 10
"""Workers that may die over a file without any progress, before it fails."""

RENEW_SECONDS: Final = LEASE_SECONDS / 3
HOLD_SECONDS: Final = 1.0
"""How soon a worker sees that somebody cancelled or removed its file."""
_LOOK_SECONDS: Final = 0.25
_FIRST_WAIT: Final = 4.0
_LONGEST_WAIT: Final = 120.0

# A part that is away; see ``_may_pass`` for what the database says.
_AWAY_ERRORS: Final = (
    sqlalchemy.exc.TimeoutError,
    aiohttp.ClientError,
    RedisError,
    StorageError,
    ModelError,
    OSError,
)
# SQLSTATE classes: connection, deadlock or conflict, out of resources, operator intervened.
_PASSING_STATES: Final = ("08", "40", "53", "57")

_log = structlog.get_logger(__name__)


class ShuttingDown(Exception):
    """This worker is asked to stop."""


def worker_name() -> str:
    """Different for each attempt, so that a lease never looks like an older one."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-8:]}"


async def process_file(services: Services, file_id: UUID, *, stopping: Callable[[], bool]) -> None:
    """Take the file up where it stands and bring it to ``ready`` or ``failed``.

    Does nothing when another worker has it. When ``stopping`` turns true, the file is given
    back for another worker to go on with.
    """
    store = IngestStore(services.sessions, FileEvents(services.redis), worker_name())
    file = await store.acquire(file_id)
    if file is None:
        return
    log = _log.bind(agent=str(file.agent_id), file=str(file_id))
    ingestion = Ingestion(services, store, file)
    if file.interruptions > INTERRUPTIONS:
        await _fail(store, ingestion, file_id, *_GIVEN_UP)
        log.error("ingestion_given_up", interruptions=file.interruptions)
        return
    try:
        await _while_leased(store, file_id, ingestion.run(), stopping)
        log.info("ingestion_ready")
    except LeaseLost:
        log.info("ingestion_lease_lost")
    except ShuttingDown:
        await store.release(file_id, enqueued_at=None, **ingestion.waiting())
        log.info("ingestion_handed_back")
    except MakeWay:
        await store.release(file_id, enqueued_at=datetime.now(UTC), **ingestion.waiting())
        await services.queue.enqueue(PROCESS_TASK, str(file_id))
        log.info("ingestion_made_way")
    except DocumentError as error:
        await _fail(store, ingestion, file_id, error.code, str(error), error.advice)
        log.info("ingestion_failed", code=error.code, reason=str(error))
    except (CredentialsRejected, RequestRejected) as error:
        await _fail(store, ingestion, file_id, error.code, str(error), _ASK_ADMIN)
        log.warning("ingestion_failed", code=error.code, reason=str(error))
    except Exception as error:
        if _may_pass(error):
            detail = str(error)[:300]
            log.warning("ingestion_attempt_failed", error=type(error).__name__, detail=detail)
            await _try_later(services, store, ingestion, file_id, error)
        else:
            log.exception("ingestion_fault")
            await _fail(store, ingestion, file_id, *_FAULT)


def _may_pass(error: Exception) -> bool:
    """Whether trying again may help; if not, it is a fault of ours."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        return error.connection_invalidated or _passing_state(error.orig)
    return isinstance(error, _AWAY_ERRORS) or _passing_state(error)


def _passing_state(error: BaseException | None) -> bool:
    return str(getattr(error, "sqlstate", None) or "").startswith(_PASSING_STATES)


_GIVEN_UP = (
    "worker_lost",
    f"The worker ended {INTERRUPTIONS} times while it read this file.",
    "Split the file into smaller ones, or give the worker more memory, and try again.",
)
_AWAY = (
    "temporarily_unavailable",
    f"A service that is needed could not be reached, {ATTEMPTS} times in a row.",
    "Try again in a few minutes; what was done so far is kept.",
)
_FAULT = (
    "internal_error",
    "Something in AgentGrid went wrong while it read this file. It was logged.",
    "Try again; if it happens again, report it with the file's id.",
)
_ASK_ADMIN = (
    "Ask an admin to look at the embedding model under Admin, Embedding, and try again; "
    "until then the document is found by its words."
)


async def _fail(
    store: IngestStore, ingestion: Ingestion, file_id: UUID, code: str, reason: str, advice: str
) -> None:
    await store.release(
        file_id,
        status="failed",
        error_code=code,
        error_reason=reason,
        error_advice=advice,
        **ingestion.failed(),
    )


async def _try_later(
    services: Services,
    store: IngestStore,
    ingestion: Ingestion,
    file_id: UUID,
    error: Exception,
) -> None:
    try:
        file = await store.change(file_id, attempts=KnowledgeFile.attempts + 1)
    except LeaseLost:
        return
    if file.attempts >= ATTEMPTS:
        await _fail(store, ingestion, file_id, *_AWAY)
        return
    # Jitter, so that files which failed together do not all come back together.
    wait = _FIRST_WAIT * 2 ** (file.attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311
    if isinstance(error, RateLimited):
        wait = max(wait, min(error.retry_after or 0.0, _LONGEST_WAIT))
    due = datetime.now(UTC) + timedelta(seconds=wait)
    await store.release(file_id, enqueued_at=due, **ingestion.waiting())
    await services.queue.enqueue(PROCESS_TASK, str(file_id), countdown=wait)


async def _while_leased(
    store: IngestStore,
    file_id: UUID,
    work: Coroutine[None, None, None],
    stopping: Callable[[], bool],
) -> None:
    """Do the work, renew the lease beside it, and stop when one of them ends."""
    doing = asyncio.create_task(work)
    watching = asyncio.create_task(_watch(store, file_id, stopping))
    try:
        await asyncio.wait({doing, watching}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
        else:
            watching.result()
    finally:
        for task in (doing, watching):
            task.cancel()
        await asyncio.gather(doing, watching, return_exceptions=True)


async def _watch(store: IngestStore, file_id: UUID, stopping: Callable[[], bool]) -> None:
    """Raises ``ShuttingDown`` or ``LeaseLost``; goes on as long as neither is so."""
    loop = asyncio.get_running_loop()
    renew_at, look_at = loop.time() + RENEW_SECONDS, loop.time() + HOLD_SECONDS
    while True:
        if stopping():
            raise ShuttingDown
        # A database that is away takes no writes of the work either: the work notices.
        with suppress(sqlalchemy.exc.SQLAlchemyError, OSError):
            if loop.time() >= renew_at:
                renew_at = loop.time() + RENEW_SECONDS
                await store.renew(file_id)
            elif loop.time() >= look_at:
                look_at = loop.time() + HOLD_SECONDS
                await store.check(file_id)
        await asyncio.sleep(_LOOK_SECONDS)
