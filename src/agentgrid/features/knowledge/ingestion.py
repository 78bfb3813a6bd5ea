"""From stored bytes to passages an agent reads: extract, chunk, embed, publish.

Each stage first looks at what an earlier attempt left behind and goes on from there, so a
worker may die at any point. Nothing is visible to a search before the last step.
"""

import asyncio
import hashlib
import os
import random
import socket
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import aiohttp
import numpy as np
import sqlalchemy.exc
import structlog
from obstore.exceptions import BaseError as StorageError
from redis.exceptions import RedisError

from agentgrid.creator_studio.core import (
    Chunk,
    CorruptDocument,
    DocumentError,
    EmptyDocument,
    ExtractedDocument,
    ModelError,
    Vector,
)
from agentgrid.creator_studio.rag import formats
from agentgrid.creator_studio.rag.chunking import CountMany, chunk_document, embedding_text
from agentgrid.creator_studio.rag.isolation import run_isolated
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.documents import DocumentTexts
from agentgrid.features.knowledge.ingest_store import LEASE_SECONDS, IngestStore, LeaseLost
from agentgrid.features.knowledge.lexemes import detect_language, tokens
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.service import PROCESS_TASK
from agentgrid.kit.db import new_id
from agentgrid.kit.storage import ObjectMissing

ATTEMPTS: Final = 3
"""Times that something which may pass is tried, before the file fails."""

INTERRUPTIONS: Final = 10
"""Workers that may die over a file without any progress, before it fails."""

BATCH: Final = 32
"""Passages embedded between two commits: what a killed worker loses at most."""

RENEW_SECONDS: Final = LEASE_SECONDS / 3
_LOOK_SECONDS: Final = 0.25
_FIRST_WAIT: Final = 4.0

# How much of the work lies behind when a stage begins; embedding is most of it.
_EXTRACTED: Final = 0.10
_CHUNKED: Final = 0.15

_PAGED: Final = frozenset({formats.PDF, formats.PPTX, formats.XLSX})

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
    if file.interruptions > INTERRUPTIONS:
        await _fail(store, file_id, *_GIVEN_UP)
        log.error("ingestion_given_up", interruptions=file.interruptions)
        return
    try:
        await _while_leased(store, file_id, Ingestion(services, store).run(file), stopping)
        log.info("ingestion_ready")
    except LeaseLost:
        log.info("ingestion_lease_lost")
    except ShuttingDown:
        await store.release(file_id, status="queued", enqueued_at=None)
        log.info("ingestion_handed_back")
    except DocumentError as error:
        await _fail(store, file_id, error.code, str(error), error.advice)
        log.info("ingestion_failed", code=error.code, reason=str(error))
    except Exception as error:
        if _may_pass(error):
            detail = str(error)[:300]
            log.warning("ingestion_attempt_failed", error=type(error).__name__, detail=detail)
            await _try_later(services, store, file_id)
        else:
            log.exception("ingestion_fault")
            await _fail(store, file_id, *_FAULT)


def _may_pass(error: Exception) -> bool:
    """Whether trying again may help; if not, it is a fault of ours."""
    if isinstance(error, sqlalchemy.exc.DBAPIError):
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return error.connection_invalidated or state.startswith(_PASSING_STATES)
    return isinstance(error, _AWAY_ERRORS)


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


async def _fail(store: IngestStore, file_id: UUID, code: str, reason: str, advice: str) -> None:
    await store.release(
        file_id, status="failed", error_code=code, error_reason=reason, error_advice=advice
    )


async def _try_later(services: Services, store: IngestStore, file_id: UUID) -> None:
    try:
        attempts = (await store.change(file_id, attempts=KnowledgeFile.attempts + 1)).attempts
    except LeaseLost:
        return
    if attempts >= ATTEMPTS:
        await _fail(store, file_id, *_AWAY)
        return
    # Jitter, so that files which failed together do not all come back together.
    wait = _FIRST_WAIT * 2 ** (attempts - 1) * random.uniform(0.5, 1.5)  # noqa: S311
    due = datetime.now(UTC) + timedelta(seconds=wait)
    await store.release(file_id, status="queued", enqueued_at=due)
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
    renew_at = loop.time() + RENEW_SECONDS
    while True:
        if stopping():
            raise ShuttingDown
        if loop.time() >= renew_at:
            # A database that is away takes no writes of the work either: the work notices.
            with suppress(sqlalchemy.exc.SQLAlchemyError, OSError):
                await store.renew(file_id)
            renew_at = loop.time() + RENEW_SECONDS
        await asyncio.sleep(_LOOK_SECONDS)


class Ingestion:
    """The stages of one file."""

    def __init__(self, services: Services, store: IngestStore) -> None:
        self._services = services
        self._store = store
        self._texts = DocumentTexts(services.storage)
        self._embedder = services.embedder

    async def run(self, file: KnowledgeFile) -> None:
        """Raises ``DocumentError``, ``LeaseLost``, or whatever a part that is away raises."""
        file = await self._store.change(file.id, status="extracting")
        document = await self._extract(file)
        file = await self._store.change(
            file.id,
            status="chunking",
            progress=max(file.progress, _EXTRACTED),
            title=document.title,
            media_type=document.media_type,
            pages=len(document.pages) if document.media_type in _PAGED else None,
            language=await asyncio.to_thread(detect_language, document.text),
            warning=" ".join(document.warnings) or None,
        )
        chunks = await self._chunk(file, document)
        file = await self._store.change(
            file.id,
            status="embedding",
            progress=max(file.progress, _CHUNKED),
            chunk_count=len(chunks),
        )
        await self._embed(file, document, chunks)
        await self._store.publish(file, chunks=len(chunks))

    async def _extract(self, file: KnowledgeFile) -> ExtractedDocument:
        known = await self._texts.get(file.content_hash, file.name)
        if known is not None:
            return known
        with tempfile.TemporaryDirectory(prefix="agentgrid-read-") as folder:
            path = Path(folder) / "document"
            await self._fetch(file.storage_key, path)
            document = await asyncio.to_thread(run_isolated, path, name=file.name)
        await self._texts.put(file.content_hash, file.name, document)
        await self._store.change(file.id, attempts=0, interruptions=0)
        return document

    async def _fetch(self, key: str, path: Path) -> None:
        with path.open("wb") as target:
            try:
                async for piece in self._services.storage.stream(key):
                    target.write(piece)
            except ObjectMissing as error:
                raise CorruptDocument(
                    "The stored file is gone.", advice="Remove it here and upload it again."
                ) from error

    async def _chunk(self, file: KnowledgeFile, document: ExtractedDocument) -> Sequence[Chunk]:
        """Cutting is quick and always gives the same, so it is simply done again."""
        count_many: CountMany | None = getattr(self._embedder, "count_tokens_batch", None)
        chunks = await asyncio.to_thread(
            chunk_document,
            document,
            count_tokens=self._embedder.count_tokens,
            count_many=count_many,
        )
        if not chunks:
            raise EmptyDocument(
                "The document has headings, but no text that could answer a question.",
                advice="Check that you chose the right file.",
            )
        rows = [_row(file, document.title, chunk) for chunk in chunks]
        await self._store.replace_chunks(file, rows)
        return chunks

    async def _embed(
        self, file: KnowledgeFile, document: ExtractedDocument, chunks: Sequence[Chunk]
    ) -> None:
        model = self._embedder.model
        left = await self._store.unembedded(file.id, model)
        done = len(chunks) - len(left)
        positions = list(left)
        for start in range(0, len(positions), BATCH):
            batch = positions[start : start + BATCH]
            texts = [embedding_text(document.title, chunks[position]) for position in batch]
            vectors = await self._vectors(texts)
            done += len(batch)
            await self._store.store_vectors(
                file,
                [left[position] for position in batch],
                vectors,
                [" ".join(tokens(each)) for each in texts],
                model=model,
                progress=_CHUNKED + (1 - _CHUNKED) * done / len(chunks),
            )

    async def _vectors(self, texts: Sequence[str]) -> Vector:
        """Vectors of the texts; those embedded before, anywhere here, are copied."""
        hashes = [_digest(each) for each in texts]
        known = dict(await self._store.known_vectors(hashes, self._embedder.model))
        missing = {
            digest: each for digest, each in zip(hashes, texts, strict=True) if digest not in known
        }
        if missing:
            embedded = await self._embedder.embed_passages(list(missing.values()))
            known |= dict(zip(missing, embedded, strict=True))
        return np.stack([known[digest] for digest in hashes])


def _digest(embedded: str) -> str:
    return hashlib.sha256(embedded.encode()).hexdigest()


def _row(file: KnowledgeFile, title: str, chunk: Chunk) -> KnowledgeChunk:
    return KnowledgeChunk(
        agent_id=file.agent_id,
        file_id=file.id,
        position=chunk.position,
        text=chunk.text,
        page=chunk.page,
        heading_path=list(chunk.heading_path),
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        token_count=chunk.token_count,
        # Over exactly what is embedded, the document's title included.
        content_hash=_digest(embedding_text(title, chunk)),
    )
