"""Documents of agents: added, listed, removed, read, searched."""

import asyncio
import hashlib
import mimetypes
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
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
from agentgrid.creator_studio.rag.detection import detect_media_type
from agentgrid.creator_studio.rag.reranking import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval import Retriever
from agentgrid.features.agents.models import Agent
from agentgrid.features.agents.repository import AgentRepository, VersionRepository
from agentgrid.features.agents.schemas import AgentSpec
from agentgrid.features.auth.principal import Principal
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.documents import DocumentTexts, original_key
from agentgrid.features.knowledge.errors import (
    FileAlreadyPresent,
    FileEmpty,
    FileNotFailed,
    FormatNotSupported,
    TextNotReady,
)
from agentgrid.features.knowledge.index import PostgresChunkIndex
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.repository import FileRepository, not_enqueued
from agentgrid.features.knowledge.schemas import (
    ChunkView,
    KnowledgeFileView,
    PageSpan,
    TextWindow,
)
from agentgrid.features.knowledge.uploads import Upload, clean_name
from agentgrid.features.knowledge.views import chunk_view, file_view
from agentgrid.kit.db import after_commit, new_id, unit_of_work
from agentgrid.kit.pagination import Page, PageQuery, page_of

PROCESS_TASK = "knowledge.process_file"
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
        async with self._stored(agent_id, upload.path) as file_id:
            agent = await self._agents.writable(principal, agent_id)
            file = _row(agent, file_id, upload, media_type, principal.user_id)
            return file_view(await self._add(agent, file))

    async def add_file(
        self,
        agent: Agent,
        name: str,
        source: Path | bytes,
        *,
        uploaded_by: UUID | None = None,
        media_type: str | None = None,
    ) -> KnowledgeFile:
        """Store a file of the installation's own and have it processed after the commit.

        Raises ``FileAlreadyPresent``, ``FileEmpty`` or ``FormatNotSupported``.
        """
        data = source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)
        name = clean_name(name)
        given = _Given(name, len(data), hashlib.sha256(data).hexdigest())
        async with self._stored(agent.id, data) as file_id:
            kind = media_type or _type_of(data, name)
            return await self._add(agent, _row(agent, file_id, given, kind, uploaded_by))

    @asynccontextmanager
    async def _stored(self, agent_id: UUID, source: Path | bytes) -> AsyncGenerator[UUID]:
        """Keep the bytes under a new file's id; when the row can't be made, not even them."""
        file_id = new_id()
        key = original_key(agent_id, file_id)
        await self._services.storage.put(key, source)
        try:
            yield file_id
        except BaseException:
            await self._services.storage.delete(key)
            raise

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
        self, principal: Principal, agent_id: UUID, page: PageQuery
    ) -> Page[KnowledgeFileView]:
        files = await self._readable(principal, agent_id)
        rows = await files.list(page)
        return page_of(rows, page, key=lambda row: [str(row.id)], item=file_view)

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
            after_commit(self._session, partial(self._services.storage.delete, file.storage_key))
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
        file.status = "queued"
        file.error_code = file.error_reason = file.error_advice = None
        file.attempts = file.interruptions = 0
        file.enqueued_at = datetime.now(UTC)
        await self._session.flush()
        await self._session.refresh(file)
        self._process_after_commit(file)
        return file_view(file)

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
        document = await DocumentTexts(self._services.storage).get(file.content_hash, file.name)
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

    async def reading(self, principal: Principal, agent_id: UUID) -> Reading:
        """What the active version reads, and how much at once."""
        agent = await self._agents.readable(principal, agent_id)
        version = await VersionRepository(self._session, agent).active()
        kept = version.knowledge_sequence
        return Reading(
            KnowledgeView(agent.id, agent.knowledge_sequence if kept is None else kept),
            AgentSpec.model_validate(version.spec).retrieval.limit,
        )

    async def _readable(self, principal: Principal, agent_id: UUID) -> FileRepository:
        return FileRepository(self._session, await self._agents.readable(principal, agent_id))


@dataclass(frozen=True, slots=True)
class _Given:
    """A file that is in memory already."""

    name: str
    size: int
    content_hash: str


def _row(
    agent: Agent,
    file_id: UUID,
    received: Upload | _Given,
    media_type: str,
    uploaded_by: UUID | None,
) -> KnowledgeFile:
    return KnowledgeFile(
        id=file_id,
        uploaded_by=uploaded_by,
        name=received.name,
        media_type=media_type,
        size=received.size,
        content_hash=received.content_hash,
        storage_key=original_key(agent.id, file_id),
        enqueued_at=datetime.now(UTC),
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
        self, query: str, view: KnowledgeView, limit: int, *, variants: Sequence[str] = ()
    ) -> Retrieval:
        found = await super().retrieve(query, view, limit, variants=variants)
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
