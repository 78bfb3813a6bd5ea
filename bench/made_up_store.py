"""Puts a made-up collection into the database, row by row: reading it would take hours."""

import io
import json
import time
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import asyncpg

from agentgrid.features.knowledge.lexemes import agent_mark
from agentgrid.kit.db import new_id
from bench.made_up import DIMENSION, WORDS_PER_CHUNK, Corpus, Shape, word

MODEL = "bench"
DEFERRED = {
    "ix_knowledge_vectors_hnsw_384": "",
    "ix_knowledge_vectors_agent_id": "",
    "ix_knowledge_vectors_file_id": "",
    "ix_knowledge_chunks_lexemes": "",
    "ix_knowledge_chunks_content_hash": "",
}


async def fill(dsn: str, corpus: Corpus, shape: Shape, agents: Sequence[UUID]) -> None:
    """Store the corpus, in one run of chunks per agent."""
    connection = await asyncpg.connect(dsn)
    try:
        deferred = {
            row["indexname"]: row["indexdef"]
            for row in await connection.fetch(
                "select indexname, indexdef from pg_indexes"
                " where tablename in ('knowledge_chunks', 'knowledge_vectors')"
            )
            if row["indexname"] in DEFERRED
        }
        for name in deferred:
            await connection.execute(f"drop index {name}")
        for number, agent_id in enumerate(agents):
            await _fill_agent(connection, corpus, shape, agent_id, number * shape.chunks)
        await connection.execute("set maintenance_work_mem = '1GB'")
        for name, statement in deferred.items():
            started = time.perf_counter()
            await connection.execute(statement, timeout=3600)
            print(f"  {name}: built in {time.perf_counter() - started:.0f} s", flush=True)
        await connection.execute("vacuum analyze", timeout=3600)
    finally:
        await connection.close()


async def _fill_agent(
    connection: asyncpg.Connection, corpus: Corpus, shape: Shape, agent_id: UUID, first: int
) -> None:
    version_id = new_id()
    share, per_file = shape.chunks, shape.chunks_per_file
    async with connection.transaction():
        await connection.execute(
            "insert into agents (id, slug, name, description, emblem, visibility, is_demo,"
            " active_version_id, knowledge_sequence)"
            " values ($1, $2, 'Bench', '', '', 'private', false, $3, 1)",
            agent_id,
            agent_id.hex,
            version_id,
        )
        await connection.execute(
            "insert into agent_versions (id, agent_id, number, change_summary, spec, content_hash)"
            " values ($1, $2, 1, '', '{}', '')",
            version_id,
            agent_id,
        )
        files = [
            (new_id(), agent_id, f"file-{start}.txt", min(per_file, share - start))
            for start in range(0, share, per_file)
        ]
        await connection.executemany(
            "insert into knowledge_files (id, agent_id, name, title, media_type, size,"
            " content_hash, storage_key, status, progress, chunk_count, language, attempts,"
            " interruptions, added_seq)"
            " values ($1, $2, $3, '', 'text/plain', 1, $3, '', 'ready', 1, $4, 'simple', 0, 0, 1)",
            files,
        )
        seen: Counter[int] = Counter()
        for start in range(0, share, 5000):
            rows = range(first + start, first + min(share, start + 5000))
            source, vectors = io.BytesIO(), io.BytesIO()
            for row in rows:
                counts = Counter(corpus.words[row].tolist())
                seen.update(counts.keys())
                file_id = files[(row - first) // per_file][0]
                chunk_id = new_id()
                source.write(_line(corpus, row, chunk_id, agent_id, file_id, counts))
                vectors.write(_vector_line(corpus, row, chunk_id, agent_id, file_id))
            source.seek(0)
            vectors.seek(0)
            await connection.copy_to_table(
                "knowledge_chunks",
                source=source,
                columns=[
                    *("id", "agent_id", "file_id", "position", "text", "heading_path"),
                    *("char_start", "char_end", "token_count", "content_hash"),
                    "lexemes",
                ],
            )
            await connection.copy_to_table(
                "knowledge_vectors",
                source=vectors,
                columns=["chunk_id", "agent_id", "file_id", "model", "dimension", "embedding"],
            )
        await connection.copy_records_to_table(
            "knowledge_lexemes",
            records=[(agent_id, word(number), count) for number, count in seen.items()],
            columns=["agent_id", "lexeme", "chunks"],
        )
        await connection.execute(
            "insert into knowledge_statistics values ($1, $2, $3, $4)",
            agent_id,
            share,
            share * WORDS_PER_CHUNK * 3 // 2,
            json.dumps(["simple"]),
        )


def _line(
    corpus: Corpus, row: int, chunk_id: UUID, agent_id: UUID, file_id: UUID, counts: Counter[int]
) -> bytes:
    text = " ".join(word(number) for number in corpus.words[row].tolist())
    mark = agent_mark(agent_id)
    lexemes = " ".join(
        f"'{mark}{word(number)}':{','.join(str(i + 1) for i in range(count))}"
        for number, count in counts.items()
    )
    fields = [
        *(str(chunk_id), str(agent_id), str(file_id), str(row), text, "[]", "0", str(len(text))),
        *(str(WORDS_PER_CHUNK * 3 // 2), f"{row:064d}", lexemes),
    ]
    return ("\t".join(fields) + "\n").encode()


def _vector_line(corpus: Corpus, row: int, chunk_id: UUID, agent_id: UUID, file_id: UUID) -> bytes:
    vector = "[" + ",".join(f"{value:.6f}" for value in corpus.vectors[row]) + "]"
    fields = [str(chunk_id), str(agent_id), str(file_id), MODEL, str(DIMENSION), vector]
    return ("\t".join(fields) + "\n").encode()
