"""What must hold of stored documents, whatever happened while they were read."""

from uuid import UUID

from agentgrid.features.deps import Services

# Everything a search relies on, counted again from the passages that were published.
_RECOUNTED_LEXEMES = """
select c.agent_id, substr(u.lexeme, 7) as lexeme, count(*)::int as chunks
from knowledge_chunks c join knowledge_files f on f.id = c.file_id
cross join lateral unnest(c.lexemes) u
where f.added_seq is not null group by 1, 2 order by 1, 2
"""
_KEPT_LEXEMES = "select agent_id, lexeme, chunks from knowledge_lexemes order by 1, 2"

_RECOUNTED = """
select c.agent_id, count(*)::int as chunks, sum(c.token_count)::bigint as tokens
from knowledge_chunks c join knowledge_files f on f.id = c.file_id
where f.added_seq is not null group by 1 order by 1
"""
_KEPT = "select agent_id, chunks, tokens from knowledge_statistics where chunks > 0 order by 1"


async def assert_statistics_exact(services: Services) -> None:
    """Word and passage counts of every agent are what a recount gives."""
    for kept, recounted in ((_KEPT_LEXEMES, _RECOUNTED_LEXEMES), (_KEPT, _RECOUNTED)):
        assert [tuple(row) for row in await services.pool.fetch(kept)] == [
            tuple(row) for row in await services.pool.fetch(recounted)
        ]


async def assert_whole(services: Services, file_id: UUID, texts: list[str]) -> None:
    """Ready once, with exactly these passages, each with one vector and its words."""
    file = await services.pool.fetchrow("select * from knowledge_files where id = $1", file_id)
    assert file is not None
    assert (file["status"], file["error_code"]) == ("ready", None)
    assert file["added_seq"] is not None
    assert file["removed_seq"] is None
    rows = await services.pool.fetch(
        """select c.position, c.text, c.lexemes is not null as words, count(v.model) as vectors
           from knowledge_chunks c left join knowledge_vectors v on v.chunk_id = c.id
           where c.file_id = $1 group by c.id order by c.position""",
        file_id,
    )
    assert [row["text"] for row in rows] == texts
    assert [row["position"] for row in rows] == list(range(len(texts)))
    assert all(row["words"] and row["vectors"] == 1 for row in rows)
    assert file["chunk_count"] == len(texts)
