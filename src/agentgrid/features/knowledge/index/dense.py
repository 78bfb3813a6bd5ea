"""Search by meaning: pgvector, exact for small agents and along the HNSW graph for large."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

from typing import Final

import asyncpg

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView, Vector
from agentgrid.features.knowledge.index.rows import COLUMNS, VISIBLE, chunks_of
from agentgrid.features.knowledge.models import HNSW_DIMENSION

EXACT_UP_TO: Final = 5_000
"""Chunks of an agent up to which every vector is compared: exact, and a few milliseconds."""

_SIZE = "select chunks from knowledge_statistics where agent_id = $1"

_EXACT = f"""
with nearest as materialized (
  select c.id, c.embedding <=> $3::vector as distance
  from knowledge_chunks c join knowledge_files f on f.id = c.file_id
  where c.agent_id = $1 and {VISIBLE} and c.embedding_model = $4
  order by distance limit $5)
select {COLUMNS}, 1 - n.distance
from nearest n join knowledge_chunks c using (id) join knowledge_files f on f.id = c.file_id
order by n.distance
"""

# The file is looked up inside the condition, not joined: so the scan goes on along the
# graph until enough visible chunks are found, whatever the planner thinks of a join.
_APPROXIMATE = f"""
with nearest as materialized (
  select c.id, c.embedding::vector({HNSW_DIMENSION}) <=> $3::vector({HNSW_DIMENSION}) as distance
  from knowledge_chunks c
  where c.agent_id = $1 and c.embedding_dimension = {HNSW_DIMENSION} and c.embedding_model = $4
    and (select {VISIBLE} from knowledge_files f where f.id = c.file_id)
  order by distance limit $5)
select {COLUMNS}, 1 - n.distance
from nearest n join knowledge_chunks c using (id) join knowledge_files f on f.id = c.file_id
order by n.distance
"""

# Set for one transaction. ``relaxed_order`` keeps looking when the agent's own chunks are
# few among the nearest; without it a filter starves the result.
_SCAN_SETTINGS = """
select set_config('hnsw.ef_search', '200', true),
       set_config('hnsw.iterative_scan', 'relaxed_order', true),
       set_config('hnsw.max_scan_tuples', '60000', true)
"""


async def search_dense(
    pool: asyncpg.Pool,
    view: KnowledgeView,
    vector: Vector,
    *,
    model: str,
    limit: int,
    exact_up_to: int,
) -> list[IndexedChunk]:
    """The nearest by cosine among the chunks that ``model`` embedded."""
    arguments = (view.agent_id, view.sequence, str(vector.tolist()), model, limit)
    async with pool.acquire() as connection:
        size = await connection.fetchval(_SIZE, view.agent_id)
        if size is None:
            return []
        if size <= exact_up_to or len(vector) != HNSW_DIMENSION:
            return chunks_of(await connection.fetch(_EXACT, *arguments))
        async with connection.transaction(readonly=True):
            await connection.execute(_SCAN_SETTINGS)
            return chunks_of(await connection.fetch(_APPROXIMATE, *arguments))
