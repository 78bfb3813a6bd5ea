"""Search by words: BM25 over lexemes, with the agent's own word frequencies."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView
from agentgrid.features.knowledge.index.rows import COLUMNS, READ, chunks_of, view_arguments
from agentgrid.features.knowledge.index.words import Term, query_words

CANDIDATES: Final = 200
"""Chunks whose full BM25 score is computed."""

MATCH_BUDGET: Final = 2_500
"""Index matches that one search may look at; see ``_clauses``."""

ENOUGH: Final = 100
"""Matches of rare words that make it needless to look for common ones."""

# BM25 as in Robertson and Zaragoza (2009), with the usual parameters.
K1: Final = 1.2
B: Final = 0.75

# A word's frequency in a chunk comes out of ``ts_rank``, which is several times cheaper than
# unnesting the vector: with all weights 1 and one word it is the sum of 1/i^2 for i up to
# the frequency, over pi^2/6; what is missing to the whole is 1 / (frequency + 1/2), nearly.
_FREQUENCY = """
round(1 / (1.6449340668 * greatest(1e-6, 1 - ts_rank('{1,1,1,1}', x.lexemes, t.query))) - 0.5)
"""

_OPENED = f"""
-- Adding nothing brings a vector into memory once, and not once a word.
opened as materialized (
  select c.id, c.lexemes || ''::tsvector as lexemes,
         {K1} * (1 - {B} + {B} * c.token_count / %s::float8) as damping
"""
_MATCHED = f"""
(select x.id, x.damping, t.idf, {_FREQUENCY} as frequency from opened x cross join term t) m
"""
_SCORE: Final = f"sum(m.idf * m.frequency * ({K1} + 1) / (m.frequency + m.damping))"

_LEXICAL = f"""
with candidate as (
  select m.id, m.file_id, m.token_count, sum(q.weight) as weight
  from unnest($8::text[], $9::float8[], $10::int[]) q(clause, weight, most)
  cross join lateral (
    select c.id, c.file_id, c.token_count from knowledge_chunks c
    where c.lexemes @@ q.clause::tsquery limit q.most) m
  group by m.id, m.file_id, m.token_count),
chosen as materialized (
  select c.id from candidate c join knowledge_files f on f.id = c.file_id
  where f.agent_id = $1 and {READ}
  order by c.weight desc, c.token_count, c.id limit $13),
term as materialized (
  select t.query::tsquery as query, t.idf
  from unnest($11::text[], $12::float8[]) t(query, idf)),
{_OPENED % "$14"}  from chosen join knowledge_chunks c using (id)),
scored as materialized (
  select m.id, {_SCORE} as score from {_MATCHED}  group by m.id order by score desc, m.id limit $15)
select {COLUMNS}, s.score
from scored s join knowledge_chunks c using (id) join knowledge_files f on f.id = c.file_id
order by s.score desc, c.id
"""

_GIVEN = f"""
with term as materialized (
  select t.query::tsquery as query, t.idf from unnest($2::text[], $3::float8[]) t(query, idf)),
{_OPENED % "$4"}  from knowledge_chunks c where c.id = any($1))
select m.id, {_SCORE}, sum(m.idf) filter (where m.frequency > 0)
from {_MATCHED} group by m.id having sum(m.frequency) > 0
"""


@dataclass(frozen=True, slots=True)
class _Clause:
    """Something to match candidates by: one word, or several that must occur together."""

    terms: tuple[Term, ...]
    most: int

    @property
    def query(self) -> str:
        return " & ".join(term.query for term in self.terms)

    @property
    def weight(self) -> float:
        return sum(term.idf for term in self.terms)


async def search_lexical(
    pool: asyncpg.Pool, view: KnowledgeView, query: str, *, limit: int
) -> list[IndexedChunk]:
    """The best by BM25; stop words alone find nothing."""
    words = await query_words(pool, view.agent_id, query)
    if words is None:
        return []
    clauses = _clauses(words.terms, words.passages)
    return chunks_of(
        await pool.fetch(
            _LEXICAL,
            *view_arguments(view),
            [clause.query for clause in clauses],
            [clause.weight for clause in clauses],
            [clause.most for clause in clauses],
            [term.query for term in words.terms],
            [term.idf for term in words.terms],
            max(CANDIDATES, 2 * limit),
            words.average_tokens,
            limit,
        )
    )


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """See ``ChunkScores``."""

    lexical: float
    lexical_share: float
    term_share: float


async def score_lexical(
    pool: asyncpg.Pool, view: KnowledgeView, query: str, chunk_ids: Sequence[UUID]
) -> dict[UUID, LexicalScores]:
    """How the given chunks compare with the words of a query; those without any are left out."""
    words = await query_words(pool, view.agent_id, query)
    if words is None:
        return {}
    rows = await pool.fetch(
        _GIVEN,
        chunk_ids,
        [term.query for term in words.terms],
        [term.idf for term in words.terms],
        words.average_tokens,
    )
    most = words.mass * (K1 + 1)
    return {
        chunk_id: LexicalScores(score, min(1.0, score / most), min(1.0, held / words.mass))
        for chunk_id, score, held in rows
        if most
    }


def _clauses(terms: Sequence[Term], total: int) -> list[_Clause]:
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
