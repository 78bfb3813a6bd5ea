"""Four ways to search the same questions, and how well each ranks the documents."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from agentgrid.creator_studio.core import Embedder, IndexedChunk, KnowledgeView
from agentgrid.creator_studio.rag.fusion import reciprocal_rank_fusion
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.features.knowledge.index import PostgresChunkIndex
from bench.quality.datasets import Question
from bench.quality.metrics import DEPTH, ndcg, recall

LEG_LIMIT = 100
"""Passages asked of a leg that searches alone; what fusion gets is the same."""
PASSAGES = 40
"""Passages asked of the whole search: enough for ten documents."""
USUAL_LIMIT = 6
"""Passages an agent asks for; what the time of the whole search is measured with."""

Search = Callable[[str], Awaitable[Sequence[IndexedChunk]]]


@dataclass(frozen=True, slots=True)
class Quality:
    """One way to search, over the questions of one set. Lists hold one value a question."""

    name: str
    ndcg: list[float]
    recall: list[float]
    milliseconds: list[float]

    @property
    def mean(self) -> float:
        return float(np.mean(self.ndcg))

    @property
    def mean_recall(self) -> float:
        return float(np.mean(self.recall))

    @property
    def halves(self) -> tuple[float, float]:
        """Even and odd questions: weights were chosen on the even ones."""
        even, odd = self.ndcg[::2], self.ndcg[1::2] or self.ndcg
        return float(np.mean(even)), float(np.mean(odd))

    def percentile(self, percent: float) -> float:
        return float(np.percentile(self.milliseconds, percent))


class Searcher:
    """Searches one agent's documents in each of the ways."""

    def __init__(
        self,
        index: PostgresChunkIndex,
        embedder: Embedder,
        agent_id: UUID,
        documents: Mapping[UUID, str],
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._documents = documents
        self._view = KnowledgeView(agent_id, sequence=1)
        self.retriever = Retriever(index, embedder, ConfidenceReranker())

    @property
    def view(self) -> KnowledgeView:
        return self._view

    async def words(self, query: str) -> list[IndexedChunk]:
        return await self._index.search_lexical(self._view, query, limit=LEG_LIMIT)

    async def meaning(self, query: str) -> list[IndexedChunk]:
        vector = await self._embedder.embed_query(query)
        return await self._index.search_dense(
            self._view, vector, model=self._embedder.model, limit=LEG_LIMIT
        )

    async def ranks(self, query: str) -> list[IndexedChunk]:
        """Both, merged by their ranks: RRF with k = 60, no reranking."""
        legs = await asyncio.gather(self.meaning(query), self.words(query))
        every = {chunk.chunk_id: chunk for leg in legs for chunk in leg}
        merged = reciprocal_rank_fusion([[chunk.chunk_id for chunk in leg] for leg in legs])
        return [every[key] for key, _ in merged]

    async def shipped(self, query: str, limit: int = PASSAGES) -> list[IndexedChunk]:
        """What the product does."""
        found = await self.retriever.retrieve(query, self._view, limit)
        return [each.chunk for each in found.chunks]

    async def compare(self, questions: Sequence[Question]) -> list[Quality]:
        """Every way over the same questions, in turn for each: they share the machine's mood."""
        ways: list[tuple[str, Search]] = [
            ("BM25", self.words),
            ("dense", self.meaning),
            ("RRF 60", self.ranks),
            ("default", self.shipped),
        ]
        measured = [Quality(name, [], [], []) for name, _ in ways]
        for question in questions:
            for quality, (_, search) in zip(measured, ways, strict=True):
                began = time.perf_counter()
                found = await search(question.text)
                spent = time.perf_counter() - began
                ranked = documents_of(found, self._documents)
                quality.ndcg.append(ndcg(ranked, question.grades))
                quality.recall.append(recall(ranked, question.grades))
                if search != self.shipped:
                    quality.milliseconds.append(spent * 1000)
            began = time.perf_counter()
            await self.shipped(question.text, USUAL_LIMIT)
            measured[-1].milliseconds.append((time.perf_counter() - began) * 1000)
        return measured


def documents_of(
    found: Sequence[IndexedChunk], documents: Mapping[UUID, str], depth: int = DEPTH
) -> list[str]:
    """The documents by their best passage."""
    return list(dict.fromkeys(documents[chunk.file_id] for chunk in found))[:depth]
