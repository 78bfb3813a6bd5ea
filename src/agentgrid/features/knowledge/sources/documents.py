"""Pages of the web among the agent's files: added, replaced and taken away."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.models import Agent
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.features.knowledge.objects import original_key, touch
from agentgrid.features.knowledge.repository import FileRepository
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.features.knowledge.sources.outcomes import Document
from agentgrid.features.knowledge.tags import tag_key
from agentgrid.features.knowledge.uploads import clean_name
from agentgrid.kit.db import new_id


async def keep(services: Services, document: Document) -> None:
    """Store the bytes, before anything is held."""
    key = original_key(document.content_hash)
    await touch(services.sessions, key)
    if not await services.storage.exists(key):
        await services.storage.put(key, document.body)


async def add_document(
    session: AsyncSession,
    agent: Agent,
    source: KnowledgeSource,
    page: KnowledgeSourcePage,
    document: Document,
) -> KnowledgeFile | None:
    """A file that takes the place of the page's older one once it is published.

    None when the agent has the same text under the same name already.
    """
    files = FileRepository(session, agent)
    file = KnowledgeFile(
        id=new_id(),
        uploaded_by=source.created_by,
        # A title is no path: what stands before a slash belongs to it.
        name=clean_name(document.name.replace("/", "-").replace("\\", "-")),
        media_type=document.media_type,
        size=len(document.body),
        content_hash=document.content_hash,
        storage_key=original_key(document.content_hash),
        enqueued_at=datetime.now(UTC),
        tags=list(source.tags),
        tag_keys=[tag_key(tag) for tag in source.tags],
        replaces_older=True,
        source_url=page.url,
        source_id=source.id,
    )
    return await files.get(file.id) if await files.add(file) else None


async def remove_files(
    session: AsyncSession, agent_id: UUID, file_ids: Sequence[UUID]
) -> list[UUID]:
    """Take files out of what the agent reads, with one sequence number for all of them.

    The caller holds the agent. What was never published is deleted. Those that were there.
    """
    query = (
        select(KnowledgeFile)
        .where(
            KnowledgeFile.id.in_(file_ids),
            KnowledgeFile.agent_id == agent_id,
            KnowledgeFile.removed_seq.is_(None),
        )
        .order_by(KnowledgeFile.id)
        .with_for_update()
    )
    files = (await session.scalars(query)).all()
    published = [file.id for file in files if file.added_seq is not None]
    unpublished = [file.id for file in files if file.added_seq is None]
    if unpublished:
        await session.execute(delete(KnowledgeFile).where(KnowledgeFile.id.in_(unpublished)))
    if published:
        sequence = await session.scalar(
            update(Agent)
            .where(Agent.id == agent_id)
            .values(knowledge_sequence=Agent.knowledge_sequence + 1)
            .returning(Agent.knowledge_sequence)
            .execution_options(synchronize_session=False)
        )
        await session.execute(
            update(KnowledgeFile)
            .where(KnowledgeFile.id.in_(published))
            .values(removed_seq=sequence)
        )
    return [file.id for file in files]


async def unpublished_before(session: AsyncSession, added: KnowledgeFile) -> Sequence[UUID]:
    """Older files of the same page that no version has read yet."""
    query = select(KnowledgeFile.id).where(
        KnowledgeFile.source_id == added.source_id,
        KnowledgeFile.source_url == added.source_url,
        KnowledgeFile.id < added.id,
        KnowledgeFile.added_seq.is_(None),
        KnowledgeFile.removed_seq.is_(None),
    )
    return (await session.scalars(query)).all()


async def page_files(session: AsyncSession, source_id: UUID, url: str) -> Sequence[UUID]:
    """Every file of one page: the one that is read, and one that is to follow it."""
    query = select(KnowledgeFile.id).where(
        KnowledgeFile.source_id == source_id,
        KnowledgeFile.source_url == url,
        KnowledgeFile.removed_seq.is_(None),
    )
    return (await session.scalars(query)).all()
