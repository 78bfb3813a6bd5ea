"""What ingestion writes down: the lease on a file, its stages, its passages.

Every statement that changes something holds only while the lease is the worker's own. A
worker that was taken for dead and wakes up again finds ``LeaseLost`` and changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import Vector
from agentgrid.features.agents.models import Agent
from agentgrid.features.knowledge import passages
from agentgrid.features.knowledge.lexemes import tokens
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.views import file_view
from agentgrid.kit.db import SessionFactory, unit_of_work

LEASE_SECONDS: Final = 30
WAITING_SECONDS: Final = 30.0
"""How long a waiting document is let pass; after that its hint was probably lost."""

_NO_LEASE: Final[dict[str, object]] = {"lease_owner": None, "lease_until": None}
_UNFINISHED = ~KnowledgeFile.status.in_(("ready", "failed"))

# Lost hints and dead workers: told again. Those that wait in a long queue are told again
# now and then; a second hint for the same file finds nothing to do.
_ABANDONED = text("""
update knowledge_files set enqueued_at = now()
where id in (
  select f.id from knowledge_files f join agents a on a.id = f.agent_id
  where f.status not in ('ready', 'failed') and f.removed_seq is null and a.deleted_at is null
    and (f.lease_until < now() or f.lease_until is null and
         (f.enqueued_at is null or f.enqueued_at < now() - make_interval(secs => :patience)))
  order by f.id limit :most
  for update of f skip locked)
returning id
""")


# Files that somebody waits for, and whose hint a worker will come to soon.
_OTHERS_WAIT = text("""
select exists (
  select from knowledge_files f join agents a on a.id = f.agent_id
  where f.status = 'queued' and f.added_seq is null and f.removed_seq is null
    and f.lease_until is null and a.deleted_at is null
    and f.enqueued_at between now() - make_interval(secs => :patience) and now())
""")

_REPLACE_OLDER = text("""
update knowledge_files set removed_seq = :sequence, updated_at = now()
where agent_id = :agent_id and id < :file_id and removed_seq is null
  and case when cast(:source_id as uuid) is null then name = :name
      else source_id = :source_id and source_url = :source_url end
returning id
""")


class LeaseLost(Exception):
    """Another worker has the file now, it was removed, or somebody stopped the work."""


def _lease_end() -> ColumnElement[object]:
    return func.now() + literal_column(f"interval '{LEASE_SECONDS} seconds'")


class IngestStore:
    """The database, as one worker that holds one lease sees it."""

    def __init__(self, sessions: SessionFactory, events: FileEvents, owner: str) -> None:
        self._sessions = sessions
        self._events = events
        self._owner = owner

    async def acquire(self, file_id: UUID) -> KnowledgeFile | None:
        """Take the lease; None when there is nothing to do, or another worker does it."""
        statement = (
            update(KnowledgeFile)
            .where(
                KnowledgeFile.id == file_id,
                KnowledgeFile.removed_seq.is_(None),
                _UNFINISHED,
                or_(KnowledgeFile.lease_until.is_(None), KnowledgeFile.lease_until < func.now()),
            )
            .values(
                lease_owner=self._owner,
                lease_until=_lease_end(),
                # A lease that ran out belonged to a worker that died.
                interruptions=KnowledgeFile.interruptions
                + func.num_nonnulls(KnowledgeFile.lease_until),
            )
            .returning(KnowledgeFile)
        )
        async with unit_of_work(self._sessions) as session:
            return (await session.execute(statement)).scalar_one_or_none()

    async def renew(self, file_id: UUID) -> None:
        """Raises ``LeaseLost``."""
        async with unit_of_work(self._sessions) as session:
            await self._update(session, file_id, {"lease_until": _lease_end()})

    async def change(self, file_id: UUID, **values: object) -> KnowledgeFile:
        """Write down where the file stands, and tell those who watch. Raises ``LeaseLost``."""
        async with unit_of_work(self._sessions) as session:
            file = await self._update(session, file_id, values)
        await self._events.changed(file_view(file))
        return file

    async def release(self, file_id: UUID, **values: object) -> None:
        """Give the lease back. Nothing happens when it is lost already."""
        try:
            await self.change(file_id, **_NO_LEASE, **values)
        except LeaseLost:
            return

    async def check(self, file_id: UUID) -> None:
        """Look without writing. Raises ``LeaseLost``."""
        query = select(KnowledgeFile.lease_owner).where(
            KnowledgeFile.id == file_id, KnowledgeFile.removed_seq.is_(None)
        )
        async with unit_of_work(self._sessions) as session:
            if await session.scalar(query) != self._owner:
                raise LeaseLost

    async def others_wait(self) -> bool:
        """Whether documents wait that nobody can ask yet."""
        async with unit_of_work(self._sessions) as session:
            found = await session.execute(_OTHERS_WAIT, {"patience": WAITING_SECONDS})
            waiting: bool = found.scalar_one()
            return waiting

    async def replace_chunks(self, file: KnowledgeFile, chunks: Sequence[KnowledgeChunk]) -> None:
        """Store the passages, unless exactly these are there already. Raises ``LeaseLost``."""
        async with self._holding(file.id) as session:
            await passages.replace(session, file, chunks)

    async def index_words(self, file: KnowledgeFile, *, most: int) -> int:
        """Index the words of some passages that have none yet; how many. ``LeaseLost``."""
        async with self._holding(file.id) as session:
            rows = await passages.without_words(session, file.id, most=most)
            texts = [passages.embedded_text(file.title, row) for row in rows]
            words = await asyncio.to_thread(_words, texts)
            await passages.store_words(session, file, [row.id for row in rows], words)
        return len(rows)

    async def publish(self, file: KnowledgeFile, **values: object) -> KnowledgeFile:
        """Let the agent read it: one transaction, one new sequence number.

        Older files of the name go out of its view in the same moment when the file says so.
        Raises ``LeaseLost``.
        """
        async with unit_of_work(self._sessions) as session:
            # The agent's row first: files of one agent are published one after another.
            sequence = (
                await session.execute(
                    update(Agent)
                    .where(Agent.id == file.agent_id)
                    .values(knowledge_sequence=Agent.knowledge_sequence + 1)
                    .returning(Agent.knowledge_sequence)
                )
            ).scalar_one()
            chunks = await passages.count(session, file.id)
            done = {"added_seq": sequence, "chunk_count": chunks, **values}
            published = await self._update(
                session, file.id, done, KnowledgeFile.added_seq.is_(None)
            )
            await passages.count_in(session, published)
            replaced = await self._replace_older(session, published, sequence)
        await self._events.changed(file_view(published))
        for older in replaced:
            await self._events.removed(file.agent_id, older)
        return published

    async def count_unembedded(self, file_id: UUID, model: str) -> int:
        async with unit_of_work(self._sessions) as session:
            return await passages.count_unembedded(session, file_id, model)

    async def unembedded(
        self, file: KnowledgeFile, model: str, *, most: int
    ) -> list[passages.Passage]:
        """The first passages that ``model`` has not embedded yet, in reading order."""
        async with unit_of_work(self._sessions) as session:
            return await passages.unembedded(session, file, model, most=most)

    async def known_vectors(self, hashes: Sequence[str], model: str) -> Mapping[str, Vector]:
        """Vectors that ``model`` made of the same texts before, anywhere here."""
        async with unit_of_work(self._sessions) as session:
            return await passages.known_vectors(session, hashes, model)

    async def store_vectors(
        self,
        file: KnowledgeFile,
        ids: Sequence[UUID],
        vectors: Vector,
        *,
        model: str,
        **values: object,
    ) -> None:
        """One batch, committed with the progress it is. Raises ``LeaseLost``."""
        async with self._holding(file.id) as session:
            await passages.store_vectors(session, file, ids, vectors, model=model)
            done = {"attempts": 0, "interruptions": 0, **values}
            changed = await self._update(session, file.id, done)
        await self._events.changed(file_view(changed))

    async def finish(self, file: KnowledgeFile, *, model: str, **values: object) -> bool:
        """The file is ready, if ``model`` has embedded all of it. Raises ``LeaseLost``."""
        async with self._holding(file.id) as session:
            if await passages.count_unembedded(session, file.id, model):
                return False
            done = {"status": "ready", "progress": 1.0, "attempts": 0, **_NO_LEASE, **values}
            ready = await self._update(session, file.id, done)
        await self._events.changed(file_view(ready))
        return True

    @staticmethod
    async def _replace_older(
        session: AsyncSession, file: KnowledgeFile, sequence: int
    ) -> Sequence[UUID]:
        if not file.replaces_older:
            return ()
        subject = {
            "agent_id": file.agent_id,
            "name": file.name,
            "file_id": file.id,
            # Pages of the web go by their address: many have the same title.
            "source_id": file.source_id,
            "source_url": file.source_url,
        }
        return (await session.scalars(_REPLACE_OLDER, {**subject, "sequence": sequence})).all()

    @asynccontextmanager
    async def _holding(self, file_id: UUID) -> AsyncGenerator[AsyncSession]:
        """A transaction during which nobody else can take or remove the file."""
        async with unit_of_work(self._sessions) as session:
            await self._update(session, file_id, {"lease_until": _lease_end()})
            yield session

    async def _update(
        self,
        session: AsyncSession,
        file_id: UUID,
        values: Mapping[str, object],
        *conditions: ColumnElement[bool],
    ) -> KnowledgeFile:
        statement = (
            update(KnowledgeFile)
            .where(
                KnowledgeFile.id == file_id,
                KnowledgeFile.lease_owner == self._owner,
                KnowledgeFile.removed_seq.is_(None),
                *conditions,
            )
            .values(**values)
            .returning(KnowledgeFile)
            .execution_options(populate_existing=True)
        )
        file = (await session.execute(statement)).scalar_one_or_none()
        if file is None:
            raise LeaseLost
        return file


def _words(texts: Sequence[str]) -> list[str]:
    return [" ".join(tokens(each)) for each in texts]


async def abandoned(session: AsyncSession, *, patience: float, most: int) -> Sequence[UUID]:
    """Files nobody works on, marked as told again: of dead workers, or of lost hints."""
    return (await session.scalars(_ABANDONED, {"patience": patience, "most": most})).all()
