"""Every statement on embedding indexes. Only admins get as far as here, or the product."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.knowledge.embedding.models import EmbeddingIndex, Slot
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.kit.db import new_id

# Building goes on without a worker when one died or its hint was lost.
_ABANDONED = text("""
update embedding_indexes set enqueued_at = now()
where slot is not null and error is null
  and (slot = 'next' or slot = 'active' and lease_until is not null)
  and (lease_until < now() or lease_until is null and
       (enqueued_at is null or enqueued_at < now() - make_interval(secs => :patience)))
returning id
""")

# For a while after a swap, workers that began before it may publish documents with vectors of
# the old model alone.
_LEFT_BEHIND = text("""
select i.id from embedding_indexes i
where i.slot = 'active' and i.lease_until is null
  and exists (select from embedding_indexes old where old.retired_at > i.activated_at
    - interval '1 second')
  and exists (
    select from knowledge_chunks c join knowledge_files f on f.id = c.file_id
    join agents a on a.id = c.agent_id
    where f.status = 'ready' and a.deleted_at is null and not exists (
      select from knowledge_vectors v where v.chunk_id = c.id and v.model = i.vectors_named))
""")

_CHUNKS = text("""
select count(*) from knowledge_chunks c join agents a on a.id = c.agent_id
where a.deleted_at is null
""")


class EmbeddingRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def at(self, slot: Slot, *, lock: bool = False) -> EmbeddingIndex | None:
        query = select(EmbeddingIndex).where(EmbeddingIndex.slot == slot)
        if lock:
            query = query.with_for_update()
        return await self._session.scalar(query.execution_options(populate_existing=True))

    async def get(self, index_id: UUID) -> EmbeddingIndex | None:
        return await self._session.get(EmbeddingIndex, index_id)

    async def ensure_active(self, *, provider: str, model: str, dimension: int) -> EmbeddingIndex:
        """The active index, locked; the bundled model's when nothing was ever chosen."""
        await self._session.execute(
            insert(EmbeddingIndex)
            .values(
                id=new_id(),
                slot="active",
                provider=provider,
                model=model,
                dimension=dimension,
                vectors_named=model,
                activated_at=func.now(),
            )
            .on_conflict_do_nothing()
        )
        active = await self.at("active", lock=True)
        if active is None:
            raise RuntimeError("the active embedding index vanished while it was looked at")
        return active

    async def add(self, index: EmbeddingIndex) -> None:
        self._session.add(index)
        await self._session.flush()
        await self._session.refresh(index)

    async def retire(self, index: EmbeddingIndex) -> None:
        """Give its vectors up for deletion. Flushed, so that its slot is free."""
        index.slot = None
        index.retired_at = await self.now()
        index.lease_owner = index.lease_until = None
        await self._session.flush()

    async def now(self) -> datetime:
        moment: datetime = (await self._session.execute(select(func.now()))).scalar_one()
        return moment

    async def chunks(self) -> int:
        """Passages of all agents there are."""
        return (await self._session.execute(_CHUNKS)).scalar_one()

    async def connections(self) -> Sequence[ProviderConnection]:
        """Enabled ones, oldest first."""
        query = select(ProviderConnection).where(ProviderConnection.enabled)
        return (await self._session.scalars(query.order_by(ProviderConnection.id))).all()

    async def connection(self, connection_id: UUID) -> ProviderConnection | None:
        query = select(ProviderConnection).where(
            ProviderConnection.id == connection_id, ProviderConnection.enabled
        )
        return await self._session.scalar(query)

    async def abandoned(self, *, patience: float) -> Sequence[UUID]:
        """Indexes nobody builds though somebody should, marked as told again."""
        return (await self._session.scalars(_ABANDONED, {"patience": patience})).all()

    async def due_for_deletion(self, *, grace: float) -> Sequence[UUID]:
        """Indexes that were given up longer than ``grace`` seconds ago."""
        query = select(EmbeddingIndex.id).where(
            EmbeddingIndex.slot.is_(None), EmbeddingIndex.retired_at < _ago(grace)
        )
        return (await self._session.scalars(query)).all()

    async def left_behind(self) -> Sequence[UUID]:
        """The active index, if documents were published without its vectors."""
        return (await self._session.scalars(_LEFT_BEHIND)).all()

    async def forget(self, index_id: UUID, *, after: float) -> None:
        """Delete the row of an index that was given up ``after`` seconds ago or earlier."""
        await self._session.execute(
            delete(EmbeddingIndex).where(
                EmbeddingIndex.id == index_id,
                EmbeddingIndex.slot.is_(None),
                EmbeddingIndex.retired_at < _ago(after),
            )
        )

    async def not_enqueued(self, index_id: UUID) -> None:
        """No worker could be told: leave it to the sweeper, at once."""
        await self._session.execute(
            update(EmbeddingIndex)
            .where(EmbeddingIndex.id == index_id)
            .values(enqueued_at=literal(None))
        )


def _ago(seconds: float) -> ColumnElement[datetime]:
    return func.now() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
