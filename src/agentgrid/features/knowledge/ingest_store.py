"""What ingestion writes down: the lease on a file, its stages, its passages.

Every statement that changes something holds only while the lease is the worker's own. A
worker that was taken for dead and wakes up again finds ``LeaseLost`` and changes nothing.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, func, literal_column, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import Vector
from agentgrid.features.agents.models import Agent
from agentgrid.features.knowledge.lexemes import agent_mark, dictionary
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.views import file_view
from agentgrid.kit.db import SessionFactory, unit_of_work

LEASE_SECONDS: Final = 30

_UNFINISHED = ~KnowledgeFile.status.in_(("ready", "failed"))

_KNOWN_VECTORS = text("""
select distinct on (c.content_hash) c.content_hash, v.embedding::text
from knowledge_chunks c join knowledge_vectors v on v.chunk_id = c.id
where c.content_hash = any(cast(:hashes as text[])) and v.model = :model
""")

_UNEMBEDDED = text("""
select c.position, c.id from knowledge_chunks c
where c.file_id = :file_id and not exists (
  select from knowledge_vectors v where v.chunk_id = c.id and v.model = :model)
order by c.position
""")

_STORE_VECTORS = text("""
insert into knowledge_vectors (chunk_id, model, agent_id, file_id, dimension, embedding)
select v.id, :model, :agent_id, :file_id, :dimension, cast(v.embedding as vector)
from unnest(cast(:ids as uuid[]), cast(:vectors as text[])) v(id, embedding)
on conflict (chunk_id, model) do update set embedding = excluded.embedding
""")

# Lexemes come out of the dictionary, so they hold letters and digits only and need no
# escaping inside the quotes.
_STORE_LEXEMES = text("""
update knowledge_chunks c
set lexemes = coalesce((
      select string_agg(
        '''' || cast(:mark as text) || x.lexeme || ''':' || array_to_string(x.places, ','), ' ')
      from (
        select l.lexeme, (array_agg(least(w.place, 16383) order by w.place))[1:250] as places
        from unnest(string_to_array(v.words, ' ')) with ordinality w(word, place)
        cross join lateral unnest(ts_lexize(cast(:dictionary as regdictionary), w.word)) l(lexeme)
        group by l.lexeme
      ) x), '')::tsvector
from unnest(cast(:ids as uuid[]), cast(:words as text[])) v(id, words)
where c.id = v.id
""")

_COUNT_LEXEMES = text("""
insert into knowledge_lexemes as known (agent_id, lexeme, chunks)
select :agent_id, substr(u.lexeme, :after_mark), count(*)
from knowledge_chunks c cross join lateral unnest(c.lexemes) u
where c.file_id = :file_id
group by 2
on conflict (agent_id, lexeme) do update set chunks = known.chunks + excluded.chunks
""")

_COUNT_CHUNKS = text(
    """
insert into knowledge_statistics as known (agent_id, chunks, tokens, languages)
select :agent_id, count(*), coalesce(sum(token_count), 0), jsonb_build_array(:language::text)
from knowledge_chunks where file_id = :file_id
on conflict (agent_id) do update set
  chunks = known.chunks + excluded.chunks,
  tokens = known.tokens + excluded.tokens,
  languages = case when known.languages @> excluded.languages then known.languages
                   else known.languages || excluded.languages end
""".replace(":language::text", "cast(:language as text)")
)

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


class LeaseLost(Exception):
    """Another worker has the file now, or it was removed."""


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
            await self.change(file_id, lease_owner=None, lease_until=None, **values)
        except LeaseLost:
            return

    async def replace_chunks(self, file: KnowledgeFile, chunks: Sequence[KnowledgeChunk]) -> None:
        """Store the passages, unless exactly these are there already. Raises ``LeaseLost``."""
        wanted = [(chunk.position, chunk.content_hash) for chunk in chunks]
        async with self._holding(file.id) as session:
            known = await session.execute(
                select(KnowledgeChunk.position, KnowledgeChunk.content_hash)
                .where(KnowledgeChunk.file_id == file.id)
                .order_by(KnowledgeChunk.position)
            )
            if [(position, digest) for position, digest in known] == wanted:
                return
            await session.execute(
                text("delete from knowledge_chunks where file_id = :id"), {"id": file.id}
            )
            session.add_all(chunks)

    async def unembedded(self, file_id: UUID, model: str) -> dict[int, UUID]:
        """Ids by position of the passages that ``model`` has not embedded yet."""
        async with unit_of_work(self._sessions) as session:
            rows = await session.execute(_UNEMBEDDED, {"file_id": file_id, "model": model})
            return {position: chunk_id for position, chunk_id in rows}

    async def known_vectors(self, hashes: Sequence[str], model: str) -> Mapping[str, Vector]:
        """Vectors that ``model`` made of the same texts before, anywhere here."""
        async with unit_of_work(self._sessions) as session:
            rows = await session.execute(_KNOWN_VECTORS, {"hashes": list(hashes), "model": model})
            return {
                digest: np.fromstring(vector[1:-1], dtype=np.float32, sep=",")
                for digest, vector in rows
            }

    async def store_vectors(
        self,
        file: KnowledgeFile,
        ids: Sequence[UUID],
        vectors: Vector,
        words: Sequence[str],
        *,
        model: str,
        progress: float,
    ) -> None:
        """One batch, committed with the progress it is. Raises ``LeaseLost``."""
        async with self._holding(file.id) as session:
            await session.execute(
                _STORE_VECTORS,
                {
                    "agent_id": file.agent_id,
                    "file_id": file.id,
                    "ids": list(ids),
                    "vectors": [str(vector.tolist()) for vector in vectors],
                    "model": model,
                    "dimension": vectors.shape[1],
                },
            )
            await session.execute(
                _STORE_LEXEMES,
                {
                    "ids": list(ids),
                    "words": list(words),
                    "mark": agent_mark(file.agent_id),
                    "dictionary": dictionary(file.language),
                },
            )
            values = {"progress": progress, "attempts": 0, "interruptions": 0}
            changed = await self._update(session, file.id, values)
        await self._events.changed(file_view(changed))

    async def publish(self, file: KnowledgeFile, *, chunks: int) -> None:
        """Let the agent read it: one transaction, one new sequence number.

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
            done = {
                "status": "ready",
                "progress": 1.0,
                "chunk_count": chunks,
                "added_seq": sequence,
                "lease_owner": None,
                "lease_until": None,
                "attempts": 0,
            }
            ready = await self._update(session, file.id, done)
            subject = {"agent_id": file.agent_id, "file_id": file.id}
            mark_length = len(agent_mark(file.agent_id))
            await session.execute(_COUNT_LEXEMES, {**subject, "after_mark": mark_length + 1})
            await session.execute(_COUNT_CHUNKS, {**subject, "language": file.language})
        await self._events.changed(file_view(ready))

    @asynccontextmanager
    async def _holding(self, file_id: UUID) -> AsyncGenerator[AsyncSession]:
        """A transaction during which nobody else can take or remove the file."""
        async with unit_of_work(self._sessions) as session:
            await self._update(session, file_id, {"lease_until": _lease_end()})
            yield session

    async def _update(
        self, session: AsyncSession, file_id: UUID, values: Mapping[str, object]
    ) -> KnowledgeFile:
        statement = (
            update(KnowledgeFile)
            .where(
                KnowledgeFile.id == file_id,
                KnowledgeFile.lease_owner == self._owner,
                KnowledgeFile.removed_seq.is_(None),
            )
            .values(**values)
            .returning(KnowledgeFile)
            .execution_options(populate_existing=True)
        )
        file = (await session.execute(statement)).scalar_one_or_none()
        if file is None:
            raise LeaseLost
        return file


async def abandoned(session: AsyncSession, *, patience: float, most: int) -> Sequence[UUID]:
    """Files nobody works on, marked as told again: of dead workers, or of lost hints."""
    return (await session.scalars(_ABANDONED, {"patience": patience, "most": most})).all()
