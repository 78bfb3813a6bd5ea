"""The words of a query as one agent's documents know them: lexemes, rarity, stop words."""

# ruff: noqa: S608 - what stands in the statements below are constants of this module

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from agentgrid.features.knowledge.lexemes import agent_mark, tokens

MOST_QUERY_TOKENS: Final = 64

# One row for each word in each of the agent's languages; a stop word has no lexeme there.
# ``offset 0`` keeps the planner from reading the agent's whole vocabulary to join it.
_WORDS = """
select w.token, w.language, x.lexeme, coalesce(l.chunks, 0) as chunks, s.chunks as total, s.tokens
from knowledge_statistics s
cross join lateral (
  select t.token, g.language, ts_lexize(
    case g.language when 'simple' then 'simple' else g.language || '_stem' end::regdictionary,
    t.token) as lexemes
  from jsonb_array_elements_text(s.languages) g(language)
  cross join unnest($2::text[]) t(token)) w
left join lateral unnest(w.lexemes) x(lexeme) on true
left join lateral (
  select k.chunks from knowledge_lexemes k where k.agent_id = $1 and k.lexeme = x.lexeme
  offset 0) l on true
where s.agent_id = $1
"""

COMPOUNDING: Final = frozenset(
    {"danish", "dutch", "finnish", "german", "hungarian", "norwegian", "swedish"}
)
"""Languages that write compounds as one word."""
SHORTEST_PART: Final = 5
MOST_COMPOUNDS: Final = 12

# Read through the agent's whole vocabulary, so only for words that it does not hold.
_COMPOUNDS = f"""
select p.token, c.lexeme, c.chunks
from unnest($2::text[], $3::text[]) p(token, stem)
cross join lateral (
  select l.lexeme, l.chunks from knowledge_lexemes l
  where l.agent_id = $1 and length(l.lexeme) >= {SHORTEST_PART}
    and (strpos(l.lexeme, p.stem) > 0 or starts_with(p.stem, l.lexeme)
         or right(p.stem, length(l.lexeme)) = l.lexeme)
  order by abs(length(l.lexeme) - length(p.stem)), l.lexeme limit {MOST_COMPOUNDS}) c
"""


@dataclass(frozen=True, slots=True)
class Term:
    """A lexeme of a query's word. Those of one word, from several languages, share its idf."""

    lexeme: str
    """With the agent's mark, as it stands in the index."""
    chunks: int
    idf: float

    @property
    def query(self) -> str:
        return f"'{self.lexeme}'"


@dataclass(frozen=True, slots=True)
class QueryWords:
    terms: tuple[Term, ...]
    """Those that occur at all, rarest first."""
    mass: float
    """Sum of the idf of all words asked for, those that never occur included."""
    passages: int
    """How many the agent has."""
    average_tokens: float


async def query_words(pool: asyncpg.Pool, agent_id: UUID, query: str) -> QueryWords | None:
    """None when nothing of the query can be found: no words, or no documents."""
    asked = list(dict.fromkeys(tokens(query)))[:MOST_QUERY_TOKENS]
    rows = await pool.fetch(_WORDS, agent_id, asked) if asked else []
    if not rows:
        return None
    total: int = rows[0]["total"]
    stops = _stop_words(rows)
    variants: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row["lexeme"] is not None and row["token"] not in stops:
            variants[row["token"]][row["lexeme"]] = row["chunks"]
    if COMPOUNDING & {row["language"] for row in rows}:
        await _add_compounds(pool, agent_id, variants)
    mark = agent_mark(agent_id)
    terms: dict[str, Term] = {}
    mass = 0.0
    for lexemes in variants.values():
        # A word in a rare language's stem is as common as the word, not as that stem.
        idf = _idf(min(total, sum(lexemes.values())), total)
        mass += idf
        for lexeme, chunks in lexemes.items():
            if chunks:
                terms.setdefault(lexeme, Term(mark + lexeme, chunks, idf))
    if not terms:
        return None
    ordered = sorted(terms.values(), key=lambda term: (term.chunks, term.lexeme))
    return QueryWords(tuple(ordered), mass, total, max(1.0, rows[0]["tokens"] / max(1, total)))


async def _add_compounds(
    pool: asyncpg.Pool, agent_id: UUID, variants: dict[str, dict[str, int]]
) -> None:
    """Let an unknown word stand for the compounds it is a part of, or for its own parts."""
    unknown = {
        token: min(lexemes, key=len)
        for token, lexemes in variants.items()
        if not any(lexemes.values()) and min(map(len, lexemes)) >= SHORTEST_PART
    }
    if not unknown:
        return
    rows = await pool.fetch(_COMPOUNDS, agent_id, list(unknown), list(unknown.values()))
    for token, lexeme, chunks in rows:
        variants[token][lexeme] = chunks


def _stop_words(rows: Sequence[asyncpg.Record]) -> set[str]:
    """Stop words of the language the query seems to be in: the one with most of them here.

    Others keep theirs: "war" is small in German and is not in "the Boer war".
    """
    small = [(row["token"], row["language"]) for row in rows if row["lexeme"] is None]
    votes = Counter(language for _, language in small)
    most = max(votes.values(), default=0)
    return {token for token, language in small if votes[language] == most}


def _idf(chunks: int, total: int) -> float:
    return math.log(1 + max(0, total - chunks + 0.5) / (chunks + 0.5))
