"""How fast and how complete retrieval is at 100,000 chunks: ``python -m bench.retrieval_latency``.

Fills a database of the embedded PostgreSQL for each shape with made-up passages: one agent
with all of them, and 100 agents that share them; with ``--large`` one agent with 200,000
passages in 10,000 documents, and 1,000 agents of 200. Prints p50 and p95 of each leg, of
both, and of a whole retrieval that embeds the question too; how much of the exact nearest
neighbours the approximate search finds; and how much of the exact ten best by BM25 the
search by words finds.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from os import environ
from pathlib import Path
from uuid import UUID

import asyncpg
import numpy as np

from agentgrid.creator_studio.core import KnowledgeView, Vector
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.weights import MINILM, ensure_weights
from agentgrid.features.knowledge.index import EXACT_UP_TO, PostgresChunkIndex
from agentgrid.kit.db import asyncpg_dsn, new_id
from bench.made_up import Corpus, Question, Shape, best_by_words, questions
from bench.made_up_store import MODEL, fill

MODELS_FOLDER = Path.home() / ".agentgrid" / "models"
CANDIDATES = 100
"""Chunks asked of each leg; the retriever itself asks for fewer."""
SHAPES = (Shape(1, 100_000, 50), Shape(100, 1_000, 50))
LARGE = (Shape(1, 200_000, 20), Shape(1_000, 200, 20))


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
    dsn: str,
    corpus: Corpus,
    shape: Shape,
    agents: Sequence[UUID],
    count: int,
    exact_up_to: int,
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
        found = await recall_of_words(index, corpus, shape, asked[:50])
        print(f"  recall of the 10 best by words: {found:.3f}", flush=True)


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


async def recall_of_words(
    index: PostgresChunkIndex, corpus: Corpus, shape: Shape, asked: Sequence[Question]
) -> float:
    """Share of the exact ten best by BM25 that the search by words ranks among its ten."""
    shares: list[float] = []
    for question in asked:
        exact = best_by_words(corpus, question, shape.chunks, 10)
        view = KnowledgeView(question.agent_id, 1)
        found = await index.search_lexical(view, question.text, limit=CANDIDATES)
        rows = [chunk.position for chunk in found[:10]]
        shares.append(len(set(exact) & set(rows)) / len(exact))
    return float(np.mean(shares))


def run(shapes: Sequence[Shape], count: int, folder: Path, exact_up_to: int) -> None:
    # Built before anything is measured, where this machine has no weights yet.
    ensure_weights(MINILM, MODELS_FOLDER)
    with EmbeddedPostgres(folder, durable=False) as server:
        for shape in shapes:
            print(f"{shape.agents} x {shape.chunks:,} chunks", flush=True)
            dsn = asyncpg_dsn(server.ensure_database(f"bench_{shape.agents}"))
            subprocess.run(
                [sys.executable, "-m", "agentgrid.migrations"],
                env=dict(environ, DATABASE_URL=dsn),
                check=True,
            )
            corpus = Corpus.make(shape.agents * shape.chunks, seed=1)
            agents = [new_id() for _ in range(shape.agents)]
            started = time.perf_counter()
            asyncio.run(fill(dsn, corpus, shape, agents))
            print(f"  stored in {time.perf_counter() - started:.0f} s", flush=True)
            asyncio.run(measure(dsn, corpus, shape, agents, count, exact_up_to))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="the large shapes")
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--exact-up-to", type=int, default=EXACT_UP_TO)
    arguments = parser.parse_args()
    shapes = LARGE if arguments.large else SHAPES
    with tempfile.TemporaryDirectory(prefix="agentgrid-bench-") as folder:
        run(shapes, arguments.questions, Path(folder), arguments.exact_up_to)


if __name__ == "__main__":
    main()
