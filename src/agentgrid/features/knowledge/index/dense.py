"""Search by meaning: pgvector, exact for small agents and along the HNSW graph for large."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

from collections.abc import Sequence
from functools import cache
from typing import Final
from uuid import UUID

import asyncpg

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeFilter, KnowledgeView, Vector
from agentgrid.features.knowledge.index.rows import COLUMNS, READ, chunks_of, view_arguments
from agentgrid.features.knowledge.models import graph_type

EXACT_UP_TO: Final = 5_000
"""Passages of a view up to which every vector is compared: exact, and a few milliseconds."""

_ALL = "select chunks from knowledge_statistics where agent_id = $1"
_FILTERED = f"""
select coalesce(sum(f.chunk_count), 0) from knowledge_files f
where f.agent_id = $1 and {READ}
"""

_FOUND = f"""
select {COLUMNS}, 1 - n.distance
from nearest n join knowledge_chunks c on c.id = n.chunk_id
join knowledge_files f on f.id = c.file_id
order by n.distance
"""

_EXACT = f"""
with nearest as materialized (
  select v.chunk_id, v.embedding <=> $8::vector as distance
  from knowledge_vectors v join knowledge_files f on f.id = v.file_id
  where v.agent_id = $1 and f.agent_id = $1 and {READ} and v.model = $9
  order by distance limit $10)
{_FOUND}
"""


# The file is looked up inside the condition, not joined: so the scan goes on along the
# graph until enough visible chunks are found, whatever the planner thinks of a join.
@cache
def _approximate(dimension: int, kind: str) -> str:
    kind = f"{kind}({dimension})"
    return f"""
with nearest as materialized (
  select v.chunk_id, v.embedding::{kind} <=> $8::vector::{kind} as distance
  from knowledge_vectors v
  where v.agent_id = $1 and v.dimension = {dimension} and v.model = $9
    and (select {READ} from knowledge_files f where f.id = v.file_id)
  order by distance limit $10)
{_FOUND}
"""


_GIVEN = """
select v.chunk_id, 1 - (v.embedding <=> $3::vector) from knowledge_vectors v
where v.chunk_id = any($1) and v.model = $2
"""

# The cosine does not mind lengths: what counts is the ratio of the two vectors added.
_MOVED = """
with other as materialized (
  select avg(v.embedding) as centre from knowledge_vectors v
  where v.chunk_id = any($4) and v.model = $2)
select v.chunk_id, 1 - (v.embedding <=> coalesce(other.centre + $3::vector, $3::vector))
from knowledge_vectors v cross join other
where v.chunk_id = any($1) and v.model = $2
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
    arguments = (*view_arguments(view), str(vector.tolist()), model, limit)
    size = await _size(pool, view)
    if size == 0:
        return []
    async with pool.acquire() as connection:
        kind = graph_type(len(vector))
        if size > exact_up_to and kind is not None:
            async with connection.transaction(readonly=True):
                await connection.execute(_SCAN_SETTINGS)
                found = await connection.fetch(_approximate(len(vector), kind), *arguments)
            # The scan ends after so many steps; where the agent is a speck among many,
            # what it found until then may be less than there is.
            if len(found) >= min(limit, size):
                return chunks_of(found)
        return chunks_of(await connection.fetch(_EXACT, *arguments))


async def score_dense(
    pool: asyncpg.Pool, chunk_ids: Sequence[UUID], vector: Vector, *, model: str
) -> dict[UUID, float]:
    """Cosines of the given chunks, but for those that ``model`` has not embedded."""
    rows = await pool.fetch(_GIVEN, chunk_ids, model, str(vector.tolist()))
    return {row[0]: row[1] for row in rows}


async def score_moved(
    pool: asyncpg.Pool,
    chunk_ids: Sequence[UUID],
    vector: Vector,
    *,
    model: str,
    towards: Sequence[UUID],
    by: float,
) -> dict[UUID, float]:
    """See ``ChunkIndex``."""
    moved = str((vector / by).tolist())
    rows = await pool.fetch(_MOVED, chunk_ids, model, moved, towards)
    return {row[0]: row[1] for row in rows}


async def _size(pool: asyncpg.Pool, view: KnowledgeView) -> int:
    """About how many passages there are to compare; cheap for a view without a filter."""
    if view.filter == KnowledgeFilter():
        size: int | None = await pool.fetchval(_ALL, view.agent_id)
    else:
        size = await pool.fetchval(_FILTERED, *view_arguments(view))
    return size or 0
