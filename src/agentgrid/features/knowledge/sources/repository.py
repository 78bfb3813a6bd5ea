"""Every statement on the web sources of one agent that the caller was allowed to see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.models import Agent
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.sources.errors import SourceNotFound
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.kit.pagination import PageQuery

SHOWN_SKIPS = 100

_SKIPPED = text("""
select source_id, url, reason from (
  select source_id, url, reason,
         row_number() over (partition by source_id order by depth, id) as place
  from knowledge_source_pages
  where source_id = any(cast(:ids as uuid[])) and state = 'skipped'
) p where place <= :most order by source_id, place
""")


@dataclass(slots=True)
class Progress:
    """What is said of a source's pages."""

    found: int = 0
    read: int = 0
    unchanged: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Address and reason."""


class SourceRepository:
    """Sources of one agent."""

    def __init__(self, session: AsyncSession, agent: Agent) -> None:
        self._session = session
        self._agent = agent

    def _own(self) -> Select[KnowledgeSource]:
        return select(KnowledgeSource).where(KnowledgeSource.agent_id == self._agent.id)

    async def get(self, source_id: UUID) -> KnowledgeSource:
        """Raises ``SourceNotFound``."""
        query = self._own().where(KnowledgeSource.id == source_id)
        return self._found(await self._session.scalar(query))

    async def locked(self, source_id: UUID) -> KnowledgeSource:
        """Like ``get``, held until the transaction ends."""
        query = self._own().where(KnowledgeSource.id == source_id).with_for_update()
        return self._found(await self._session.scalar(query))

    async def list(self, page: PageQuery) -> Sequence[KnowledgeSource]:
        """Newest first; ``limit + 1`` rows."""
        query = self._own().order_by(KnowledgeSource.id.desc()).limit(page.limit + 1)
        if page.after_id is not None:
            query = query.where(KnowledgeSource.id < page.after_id)
        return (await self._session.scalars(query)).all()

    async def add(self, source: KnowledgeSource) -> bool:
        """Store a new row with its start; False when the address is there already."""
        values = {
            "id": source.id,
            "agent_id": self._agent.id,
            "created_by": source.created_by,
            "url": source.url,
            "kind": source.kind,
            "max_depth": source.max_depth,
            "max_pages": source.max_pages,
            "tags": source.tags,
            "enqueued_at": source.enqueued_at,
        }
        statement = insert(KnowledgeSource).values(values).on_conflict_do_nothing()
        added = await self._session.execute(statement.returning(KnowledgeSource.id))
        if added.scalar_one_or_none() is None:
            return False
        self._session.add(KnowledgeSourcePage(source_id=source.id, url=source.url, depth=0))
        return True

    async def begin_again(self, source: KnowledgeSource) -> None:
        """Put every address that was ever met back into the queue."""
        await self._session.execute(
            update(KnowledgeSourcePage)
            .where(KnowledgeSourcePage.source_id == source.id)
            .values(state="waiting", reason=None, attempts=0, not_before=None)
        )

    async def files(self, source_id: UUID) -> Sequence[KnowledgeFile]:
        """The documents it brought, as far as they are there, held."""
        query = (
            select(KnowledgeFile)
            .where(
                KnowledgeFile.agent_id == self._agent.id,
                KnowledgeFile.source_id == source_id,
                KnowledgeFile.removed_seq.is_(None),
            )
            .order_by(KnowledgeFile.id)
            .with_for_update()
        )
        return (await self._session.scalars(query)).all()

    async def delete(self, source: KnowledgeSource) -> None:
        await self._session.execute(delete(KnowledgeSource).where(KnowledgeSource.id == source.id))

    @staticmethod
    def _found(source: KnowledgeSource | None) -> KnowledgeSource:
        if source is None:
            raise SourceNotFound
        return source


async def progress_of(session: AsyncSession, source_ids: Sequence[UUID]) -> Mapping[UUID, Progress]:
    """What is said of the pages of these sources."""
    found = {source_id: Progress() for source_id in source_ids}
    counts = await session.execute(
        select(KnowledgeSourcePage.source_id, KnowledgeSourcePage.state, func.count())
        .where(KnowledgeSourcePage.source_id.in_(source_ids))
        .group_by(KnowledgeSourcePage.source_id, KnowledgeSourcePage.state)
    )
    for source_id, state, number in counts:
        progress = found[source_id]
        progress.found += number if state != "moved" else 0
        progress.read += number if state in {"read", "unchanged"} else 0
        progress.unchanged += number if state == "unchanged" else 0
    skips = await session.execute(_SKIPPED, {"ids": list(source_ids), "most": SHOWN_SKIPS})
    for source_id, url, reason in skips:
        found[source_id].skipped.append((url, reason or ""))
    return found
