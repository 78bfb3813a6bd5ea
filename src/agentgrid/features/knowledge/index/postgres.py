"""The chunk index on PostgreSQL."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

import asyncio
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from agentgrid.creator_studio.core import ChunkScores, IndexedChunk, KnowledgeView, Vector
from agentgrid.features.knowledge.index.dense import (
    EXACT_UP_TO,
    score_dense,
    score_moved,
    search_dense,
)
from agentgrid.features.knowledge.index.lexical import LexicalScores, score_lexical, search_lexical
from agentgrid.features.knowledge.index.rows import (
    COLUMNS,
    READ,
    VIEW_ARGUMENTS,
    chunks_of,
    view_arguments,
)

# A published file knows how many passages it has; counting a hundred thousand takes longer
# than a search in them.
_COUNT = f"""
select coalesce(sum(f.chunk_count), 0) from knowledge_files f
where f.agent_id = $1 and {READ}
"""

_AROUND = f"""
select {COLUMNS}, 0.0
from unnest(${VIEW_ARGUMENTS + 1}::uuid[], ${VIEW_ARGUMENTS + 2}::int[]) p(file_id, position)
join knowledge_chunks c on c.file_id = p.file_id and c.position = p.position
join knowledge_files f on f.id = c.file_id
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

    async def score(
        self,
        view: KnowledgeView,
        chunk_ids: Sequence[UUID],
        query: str,
        vector: Vector,
        *,
        model: str,
    ) -> dict[UUID, ChunkScores]:
        meaning, words = await asyncio.gather(
            score_dense(self._pool, chunk_ids, vector, model=model),
            score_lexical(self._pool, view, query, chunk_ids),
        )
        nothing = LexicalScores(0.0, 0.0, 0.0)
        return {
            chunk_id: _scores(meaning.get(chunk_id), words.get(chunk_id, nothing))
            for chunk_id in chunk_ids
        }

    async def score_moved(
        self,
        chunk_ids: Sequence[UUID],
        vector: Vector,
        *,
        model: str,
        towards: Sequence[UUID],
        by: float,
    ) -> dict[UUID, float]:
        return await score_moved(self._pool, chunk_ids, vector, model=model, towards=towards, by=by)

    async def around(
        self, view: KnowledgeView, places: Sequence[tuple[UUID, int]]
    ) -> list[IndexedChunk]:
        files, positions = [place[0] for place in places], [place[1] for place in places]
        return chunks_of(await self._pool.fetch(_AROUND, *view_arguments(view), files, positions))


def _scores(dense: float | None, words: LexicalScores) -> ChunkScores:
    return ChunkScores(dense, words.lexical, words.lexical_share, words.term_share)
