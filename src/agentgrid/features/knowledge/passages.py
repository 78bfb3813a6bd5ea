"""Statements on the passages of one file: stored, found by words, embedded.

They run inside the transactions of ``IngestStore``, which hold the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import Chunk, Vector
from agentgrid.creator_studio.rag.chunking import embedding_text
from agentgrid.features.knowledge.lexemes import agent_mark, dictionary
from agentgrid.features.knowledge.models import (
    KnowledgeChunk,
    KnowledgeFile,
    KnowledgeVector,
)

_KNOWN_VECTORS = text("""
select distinct on (c.content_hash) c.content_hash, v.embedding::text
from knowledge_chunks c join knowledge_vectors v on v.chunk_id = c.id
where c.content_hash = any(cast(:hashes as text[])) and v.model = :model
""")

_COUNT_UNEMBEDDED = text("""
select count(*) from knowledge_chunks c
where c.file_id = :file_id and not exists (
  select from knowledge_vectors v where v.chunk_id = c.id and v.model = :model)
""")

_STORE_VECTORS = text("""
insert into knowledge_vectors (chunk_id, model, agent_id, file_id, dimension, embedding)
select v.id, :model, :agent_id, :file_id, :dimension, cast(v.embedding as vector)
from unnest(cast(:ids as uuid[]), cast(:vectors as text[])) v(id, embedding)
on conflict (chunk_id, model) do nothing
""")

_FORGET_VECTORS = text("delete from knowledge_vectors where file_id = :file_id and model = :model")

# Lexemes come out of the dictionary, so they hold letters and digits only and need no
# escaping inside the quotes.
_STORE_LEXEMES = text("""
update knowledge_chunks c
set lexemes = coalesce((
      select string_agg(
        '''' || cast(:mark as text) || x.lexeme || ''':' || array_to_string(x.places, ','), ' ')
      from (
        select l.lexeme, (array_agg(least(w.place, 16383) order by w.place))[1:250] as places
        from unnest(string_to_array(v.words, ' ')) with ordinality w(word, place)
        cross join lateral unnest(ts_lexize(cast(:dictionary as regdictionary), w.word)) l(lexeme)
        group by l.lexeme
      ) x), '')::tsvector
from unnest(cast(:ids as uuid[]), cast(:words as text[])) v(id, words)
where c.id = v.id
""")

_COUNT_LEXEMES = text("""
insert into knowledge_lexemes as known (agent_id, lexeme, chunks)
select :agent_id, substr(u.lexeme, :after_mark), count(*)
from knowledge_chunks c cross join lateral unnest(c.lexemes) u
where c.file_id = :file_id
group by 2
on conflict (agent_id, lexeme) do update set chunks = known.chunks + excluded.chunks
""")

_COUNT_CHUNKS = text("""
insert into knowledge_statistics as known (agent_id, chunks, tokens, languages)
select :agent_id, count(*), coalesce(sum(token_count), 0),
       jsonb_build_array(cast(:language as text))
from knowledge_chunks where file_id = :file_id
on conflict (agent_id) do update set
  chunks = known.chunks + excluded.chunks,
  tokens = known.tokens + excluded.tokens,
  languages = case when known.languages @> excluded.languages then known.languages
                   else known.languages || excluded.languages end
""")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that is to be embedded."""

    id: UUID
    content_hash: str
    text: str
    """What is embedded: title, headings and table header stand before the passage."""


async def replace(
    session: AsyncSession, file: KnowledgeFile, chunks: Sequence[KnowledgeChunk]
) -> None:
    """Store the passages, unless exactly these are there already."""
    known = await session.execute(
        select(KnowledgeChunk.position, KnowledgeChunk.content_hash)
        .where(KnowledgeChunk.file_id == file.id)
        .order_by(KnowledgeChunk.position)
    )
    wanted = [(chunk.position, chunk.content_hash) for chunk in chunks]
    if [(position, digest) for position, digest in known] == wanted:
        return
    await session.execute(text("delete from knowledge_chunks where file_id = :id"), {"id": file.id})
    session.add_all(chunks)
    await session.flush()


async def without_words(
    session: AsyncSession, file_id: UUID, *, most: int
) -> Sequence[KnowledgeChunk]:
    """Passages whose words are not indexed yet, in reading order."""
    query = (
        select(KnowledgeChunk)
        .where(KnowledgeChunk.file_id == file_id, KnowledgeChunk.lexemes.is_(None))
        .order_by(KnowledgeChunk.position)
        .limit(most)
    )
    return (await session.scalars(query)).all()


async def store_words(
    session: AsyncSession, file: KnowledgeFile, ids: Sequence[UUID], words: Sequence[str]
) -> None:
    """``words`` of each passage, separated by spaces, as lexemes of the file's language."""
    await session.execute(
        _STORE_LEXEMES,
        {
            "ids": list(ids),
            "words": list(words),
            "mark": agent_mark(file.agent_id),
            "dictionary": dictionary(file.language),
        },
    )


async def count_in(session: AsyncSession, file: KnowledgeFile) -> None:
    """Let the agent's statistics speak of the file's passages; once, when it is published."""
    subject = {"agent_id": file.agent_id, "file_id": file.id}
    after_mark = len(agent_mark(file.agent_id)) + 1
    await session.execute(_COUNT_LEXEMES, {**subject, "after_mark": after_mark})
    await session.execute(_COUNT_CHUNKS, {**subject, "language": file.language})


async def count(session: AsyncSession, file_id: UUID) -> int:
    query = select(func.count()).where(KnowledgeChunk.file_id == file_id)
    return (await session.execute(query)).scalar_one()


async def count_unembedded(session: AsyncSession, file_id: UUID, model: str) -> int:
    subject = {"file_id": file_id, "model": model}
    left: int = (await session.execute(_COUNT_UNEMBEDDED, subject)).scalar_one()
    return left


async def unembedded(
    session: AsyncSession, file: KnowledgeFile, model: str, *, most: int
) -> list[Passage]:
    """The first passages that ``model`` has not embedded yet, in reading order."""
    embedded = select(KnowledgeVector.chunk_id).where(
        KnowledgeVector.chunk_id == KnowledgeChunk.id, KnowledgeVector.model == model
    )
    query = (
        select(KnowledgeChunk)
        .where(KnowledgeChunk.file_id == file.id, ~embedded.exists())
        .order_by(KnowledgeChunk.position)
        .limit(most)
    )
    rows = (await session.scalars(query)).all()
    return [Passage(row.id, row.content_hash, embedded_text(file.title, row)) for row in rows]


async def known_vectors(
    session: AsyncSession, hashes: Sequence[str], model: str
) -> Mapping[str, Vector]:
    """Vectors that ``model`` made of the same texts before, anywhere here."""
    rows = await session.execute(_KNOWN_VECTORS, {"hashes": list(hashes), "model": model})
    return {
        digest: np.fromstring(vector[1:-1], dtype=np.float32, sep=",") for digest, vector in rows
    }


async def store_vectors(
    session: AsyncSession, file: KnowledgeFile, ids: Sequence[UUID], vectors: Vector, *, model: str
) -> None:
    await session.execute(
        _STORE_VECTORS,
        {
            "agent_id": file.agent_id,
            "file_id": file.id,
            "ids": list(ids),
            "vectors": [str(vector.tolist()) for vector in vectors],
            "model": model,
            "dimension": vectors.shape[1],
        },
    )


async def forget_vectors(session: AsyncSession, file_id: UUID, model: str) -> None:
    await session.execute(_FORGET_VECTORS, {"file_id": file_id, "model": model})


def embedded_text(title: str, row: KnowledgeChunk) -> str:
    """What is embedded of a stored passage, and what its words are taken from."""
    return embedding_text(title, _chunk(row))


def _chunk(row: KnowledgeChunk) -> Chunk:
    return Chunk(
        position=row.position,
        text=row.text,
        page=row.page,
        heading_path=tuple(row.heading_path),
        char_start=row.char_start,
        char_end=row.char_end,
        token_count=row.token_count,
        content_hash=row.content_hash,
        table_header=row.table_header,
    )
