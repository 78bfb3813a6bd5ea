"""A chunk index in memory: the same contract as the database's, exact and simple."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import numpy as np

from agentgrid.creator_studio.core import (
    ChunkScores,
    IndexedChunk,
    KnowledgeFilter,
    KnowledgeView,
    Vector,
)
from agentgrid.creator_studio.rag.text.terms import terms

K1 = 1.2
B = 0.75


@dataclass
class _Entry:
    chunk: IndexedChunk
    vector: Vector
    model: str
    view: KnowledgeView
    """The agent, and the sequence number at which the chunk was added."""
    words: Counter[str]
    added_at: datetime
    removed: int | None = None


class MemoryIndex:
    """Dense search by cosine, lexical search by BM25. See ``ChunkIndex``."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(
        self,
        view: KnowledgeView,
        chunks: Sequence[IndexedChunk],
        vectors: Vector,
        *,
        model: str,
        added_at: datetime | None = None,
    ) -> None:
        """Add chunks to the view's agent at the view's sequence number, now by default."""
        when = added_at or datetime.now(UTC)
        for chunk, vector in zip(chunks, vectors, strict=True):
            words = Counter(terms(" ".join((*chunk.heading_path, chunk.text))))
            self._entries.append(_Entry(chunk, vector, model, view, words, when))

    def remove(self, view: KnowledgeView, chunk: IndexedChunk) -> None:
        """Remove a chunk at the view's sequence number: older views still see it."""
        for entry in self._entries:
            if entry.chunk.chunk_id == chunk.chunk_id and entry.removed is None:
                entry.removed = view.sequence

    async def count(self, view: KnowledgeView) -> int:
        return len(self._visible(view))

    async def search_dense(
        self, view: KnowledgeView, vector: Vector, *, model: str, limit: int
    ) -> list[IndexedChunk]:
        same = [
            entry
            for entry in self._visible(view)
            if entry.model == model and entry.vector.shape == vector.shape
        ]
        if not same:
            return []
        scores = np.stack([entry.vector for entry in same]) @ vector
        return _best([(entry, float(score)) for entry, score in zip(same, scores, strict=True)])[
            :limit
        ]

    async def search_lexical(
        self, view: KnowledgeView, query: str, *, limit: int
    ) -> list[IndexedChunk]:
        entries = self._visible(view)
        asked = set(terms(query))
        if not entries or not asked:
            return []
        length = sum(entry.words.total() for entry in entries) / len(entries)
        weights = {word: _idf(word, entries) for word in asked}
        scored = [(entry, _bm25(entry, weights, length)) for entry in entries]
        return _best([pair for pair in scored if pair[1] > 0])[:limit]

    async def score(
        self,
        view: KnowledgeView,
        chunk_ids: Sequence[UUID],
        query: str,
        vector: Vector,
        *,
        model: str,
    ) -> dict[UUID, ChunkScores]:
        entries = self._visible(view)
        length = sum(entry.words.total() for entry in entries) / max(1, len(entries))
        weights = {word: _idf(word, entries) for word in set(terms(query))}
        mass = sum(weights.values())
        found: dict[UUID, ChunkScores] = {}
        for entry in entries:
            if entry.chunk.chunk_id not in chunk_ids:
                continue
            lexical = _bm25(entry, weights, length)
            held = sum(weight for word, weight in weights.items() if entry.words[word])
            same = entry.model == model
            found[entry.chunk.chunk_id] = ChunkScores(
                dense=float(entry.vector @ vector) if same else None,
                lexical=lexical,
                lexical_share=lexical / (mass * (K1 + 1)) if mass else 0.0,
                term_share=held / mass if mass else 0.0,
            )
        return found

    async def score_moved(
        self,
        chunk_ids: Sequence[UUID],
        vector: Vector,
        *,
        model: str,
        towards: Sequence[UUID],
        by: float,
    ) -> dict[UUID, float]:
        same = [entry for entry in self._entries if entry.model == model]
        like = [entry.vector for entry in same if entry.chunk.chunk_id in towards]
        moved = vector + by * np.mean(like, axis=0) if like else vector
        moved = moved / np.linalg.norm(moved)
        return {
            entry.chunk.chunk_id: float(entry.vector @ moved)
            for entry in same
            if entry.chunk.chunk_id in chunk_ids
        }

    async def around(
        self, view: KnowledgeView, places: Sequence[tuple[UUID, int]]
    ) -> list[IndexedChunk]:
        return [
            entry.chunk
            for entry in self._visible(view)
            if (entry.chunk.file_id, entry.chunk.position) in places
        ]

    def _visible(self, view: KnowledgeView) -> list[_Entry]:
        return [
            entry
            for entry in self._entries
            if entry.view.agent_id == view.agent_id
            and entry.view.sequence <= view.sequence
            and (entry.removed is None or entry.removed > view.sequence)
            and _passes(entry, view.filter)
        ]


def _passes(entry: _Entry, wanted: KnowledgeFilter) -> bool:
    tags = {tag.casefold() for tag in entry.chunk.tags}
    return (
        (not wanted.files or entry.chunk.file_id in wanted.files)
        and (not wanted.tags or bool(tags & wanted.tags))
        and (not wanted.agent_tags or bool(tags & wanted.agent_tags))
        and (wanted.added_from is None or entry.added_at >= wanted.added_from)
        and (wanted.added_before is None or entry.added_at < wanted.added_before)
    )


def _idf(word: str, entries: Sequence[_Entry]) -> float:
    holding = sum(word in entry.words for entry in entries)
    return math.log(1 + (len(entries) - holding + 0.5) / (holding + 0.5))


def _bm25(entry: _Entry, weights: dict[str, float], average_length: float) -> float:
    norm = K1 * (1 - B + B * entry.words.total() / max(1.0, average_length))
    return sum(
        weight * entry.words[word] * (K1 + 1) / (entry.words[word] + norm)
        for word, weight in weights.items()
    )


def _best(scored: Sequence[tuple[_Entry, float]]) -> list[IndexedChunk]:
    ordered = sorted(scored, key=lambda pair: (-pair[1], pair[0].chunk.chunk_id))
    return [replace(entry.chunk, score=score) for entry, score in ordered]
