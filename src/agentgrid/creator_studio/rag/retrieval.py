"""Finds the passages an answer should be built from."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from agentgrid.creator_studio.core import (
    ChunkIndex,
    Embedder,
    IndexedChunk,
    KnowledgeView,
    Reranker,
    Retrieval,
    RetrievedChunk,
)
from agentgrid.creator_studio.rag.fusion import reciprocal_rank_fusion
from agentgrid.creator_studio.rag.reranking import judge

CANDIDATES = 50
"""Passages asked of each leg: enough for fusion to find what one leg ranks low."""

DUPLICATE_SHARE = 0.5
"""Two passages of a file that share more of the shorter one are the same to a reader.
Chunks overlap by a fifth, so plain neighbours stay."""


class Retriever:
    """Hybrid search: dense and lexical legs, merged by RRF, then reranked.

    The legs of all queries run beside each other, so the index must allow concurrent calls
    (a pool of connections, not one). ``clock`` returns seconds.
    """

    def __init__(
        self,
        index: ChunkIndex,
        embedder: Embedder,
        reranker: Reranker,
        *,
        candidates: int = CANDIDATES,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reranker = reranker
        self._candidates = candidates
        self._clock = clock

    async def size(self, view: KnowledgeView) -> int:
        """How many passages the view holds."""
        return await self._index.count(view)

    async def retrieve(
        self, query: str, view: KnowledgeView, limit: int, *, variants: Sequence[str] = ()
    ) -> Retrieval:
        """Return at most ``limit`` passages, best first.

        ``variants`` are other wordings of ``query``; what each finds is merged by RRF.
        A view without chunks costs no embedding. Raises ``ModelError`` when the embedder
        fails.
        """
        began = self._clock()
        queries = tuple(dict.fromkeys(text for text in (query, *variants) if text.strip()))
        found: list[list[IndexedChunk]] = []
        if limit > 0 and queries and await self._index.count(view) > 0:
            found = await asyncio.gather(*(self._search(text, view) for text in queries))
        candidates = _merge(found)
        between = self._clock()
        ranked: list[RetrievedChunk] = []
        if candidates:
            ranked = await self._reranker.rerank(query, candidates, limit=len(candidates))
        chunks = tuple(without_duplicates(ranked)[:limit])
        coverage, confidence = judge(chunks)
        return Retrieval(
            chunks=chunks,
            coverage=coverage,
            confidence=confidence,
            queries=queries,
            retrieval_ms=(between - began) * 1000,
            rerank_ms=(self._clock() - between) * 1000,
        )

    async def _search(self, query: str, view: KnowledgeView) -> list[IndexedChunk]:
        dense, lexical = await asyncio.gather(
            self._dense(query, view),
            self._index.search_lexical(view, query, limit=self._candidates),
        )
        return fuse(dense, lexical)

    async def _dense(self, query: str, view: KnowledgeView) -> list[IndexedChunk]:
        vector = await self._embedder.embed_query(query)
        return await self._index.search_dense(
            view, vector, model=self._embedder.model, limit=self._candidates
        )


def fuse(dense: Sequence[IndexedChunk], lexical: Sequence[IndexedChunk]) -> list[IndexedChunk]:
    """Merge the legs of one query by RRF; each chunk carries the scores of its legs."""
    by_meaning = {chunk.chunk_id: chunk for chunk in dense}
    by_words = {chunk.chunk_id: chunk for chunk in lexical}
    every = by_words | by_meaning
    merged = reciprocal_rank_fusion([list(by_meaning), list(by_words)])
    return [
        replace(
            every[key],
            score=score,
            dense_score=by_meaning[key].score if key in by_meaning else None,
            lexical_score=by_words[key].score if key in by_words else None,
        )
        for key, score in merged
    ]


def _merge(found: Sequence[Sequence[IndexedChunk]]) -> list[IndexedChunk]:
    """Merge the results of several queries; a chunk keeps the best scores of its legs."""
    if len(found) == 1:
        return list(found[0])
    best: dict[UUID, IndexedChunk] = {}
    for chunk in (chunk for chunks in found for chunk in chunks):
        known = best.get(chunk.chunk_id, chunk)
        best[chunk.chunk_id] = replace(
            known,
            dense_score=_higher(known.dense_score, chunk.dense_score),
            lexical_score=_higher(known.lexical_score, chunk.lexical_score),
        )
    merged = reciprocal_rank_fusion([[chunk.chunk_id for chunk in chunks] for chunks in found])
    return [replace(best[key], score=score) for key, score in merged]


def _higher(one: float | None, other: float | None) -> float | None:
    known = [score for score in (one, other) if score is not None]
    return max(known, default=None)


def without_duplicates(ranked: Sequence[RetrievedChunk]) -> list[RetrievedChunk]:
    """Drop passages that repeat a better one: the same text, or mostly the same place."""
    kept: list[RetrievedChunk] = []
    texts: set[str] = set()
    for candidate in ranked:
        text = " ".join(candidate.chunk.text.split())
        if text in texts or any(_same_place(candidate.chunk, other.chunk) for other in kept):
            continue
        texts.add(text)
        kept.append(candidate)
    return kept


def _same_place(one: IndexedChunk, other: IndexedChunk) -> bool:
    if one.file_id != other.file_id:
        return False
    shared = min(one.char_end, other.char_end) - max(one.char_start, other.char_start)
    shorter = min(one.char_end - one.char_start, other.char_end - other.char_start)
    return shared > DUPLICATE_SHARE * shorter
