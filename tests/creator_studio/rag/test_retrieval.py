"""A retrieval combines both legs, once per query, and says what it did."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import numpy as np
import pytest

from agentgrid.creator_studio.core import ChunkScores, IndexedChunk, KnowledgeView, Vector
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval.retriever import CANDIDATES, Retriever
from agentgrid.creator_studio.rag.text.terms import terms
from tests.creator_studio.rag.passages import passage
from tests.fakes.memory_index import MemoryIndex

VIEW = KnowledgeView(uuid4(), sequence=1)
TEXTS = [
    "Employees have 28 days of paid leave per year.",
    "Dogs are welcome in the office on Fridays.",
    "The notice period is two months.",
    "A doctor's note is needed from the fourth day of sick leave.",
]


@dataclass
class WordVectors:
    """An embedder whose dimensions are words: texts with common words are near."""

    model: str = "words"
    dimension: int = 512
    max_tokens: int = 100
    queries: list[str] = field(default_factory=list)

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        return np.stack([self._vector(text) for text in texts])

    async def embed_query(self, text: str) -> Vector:
        self.queries.append(text)
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for term in terms(text):
            vector[sum(ord(c) * 31**i for i, c in enumerate(term)) % self.dimension] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float32)


async def make(
    texts: Sequence[str] = TEXTS, *, candidates: int = CANDIDATES
) -> tuple[Retriever, WordVectors, list[IndexedChunk]]:
    index, embedder = MemoryIndex(), WordVectors()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(texts)]
    if chunks:
        index.add(VIEW, chunks, await embedder.embed_passages(texts), model=embedder.model)
    ticks = iter(range(100))
    retriever = Retriever(
        index, embedder, ConfidenceReranker(), clock=lambda: next(ticks), candidates=candidates
    )
    return retriever, embedder, chunks


async def test_the_answer_comes_first_with_confidence_and_coverage() -> None:
    retriever, _, chunks = await make()
    found = await retriever.retrieve("How many days of paid leave per year?", VIEW, 3)
    assert found.chunks[0].chunk.chunk_id == chunks[0].chunk_id
    assert found.coverage == "full"
    assert found.confidence == found.chunks[0].confidence
    assert len(found.chunks) == 3


async def test_a_question_about_something_else_is_not_covered() -> None:
    retriever, _, _ = await make()
    found = await retriever.retrieve("Which volcano erupted near Reykjavik?", VIEW, 3)
    assert found.coverage == "none"


async def test_no_chunks_cost_no_embedding() -> None:
    retriever, embedder, _ = await make([])
    found = await retriever.retrieve("anything", VIEW, 5)
    assert (found.chunks, found.coverage, found.confidence) == ((), "none", 0.0)
    assert embedder.queries == []


async def test_words_that_nothing_holds_are_still_searched_by_meaning() -> None:
    retriever, embedder, _ = await make()
    found = await retriever.retrieve("xyzzy", VIEW, 5)
    assert embedder.queries == ["xyzzy"]
    assert len(found.chunks) == len(TEXTS)


async def test_an_empty_question_or_limit_finds_nothing() -> None:
    retriever, embedder, _ = await make()
    assert (await retriever.retrieve("  ", VIEW, 5)).chunks == ()
    assert (await retriever.retrieve("leave", VIEW, 0)).chunks == ()
    assert embedder.queries == []


async def test_times_come_from_the_clock() -> None:
    retriever, _, _ = await make()
    found = await retriever.retrieve("leave", VIEW, 5)
    # The clock moves on by a second each time someone looks: five times until the legs,
    # which look themselves, are merged; once while the result is ranked.
    assert (found.retrieval_ms, found.rerank_ms) == (5000.0, 1000.0)


async def test_other_wordings_find_more_and_are_reported() -> None:
    retriever, embedder, chunks = await make(candidates=1)
    found = await retriever.retrieve(
        "paid leave", VIEW, 5, variants=["dogs welcome", "paid leave", " "]
    )
    assert found.queries == ("paid leave", "dogs welcome")
    assert embedder.queries == ["paid leave", "dogs welcome"]
    assert {each.chunk.chunk_id for each in found.chunks} == {
        chunks[0].chunk_id,
        chunks[1].chunk_id,
    }


async def test_each_passage_has_the_scores_of_both_ways_and_the_queries_that_found_it() -> None:
    retriever, _, _ = await make()
    found = await retriever.retrieve("paid leave", VIEW, 4, variants=["dogs welcome"])
    best = found.chunks[0]
    assert best.chunk.dense_score is not None
    assert best.chunk.lexical_score is not None
    assert best.queries == (0, 1)
    assert best.rerank_score is None
    assert not best.neighbour


async def test_the_legs_say_what_they_found_and_counted_for() -> None:
    retriever, _, _ = await make()
    found = await retriever.retrieve("paid leave", VIEW, 4, variants=["dogs welcome"])
    assert [(leg.query, leg.leg, leg.found) for leg in found.legs] == [
        (0, "dense", 4),
        (0, "words", 2),
        (1, "dense", 4),
        (1, "words", 1),
    ]
    assert all(leg.weight > 0 and not leg.late for leg in found.legs)
    assert found.candidates == 4


class SilentIndex(MemoryIndex):
    """Never comes back with some things."""

    def __init__(self, silent: str) -> None:
        super().__init__()
        self._silent = silent

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        if self._silent == "dense":
            await asyncio.Event().wait()
        return await super().search_dense(view, vector, model=model, limit=limit)

    async def score(
        self,
        view: KnowledgeView,
        chunk_ids: Sequence[UUID],
        query: str,
        vector: Vector,
        *,
        model: str,
    ) -> dict[UUID, ChunkScores]:
        if self._silent == "score":
            await asyncio.Event().wait()
        return await super().score(view, chunk_ids, query, vector, model=model)


@pytest.mark.parametrize("silent", ["dense", "score"])
async def test_what_is_not_back_in_time_is_left_out(silent: str) -> None:
    index, embedder = SilentIndex(silent), WordVectors()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(TEXTS)]
    index.add(VIEW, chunks, await embedder.embed_passages(TEXTS), model=embedder.model)
    retriever = Retriever(index, embedder, ConfidenceReranker())
    found = await retriever.retrieve("paid leave", VIEW, 3, budget_ms=50)
    assert found.chunks[0].chunk.chunk_id == chunks[0].chunk_id
    assert {leg.leg: leg.late for leg in found.legs} == {
        "dense": silent == "dense",
        "words": False,
    }
    assert all((leg.weight == 0) == leg.late for leg in found.legs)


@dataclass
class OtherWordVectors(WordVectors):
    model: str = "quick words"


async def test_a_quick_model_finds_what_the_main_one_has_not_embedded_yet() -> None:
    index, main, quick = MemoryIndex(), WordVectors(), OtherWordVectors()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(TEXTS)]
    vectors = await main.embed_passages(TEXTS)
    index.add(VIEW, chunks[:2], vectors[:2], model=quick.model)
    index.add(VIEW, chunks[2:], vectors[2:], model=main.model)
    retriever = Retriever(index, main, ConfidenceReranker(), quick=[quick])
    found = await retriever.retrieve("paid leave", VIEW, 4)
    assert found.chunks[0].chunk.chunk_id == chunks[0].chunk_id
    assert found.chunks[0].chunk.dense_score is None
    assert [(leg.leg, leg.found) for leg in found.legs] == [
        ("dense", 2),
        ("quick", 2),
        ("words", 2),
    ]


async def test_a_passage_cut_in_the_middle_brings_what_goes_on() -> None:
    index, embedder = MemoryIndex(), WordVectors()
    texts = ["The paid leave of an employee per year is", "28 days and three more.", *TEXTS[1:3]]
    chunks = [replace(passage(text, start=n * 1000), position=n) for n, text in enumerate(texts)]
    index.add(VIEW, chunks, await embedder.embed_passages(texts), model=embedder.model)
    retriever = Retriever(index, embedder, ConfidenceReranker(), candidates=1)
    found = await retriever.retrieve("paid leave of an employee per year", VIEW, 4)
    assert [(each.chunk.text, each.neighbour) for each in found.chunks] == [
        (texts[0], False),
        (texts[1], True),
    ]
    assert found.chunks[1].confidence == found.chunks[0].confidence / 2
