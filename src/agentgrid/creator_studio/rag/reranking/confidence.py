"""Says how sure it is of each candidate, without a model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.creator_studio.core import Coverage, Evidence, IndexedChunk, RetrievedChunk
from agentgrid.creator_studio.rag.fusion import standardised
from agentgrid.creator_studio.rag.text.terms import TermFinder, terms


@dataclass(frozen=True, slots=True)
class Features:
    """What the confidence in one passage rests on."""

    similarity: float
    """See ``Evidence``; at least 0."""
    lexical_share: float
    """See ``ChunkScores``."""
    term_share: float
    """See ``ChunkScores``."""
    margin: float
    """How far the fused score lies above the candidates' mean, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """confidence = 1 / (1 + exp(-(bias + weights . features)))"""

    bias: float
    similarity: float
    lexical_share: float
    term_share: float
    margin: float

    def confidence(self, features: Features) -> float:
        total = (
            self.bias
            + self.similarity * features.similarity
            + self.lexical_share * features.lexical_share
            + self.term_share * features.term_share
            + self.margin * features.margin
        )
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


FITTED = Logistic(bias=-5.2, similarity=4.67, lexical_share=2.59, term_share=2.67, margin=0.11)
"""Fitted by ``bench/fit_confidence.py`` on the even questions of samples of five data sets,
asked of collections of 12, 40, 200 and all documents, with and without what answers them.

On the odd questions: calibration error .033 over all (said .14 was .12, said .45 was .47,
said .75 was .69, said .93 was .82). A set alone is further off, since what counts as an
answer differs: .06 (SciFact) to .16 (DBpedia, where much is relevant). Best passage of
questions that are answered against those whose article is absent: AUC .999 on SQuAD, .993 on
Spanish; .73 against trick questions, which use the right words for something that is not
said. This measure can't tell those.

An embedding model with another scale of cosines is brought to the usual one, cautiously.
"""

FULL = 0.4
"""Reached by 84 % of the answered questions of SQuAD and XQuAD, and by none of the absent."""
PARTIAL = 0.15
"""Reached by all of the answered ones and 24 % of the absent: to claim that the documents are
silent when they are not is the worse error, since the model still reads what is partial."""


class ConfidenceReranker:
    """Keeps the order of the fused scores; confidence by a fitted logistic.

    No model is called: for 200 candidates it takes a few milliseconds.
    """

    def __init__(self, weights: Logistic = FITTED) -> None:
        self.weights = weights

    async def rerank(
        self, query: str, candidates: Sequence[IndexedChunk], *, limit: int
    ) -> list[RetrievedChunk]:
        """See ``Reranker``. ``score`` is the fused one; ``confidence`` is in 0..1."""
        ranked = sorted(candidates, key=lambda chunk: -chunk.score)
        return [
            RetrievedChunk(chunk, chunk.score, self.weights.confidence(each))
            for chunk, each in zip(ranked[:limit], features_of(query, ranked), strict=False)
        ]


def features_of(query: str, ranked: Sequence[IndexedChunk]) -> list[Features]:
    """Return the features of each candidate, in the order given."""
    margins = standardised({number: chunk.score for number, chunk in enumerate(ranked)})
    evidence = [chunk.evidence for chunk in ranked]
    substitutes = _from_texts(query, ranked) if None in evidence else []
    found = [each or substitutes[number] for number, each in enumerate(evidence)]
    return [
        Features(
            similarity=max(0.0, each.similarity),
            lexical_share=each.lexical_share,
            term_share=each.term_share,
            margin=margins[number],
        )
        for number, each in enumerate(found)
    ]


USUAL_LEXICAL_SHARE = 0.6
"""BM25's share of its most, per share of words that occur, in passages of usual length."""

USUAL_SIMILARITY = 0.6
"""The cosine of a passage that holds all words of a question, for when nothing was embedded:
of right passages with at least 85 % of the words it is .58 on SQuAD 2.0 and .64 on SciFact.
Without it, a search by words alone could never be sure of anything."""


def _from_texts(query: str, ranked: Sequence[IndexedChunk]) -> list[Evidence]:
    """Evidence read off the passages, for when the index was late with its scores."""
    asked = list(dict.fromkeys(terms(query)))
    finder = TermFinder(asked)
    held = [finder.found_in(_searched(chunk)) for chunk in ranked]
    rarity = {
        term: math.log(1 + len(held) / (0.5 + sum(term in words for words in held)))
        for term in asked
    }
    total = sum(rarity.values())
    shares = [
        sum(rarity[term] for term in asked if term in words) / total if total else 0.0
        for words in held
    ]
    by_words_alone = all(chunk.dense_score is None for chunk in ranked)
    return [
        Evidence(
            USUAL_SIMILARITY * share if by_words_alone else chunk.dense_score or 0.0,
            USUAL_LEXICAL_SHARE * share,
            share,
        )
        for chunk, share in zip(ranked, shares, strict=True)
    ]


def _searched(chunk: IndexedChunk) -> str:
    return " ".join((chunk.file_name, *chunk.heading_path, chunk.text))


def judge(chunks: Sequence[RetrievedChunk]) -> tuple[Coverage, float]:
    """Return how far the passages cover the question, and the confidence in that.

    The best passage decides: full from ``FULL``, partial from ``PARTIAL``, else none.
    """
    confidence = max((chunk.confidence for chunk in chunks), default=0.0)
    if confidence >= FULL:
        return "full", confidence
    return ("partial" if confidence >= PARTIAL else "none"), confidence
