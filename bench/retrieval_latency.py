"""How fast and how complete retrieval is at 100,000 chunks: ``python bench/retrieval_latency.py``.

Builds two databases on the embedded PostgreSQL: one agent with all chunks, and 100 agents
that share them. Words follow
Zipf's law over a made-up vocabulary; vectors lie in clusters of few dimensions, as those of
text do. Prints p50 and p95 of each leg, of both, and of a whole retrieval that embeds the
question too, and how much of the exact nearest neighbours the approximate search finds.
"""

import argparse
import asyncio
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from os import environ
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np

from agentgrid.creator_studio.core import KnowledgeView, Vector
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.reranking import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval import Retriever
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.knowledge.index import EXACT_UP_TO, PostgresChunkIndex
from agentgrid.features.knowledge.lexemes import agent_mark
from agentgrid.kit.db import asyncpg_dsn, new_id

MODEL = "bench"
MODELS_FOLDER = Path.home() / ".agentgrid" / "models"
DIMENSION = 384
INNER_DIMENSION = 32
VOCABULARY = 60_000
WORDS_PER_CHUNK = 130
CANDIDATES = 100
"""Chunks asked of each leg; the retriever itself asks for fewer."""
CHUNKS_PER_FILE = 50
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in "aeiou"]
DEFERRED = {
    "ix_knowledge_vectors_hnsw_384": "",
    "ix_knowledge_vectors_agent_id": "",
    "ix_knowledge_vectors_file_id": "",
    "ix_knowledge_chunks_lexemes": "",
    "ix_knowledge_chunks_content_hash": "",
}


def word(number: int) -> str:
    """A pronounceable word, different for each number."""
    letters = ""
    number += len(SYLLABLES)
    while number:
        number, rest = divmod(number, len(SYLLABLES))
        letters += SYLLABLES[rest]
    return letters


@dataclass(frozen=True)
class Corpus:
    """Chunks as arrays: ``words[i]`` are word numbers, ``vectors[i]`` is of length 1."""

    words: np.ndarray
    vectors: Vector

    @staticmethod
    def make(chunks: int, seed: int) -> "Corpus":
        random = np.random.default_rng(seed)
        topics = max(1, chunks // 200)
        topic = random.integers(0, topics, chunks)
        # Two thirds common words, one third words of the topic.
        shape = (chunks, WORDS_PER_CHUNK)
        common = np.minimum(random.zipf(1.15, shape) - 1, VOCABULARY - 1)
        own = random.integers(200, VOCABULARY, (topics, 150))
        local = np.minimum(random.zipf(1.3, shape) - 1, 149)
        words = np.where(random.random(shape) < 0.66, common, own[topic[:, None], local])
        centres = random.normal(size=(topics, INNER_DIMENSION))
        inner = centres[topic] + 0.7 * random.normal(size=(chunks, INNER_DIMENSION))
        spread = random.normal(size=(INNER_DIMENSION, DIMENSION))
        vectors = inner @ spread + 0.5 * random.normal(size=(chunks, DIMENSION))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return Corpus(words=words, vectors=vectors.astype(np.float32))


@dataclass(frozen=True)
class Question:
    agent_id: UUID
    text: str
    vector: Vector


async def fill(dsn: str, corpus: Corpus, agents: Sequence[UUID]) -> None:
    """Store the corpus, in equal shares and in one run of chunks per agent."""
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
        share = len(corpus.words) // len(agents)
        for number, agent_id in enumerate(agents):
            await _fill_agent(connection, corpus, agent_id, number * share, share)
        await connection.execute("set maintenance_work_mem = '1GB'")
        for name, statement in deferred.items():
            started = time.perf_counter()
            await connection.execute(statement, timeout=3600)
            print(f"  {name}: built in {time.perf_counter() - started:.0f} s", flush=True)
        await connection.execute("vacuum analyze", timeout=3600)
    finally:
        await connection.close()


async def _fill_agent(
    connection: asyncpg.Connection, corpus: Corpus, agent_id: UUID, first: int, share: int
) -> None:
    version_id = new_id()
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
            (new_id(), agent_id, f"file-{start}.txt", min(CHUNKS_PER_FILE, share - start))
            for start in range(0, share, CHUNKS_PER_FILE)
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
                file_id = files[(row - first) // CHUNKS_PER_FILE][0]
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


def questions(corpus: Corpus, agents: Sequence[UUID], count: int, seed: int) -> list[Question]:
    """Each asks about one chunk: four of its words among four of the commonest ones."""
    random = np.random.default_rng(seed)
    share = len(corpus.words) // len(agents)
    asked: list[Question] = []
    for row in random.integers(0, share * len(agents), count).tolist():
        own = random.choice(corpus.words[row], 4)
        common = np.minimum(random.zipf(1.15, 4) - 1, VOCABULARY - 1)
        words = [word(number) for number in [*own.tolist(), *common.tolist()]]
        vector = corpus.vectors[row] + 0.03 * random.normal(size=DIMENSION)
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        asked.append(Question(agents[row // share], " ".join(words), vector))
    return asked


async def timed(asked: Sequence[Question], ask: Callable[[Question], Awaitable[object]]) -> str:
    """p50 and p95 of asking one after the other, in milliseconds."""
    for question in asked[:10]:
        await ask(question)
    times: list[float] = []
    for question in asked:
        started = time.perf_counter()
        await ask(question)
        times.append((time.perf_counter() - started) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    return f"p50 {p50:6.1f} ms   p95 {p95:6.1f} ms"


class MeasuredEmbedder(MiniLmEmbedder):
    """Embeds a question for the time it takes, then gives the vector the corpus knows."""

    def __init__(self, asked: Sequence[Question]) -> None:
        super().__init__(ensure_weights(MINILM, MODELS_FOLDER), MODELS_FOLDER)
        self._prepared = {question.text: question.vector for question in asked}

    @property
    def model(self) -> str:
        return MODEL

    async def embed_query(self, text: str) -> Vector:
        await super().embed_query(text)
        return self._prepared[text]


async def measure(
    dsn: str, corpus: Corpus, agents: Sequence[UUID], count: int, exact_up_to: int
) -> None:
    asked = questions(corpus, agents, count, seed=2)
    async with asyncpg.create_pool(dsn, min_size=2, max_size=4) as pool:
        index = PostgresChunkIndex(pool, exact_up_to=exact_up_to)
        retriever = Retriever(index, MeasuredEmbedder(asked), ConfidenceReranker())

        async def dense(question: Question) -> list[UUID]:
            view = KnowledgeView(question.agent_id, 1)
            found = await index.search_dense(view, question.vector, model=MODEL, limit=CANDIDATES)
            return [chunk.chunk_id for chunk in found]

        async def lexical(question: Question) -> list[UUID]:
            view = KnowledgeView(question.agent_id, 1)
            found = await index.search_lexical(view, question.text, limit=CANDIDATES)
            return [chunk.chunk_id for chunk in found]

        async def both(question: Question) -> None:
            await asyncio.gather(dense(question), lexical(question))

        async def both_in_turn(question: Question) -> None:
            await dense(question)
            await lexical(question)

        async def whole(question: Question) -> None:
            await retriever.retrieve(question.text, KnowledgeView(question.agent_id, 1), 6)

        print("  dense            ", await timed(asked, dense), flush=True)
        print("  lexical          ", await timed(asked, lexical), flush=True)
        print("  both, in turn    ", await timed(asked, both_in_turn), flush=True)
        print("  both, in parallel", await timed(asked, both), flush=True)
        print("  whole retrieve   ", await timed(asked, whole), flush=True)
        print(f"  recall of the nearest 10 and 100: {await recall(pool, asked[:50], dense)}")


async def recall(
    pool: asyncpg.Pool,
    asked: Sequence[Question],
    dense: Callable[[Question], Awaitable[list[UUID]]],
) -> str:
    """Share of the exact nearest neighbours that ``dense`` finds."""
    at10: list[float] = []
    at100: list[float] = []
    for question in asked:
        rows = await pool.fetch(
            "select chunk_id from knowledge_vectors where agent_id = $1"
            " order by embedding <=> $2::vector limit 100",
            question.agent_id,
            str(question.vector.tolist()),
        )
        exact = [row["chunk_id"] for row in rows]
        found = await dense(question)
        at10.append(len(set(exact[:10]) & set(found[:10])) / 10)
        at100.append(len(set(exact) & set(found)) / len(exact))
    return f"{np.mean(at10):.3f}, {np.mean(at100):.3f}"


def run(chunks: int, count: int, folder: Path, exact_up_to: int) -> None:
    # Built before anything is measured, where this machine has no weights yet.
    ensure_weights(MINILM, MODELS_FOLDER)
    with EmbeddedPostgres(folder, durable=False) as server:
        for agents_count in (1, 100):
            print(f"{agents_count} x {chunks // agents_count:,} chunks", flush=True)
            dsn = asyncpg_dsn(server.ensure_database(f"bench_{agents_count}"))
            subprocess.run(
                [sys.executable, "-m", "agentgrid.migrations"],
                env=dict(environ, DATABASE_URL=dsn),
                check=True,
            )
            corpus = Corpus.make(chunks, seed=1)
            agents = [new_id() for _ in range(agents_count)]
            started = time.perf_counter()
            asyncio.run(fill(dsn, corpus, agents))
            print(f"  stored in {time.perf_counter() - started:.0f} s", flush=True)
            asyncio.run(measure(dsn, corpus, agents, count, exact_up_to))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--exact-up-to", type=int, default=EXACT_UP_TO)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="agentgrid-bench-") as folder:
        run(arguments.chunks, arguments.questions, Path(folder), arguments.exact_up_to)


if __name__ == "__main__":
    main()
