"""Writes down what came of an address, in one transaction, and tells of it afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.web import WebUrl
from agentgrid.features.agents.models import Agent
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.repository import not_enqueued
from agentgrid.features.knowledge.service import PROCESS_TASK
from agentgrid.features.knowledge.sources import documents
from agentgrid.features.knowledge.sources.crawl_store import (
    CrawlStore,
    add_links,
    change_page,
    count_request,
    end_frontier,
    note_scope,
    same_text,
)
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.features.knowledge.sources.outcomes import (
    Document,
    Later,
    Moved,
    Outcome,
    Same,
    Skip,
)
from agentgrid.features.knowledge.sources.repository import progress_of
from agentgrid.features.knowledge.sources.views import source_view
from agentgrid.features.knowledge.views import file_view
from agentgrid.kit.db import unit_of_work

ATTEMPTS: Final = 3
MOST_HOPS: Final = 5

_KEPT: Final = " Its text from the last time is kept."


@dataclass(slots=True)
class _Changes:
    """What a transaction changed, to be told once it has committed."""

    added: KnowledgeFile | None = None
    removed: list[UUID] = field(default_factory=list[UUID])


class Settler:
    """What came of addresses of one source."""

    def __init__(self, services: Services, store: CrawlStore, source: KnowledgeSource) -> None:
        self._services = services
        self._store = store
        self._source = source
        self._events = FileEvents(services.redis)

    async def settle(self, page: KnowledgeSourcePage, outcome: Outcome) -> None:
        """Raises ``LeaseLost``: then nothing was changed."""
        if isinstance(outcome, Document):
            # The bytes first: no connection is held while a slow storage takes them.
            await documents.keep(self._services, outcome)
        changes = _Changes()
        async with self._store.holding(self._source) as session:
            size = len(outcome.body) if isinstance(outcome, Document) else 0
            await count_request(session, self._source.id, size)
            match outcome:
                case Skip():
                    await self._skip(session, page, outcome, changes)
                case Later():
                    await self._later(session, page, outcome, changes)
                case Moved():
                    await self._move(session, page, outcome, changes)
                case Same():
                    await self._same(session, page, outcome)
                case Document():
                    await self._read(session, page, outcome, changes)
        await self._tell(changes)

    async def give_up_rest(self, reason: str, *, gone: bool) -> None:
        """Nothing more is fetched in this run. Raises ``LeaseLost``."""
        changes = _Changes()
        async with self._store.holding(self._source) as session:
            files = await end_frontier(session, self._source.id, reason, gone=gone)
            changes.removed += await documents.remove_files(session, self._source.agent_id, files)
        await self._tell(changes)

    async def tell_source(self) -> None:
        """Show those who watch where the source stands."""
        async with unit_of_work(self._services.sessions) as session:
            source = await session.get(KnowledgeSource, self._source.id)
            if source is None:
                return
            view = source_view(source, (await progress_of(session, [source.id]))[source.id])
        await self._events.source_changed(source.agent_id, view.model_dump_json().encode())

    async def _skip(
        self, session: AsyncSession, page: KnowledgeSourcePage, skip: Skip, changes: _Changes
    ) -> None:
        if skip.gone:
            await self._remove_file(session, page, changes)
        kept = not skip.gone and page.file_id is not None
        reason = skip.reason + (_KEPT if kept else "")
        await change_page(session, page, state="skipped", reason=reason, not_before=None)
        await self._follow(session, page, skip.links)

    async def _later(
        self, session: AsyncSession, page: KnowledgeSourcePage, later: Later, changes: _Changes
    ) -> None:
        if page.attempts + 1 >= ATTEMPTS:
            await self._skip(session, page, later.skip, changes)
            return
        due = datetime.now(UTC) + timedelta(seconds=later.wait)
        await change_page(session, page, attempts=page.attempts + 1, not_before=due)

    async def _move(
        self, session: AsyncSession, page: KnowledgeSourcePage, moved: Moved, changes: _Changes
    ) -> None:
        if page.hops >= MOST_HOPS:
            skip = Skip(f"The address leads on more than {MOST_HOPS} times.", gone=True)
            await self._skip(session, page, skip, changes)
            return
        await self._remove_file(session, page, changes)
        await change_page(session, page, state="moved", reason=None)
        await add_links(session, self._source, [moved.to], depth=page.depth, hops=page.hops + 1)

    async def _same(self, session: AsyncSession, page: KnowledgeSourcePage, same: Same) -> None:
        await change_page(
            session,
            page,
            state="unchanged",
            reason=None,
            etag=same.known.etag or page.etag,
            last_modified=same.known.last_modified or page.last_modified,
        )

    async def _read(
        self,
        session: AsyncSession,
        page: KnowledgeSourcePage,
        document: Document,
        changes: _Changes,
    ) -> None:
        known = {"etag": document.known.etag, "last_modified": document.known.last_modified}
        if document.scope_url is not None:
            self._source.scope_url = str(document.scope_url)
            await note_scope(session, self._source)
        await self._follow(session, page, document.links)
        if page.file_id is not None and page.text_hash == document.content_hash:
            await change_page(session, page, state="unchanged", reason=None, **known)
            return
        twin = await same_text(session, page, document.content_hash)
        if twin is not None:
            skip = Skip(f"It says the same as {twin}.", gone=True)
            await self._skip(session, page, skip, changes)
            return
        agent = await session.scalar(select(Agent).where(Agent.id == self._source.agent_id))
        if agent is None:
            return
        added = await documents.add_document(session, agent, self._source, page, document)
        if added is None:
            skip = Skip("The agent has a document of the same name that says the same.", gone=True)
            await self._skip(session, page, skip, changes)
            return
        older = await documents.unpublished_before(session, added)
        changes.removed += await documents.remove_files(session, agent.id, older)
        changes.added = added
        await change_page(
            session,
            page,
            state="read",
            reason=None,
            text_hash=document.content_hash,
            file_id=added.id,
            **known,
        )

    async def _follow(
        self, session: AsyncSession, page: KnowledgeSourcePage, links: Sequence[WebUrl]
    ) -> None:
        if self._source.kind == "site" and page.depth < self._source.max_depth:
            await add_links(session, self._source, links, depth=page.depth + 1)

    async def _remove_file(
        self, session: AsyncSession, page: KnowledgeSourcePage, changes: _Changes
    ) -> None:
        if page.file_id is not None:
            files = await documents.page_files(session, self._source.id, page.url)
            agent_id = self._source.agent_id
            changes.removed += await documents.remove_files(session, agent_id, files)
        await change_page(
            session, page, file_id=None, text_hash=None, etag=None, last_modified=None
        )

    async def _tell(self, changes: _Changes) -> None:
        for file_id in changes.removed:
            await self._events.removed(self._source.agent_id, file_id)
        if changes.added is not None:
            await self._events.changed(file_view(changes.added))
            if not await self._services.queue.enqueue(PROCESS_TASK, str(changes.added.id)):
                async with unit_of_work(self._services.sessions) as session:
                    await not_enqueued(session, changes.added.id)
        await self.tell_source()
