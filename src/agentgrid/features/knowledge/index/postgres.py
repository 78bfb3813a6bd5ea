"""The chunk index on PostgreSQL."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

import asyncpg

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView, Vector
from agentgrid.features.knowledge.index.dense import EXACT_UP_TO, search_dense
from agentgrid.features.knowledge.index.lexical import search_lexical
from agentgrid.features.knowledge.index.rows import READ, view_arguments

# A published file knows how many passages it has; counting a hundred thousand takes longer
# than a search in them.
_COUNT = f"""
select coalesce(sum(f.chunk_count), 0) from knowledge_files f
where f.agent_id = $1 and {READ}
"""


class PostgresChunkIndex:
    """Search over the chunks in the database. See ``ChunkIndex``.

    Agents with more than ``exact_up_to`` chunks are searched along the HNSW graph.
    """

    def __init__(self, pool: asyncpg.Pool, *, exact_up_to: int = EXACT_UP_TO) -> None:
        self._pool = pool
        self._exact_up_to = exact_up_to

    async def count(self, view: KnowledgeView) -> int:
        found: int = await self._pool.fetchval(_COUNT, *view_arguments(view))
        return found

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        return await search_dense(
            self._pool, view, vector, model=model, limit=limit, exact_up_to=self._exact_up_to
        )

    async def search_lexical(
        self, view: KnowledgeView, query: str, *, limit: int
    ) -> list[IndexedChunk]:
        return await search_lexical(self._pool, view, query, limit=limit)
