"""From what the legs of one query found to one order: every candidate with all its scores."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from agentgrid.creator_studio.core import ChunkScores, Evidence, IndexedChunk
from agentgrid.creator_studio.rag.fusion import score_fusion, standardised
from agentgrid.creator_studio.rag.grams import gram_shares
from agentgrid.creator_studio.rag.leg_weights import ENGLISH_MODELS, LegWeights

LOOKED_BEST: Final = 3
"""Passages towards which the query is moved before the cosines that count."""
NEARNESS: Final = 0.3
"""How far, in lengths of the query's vector (Rocchio, 1971)."""

USUAL_MEAN: Final = 0.35
USUAL_SPREAD: Final = 0.11
"""Cosines of all-MiniLM-L6-v2 between a question and its candidates. The weights were
chosen for these; those of models with another scale are brought to it."""


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


def ordered(
    query: str,
    candidates: Sequence[IndexedChunk],
    scores: Mapping[UUID, ChunkScores],
    quick: Sequence[IndexedChunk],
    weights: LegWeights,
    model: str,
) -> list[IndexedChunk]:
    """The candidates by all evidence, best first, each with its ``Evidence``."""
    known = [chunk for chunk in candidates if chunk.chunk_id in scores]
    raw = {
        chunk.chunk_id: value
        for chunk in known
        if (value := scores[chunk.chunk_id].dense) is not None
    }
    moved = {
        chunk.chunk_id: value
        for chunk in known
        if (value := scores[chunk.chunk_id].near_best) is not None
    }
    similar = _usual(raw, model)
    near = _usual(moved, model) | _substitutes(quick, raw)
    shares = gram_shares(query, [_text(chunk) for chunk in known]) if weights.grams else []
    lowest = min(near.values(), default=0.0)
    made: list[IndexedChunk] = []
    for number, chunk in enumerate(known):
        own = scores[chunk.chunk_id]
        total = (
            weights.dense * near.get(chunk.chunk_id, lowest)
            + weights.lexical * own.lexical_share
            + weights.terms * own.term_share
            + (weights.grams * shares[number] if shares else 0.0)
        )
        similarity = similar.get(chunk.chunk_id, near.get(chunk.chunk_id, 0.0))
        evidence = Evidence(weights.trust * similarity, own.lexical_share, own.term_share)
        made.append(
            replace(
                chunk,
                score=total,
                dense_score=own.dense,
                lexical_score=own.lexical or None,
                evidence=evidence,
            )
        )
    return sorted(made, key=lambda chunk: -chunk.score)


def _usual(cosines: dict[UUID, float], model: str) -> dict[UUID, float]:
    if model.lower().startswith(ENGLISH_MODELS[0]):
        return cosines
    return {key: USUAL_MEAN + USUAL_SPREAD * value for key, value in standardised(cosines).items()}


def _substitutes(quick: Sequence[IndexedChunk], known: Mapping[UUID, float]) -> dict[UUID, float]:
    """Cosines for passages that only the quick model has embedded yet.

    Those of two models can't be compared; their places among each model's candidates can.
    """
    own = {chunk.chunk_id: chunk.score for chunk in quick}
    return {
        key: USUAL_MEAN + USUAL_SPREAD * value
        for key, value in standardised(own).items()
        if key not in known
    }


def _text(chunk: IndexedChunk) -> str:
    return " ".join((chunk.file_name, *chunk.heading_path, chunk.text))
