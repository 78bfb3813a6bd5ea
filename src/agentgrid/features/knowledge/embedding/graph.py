"""The approximate index over vectors of a dimension that has none yet."""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from agentgrid.features.knowledge.models import GRAPHS, graph_name, graph_type

_STATE = text("""
select i.indisvalid, p.pid is not null as being_built
from pg_class c join pg_index i on i.indexrelid = c.oid
left join pg_stat_progress_create_index p on p.index_relid = c.oid
where c.relname = :name
""")

_log = structlog.get_logger(__name__)


async def ensure_graph(engine: AsyncEngine, dimension: int) -> None:
    """Build the index without blocking anybody; takes minutes for a hundred thousand vectors.

    One left half-built by a killed worker is built again. When it cannot be built (memory,
    disk), searches compare vectors one by one, which is slower and just as right.
    """
    kind = graph_type(dimension)
    if dimension in GRAPHS or kind is None:
        return
    try:
        await _build(engine, dimension, kind)
    except DBAPIError as error:
        _log.warning("embedding_graph_failed", dimension=dimension, error=str(error.orig)[:300])


async def drop_graph(engine: AsyncEngine, dimension: int) -> None:
    """Remove what ``ensure_graph`` built."""
    if dimension in GRAPHS:
        return
    async with _outside_transactions(engine) as connection:
        await connection.execute(text(f"drop index concurrently if exists {graph_name(dimension)}"))


async def _build(engine: AsyncEngine, dimension: int, kind: str) -> None:
    name = graph_name(dimension)
    async with _outside_transactions(engine) as connection:
        state = (await connection.execute(_STATE, {"name": name})).one_or_none()
        if state is not None and (state.indisvalid or state.being_built):
            return
        await connection.execute(text(f"drop index concurrently if exists {name}"))
        await connection.execute(
            text(
                f"create index concurrently {name} on knowledge_vectors"
                f" using hnsw ((embedding::{kind}({dimension})) {kind}_cosine_ops)"
                f" where dimension = {dimension}"
            )
        )


def _outside_transactions(engine: AsyncEngine) -> AsyncConnection:
    """Indexes are built concurrently outside of any transaction only."""
    return engine.execution_options(isolation_level="AUTOCOMMIT").connect()
