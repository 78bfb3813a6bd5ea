"""What a retrieval does when its embedder fails, or becomes another one meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import numpy as np

from agentgrid.creator_studio.core import Embedder, KnowledgeView, ModelUnavailable, Vector
from agentgrid.creator_studio.rag.reranking.confidence import ConfidenceReranker
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.creator_studio.rag.text.terms import terms
from tests.creator_studio.rag.passages import passage
from tests.fakes.memory_index import MemoryIndex

VIEW = KnowledgeView(uuid4(), sequence=1)
TEXTS = [
    "Employees have 28 days of paid leave per year.",
    "Dogs are welcome in the office on Fridays.",
    "The notice period is two months.",
]


@dataclass
class WordVectors:
    """An embedder whose dimensions are words: texts with common words are near."""

    model: str = "words"
    dimension: int = 512
    max_tokens: int = 100

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        return np.stack([self._vector(text) for text in texts])

    async def embed_query(self, text: str) -> Vector:
        return self._vector(text)

    def _vector(self, text: str) -> Vector:
        vector = np.full(self.dimension, 1e-3, np.float32)
        for term in terms(text):
            vector[sum(ord(c) * 31**i for i, c in enumerate(term)) % self.dimension] += 1
        return (vector / np.linalg.norm(vector)).astype(np.float32)


class SilentModel(WordVectors):
    """An embedder whose service is away."""

    async def embed_query(self, text: str) -> Vector:
        raise ModelUnavailable("The embedding server is away.", provider="test")


async def test_an_embedder_that_fails_leaves_the_search_to_words() -> None:
    index, embedder = MemoryIndex(), SilentModel()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(TEXTS)]
    index.add(VIEW, chunks, await embedder.embed_passages(TEXTS), model=embedder.model)
    retriever = Retriever(index, embedder, ConfidenceReranker())
    found = await retriever.retrieve("How many days of paid leave per year?", VIEW, 3)
    assert found.chunks[0].chunk.chunk_id == chunks[0].chunk_id
    legs = {leg.leg: leg for leg in found.legs}
    assert (legs["dense"].failed, legs["dense"].weight) == ("The embedding server is away.", 0)
    assert legs["words"].failed is None
    assert legs["words"].found > 0


@dataclass
class Turncoat(WordVectors):
    """An embedder that is another one the moment after it was asked."""

    async def current(self) -> Embedder:
        now = WordVectors(model=self.model)
        self.model = "another"
        return now


async def test_vectors_are_searched_under_the_model_that_made_the_question() -> None:
    index, embedder = MemoryIndex(), Turncoat()
    chunks = [passage(text, start=n * 1000) for n, text in enumerate(TEXTS)]
    index.add(VIEW, chunks, await embedder.embed_passages(TEXTS), model="words")
    found = await Retriever(index, embedder, ConfidenceReranker()).retrieve("paid leave", VIEW, 3)
    assert {leg.leg: leg.found for leg in found.legs}["dense"] == len(TEXTS)
