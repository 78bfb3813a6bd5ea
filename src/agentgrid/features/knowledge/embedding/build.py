"""One worker's turn at an index that is being built: what is missing, the swap, the failures."""

import asyncio
import itertools
import os
import random
import socket
import time
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import numpy as np
import structlog

from agentgrid.creator_studio.core import Embedder, ModelError, RateLimited, Vector
from agentgrid.creator_studio.rag.embeddings import embedder_of
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build_store import (
    LEASE_SECONDS,
    BuildStore,
    LeaseLost,
    Passage,
)
from agentgrid.features.knowledge.embedding.graph import ensure_graph
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.embedding.source import BUNDLED, Known, target_of
from agentgrid.features.usage.ledger import CallSubject
from agentgrid.features.usage.metering import collect_calls, record_call
from agentgrid.kit.db import new_id

BUILD_TASK: Final = "knowledge.build_embedding"

SLICE_SECONDS: Final = 15.0
"""How long one task works before it queues itself again: documents that people have just
uploaded are read in between."""

WINDOW: Final = 5_000
"""Passages looked up at once: among 200,000 that takes up to a second."""

BATCH: Final = 96
"""Passages embedded between two commits: what a killed worker loses at most."""

ATTEMPTS: Final = 6
"""Times that something which may pass is tried, before building ends."""

RENEW_SECONDS: Final = LEASE_SECONDS / 4
_FIRST_WAIT: Final = 5.0
_LONGEST_WAIT: Final = 300.0

_log = structlog.get_logger(__name__)


async def build(services: Services, index_id: UUID) -> None:
    """Work on the index for a while; tell a worker to go on when more is left.

    Does nothing when another worker has it, or when it is built. What was embedded is kept
    whatever happens, so a worker may die at any point.
    """
    store = BuildStore(services.sessions, index_id, _worker_name())
    known = await store.acquire()
    if known is None:
        return
    log = _log.bind(index=str(index_id), model=known.index.vectors_named)
    try:
        finished = await _while_leased(store, _Build(services, store, known).run())
    except LeaseLost:
        log.info("embedding_build_lease_lost")
    except ModelError as error:
        log.warning("embedding_build_attempt_failed", code=error.code, reason=str(error))
        await _fail_or_wait(services, store, index_id, error)
    else:
        if finished:
            services.embeddings.forget()
            log.info("embedding_index_active")
            return
        await store.release(enqueued_at=datetime.now(UTC))
        await services.queue.enqueue(BUILD_TASK, str(index_id))


async def _while_leased(store: BuildStore, work: Coroutine[None, None, bool]) -> bool:
    """Do the work and renew the lease beside it; stop when the lease is lost."""
    doing = asyncio.create_task(work)
    try:
        while True:
            await asyncio.wait({doing}, timeout=RENEW_SECONDS)
            if doing.done():
                break
            try:
                await store.change()
            except LeaseLost:
                # The swap gives the lease up by itself, maybe at this very moment.
                if not doing.done():
                    raise
        return doing.result()
    finally:
        doing.cancel()
        await asyncio.gather(doing, return_exceptions=True)


async def _fail_or_wait(
    services: Services, store: BuildStore, index_id: UUID, error: ModelError
) -> None:
    with suppress(LeaseLost):
        attempts = (await store.change(attempts=EmbeddingIndex.attempts + 1)).attempts
        if not _may_pass(error) or attempts >= ATTEMPTS:
            await store.release(error=str(error))
            return
        wait = _wait(error, attempts)
        due = datetime.now(UTC) + timedelta(seconds=wait)
        await store.release(enqueued_at=due)
        await services.queue.enqueue(BUILD_TASK, str(index_id), countdown=wait)


def _may_pass(error: ModelError) -> bool:
    return error.retryable or error.code == "circuit_open"


def _wait(error: ModelError, attempts: int) -> float:
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(error.retry_after, _LONGEST_WAIT)
    return min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempts * random.uniform(0.5, 1.5))  # noqa: S311


def _worker_name() -> str:
    """Different for each attempt, so that a lease never looks like an older one."""
    return f"{socket.gethostname()}:{os.getpid()}:{new_id().hex[-8:]}"


class _Build:
    def __init__(self, services: Services, store: BuildStore, known: Known) -> None:
        self._services = services
        self._store = store
        self._index = known.index
        self._model = known.index.vectors_named
        self._embedder = _embedder(services, known)
        self._until = time.monotonic() + SLICE_SECONDS

    async def run(self) -> bool:
        """Whether the index is complete and active now. Raises ``ModelError``, ``LeaseLost``."""
        if await self._store.count(self._model) > 0 and not await self._fill():
            return False
        if self._index.slot == "active":
            await self._store.release(attempts=0)
            return True
        await ensure_graph(self._services.engine, self._index.dimension)
        return await self._store.swap(self._model)

    async def _fill(self) -> bool:
        """Embed what is missing; False when the time is up first."""
        while found := await self._store.missing(self._model, most=WINDOW):
            for agent_id, ids in _batches(found):
                await self._embed(agent_id, ids)
                if time.monotonic() >= self._until:
                    return False
        return True

    async def _embed(self, agent_id: UUID, ids: Sequence[UUID]) -> None:
        subject = CallSubject("embedding", user_id=self._index.chosen_by, agent_id=agent_id)
        passages = await self._store.passages(ids)
        with collect_calls() as calls:
            try:
                vectors = await self._vectors(passages)
            except ModelError:
                await self._store.book(calls, subject)
                raise
        await self._store.store(passages, vectors, model=self._model, calls=calls, subject=subject)

    async def _vectors(self, passages: Sequence[Passage]) -> Vector:
        """Vectors of the passages; texts that were embedded before, anywhere here, are copied."""
        hashes = [passage.content_hash for passage in passages]
        known = dict(await self._store.known_vectors(hashes, self._model))
        missing = {
            passage.content_hash: passage.text
            for passage in passages
            if passage.content_hash not in known
        }
        if missing:
            embedded = await self._embedder.embed_passages(list(missing.values()))
            known |= dict(zip(missing, embedded, strict=True))
        if not hashes:
            return np.zeros((0, self._index.dimension), np.float32)
        return np.stack([known[digest] for digest in hashes])


def _embedder(services: Services, known: Known) -> Embedder:
    if known.index.provider == BUNDLED:
        return services.embeddings.bundled
    target = target_of(known, services.secrets)
    return embedder_of(target, services.http, on_call=record_call)


def _batches(found: Sequence[tuple[UUID, UUID]]) -> Iterator[tuple[UUID, list[UUID]]]:
    """Batches of one agent's passages each, so that every call can be put to its account."""
    for agent_id, group in itertools.groupby(found, key=lambda pair: pair[0]):
        ids = [chunk_id for _, chunk_id in group]
        for start in range(0, len(ids), BATCH):
            yield agent_id, ids[start : start + BATCH]
