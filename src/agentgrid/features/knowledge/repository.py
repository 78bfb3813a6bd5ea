"""Every statement on the documents of one agent that the caller was allowed to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.models import Agent
from agentgrid.features.knowledge.errors import FileNotFound
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.tags import tag_key
from agentgrid.kit.pagination import PageQuery

SNAPSHOT_FILES = 500
"""Files of which a page that opens learns at once; the listing has them all."""


MOST_TAGS = 1_000

_TAGS = text("""
select mode() within group (order by t.tag), count(distinct f.id)
from knowledge_files f cross join lateral unnest(f.tags, f.tag_keys) t(tag, key)
where f.agent_id = :agent_id and f.removed_seq is null
group by t.key order by 2 desc, 1 limit :most
""")


@dataclass(frozen=True, slots=True)
class Listing:
    """Which files a listing holds; what is empty does not limit."""

    text: str = ""
    """Part of the name."""
    tag: str = ""
    status: str | None = None


class FileRepository:
    """Files of one agent. What was removed is there only for its older versions."""

    def __init__(self, session: AsyncSession, agent: Agent) -> None:
        self._session = session
        self._agent = agent

    def _present(self) -> Select[KnowledgeFile]:
        return select(KnowledgeFile).where(
            KnowledgeFile.agent_id == self._agent.id, KnowledgeFile.removed_seq.is_(None)
        )

    async def get(self, file_id: UUID) -> KnowledgeFile:
        """Raises ``FileNotFound``."""
        return self._found(
            await self._session.scalar(self._present().where(KnowledgeFile.id == file_id))
        )

    async def locked(self, file_id: UUID) -> KnowledgeFile:
        """Like ``get``, held until the transaction ends."""
        query = self._present().where(KnowledgeFile.id == file_id).with_for_update()
        return self._found(await self._session.scalar(query))

    async def ever(self, file_id: UUID) -> KnowledgeFile:
        """Also a removed one: older versions and old answers still cite it."""
        query = select(KnowledgeFile).where(
            KnowledgeFile.agent_id == self._agent.id, KnowledgeFile.id == file_id
        )
        return self._found(await self._session.scalar(query))

    async def list(self, wanted: Listing, page: PageQuery) -> Sequence[KnowledgeFile]:
        """Newest first; ``limit + 1`` rows."""
        query = self._present().order_by(KnowledgeFile.id.desc()).limit(page.limit + 1)
        if wanted.text.strip():
            query = query.where(KnowledgeFile.name.icontains(wanted.text.strip(), autoescape=True))
        if wanted.tag.strip():
            query = query.where(KnowledgeFile.tag_keys.contains([tag_key(wanted.tag)]))
        if wanted.status is not None:
            query = query.where(KnowledgeFile.status == wanted.status)
        if page.after_id is not None:
            query = query.where(KnowledgeFile.id < page.after_id)
        return (await self._session.scalars(query)).all()

    async def tags(self) -> Sequence[tuple[str, int]]:
        """Each tag, in the way it is written most often, and how many files have it."""
        rows = await self._session.execute(_TAGS, {"agent_id": self._agent.id, "most": MOST_TAGS})
        return [(tag, files) for tag, files in rows]

    async def snapshot(self) -> Sequence[KnowledgeFile]:
        query = self._present().order_by(KnowledgeFile.id.desc()).limit(SNAPSHOT_FILES)
        return (await self._session.scalars(query)).all()

    async def add(self, file: KnowledgeFile) -> bool:
        """Store a new row; False when the same name and content are there already."""
        values = {
            "id": file.id,
            "agent_id": self._agent.id,
            "uploaded_by": file.uploaded_by,
            "name": file.name,
            "media_type": file.media_type,
            "size": file.size,
            "content_hash": file.content_hash,
            "storage_key": file.storage_key,
            "enqueued_at": file.enqueued_at,
            "tags": file.tags,
            "tag_keys": file.tag_keys,
            "replaces_older": file.replaces_older,
            "source_url": file.source_url,
            "source_id": file.source_id,
        }
        statement = insert(KnowledgeFile).values(values).on_conflict_do_nothing()
        added = await self._session.execute(statement.returning(KnowledgeFile.id))
        return added.scalar_one_or_none() is not None

    async def delete(self, file: KnowledgeFile) -> None:
        """For good, with its passages; only for files that no version ever read."""
        await self._session.execute(delete(KnowledgeFile).where(KnowledgeFile.id == file.id))

    async def next_sequence(self) -> int:
        """The number of this change of the agent's documents. Locks the agent's row."""
        statement = (
            update(Agent)
            .where(Agent.id == self._agent.id)
            .values(knowledge_sequence=Agent.knowledge_sequence + 1)
            .returning(Agent.knowledge_sequence)
            .execution_options(synchronize_session=False)
        )
        return (await self._session.execute(statement)).scalar_one()

    async def chunks(self, file_id: UUID, page: PageQuery) -> Sequence[KnowledgeChunk]:
        """In reading order; ``limit + 1`` rows."""
        query = (
            select(KnowledgeChunk)
            .where(KnowledgeChunk.agent_id == self._agent.id, KnowledgeChunk.file_id == file_id)
            .order_by(KnowledgeChunk.position)
            .limit(page.limit + 1)
        )
        if page.after_number is not None:
            query = query.where(KnowledgeChunk.position > page.after_number)
        return (await self._session.scalars(query)).all()

    @staticmethod
    def _found(file: KnowledgeFile | None) -> KnowledgeFile:
        if file is None:
            raise FileNotFound
        return file


async def not_enqueued(session: AsyncSession, file_id: UUID) -> None:
    """Note that no worker was told, so that the sweeper tells one soon."""
    await session.execute(
        update(KnowledgeFile).where(KnowledgeFile.id == file_id).values(enqueued_at=None)
    )
