"""What building an index writes down: the lease, the vectors, the swap, the deletion.

Every statement that changes something holds only while the lease is the worker's own: one
that was taken for dead and wakes up again, or whose index was given up, finds ``LeaseLost``
and changes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, func, literal_column, or_, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import Chunk, Vector
from agentgrid.creator_studio.llm.wrappers import CallRecord
from agentgrid.creator_studio.rag.chunking import embedding_text
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.embedding.source import Known
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.usage.ledger import CallSubject
from agentgrid.features.usage.metering import book_calls
from agentgrid.kit.db import SessionFactory, unit_of_work

LEASE_SECONDS: Final = 60
LOCK_TIMEOUT: Final = "5s"
"""How long the swap waits for those who are storing vectors at that moment."""
LOCK_NOT_AVAILABLE: Final = "55P03"
DELETE_BATCH: Final = 5_000

# Deleted agents cannot come back, so nothing is spent on them. Removed files can: versions
# that keep an older view still read them.
_LACKING = """
from knowledge_chunks c join agents a on a.id = c.agent_id
where a.deleted_at is null and not exists (
  select from knowledge_vectors v where v.chunk_id = c.id and v.model = :model)
"""
_MISSING = text(f"select c.agent_id, c.id {_LACKING} order by c.agent_id, c.id limit :most")
_COUNTED = text("""
select count(*), count(*) filter (where not exists (
  select from knowledge_vectors v where v.chunk_id = c.id and v.model = :model))
from knowledge_chunks c join agents a on a.id = c.agent_id
where a.deleted_at is null
""")
# Passages that questions find by the old vectors, and would not find by the new ones.
_LEFT_BEHIND = text(f"""
select exists (select {_LACKING} and exists (
  select from knowledge_vectors v where v.chunk_id = c.id and v.model = :old))
""")  # noqa: S608

_PASSAGES = text("""
select c.id, c.content_hash, f.title, c.position, c.text, c.page, c.heading_path, c.char_start,
       c.char_end, c.token_count, c.table_header
from knowledge_chunks c join knowledge_files f on f.id = c.file_id
where c.id = any(cast(:ids as uuid[])) order by c.id
""")

_KNOWN_VECTORS = text("""
select distinct on (c.content_hash) c.content_hash, v.embedding::text
from knowledge_chunks c join knowledge_vectors v on v.chunk_id = c.id
where c.content_hash = any(cast(:hashes as text[])) and v.model = :model
""")

# Passages may go while they are embedded; those that are left are held until the commit.
_STORE = text("""
with stored as (
  insert into knowledge_vectors (chunk_id, model, agent_id, file_id, dimension, embedding)
  select c.id, :model, c.agent_id, c.file_id, :dimension, v.embedding::vector
  from unnest(cast(:ids as uuid[]), cast(:vectors as text[])) v(id, embedding)
  join (select * from knowledge_chunks where id = any(cast(:ids as uuid[])) for key share) c
    using (id)
  on conflict do nothing
  returning 1)
select count(*) from stored
""")

_DELETE = text("""
with gone as (
  delete from knowledge_vectors where ctid = any(array(
    select ctid from knowledge_vectors where model = :model limit :most))
    and not exists (
      select from embedding_indexes where vectors_named = :model and slot is not null)
  returning 1)
select count(*) from gone
""")


class LeaseLost(Exception):
    """Another worker builds the index now, or it was given up."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage to embed."""

    id: UUID
    content_hash: str
    text: str
    """What is embedded: title, headings and table header with it."""


class BuildStore:
    """The database, as one worker that builds one index sees it."""

    def __init__(self, sessions: SessionFactory, index_id: UUID, owner: str) -> None:
        self._sessions = sessions
        self._index_id = index_id
        self._owner = owner

    async def acquire(self) -> Known | None:
        """Take the lease; None when there is nothing to do, or another worker does it."""
        statement = (
            update(EmbeddingIndex)
            .where(
                EmbeddingIndex.id == self._index_id,
                EmbeddingIndex.slot.is_not(None),
                EmbeddingIndex.error.is_(None),
                or_(EmbeddingIndex.lease_until.is_(None), EmbeddingIndex.lease_until < func.now()),
            )
            .values(lease_owner=self._owner, lease_until=_lease_end())
            .returning(EmbeddingIndex)
        )
        async with unit_of_work(self._sessions) as session:
            index = (await session.execute(statement)).scalar_one_or_none()
            if index is None:
                return None
            connection = await session.scalar(
                select(ProviderConnection).where(
                    ProviderConnection.id == index.connection_id, ProviderConnection.enabled
                )
            )
            return Known(index, connection)

    async def change(self, **values: object) -> EmbeddingIndex:
        """Write down how it goes, and hold the lease longer. Raises ``LeaseLost``."""
        async with unit_of_work(self._sessions) as session:
            return await self._update(session, {"lease_until": _lease_end(), **values})

    async def release(self, **values: object) -> None:
        """Give the lease back. Nothing happens when it is lost already."""
        try:
            await self.change(**{**values, "lease_owner": None, "lease_until": None})
        except LeaseLost:
            return

    async def count(self, model: str) -> int:
        """Write down how many passages there are and are done; how many are missing."""
        async with unit_of_work(self._sessions) as session:
            total, missing = (await session.execute(_COUNTED, {"model": model})).one()
            values = {"chunks_total": total, "chunks_done": total - missing}
            await self._update(session, values)
            return missing

    async def missing(self, model: str, *, most: int) -> Sequence[tuple[UUID, UUID]]:
        """(agent, passage) of passages without a vector, those of one agent together."""
        async with unit_of_work(self._sessions) as session:
            rows = await session.execute(_MISSING, {"model": model, "most": most})
            return [(agent_id, chunk_id) for agent_id, chunk_id in rows]

    async def passages(self, ids: Sequence[UUID]) -> list[Passage]:
        async with unit_of_work(self._sessions) as session:
            rows = await session.execute(_PASSAGES, {"ids": list(ids)})
            return [_passage(*row) for row in rows]

    async def known_vectors(self, hashes: Sequence[str], model: str) -> Mapping[str, Vector]:
        """Vectors that ``model`` made of the same texts before, anywhere here."""
        async with unit_of_work(self._sessions) as session:
            rows = await session.execute(_KNOWN_VECTORS, {"hashes": list(hashes), "model": model})
            return {
                digest: np.fromstring(vector[1:-1], dtype=np.float32, sep=",")
                for digest, vector in rows
            }

    async def store(
        self,
        passages: Sequence[Passage],
        vectors: Vector,
        *,
        model: str,
        calls: list[CallRecord],
        subject: CallSubject,
    ) -> None:
        """One batch, with the progress it is and what it cost. Raises ``LeaseLost``."""
        async with unit_of_work(self._sessions) as session:
            await self._update(session, {"lease_until": _lease_end()})
            stored = await session.execute(
                _STORE,
                {
                    "ids": [passage.id for passage in passages],
                    "vectors": [str(vector.tolist()) for vector in vectors],
                    "model": model,
                    "dimension": vectors.shape[1],
                },
            )
            done = EmbeddingIndex.chunks_done + stored.scalar_one()
            await self._update(session, {"chunks_done": done, "attempts": 0})
            await book_calls(session, calls, subject)

    async def book(self, calls: list[CallRecord], subject: CallSubject) -> None:
        """Keep what calls cost whose vectors are not stored."""
        async with unit_of_work(self._sessions) as session:
            await book_calls(session, calls, subject)

    async def swap(self, model: str) -> bool:
        """Make the index the active one, if no passage would be lost to questions by it.

        False when some would: they got vectors of the old model only just now. One
        transaction; while it looks (up to 2 s among 200,000 passages), those who store
        vectors wait, and nobody else does. Raises ``LeaseLost``.
        """
        try:
            async with unit_of_work(self._sessions) as session:
                return await self._swap(session, model)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                return False
            raise

    async def _swap(self, session: AsyncSession, model: str) -> bool:
        index = await self._update(session, {"lease_until": _lease_end()})
        await session.execute(text(f"set local lock_timeout = '{LOCK_TIMEOUT}'"))
        await session.execute(text("lock table knowledge_vectors in share mode"))
        old = await session.scalar(
            select(EmbeddingIndex).where(EmbeddingIndex.slot == "active").with_for_update()
        )
        if old is not None:
            left = {"model": model, "old": old.vectors_named}
            if (await session.execute(_LEFT_BEHIND, left)).scalar_one():
                return False
            old.slot, old.retired_at = None, (await session.execute(select(func.now()))).scalar()
            old.lease_owner = old.lease_until = None
            await session.flush()
        await self._update(
            session,
            {
                "slot": "active",
                "activated_at": func.now(),
                "chunks_done": index.chunks_total,
                "lease_owner": None,
                "lease_until": None,
                "attempts": 0,
            },
        )
        return True

    async def _update(self, session: AsyncSession, values: Mapping[str, object]) -> EmbeddingIndex:
        statement = (
            update(EmbeddingIndex)
            .where(
                EmbeddingIndex.id == self._index_id,
                EmbeddingIndex.lease_owner == self._owner,
                EmbeddingIndex.slot.is_not(None),
            )
            .values(**values)
            .returning(EmbeddingIndex)
            .execution_options(populate_existing=True)
        )
        index = (await session.execute(statement)).scalar_one_or_none()
        if index is None:
            raise LeaseLost
        return index


async def delete_vectors(sessions: SessionFactory, model: str) -> int:
    """Delete some vectors of a model that no index in use has; how many there were."""
    async with unit_of_work(sessions) as session:
        deleted = await session.execute(_DELETE, {"model": model, "most": DELETE_BATCH})
        return deleted.scalar_one()


def _lease_end() -> ColumnElement[object]:
    return func.now() + literal_column(f"interval '{LEASE_SECONDS} seconds'")


def _passage(
    chunk_id: UUID,
    content_hash: str,
    title: str,
    position: int,
    body: str,
    page: int | None,
    heading_path: list[str],
    char_start: int,
    char_end: int,
    token_count: int,
    table_header: str,
) -> Passage:
    chunk = Chunk(
        position=position,
        text=body,
        page=page,
        heading_path=tuple(heading_path),
        char_start=char_start,
        char_end=char_end,
        token_count=token_count,
        content_hash=content_hash,
        table_header=table_header,
    )
    return Passage(chunk_id, content_hash, embedding_text(title, chunk))
