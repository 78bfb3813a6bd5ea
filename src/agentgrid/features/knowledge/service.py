"""Documents of agents: added, listed, removed, read, searched."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import (
    DocumentError,
    KnowledgeView,
    Retrieval,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extraction.detection import detect_media_type
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.features.agents.models import Agent
from agentgrid.features.agents.repository import AgentRepository, VersionRepository
from agentgrid.features.agents.schemas import AgentSpec
from agentgrid.features.auth.principal import Principal
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.documents import DocumentTexts
from agentgrid.features.knowledge.errors import (
    FileAlreadyPresent,
    FileEmpty,
    FileFinished,
    FileNotFailed,
    FormatNotSupported,
    TextNotReady,
)
from agentgrid.features.knowledge.filters import Filter, knowledge_filter
from agentgrid.features.knowledge.index import PostgresChunkIndex
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.objects import original_key, touch
from agentgrid.features.knowledge.progress import reopened, stopped
from agentgrid.features.knowledge.repository import FileRepository, Listing, not_enqueued
from agentgrid.features.knowledge.schemas import (
    ChunkView,
    KnowledgeFileView,
    PageSpan,
    TagView,
    TextWindow,
)
from agentgrid.features.knowledge.tags import tag_key
from agentgrid.features.knowledge.uploads import Upload, clean_name
from agentgrid.features.knowledge.views import chunk_view, file_view
from agentgrid.kit.db import after_commit, new_id, unit_of_work
from agentgrid.kit.pagination import Page, PageQuery, page_of

PROCESS_TASK = "knowledge.process_file"
CANCELLED = (
    "cancelled",
    "Somebody stopped the work on this file.",
    "Try again to go on where it stopped.",
)
LARGEST_WINDOW = 200_000
"""Characters of a document's text that one answer holds."""
_SURELY_TEXT = 4096

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an agent reads: its view of the documents, and passages for one question."""

    view: KnowledgeView
    limit: int


class KnowledgeService:
    def __init__(self, services: Services, session: AsyncSession) -> None:
        self._services = services
        self._session = session
        self._agents = AgentRepository(session)
        self._events = FileEvents(services.redis)

    async def check_may_add(self, principal: Principal, agent_id: UUID) -> None:
        """Before a body is read. Raises ``AgentNotFound`` or ``AgentReadOnly``."""
        await self._agents.writable(principal, agent_id)

    async def add_upload(
        self, principal: Principal, agent_id: UUID, upload: Upload
    ) -> KnowledgeFileView:
        """Store an uploaded file and have it processed. See ``add_file``."""
        media_type = await asyncio.to_thread(_media_type, upload.path, upload.name)
        # The bytes first: a row that can be seen has its bytes, and no connection is held
        # while a slow storage takes them.
        await self._keep(upload.content_hash, upload.path)
        agent = await self._agents.writable(principal, agent_id)
        return file_view(await self._add(agent, _row(upload, media_type, principal.user_id)))

    async def add_file(
        self,
        agent: Agent,
        name: str,
        source: Path | bytes,
        *,
        uploaded_by: UUID | None = None,
        media_type: str | None = None,
        tags: Sequence[str] = (),
        replace: bool = False,
        source_url: str | None = None,
        source_id: UUID | None = None,
    ) -> KnowledgeFile:
        """Store a file of the installation's own and have it processed after the commit.

        ``replace``: older files of the name go out of the agent's view in the moment in
        which this one can be asked. ``source_url`` and ``source_id`` say where on the web it
        is from. Raises ``FileAlreadyPresent``, ``FileEmpty`` or ``FormatNotSupported``.
        """
        data = source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)
        name = clean_name(name)
        digest = hashlib.sha256(data).hexdigest()
        kind = media_type or await asyncio.to_thread(_type_of, data, name)
        await self._keep(digest, data)
        file = _row(_Given(name, len(data), digest, tuple(tags), replace), kind, uploaded_by)
        file.source_url, file.source_id = source_url, source_id
        return await self._add(agent, file)

    async def _keep(self, content_hash: str, source: Path | bytes) -> None:
        """Store the bytes, once for each content."""
        key = original_key(content_hash)
        await touch(self._services.sessions, key)
        if not await self._services.storage.exists(key):
            await self._services.storage.put(key, source)

    async def _add(self, agent: Agent, file: KnowledgeFile) -> KnowledgeFile:
        files = FileRepository(self._session, agent)
        if not await files.add(file):
            raise FileAlreadyPresent(file.name)
        added = await files.get(file.id)
        self._process_after_commit(added)
        return added

    def _process_after_commit(self, file: KnowledgeFile) -> None:
        after_commit(self._session, partial(_process, self._services, file.id))
        after_commit(self._session, partial(self._events.changed, file_view(file)))

    async def list(
        self, principal: Principal, agent_id: UUID, wanted: Listing, page: PageQuery
    ) -> Page[KnowledgeFileView]:
        files = await self._readable(principal, agent_id)
        rows = await files.list(wanted, page)
        return page_of(rows, page, key=lambda row: [str(row.id)], item=file_view)

    async def tags(self, principal: Principal, agent_id: UUID) -> Sequence[TagView]:
        """The tags of the agent's documents, the most used first."""
        files = await self._readable(principal, agent_id)
        return [TagView(tag=tag, files=count) for tag, count in await files.tags()]

    async def set_tags(
        self, principal: Principal, agent_id: UUID, file_id: UUID, tags: Sequence[str]
    ) -> KnowledgeFileView:
        agent = await self._agents.writable(principal, agent_id)
        file = await FileRepository(self._session, agent).locked(file_id)
        file.tags, file.tag_keys = list(tags), [tag_key(tag) for tag in tags]
        return await self._changed(file)

    async def get(self, principal: Principal, agent_id: UUID, file_id: UUID) -> KnowledgeFileView:
        files = await self._readable(principal, agent_id)
        return file_view(await files.get(file_id))

    async def snapshot(self, principal: Principal, agent_id: UUID) -> Sequence[KnowledgeFileView]:
        """The files as a page that opens shows them, newest first."""
        files = await self._readable(principal, agent_id)
        return [file_view(file) for file in await files.snapshot()]

    async def remove(self, principal: Principal, agent_id: UUID, file_id: UUID) -> None:
        """Take a file out of what the agent reads, at once.

        Versions that keep an older view still read it, so what was ever published stays
        stored. What never was is deleted.
        """
        # The agent first, as publishing does: two that lock in one order cannot block each
        # other for good.
        agent = await self._agents.locked(principal, agent_id)
        files = FileRepository(self._session, agent)
        file = await files.locked(file_id)
        if file.added_seq is None:
            await files.delete(file)
        else:
            file.removed_seq = await files.next_sequence()
        after_commit(self._session, partial(self._events.removed, agent_id, file_id))

    async def retry(self, principal: Principal, agent_id: UUID, file_id: UUID) -> KnowledgeFileView:
        """Process a failed file again, from the stage that failed: earlier results are kept.

        Raises ``FileNotFailed``.
        """
        agent = await self._agents.writable(principal, agent_id)
        file = await FileRepository(self._session, agent).locked(file_id)
        if file.status != "failed":
            raise FileNotFailed(file.status)
        file.status = "queued" if file.added_seq is None else "embedding"
        file.error_code = file.error_reason = file.error_advice = file.failed_stage = None
        file.stages = [dict(stage) for stage in reopened(file.stages)]
        file.attempts = file.interruptions = 0
        file.enqueued_at = datetime.now(UTC)
        after_commit(self._session, partial(_process, self._services, file.id))
        return await self._changed(file)

    async def cancel(
        self, principal: Principal, agent_id: UUID, file_id: UUID
    ) -> KnowledgeFileView:
        """Stop the work on a file; ``retry`` goes on with it. Raises ``FileFinished``.

        Its worker holds no lease any more, so it changes nothing and ends by itself.
        """
        agent = await self._agents.writable(principal, agent_id)
        file = await FileRepository(self._session, agent).locked(file_id)
        if file.status in ("ready", "failed"):
            raise FileFinished(file.status)
        stages, file.failed_stage = stopped(file.stages)
        file.stages = [dict(stage) for stage in stages]
        file.status = "failed"
        file.error_code, file.error_reason, file.error_advice = CANCELLED
        file.lease_owner = file.lease_until = None
        return await self._changed(file)

    async def _changed(self, file: KnowledgeFile) -> KnowledgeFileView:
        await self._session.flush()
        await self._session.refresh(file)
        view = file_view(file)
        after_commit(self._session, partial(self._events.changed, view))
        return view

    async def chunks(
        self, principal: Principal, agent_id: UUID, file_id: UUID, page: PageQuery
    ) -> Page[ChunkView]:
        files = await self._readable(principal, agent_id)
        await files.get(file_id)
        rows = await files.chunks(file_id, page)
        return page_of(rows, page, key=lambda row: [str(row.position)], item=chunk_view)

    async def text(
        self, principal: Principal, agent_id: UUID, file_id: UUID, start: int, end: int | None
    ) -> TextWindow:
        """A part of a document's text, at most ``LARGEST_WINDOW`` characters.

        Also of a removed file, since answers still cite it. Raises ``TextNotReady``.
        """
        files = await self._readable(principal, agent_id)
        file = await files.ever(file_id)
        await self._session.commit()  # the connection is free while the text is fetched
        texts = DocumentTexts(self._services.storage)
        document = await texts.get(file.text_key) if file.text_key is not None else None
        if document is None:
            raise TextNotReady
        whole = document.text
        start = min(start, len(whole))
        end = len(whole) if end is None else end
        end = max(start, min(end, len(whole), start + LARGEST_WINDOW))
        pages: list[PageSpan] = []
        at = 0
        for page in document.pages:
            pages.append(PageSpan(number=page.number, char_start=at, char_end=at + len(page.text)))
            at += len(page.text) + 1
        return TextWindow(
            text=whole[start:end], start=start, end=end, total=len(whole), pages=pages
        )

    async def original(
        self, principal: Principal, agent_id: UUID, file_id: UUID
    ) -> tuple[KnowledgeFileView, AsyncIterator[bytes]]:
        """A file and its bytes as they were uploaded, in pieces."""
        files = await self._readable(principal, agent_id)
        file = await files.ever(file_id)
        return file_view(file), self._services.storage.stream(file.storage_key)

    async def reading(
        self, principal: Principal, agent_id: UUID, wanted: Filter | None = None
    ) -> Reading:
        """What the active version reads of what is ``wanted``, and how much at once."""
        agent = await self._agents.readable(principal, agent_id)
        version = await VersionRepository(self._session, agent).active()
        kept = version.knowledge_sequence
        settings = AgentSpec.model_validate(version.spec).retrieval
        view = KnowledgeView(
            agent.id,
            agent.knowledge_sequence if kept is None else kept,
            knowledge_filter(wanted, settings.tags),
        )
        return Reading(view, settings.limit)

    async def _readable(self, principal: Principal, agent_id: UUID) -> FileRepository:
        return FileRepository(self._session, await self._agents.readable(principal, agent_id))


@dataclass(frozen=True, slots=True)
class _Given:
    """A file that is in memory already."""

    name: str
    size: int
    content_hash: str
    tags: tuple[str, ...]
    replace: bool


def _row(received: Upload | _Given, media_type: str, uploaded_by: UUID | None) -> KnowledgeFile:
    return KnowledgeFile(
        id=new_id(),
        uploaded_by=uploaded_by,
        name=received.name,
        media_type=media_type,
        size=received.size,
        content_hash=received.content_hash,
        storage_key=original_key(received.content_hash),
        enqueued_at=datetime.now(UTC),
        tags=list(received.tags),
        tag_keys=[tag_key(tag) for tag in received.tags],
        replaces_older=received.replace,
    )


def _media_type(path: Path, name: str) -> str:
    return _type_of(path.read_bytes(), name)


def _type_of(data: bytes, name: str) -> str:
    """What a file is, by its content. Raises ``FileEmpty`` or ``FormatNotSupported``.

    A file that is damaged or locked passes: the worker tells what is wrong with it.
    """
    if len(data) < _SURELY_TEXT and not data.strip(b" \t\r\n\x00"):
        raise FileEmpty
    try:
        return detect_media_type(data, name)
    except UnsupportedFormat as error:
        raise FormatNotSupported(f"{error} {error.advice}".strip()) from error
    except DocumentError:
        return mimetypes.guess_type(name)[0] or "application/octet-stream"


async def _process(services: Services, file_id: UUID) -> None:
    """Tell a worker; when none can be told, leave it to the sweeper."""
    if not await services.queue.enqueue(PROCESS_TASK, str(file_id)):
        async with unit_of_work(services.sessions) as session:
            await not_enqueued(session, file_id)


def make_retriever(services: Services) -> Retriever:
    """The search over documents, logged. It holds no connection while it embeds."""
    index = PostgresChunkIndex(services.pool)
    return LoggedRetriever(index, services.embedder, ConfidenceReranker())


class LoggedRetriever(Retriever):
    """A retriever whose every search leaves ``rag_retrieval`` and ``rag_rerank`` in the log."""

    async def retrieve(
        self,
        query: str,
        view: KnowledgeView,
        limit: int,
        *,
        variants: Sequence[str] = (),
        budget_ms: float | None = None,
    ) -> Retrieval:
        found = await super().retrieve(query, view, limit, variants=variants, budget_ms=budget_ms)
        agent = str(view.agent_id)
        _log.info(
            "rag_retrieval",
            agent=agent,
            queries=list(found.queries),
            time_ms=round(found.retrieval_ms),
        )
        _log.info(
            "rag_rerank",
            agent=agent,
            passages=len(found.chunks),
            coverage=found.coverage,
            time_ms=round(found.rerank_ms),
        )
        return found
