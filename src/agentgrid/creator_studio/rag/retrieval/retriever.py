"""Finds the passages an answer should be built from."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from agentgrid.creator_studio.core import (
    ChunkIndex,
    Embedder,
    IndexedChunk,
    KnowledgeView,
    LegReport,
    Reranker,
    Retrieval,
    RetrievedChunk,
    Vector,
    in_use,
)
from agentgrid.creator_studio.rag.fusion import reciprocal_rank_fusion
from agentgrid.creator_studio.rag.reranking.confidence import PARTIAL, judge
from agentgrid.creator_studio.rag.retrieval.diversity import (
    spread_out,
    torn_places,
    with_neighbours,
    without_duplicates,
)
from agentgrid.creator_studio.rag.retrieval.evidence import (
    LOOKED_BEST,
    NEARNESS,
    candidates_of,
    scored,
)
from agentgrid.creator_studio.rag.retrieval.leg_weights import LegWeights, weigh
from agentgrid.creator_studio.rag.retrieval.legs import Budget, Leg, LegResult, run_legs

CANDIDATES: Final = 60
"""Passages asked of each leg: enough for fusion to find what one leg ranks low."""

LOOKAHEAD: Final = 3
"""Passages looked at for each one shown, when a page must not crowd out the others."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What one query found, best first, and how each leg went."""

    chunks: list[IndexedChunk]
    legs: list[LegReport]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query's vector, and the model that made it: the two are never mixed up."""

    model: str
    vector: Vector


@dataclass(frozen=True, slots=True)
class _Round:
    """What the legs of one query found, before its order is settled."""

    query: str
    candidates: list[IndexedChunk]
    quick: list[IndexedChunk]
    weights: LegWeights
    asked: _Asked


class Retriever:
    """Hybrid search: by meaning and by words, merged by all scores, then reranked.

    Each query's candidates get the scores of both legs, whichever found them, and are
    ordered by their weighted sum (``leg_weights``); several queries are merged by RRF. The
    legs of all queries run beside each other, so the index must allow concurrent calls
    (a pool of connections, not one). ``quick`` are embedders whose vectors stand in where
    the main one's are not there yet. ``clock`` returns seconds.
    """

    def __init__(
        self,
        index: ChunkIndex,
        embedder: Embedder,
        reranker: Reranker,
        *,
        quick: Sequence[Embedder] = (),
        candidates: int = CANDIDATES,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reranker = reranker
        self._quick = tuple(quick)
        self._candidates = candidates
        self._clock = clock

    async def size(self, view: KnowledgeView) -> int:
        """How many passages the view holds."""
        return await self._index.count(view)

    async def retrieve(
        self,
        query: str,
        view: KnowledgeView,
        limit: int,
        *,
        variants: Sequence[str] = (),
        budget_ms: float | None = None,
    ) -> Retrieval:
        """Return at most ``limit`` passages, best first, what completes torn ones behind.

        ``variants`` are other wordings of ``query``; what each finds is merged by RRF.
        What is not back within ``budget_ms`` is left out, and its leg marked late. An
        embedder that fails leaves the search to words, and its leg says why. A view without
        chunks costs no embedding.
        """
        began = self._clock()
        budget = Budget(budget_ms)
        queries = tuple(dict.fromkeys(text for text in (query, *variants) if text.strip()))
        found: list[_Found] = []
        if limit > 0 and queries and await self._index.count(view) > 0:
            found = await asyncio.gather(
                *(self._search(number, text, view, budget) for number, text in enumerate(queries))
            )
        candidates = _merge([each.chunks for each in found])
        between = self._clock()
        ranked: list[RetrievedChunk] = []
        if candidates:
            ranked = await self._reranker.rerank(query, candidates, limit=len(candidates))
        chosen = spread_out(without_duplicates(ranked, LOOKAHEAD * limit), PARTIAL)[:limit]
        chosen = await self._completed(view, chosen, limit)
        chunks = _with_queries(chosen, [each.chunks for each in found])
        coverage, confidence = judge(chunks)
        return Retrieval(
            chunks=chunks,
            coverage=coverage,
            confidence=confidence,
            queries=queries,
            retrieval_ms=(between - began) * 1000,
            rerank_ms=(self._clock() - between) * 1000,
            legs=tuple(leg for each in found for leg in each.legs),
            candidates=len(candidates),
        )

    async def _search(self, number: int, query: str, view: KnowledgeView, budget: Budget) -> _Found:
        asked: list[_Asked] = []

        async def dense() -> list[IndexedChunk]:
            embedder = await in_use(self._embedder)
            made = await embedder.embed_query(query)
            asked.append(_Asked(embedder.model, made))
            return await self._near(view, made, embedder.model)

        async def quick(embedder: Embedder) -> list[IndexedChunk]:
            return await self._near(view, await embedder.embed_query(query), embedder.model)

        words: Leg = self._index.search_lexical(view, query, limit=self._candidates)
        legs = await run_legs(
            [
                ("dense", dense()),
                *(("quick", quick(embedder)) for embedder in self._quick),
                ("words", words),
            ],
            budget,
            self._clock,
        )
        near, *middle, held = legs
        quickly = [chunk for leg in middle for chunk in leg.chunks]
        candidates = candidates_of(near.chunks, quickly, held.chunks)
        model = asked[0].model if asked else self._embedder.model
        weights = weigh(query, candidates, model)
        if candidates and asked:
            candidates = await self._ordered(
                view, _Round(query, candidates, quickly, weights, asked[0]), budget
            )
        return _Found(candidates, _reports(number, legs, weights))

    async def _near(self, view: KnowledgeView, vector: Vector, model: str) -> list[IndexedChunk]:
        return await self._index.search_dense(view, vector, model=model, limit=self._candidates)

    async def _ordered(
        self, view: KnowledgeView, found: _Round, budget: Budget
    ) -> list[IndexedChunk]:
        """By both scores of every candidate; in the order so far when the time is up.

        The query is moved towards what then looks best: that brings forward what is like
        it, and pushes back what merely has its words.
        """
        model, vector = found.asked.model, found.asked.vector
        ranked = found.candidates
        ids = [chunk.chunk_id for chunk in ranked]
        try:
            async with asyncio.timeout(budget.seconds_left):
                scores = await self._index.score(view, ids, found.query, vector, model=model)
                known = scored(found.query, ranked, scores, found.quick, found.weights, model)
                ranked = known.ordered()
                best = [chunk.chunk_id for chunk in ranked[:LOOKED_BEST]]
                moved = await self._index.score_moved(
                    ids, vector, model=model, towards=best, by=NEARNESS
                )
                return known.ordered(moved)
        except TimeoutError:
            return ranked

    async def _completed(
        self, view: KnowledgeView, chosen: list[RetrievedChunk], limit: int
    ) -> list[RetrievedChunk]:
        torn = torn_places(chosen, PARTIAL)
        if not torn:
            return chosen
        found = await self._index.around(view, list(torn))
        return with_neighbours(chosen, found, torn, limit=limit, worth=PARTIAL)


def _reports(query: int, legs: Sequence[LegResult], weights: LegWeights) -> list[LegReport]:
    by_words = weights.lexical + weights.terms + weights.grams
    return [leg.report(query, by_words if leg.leg == "words" else weights.dense) for leg in legs]


def _merge(found: Sequence[Sequence[IndexedChunk]]) -> list[IndexedChunk]:
    """Merge the results of several queries by RRF; a chunk keeps its best-scored form."""
    if len(found) <= 1:
        return list(found[0]) if found else []
    best: dict[UUID, IndexedChunk] = {}
    for chunk in (chunk for chunks in found for chunk in chunks):
        known = best.get(chunk.chunk_id)
        if known is None or chunk.score > known.score:
            best[chunk.chunk_id] = chunk
    merged = reciprocal_rank_fusion([[chunk.chunk_id for chunk in chunks] for chunks in found])
    return [replace(best[key], score=score) for key, score in merged]


def _with_queries(
    chosen: Sequence[RetrievedChunk], found: Sequence[Sequence[IndexedChunk]]
) -> tuple[RetrievedChunk, ...]:
    """Say of each passage which queries found it; of a neighbour, none did."""
    members = [{chunk.chunk_id for chunk in chunks} for chunks in found]
    return tuple(
        replace(
            each,
            queries=tuple(
                number for number, ids in enumerate(members) if each.chunk.chunk_id in ids
            ),
        )
        for each in chosen
    )
