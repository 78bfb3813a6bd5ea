"""From what the legs of one query found to one order: every candidate with all its scores."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from agentgrid.creator_studio.core import ChunkScores, Evidence, IndexedChunk
from agentgrid.creator_studio.rag.fusion import score_fusion, standardised
from agentgrid.creator_studio.rag.reranking.confidence import USUAL_SIMILARITY
from agentgrid.creator_studio.rag.retrieval.leg_weights import ENGLISH_MODELS, LegWeights
from agentgrid.creator_studio.rag.text.grams import gram_shares

LOOKED_BEST: Final = 3
"""Passages towards which the query is moved before the cosines that count."""
NEARNESS: Final = 0.3
"""How far, in lengths of the query's vector (Rocchio, 1971)."""

USUAL_MEAN: Final = 0.35
USUAL_SPREAD: Final = 0.11
"""Cosines of all-MiniLM-L6-v2 between a question and its candidates. The weights were
chosen for these; those of models with another scale are brought to it."""

UNTOLD: Final = 0.5
"""The similarity that speaks neither for a passage nor against it."""


def candidates_of(
    dense: Sequence[IndexedChunk], quick: Sequence[IndexedChunk], lexical: Sequence[IndexedChunk]
) -> list[IndexedChunk]:
    """Everything the legs found, in a first order: standardised scores, added."""
    scores = [
        {chunk.chunk_id: chunk.score for chunk in leg} for leg in (dense, quick, lexical) if leg
    ]
    by_meaning = {chunk.chunk_id: chunk.score for chunk in dense}
    by_words = {chunk.chunk_id: chunk.score for chunk in lexical}
    every = {chunk.chunk_id: chunk for leg in (lexical, quick, dense) for chunk in leg}
    fused = score_fusion(scores)
    return [
        replace(
            every[key],
            score=fused[key],
            dense_score=by_meaning.get(key),
            lexical_score=by_words.get(key),
        )
        for key in sorted(fused, key=lambda key: -fused[key])
    ]


@dataclass(frozen=True, slots=True)
class Scored:
    """The candidates of one query with the scores of both legs, and what these count for."""

    query: str
    chunks: tuple[IndexedChunk, ...]
    scores: Mapping[UUID, ChunkScores]
    quick: Mapping[UUID, float]
    """Cosines by a quick model, for what the main one has not embedded yet."""
    weights: LegWeights
    model: str
    grams: tuple[float, ...]
    """The share of letter groups of each chunk; empty where they do not count."""

    def ordered(self, cosines: Mapping[UUID, float] | None = None) -> list[IndexedChunk]:
        """By all evidence, best first, each with its ``Evidence``.

        ``cosines`` replace those with the query itself in the order, not in the evidence.
        """
        own = {
            chunk.chunk_id: value
            for chunk in self.chunks
            if (value := self.scores[chunk.chunk_id].dense) is not None
        }
        instead = _substitutes(self.quick, own)
        untold = self._expected(own.keys() | instead.keys())
        similar = _usual(own, self.model) | instead | untold
        near = similar
        if cosines is not None:
            near = _usual(cosines, self.model) | instead | untold
        made = [
            replace(
                chunk,
                score=self._total(number, near[chunk.chunk_id]),
                dense_score=self.scores[chunk.chunk_id].dense,
                lexical_score=self.scores[chunk.chunk_id].lexical or None,
                evidence=self._evidence(
                    chunk,
                    # The best of a poor lot stands out too: it must be near by itself.
                    min(
                        similar[chunk.chunk_id],
                        own.get(chunk.chunk_id, untold.get(chunk.chunk_id, USUAL_MEAN)),
                    ),
                ),
            )
            for number, chunk in enumerate(self.chunks)
        ]
        return sorted(made, key=lambda chunk: -chunk.score)

    def _expected(self, told: Set[UUID]) -> dict[UUID, float]:
        """Cosines to expect of passages that no model has embedded yet, by their words.

        With the lowest instead, a document could not be found while it is being refined.
        """
        return {
            chunk.chunk_id: USUAL_SIMILARITY * self.scores[chunk.chunk_id].term_share
            for chunk in self.chunks
            if chunk.chunk_id not in told
        }

    def _total(self, number: int, cosine: float) -> float:
        weights, own = self.weights, self.scores[self.chunks[number].chunk_id]
        return (
            weights.dense * cosine
            + weights.lexical * own.lexical_share
            + weights.terms * own.term_share
            + (weights.grams * self.grams[number] if self.grams else 0.0)
        )

    def _evidence(self, chunk: IndexedChunk, cosine: float) -> Evidence:
        own = self.scores[chunk.chunk_id]
        trust = self.weights.trust
        similarity = trust * cosine + (1 - trust) * UNTOLD
        return Evidence(similarity, own.lexical_share, own.term_share)


def scored(
    query: str,
    candidates: Sequence[IndexedChunk],
    scores: Mapping[UUID, ChunkScores],
    quick: Sequence[IndexedChunk],
    weights: LegWeights,
    model: str,
) -> Scored:
    """Bring together what is known of the candidates; those without scores are left out."""
    known = tuple(chunk for chunk in candidates if chunk.chunk_id in scores)
    shares = gram_shares(query, [_text(chunk) for chunk in known]) if weights.grams else []
    cosines = {chunk.chunk_id: chunk.score for chunk in quick}
    return Scored(query, known, scores, cosines, weights, model, tuple(shares))


def _usual(cosines: Mapping[UUID, float], model: str) -> dict[UUID, float]:
    if model.lower().startswith(ENGLISH_MODELS[0]):
        return dict(cosines)
    return {key: USUAL_MEAN + USUAL_SPREAD * value for key, value in standardised(cosines).items()}


def _substitutes(quick: Mapping[UUID, float], known: Mapping[UUID, float]) -> dict[UUID, float]:
    """Cosines for passages that only the quick model has embedded yet.

    Those of two models can't be compared; their places among each model's candidates can.
    """
    return {
        key: USUAL_MEAN + USUAL_SPREAD * value
        for key, value in standardised(quick).items()
        if key not in known
    }


def _text(chunk: IndexedChunk) -> str:
    return " ".join((chunk.file_name, *chunk.heading_path, chunk.text))
