"""One worker's turn at one source: the frontier lies in the database, so any may go on."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy.exc
import structlog
from obstore.exceptions import BaseError as StorageError
from redis.exceptions import RedisError

from agentgrid.creator_studio.core import DocumentError, UnsupportedFormat
from agentgrid.creator_studio.rag.extraction.detection import detect_media_type
from agentgrid.creator_studio.web import IsolatedPageReader, WebUrl
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.sources.crawl_store import (
    LEASE_SECONDS,
    CrawlStore,
    LeaseLost,
    Standing,
    add_links,
    most_addresses,
    note_sitemap,
)
from agentgrid.features.knowledge.sources.models import KnowledgeSource
from agentgrid.features.knowledge.sources.outcomes import Document, Outcome, Skip
from agentgrid.features.knowledge.sources.service import CRAWL_TASK
from agentgrid.features.knowledge.sources.settling import ATTEMPTS, Settler
from agentgrid.features.knowledge.sources.turns import HostTurns
from agentgrid.features.knowledge.sources.visits import MARKDOWN, Visitor
from agentgrid.kit.db import new_id

SLICE_SECONDS: Final = 6.0
"""A worker reads a source so long, and then lets other work in."""

MOST_SECONDS: Final = 6 * 3600
MOST_BYTES: Final = 500 * 1024 * 1024
INTERRUPTIONS: Final = 10

_AWAY: Final = (
    sqlalchemy.exc.DBAPIError,
    sqlalchemy.exc.TimeoutError,
    RedisError,
    StorageError,
    OSError,
)
_log = structlog.get_logger(__name__)


async def crawl_source(
    services: Services,
    source_id: UUID,
    *,
    stopping: Callable[[], bool],
    slice_seconds: float = SLICE_SECONDS,
) -> bool:
    """Read the source for a while; True when more is to be done.

    Does nothing when another worker has it. What is left is put back into the queue.
    """
    store = CrawlStore(services.sessions, f"{socket.gethostname()}:{os.getpid()}:{new_id().hex}")
    source = await store.acquire(source_id)
    if source is None:
        return False
    settler = Settler(services, store, source)
    log = _log.bind(agent=str(source.agent_id), source=str(source_id))
    if source.interruptions > INTERRUPTIONS:
        await _fail(store, settler, source_id, _GIVEN_UP)
        log.error("crawl_given_up", interruptions=source.interruptions)
        return False
    ends_at = time.monotonic() + slice_seconds
    try:
        async with _renewed(store, source_id), IsolatedPageReader() as pages:
            turns = HostTurns(services.redis, pause=services.policy.web_pause_seconds)
            visitor = Visitor(source, services.web, pages, turns)
            wait = await _Crawl(source, store, settler, visitor).run(
                lambda: stopping() or time.monotonic() > ends_at
            )
    except LeaseLost:
        log.info("crawl_lease_lost")
        return False
    except _AWAY as error:
        log.warning("crawl_attempt_failed", error=type(error).__name__, detail=str(error)[:300])
        wait = SLICE_SECONDS
    except Exception:
        log.exception("crawl_fault")
        await _fail(store, settler, source_id, _FAULT)
        return False
    if wait is None:
        log.info("crawl_ready")
        return False
    due = datetime.now(UTC) + timedelta(seconds=wait)
    await store.release(source_id, enqueued_at=due)
    await services.queue.enqueue(CRAWL_TASK, str(source_id), countdown=wait)
    return True


class _Crawl:
    """The steps of a run, from wherever it stands."""

    def __init__(
        self, source: KnowledgeSource, store: CrawlStore, settler: Settler, visitor: Visitor
    ) -> None:
        self._source = source
        self._store = store
        self._settler = settler
        self._visitor = visitor

    async def run(self, enough: Callable[[], bool]) -> float | None:
        """Seconds until there is more to do; None when the run is over. ``LeaseLost``."""
        await self._settler.tell_source()
        while not enough():
            standing = await self._store.standing(self._source)
            if await self._start_decides():
                continue
            if standing.waiting == 0:
                await self._finish(standing)
                return None
            limit = self._limit(standing)
            if limit is not None:
                await self._settler.give_up_rest(limit.reason, gone=limit.gone)
                continue
            page = await self._store.next_page(self._source.id)
            if page is None:
                return standing.wait
            await self._settler.settle(page, _checked(await self._visitor.visit(page)))
        return 0.0

    async def _start_decides(self) -> bool:
        """Once the start was read: whether the site is there, and what it lists itself."""
        source = self._source
        if source.kind != "site" or source.sitemap_run == source.run:
            return False
        start = await self._store.start_page(source)
        if start is None or start.state == "waiting":
            return False
        links: Sequence[WebUrl] = ()
        if start.state == "skipped" and start.file_id is not None:
            # Not gone, but away: what is known of the site stays as it is.
            await self._settler.give_up_rest(start.reason or "", gone=False)
        elif source.max_depth > 0:
            links = await self._visitor.sitemap(most_addresses(source))
        async with self._store.holding(source) as session:
            await add_links(session, source, links, depth=1)
            await note_sitemap(session, source)
        return True

    def _limit(self, standing: Standing) -> Skip | None:
        """Why no more is fetched."""
        source = self._source
        if standing.read >= source.max_pages:
            pages = "1 page" if source.max_pages == 1 else f"{source.max_pages} pages"
            return Skip(f"The limit of {pages} was reached.", gone=True)
        if standing.requests > most_addresses(source) * ATTEMPTS:
            return Skip("The site leads in circles, so no more of it was read.")
        if standing.seconds > MOST_SECONDS:
            return Skip("Reading the site took too long, so the rest was left out.")
        if standing.bytes > MOST_BYTES:
            return Skip("The site is too large, so the rest was left out.")
        return None

    async def _finish(self, standing: Standing) -> None:
        start = await self._store.start_page(self._source)
        start_fails = start is not None and start.state == "skipped"
        values: dict[str, object] = {"status": "ready"}
        if start is not None and start_fails and (standing.read == 0 or start.file_id is not None):
            values = _failure("nothing_read", start.reason or "", _ADVICE)
        elif standing.read == 0:
            values = _failure("nothing_read", "No page with text was found.", _ADVICE)
        await self._store.release(
            self._source.id, last_crawled_at=datetime.now(UTC), interruptions=0, **values
        )
        await self._settler.tell_source()


def _checked(outcome: Outcome) -> Outcome:
    """A file found at an address, if it is one that can be read."""
    if not isinstance(outcome, Document) or outcome.media_type == MARKDOWN:
        return outcome
    if not outcome.body.strip(b" \t\r\n\x00"):
        return Skip("There is nothing at this address.", code="no_text")
    try:
        return replace(outcome, media_type=detect_media_type(outcome.body, outcome.name))
    except UnsupportedFormat as error:
        return Skip(str(error), gone=True, code=error.code, advice=error.advice)
    except DocumentError:
        # Damaged or locked: the file says so itself, and what to do about it.
        return outcome


@asynccontextmanager
async def _renewed(store: CrawlStore, source_id: UUID) -> AsyncGenerator[None]:
    """The lease is kept as long as the block lasts."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            # Whoever lost the lease finds out when it writes; a database that is away
            # takes no writes of the work either.
            with suppress(LeaseLost, *_AWAY):
                await store.renew(source_id)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


def _failure(code: str, reason: str, advice: str) -> dict[str, object]:
    return {
        "status": "failed",
        "error_code": code,
        "error_reason": reason,
        "error_advice": advice,
    }


async def _fail(
    store: CrawlStore, settler: Settler, source_id: UUID, values: dict[str, object]
) -> None:
    await store.release(source_id, **values)
    await settler.tell_source()


_ADVICE: Final = "Check that the page opens in a browser, then sync again."
_GIVEN_UP: Final = _failure(
    "worker_lost",
    f"The worker ended {INTERRUPTIONS} times while it read this site.",
    "Read a smaller part of it, or give the worker more memory.",
)
_FAULT: Final = _failure(
    "internal_error",
    "Something in AgentGrid went wrong while it read this site. It was logged.",
    "Sync again; if it happens again, report it with the source's id.",
)
