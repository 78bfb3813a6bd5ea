"""A retrieval combines both legs, once per query, and says what it did."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

import numpy as np

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView, Vector
from agentgrid.creator_studio.rag.reranking import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval import Retriever, fuse, without_duplicates
from agentgrid.creator_studio.rag.terms import terms
from tests.creator_studio.rag.passages import passage, source
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
    texts: Sequence[str] = TEXTS, **settings: int
) -> tuple[Retriever, WordVectors, list[IndexedChunk]]:
    index, embedder = MemoryIndex(), WordVectors()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(texts)]
    if chunks:
        index.add(VIEW, chunks, await embedder.embed_passages(texts), model=embedder.model)
    ticks = iter(range(100))
    retriever = Retriever(
        index, embedder, ConfidenceReranker(), clock=lambda: next(ticks), **settings
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
    assert (found.retrieval_ms, found.rerank_ms) == (1000.0, 1000.0)


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


def test_a_fused_chunk_carries_the_scores_of_its_legs() -> None:
    both, dense_only, lexical_only = passage("both"), passage("dense"), passage("lexical")
    fused = fuse(
        [replace(both, score=0.9), replace(dense_only, score=0.8)],
        [replace(lexical_only, score=7.0), replace(both, score=6.0)],
    )
    assert [(c.text, c.dense_score, c.lexical_score) for c in fused] == [
        ("both", 0.9, 6.0),
        ("lexical", None, 7.0),
        ("dense", 0.8, None),
    ]


class TestDuplicates:
    def test_the_same_text_is_shown_once(self) -> None:
        best, copy = source("Same  words here."), source("Same words\nhere.", name="copy.md")
        assert without_duplicates([best, copy]) == [best]

    def test_mostly_the_same_place_is_shown_once(self) -> None:
        best = source("x" * 100, start=0)
        same, neighbour = source("y" * 100, start=40), source("z" * 100, start=80)
        assert without_duplicates([best, same, neighbour]) == [best, neighbour]

    def test_the_same_place_in_another_file_is_another_place(self) -> None:
        one, other = source("x" * 100), source("y" * 100, name="other.md")
        assert without_duplicates([one, other]) == [one, other]
