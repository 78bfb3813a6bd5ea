"""The chunk index on PostgreSQL: pgvector for meaning, BM25 over lexemes for words."""

# ruff: noqa: S608 - what stands in the statements below are constants of this file

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg
import msgspec

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView, Vector
from agentgrid.features.knowledge.lexemes import agent_mark, tokens
from agentgrid.features.knowledge.models import HNSW_DIMENSION

EXACT_UP_TO: Final = 5_000
"""Chunks of an agent up to which every vector is compared: exact, and a few milliseconds."""

MOST_QUERY_TOKENS: Final = 64

CANDIDATES: Final = 400
"""Chunks whose full BM25 score is computed."""

MATCH_BUDGET: Final = 2_500
"""Index matches that one search may look at; see ``_clauses``."""

ENOUGH: Final = 100
"""Matches of rare words that make it needless to look for common ones."""

# BM25 as in Robertson and Zaragoza (2009), with the usual parameters.
K1: Final = 1.2
B: Final = 0.75

_VISIBLE = "f.added_seq <= $2 and (f.removed_seq is null or f.removed_seq > $2)"

_COLUMNS = """c.id, c.file_id, f.name, c.page, c.heading_path::text, c.position, c.char_start,
       c.char_end, c.text"""

_COUNT = f"""
select count(*) from knowledge_chunks c join knowledge_files f on f.id = c.file_id
where f.agent_id = $1 and {_VISIBLE}
"""

_SIZE = "select chunks from knowledge_statistics where agent_id = $1"

_EXACT = f"""
with nearest as materialized (
  select c.id, c.embedding <=> $3::vector as distance
  from knowledge_chunks c join knowledge_files f on f.id = c.file_id
  where c.agent_id = $1 and {_VISIBLE} and c.embedding_model = $4
  order by distance limit $5)
select {_COLUMNS}, 1 - n.distance
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
    and (select {_VISIBLE} from knowledge_files f where f.id = c.file_id)
  order by distance limit $5)
select {_COLUMNS}, 1 - n.distance
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

_TERMS = """
select l.lexeme, l.chunks, s.chunks as total, s.tokens
from knowledge_statistics s
cross join lateral (
  select distinct x.lexeme
  from jsonb_array_elements_text(s.languages) g(language)
  cross join unnest($2::text[]) t(token)
  cross join lateral unnest(ts_lexize(
    case g.language when 'simple' then 'simple' else g.language || '_stem' end::regdictionary,
    t.token)) x(lexeme)
) w
join knowledge_lexemes l on l.agent_id = s.agent_id and l.lexeme = w.lexeme
where s.agent_id = $1
"""

# A word's frequency in a chunk comes out of ``ts_rank``, which is several times cheaper than
# unnesting the vector: with all weights 1 and one word it is the sum of 1/i^2 for i up to
# the frequency, over pi^2/6; what is missing to the whole is 1 / (frequency + 1/2), nearly.
_FREQUENCY = """
round(1 / (1.6449340668 * greatest(1e-6, 1 - ts_rank('{1,1,1,1}', x.lexemes, t.query))) - 0.5)
"""

_LEXICAL = f"""
with candidate as (
  select m.id, m.file_id, m.token_count, sum(q.weight) as weight
  from unnest($3::text[], $4::float8[], $5::int[]) q(clause, weight, most)
  cross join lateral (
    select c.id, c.file_id, c.token_count from knowledge_chunks c
    where c.lexemes @@ q.clause::tsquery limit q.most) m
  group by m.id, m.file_id, m.token_count),
chosen as materialized (
  select c.id from candidate c join knowledge_files f on f.id = c.file_id
  where f.agent_id = $1 and {_VISIBLE}
  order by c.weight desc, c.token_count, c.id limit $8),
term as materialized (
  select t.query::tsquery as query, t.idf
  from unnest($6::text[], $7::float8[]) t(query, idf)),
-- Adding nothing brings a vector into memory once, and not once a word.
opened as materialized (
  select c.id, c.lexemes || ''::tsvector as lexemes,
         {K1} * (1 - {B} + {B} * c.token_count / $9::float8) as damping
  from chosen join knowledge_chunks c using (id)),
scored as materialized (
  select m.id, sum(m.idf * m.frequency * ({K1} + 1) / (m.frequency + m.damping)) as score
  from (
    select x.id, x.damping, t.idf, {_FREQUENCY} as frequency
    from opened x cross join term t) m
  group by m.id order by score desc, m.id limit $10)
select {_COLUMNS}, s.score
from scored s join knowledge_chunks c using (id) join knowledge_files f on f.id = c.file_id
order by s.score desc, c.id
"""


@dataclass(frozen=True, slots=True)
class _Term:
    lexeme: str
    """With the agent's mark, as it stands in the index."""
    chunks: int
    idf: float

    @property
    def query(self) -> str:
        return f"'{self.lexeme}'"


@dataclass(frozen=True, slots=True)
class _Clause:
    """Something to match candidates by: one word, or several that must occur together."""

    terms: tuple[_Term, ...]
    most: int

    @property
    def query(self) -> str:
        return " & ".join(term.query for term in self.terms)

    @property
    def weight(self) -> float:
        return sum(term.idf for term in self.terms)


class PostgresChunkIndex:
    """Search over the chunks in the database. See ``ChunkIndex``.

    Agents with more than ``exact_up_to`` chunks are searched along the HNSW graph.
    """

    def __init__(self, pool: asyncpg.Pool, *, exact_up_to: int = EXACT_UP_TO) -> None:
        self._pool = pool
        self._exact_up_to = exact_up_to

    async def count(self, view: KnowledgeView) -> int:
        found: int = await self._pool.fetchval(_COUNT, view.agent_id, view.sequence)
        return found

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        arguments = (view.agent_id, view.sequence, str(vector.tolist()), model, limit)
        async with self._pool.acquire() as connection:
            size = await connection.fetchval(_SIZE, view.agent_id)
            if size is None:
                return []
            if size <= self._exact_up_to or len(vector) != HNSW_DIMENSION:
                return _chunks(await connection.fetch(_EXACT, *arguments))
            async with connection.transaction(readonly=True):
                await connection.execute(_SCAN_SETTINGS)
                return _chunks(await connection.fetch(_APPROXIMATE, *arguments))

    async def search_lexical(
        self, view: KnowledgeView, query: str, *, limit: int
    ) -> list[IndexedChunk]:
        """BM25 with the agent's own word frequencies; stop words alone find nothing."""
        words = list(dict.fromkeys(tokens(query)))[:MOST_QUERY_TOKENS]
        if not words:
            return []
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_TERMS, view.agent_id, words)
            if not rows:
                return []
            terms = _terms(view, rows)
            clauses = _clauses(terms, rows[0]["total"])
            return _chunks(
                await connection.fetch(
                    _LEXICAL,
                    view.agent_id,
                    view.sequence,
                    [clause.query for clause in clauses],
                    [clause.weight for clause in clauses],
                    [clause.most for clause in clauses],
                    [term.query for term in terms],
                    [term.idf for term in terms],
                    max(CANDIDATES, 2 * limit),
                    max(1.0, rows[0]["tokens"] / max(1, rows[0]["total"])),
                    limit,
                )
            )


def _terms(view: KnowledgeView, rows: Sequence[asyncpg.Record]) -> list[_Term]:
    """The query's words that occur at all, rarest first."""
    mark = agent_mark(view.agent_id)
    terms = [
        _Term(
            lexeme=mark + row["lexeme"],
            chunks=row["chunks"],
            idf=math.log(1 + max(0, row["total"] - row["chunks"] + 0.5) / (row["chunks"] + 0.5)),
        )
        for row in rows
    ]
    return sorted(terms, key=lambda term: (term.chunks, term.lexeme))


def _clauses(terms: Sequence[_Term], total: int) -> list[_Clause]:
    """What to match in ``total`` chunks, so that common words cannot make a search slow.

    Rare words are matched on their own, until the budget is spent. The common ones that
    are left still count in the score of what the rare ones found. Only where rare words
    found too little, the common ones are matched too: all together first, then the rarest
    of them alone up to what is left of the budget. Words of more than half of all chunks
    are matched only where there is no other.
    """
    clauses: list[_Clause] = []
    left = MATCH_BUDGET
    for term in terms:
        if term.chunks > left:
            break
        clauses.append(_Clause((term,), MATCH_BUDGET))
        left -= term.chunks
    if MATCH_BUDGET - left >= ENOUGH:
        return clauses
    common = [term for term in terms[len(clauses) :] if term.chunks * 2 <= total]
    if not common and not clauses:
        common = [terms[0]]
    if len(common) > 1:
        clauses.append(_Clause(tuple(common[:4]), left // 2))
    if common:
        clauses.append(_Clause((common[0],), left // 2))
    return clauses


def _chunks(rows: Sequence[asyncpg.Record]) -> list[IndexedChunk]:
    return [
        IndexedChunk(
            chunk_id=row[0],
            file_id=row[1],
            file_name=row[2],
            page=row[3],
            heading_path=msgspec.json.decode(row[4], type=tuple[str, ...]),
            position=row[5],
            char_start=row[6],
            char_end=row[7],
            text=row[8],
            score=row[9],
        )
        for row in rows
    ]
