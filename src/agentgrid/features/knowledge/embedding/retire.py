"""Getting rid of vectors that no question is compared with any more."""

from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import select

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.build_store import delete_vectors
from agentgrid.features.knowledge.embedding.graph import drop_graph
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.embedding.repository import EmbeddingRepository
from agentgrid.kit.db import unit_of_work

GRACE_SECONDS: Final = 60
"""After a swap, before the old vectors go: every process has seen the swap by then."""

FORGET_SECONDS: Final = 900
"""Until then the row stays and is looked at again: a worker that began before the swap may
still have stored vectors of the old model."""

_log = structlog.get_logger(__name__)


async def delete_retired(services: Services, index_id: UUID) -> None:
    """Delete the vectors of an index that was replaced or given up. May die and run again."""
    async with unit_of_work(services.sessions) as session:
        index = await session.get(EmbeddingIndex, index_id)
        if index is None or index.slot is not None:
            return
        model, dimension = index.vectors_named, index.dimension
    deleted = 0
    while gone := await delete_vectors(services.sessions, model):
        deleted += gone
    if not await _dimension_used(services, dimension):
        await drop_graph(services.engine, dimension)
    async with unit_of_work(services.sessions) as session:
        await EmbeddingRepository(session).forget(index_id, after=FORGET_SECONDS)
    if deleted:
        _log.info("embedding_vectors_deleted", model=model, vectors=deleted)


async def _dimension_used(services: Services, dimension: int) -> bool:
    async with unit_of_work(services.sessions) as session:
        query = select(EmbeddingIndex.id).where(
            EmbeddingIndex.dimension == dimension, EmbeddingIndex.slot.is_not(None)
        )
        return await session.scalar(query.limit(1)) is not None
