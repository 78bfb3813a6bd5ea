"""Search by words: BM25 over lexemes, with the agent's own word frequencies."""

# ruff: noqa: S608 - what stands in the statements below are constants of this package

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView
from agentgrid.features.knowledge.index.rows import COLUMNS, READ, chunks_of, view_arguments
from agentgrid.features.knowledge.lexemes import agent_mark, tokens

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
-- Adding nothing brings a vector into memory once, and not once a word.
opened as materialized (
  select c.id, c.lexemes || ''::tsvector as lexemes,
         {K1} * (1 - {B} + {B} * c.token_count / $14::float8) as damping
  from chosen join knowledge_chunks c using (id)),
scored as materialized (
  select m.id, sum(m.idf * m.frequency * ({K1} + 1) / (m.frequency + m.damping)) as score
  from (
    select x.id, x.damping, t.idf, {_FREQUENCY} as frequency
    from opened x cross join term t) m
  group by m.id order by score desc, m.id limit $15)
select {COLUMNS}, s.score
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


async def search_lexical(
    pool: asyncpg.Pool, view: KnowledgeView, query: str, *, limit: int
) -> list[IndexedChunk]:
    """The best by BM25; stop words alone find nothing."""
    words = list(dict.fromkeys(tokens(query)))[:MOST_QUERY_TOKENS]
    if not words:
        return []
    async with pool.acquire() as connection:
        rows = await connection.fetch(_TERMS, view.agent_id, words)
        if not rows:
            return []
        terms = _terms(view, rows)
        clauses = _clauses(terms, rows[0]["total"])
        return chunks_of(
            await connection.fetch(
                _LEXICAL,
                *view_arguments(view),
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
