"""Web sources of agents: added, synced, cancelled, removed."""

from datetime import UTC, datetime
from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.web import AddressRefused, parse_url
from agentgrid.features.agents.repository import AgentRepository
from agentgrid.features.auth.principal import Principal
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.sources.documents import remove_files
from agentgrid.features.knowledge.sources.errors import (
    AddressNotAllowed,
    SourceAlreadyThere,
    SourceBusy,
    SourceNotBusy,
)
from agentgrid.features.knowledge.sources.models import KnowledgeSource
from agentgrid.features.knowledge.sources.repository import (
    Progress,
    SourceRepository,
    progress_of,
)
from agentgrid.features.knowledge.sources.schemas import SourceCreate, SourceView
from agentgrid.features.knowledge.sources.views import source_view
from agentgrid.kit.db import after_commit, new_id, unit_of_work
from agentgrid.kit.pagination import Page, PageQuery, page_of

CRAWL_TASK: Final = "knowledge.crawl_source"

_BUSY: Final = frozenset({"queued", "crawling"})


class SourceService:
    def __init__(self, services: Services, session: AsyncSession) -> None:
        self._services = services
        self._session = session
        self._agents = AgentRepository(session)
        self._events = FileEvents(services.redis)

    async def add(self, principal: Principal, agent_id: UUID, wanted: SourceCreate) -> SourceView:
        """Read a page or a site from now on.

        Raises ``AddressNotAllowed`` or ``SourceAlreadyThere``.
        """
        agent = await self._agents.writable(principal, agent_id)
        url = self._address(wanted.url)
        single = wanted.kind == "page"
        source = KnowledgeSource(
            id=new_id(),
            created_by=principal.user_id,
            url=url,
            kind=wanted.kind,
            max_depth=0 if single else wanted.max_depth,
            max_pages=1 if single else wanted.max_pages,
            tags=wanted.tags,
            enqueued_at=datetime.now(UTC),
        )
        sources = SourceRepository(self._session, agent)
        if not await sources.add(source):
            raise SourceAlreadyThere(url)
        return await self._begun(await sources.get(source.id))

    async def list(self, principal: Principal, agent_id: UUID, page: PageQuery) -> Page[SourceView]:
        sources = await self._readable(principal, agent_id)
        rows = await sources.list(page)
        progress = await progress_of(self._session, [row.id for row in rows])
        return page_of(
            rows,
            page,
            key=lambda row: [str(row.id)],
            item=lambda row: source_view(row, progress[row.id]),
        )

    async def get(self, principal: Principal, agent_id: UUID, source_id: UUID) -> SourceView:
        sources = await self._readable(principal, agent_id)
        return await self._view(await sources.get(source_id))

    async def sync(self, principal: Principal, agent_id: UUID, source_id: UUID) -> SourceView:
        """Read it again: what is unchanged costs nothing. Raises ``SourceBusy``."""
        agent = await self._agents.writable(principal, agent_id)
        sources = SourceRepository(self._session, agent)
        source = await sources.locked(source_id)
        if source.status in _BUSY:
            raise SourceBusy
        await sources.begin_again(source)
        source.status = "queued"
        source.run += 1
        source.run_started_at = None
        source.run_requests = source.run_bytes = source.interruptions = 0
        source.error_code = source.error_reason = source.error_advice = None
        source.enqueued_at = datetime.now(UTC)
        return await self._begun(source)

    async def cancel(self, principal: Principal, agent_id: UUID, source_id: UUID) -> SourceView:
        """Stop reading it; what was read so far stays. Raises ``SourceNotBusy``."""
        agent = await self._agents.writable(principal, agent_id)
        source = await SourceRepository(self._session, agent).locked(source_id)
        if source.status not in _BUSY:
            raise SourceNotBusy
        source.status = "failed"
        source.error_code = "cancelled"
        source.error_reason = "Reading it was stopped."
        source.error_advice = "Sync to go on; what was read so far is kept."
        # The worker that holds it finds that it is no longer its own, and changes nothing.
        source.lease_owner = source.lease_until = None
        view = await self._view(source)
        self._tell(view)
        return view

    async def remove(self, principal: Principal, agent_id: UUID, source_id: UUID) -> None:
        """Forget the source, and take its documents out of what the agent reads."""
        agent = await self._agents.locked(principal, agent_id)
        sources = SourceRepository(self._session, agent)
        source = await sources.locked(source_id)
        files = [file.id for file in await sources.files(source_id)]
        for file_id in await remove_files(self._session, agent_id, files):
            after_commit(self._session, partial(self._events.removed, agent_id, file_id))
        await sources.delete(source)
        after_commit(self._session, partial(self._events.source_removed, agent_id, source_id))

    def _address(self, raw: str) -> str:
        """The address in its one form. Raises ``AddressNotAllowed``."""
        try:
            url = parse_url(raw if "://" in raw else f"https://{raw}")
            self._services.web.check(url)
        except AddressRefused as error:
            raise AddressNotAllowed(f"{error} {error.advice}") from error
        return str(url.without_tracking())

    async def _begun(self, source: KnowledgeSource) -> SourceView:
        await self._session.flush()
        await self._session.refresh(source)
        view = await self._view(source)
        after_commit(self._session, partial(_crawl, self._services, source.id))
        self._tell(view)
        return view

    def _tell(self, view: SourceView) -> None:
        told = view.model_dump_json().encode()
        after_commit(self._session, partial(self._events.source_changed, view.agent_id, told))

    async def _view(self, source: KnowledgeSource) -> SourceView:
        await self._session.flush()
        progress = await progress_of(self._session, [source.id])
        return source_view(source, progress.get(source.id, Progress()))

    async def _readable(self, principal: Principal, agent_id: UUID) -> SourceRepository:
        return SourceRepository(self._session, await self._agents.readable(principal, agent_id))


async def _crawl(services: Services, source_id: UUID) -> None:
    """Tell a worker; when none can be told, leave it to the sweeper."""
    if await services.queue.enqueue(CRAWL_TASK, str(source_id)):
        return
    async with unit_of_work(services.sessions) as session:
        source = await session.get(KnowledgeSource, source_id)
        if source is not None:
            source.enqueued_at = None
