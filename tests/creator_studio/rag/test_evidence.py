"""Every candidate is judged by both ways of searching, whichever found it."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import pytest

from agentgrid.creator_studio.core import ChunkScores, IndexedChunk
from agentgrid.creator_studio.rag.reranking.confidence import USUAL_SIMILARITY
from agentgrid.creator_studio.rag.retrieval.evidence import (
    UNTOLD,
    USUAL_MEAN,
    Scored,
    candidates_of,
    scored,
)
from agentgrid.creator_studio.rag.retrieval.leg_weights import LONG, SPACED, LegWeights
from tests.creator_studio.rag.passages import passage

LOCAL = "all-MiniLM-L6-v2"
ONE, TWO, THREE = passage("one"), passage("two"), passage("three")


def judged(
    scores: Mapping[UUID, ChunkScores],
    *,
    query: str = "question",
    weights: LegWeights = LONG,
    model: str = LOCAL,
    quick: tuple[IndexedChunk, ...] = (),
) -> Scored:
    return scored(query, [ONE, TWO, THREE], scores, quick, weights, model)


def test_first_the_legs_are_added_and_each_chunk_keeps_its_scores() -> None:
    found = candidates_of(
        [replace(ONE, score=0.9), replace(TWO, score=0.8)],
        [],
        [replace(THREE, score=7.0), replace(ONE, score=6.0)],
    )
    assert {c.text: (c.dense_score, c.lexical_score) for c in found} == {
        "one": (0.9, 6.0),
        "two": (0.8, None),
        "three": (None, 7.0),
    }
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_all_evidence_is_added_by_weight() -> None:
    scores = {
        ONE.chunk_id: ChunkScores(0.5, 4.0, 0.4, 0.6),
        TWO.chunk_id: ChunkScores(0.7, 0.0, 0.0, 0.0),
    }
    first, second = judged(scores).ordered()
    assert (first.text, second.text) == ("one", "two")
    expected = LONG.dense * 0.5 + LONG.lexical * 0.4 + LONG.terms * 0.6
    assert first.score == pytest.approx(expected)
    assert (first.dense_score, first.lexical_score) == (0.5, 4.0)
    assert second.lexical_score is None


def test_moved_cosines_decide_the_order_and_not_the_evidence() -> None:
    scores = {each.chunk_id: ChunkScores(0.5, 0.0, 0.0, 0.0) for each in (ONE, TWO)}
    ranked = judged(scores).ordered({ONE.chunk_id: 0.4, TWO.chunk_id: 0.6})
    assert [each.text for each in ranked] == ["two", "one"]
    assert {each.evidence.similarity for each in ranked if each.evidence} == {0.5}


def test_similarity_counts_as_far_as_the_language_is_known() -> None:
    scores = {ONE.chunk_id: ChunkScores(0.9, 0.0, 0.0, 0.0)}
    (ranked,) = judged(scores, weights=SPACED).ordered()
    assert ranked.evidence is not None
    expected = 0.9 * SPACED.trust + UNTOLD * (1 - SPACED.trust)
    assert ranked.evidence.similarity == pytest.approx(expected)


def test_letter_groups_count_where_the_weights_say_so() -> None:
    scores = {each.chunk_id: ChunkScores(0.5, 0.0, 0.0, 0.0) for each in (ONE, TWO, THREE)}
    ranked = judged(scores, query="threefold", weights=SPACED).ordered()
    assert ranked[0].text == "three"


def test_cosines_of_another_model_are_brought_to_the_usual_scale() -> None:
    scores = {
        ONE.chunk_id: ChunkScores(0.82, 0.0, 0.0, 0.0),
        TWO.chunk_id: ChunkScores(0.80, 0.0, 0.0, 0.0),
    }
    high, low = judged(scores, model="text-embedding-ada-002").ordered()
    assert high.score - low.score > 0.2
    assert high.dense_score == 0.82


def test_the_best_of_a_poor_lot_is_not_called_similar() -> None:
    scores = {
        each.chunk_id: ChunkScores(0.01 * number, 0.0, 0.0, 0.0)
        for number, each in enumerate((ONE, TWO, THREE))
    }
    ranked = judged(scores, model="text-embedding-3-small").ordered()
    assert all(each.evidence and each.evidence.similarity <= 0.02 for each in ranked)


def test_a_quick_vector_stands_in_for_one_that_is_missing() -> None:
    scores = {
        each.chunk_id: ChunkScores(cosine, 0.0, 0.0, 0.0)
        for each, cosine in ((ONE, 0.3), (TWO, None), (THREE, None))
    }
    quick = (replace(TWO, score=0.9), replace(THREE, score=0.5), replace(ONE, score=0.1))
    ranked = judged(scores, quick=quick).ordered()
    assert [each.text for each in ranked] == ["two", "three", "one"]
    assert ranked[0].dense_score is None
    assert ranked[0].score > LONG.dense * USUAL_MEAN


def test_what_is_not_embedded_yet_is_judged_by_its_words() -> None:
    scores = {
        ONE.chunk_id: ChunkScores(None, 8.0, 0.6, 1.0),
        TWO.chunk_id: ChunkScores(0.2, 0.0, 0.0, 0.0),
        THREE.chunk_id: ChunkScores(None, 0.0, 0.0, 0.0),
    }
    first, second, third = judged(scores).ordered()
    assert [first.text, second.text, third.text] == ["one", "two", "three"]
    assert first.evidence is not None
    assert first.evidence.similarity == pytest.approx(USUAL_SIMILARITY)
    assert first.dense_score is None
    assert third.evidence is not None
    assert third.evidence.similarity == 0.0


def test_moving_the_query_changes_nothing_for_what_is_not_embedded_yet() -> None:
    scores = {
        ONE.chunk_id: ChunkScores(None, 8.0, 0.6, 1.0),
        TWO.chunk_id: ChunkScores(0.2, 0.0, 0.0, 0.0),
    }
    known = judged(scores)
    before = {each.text: each.score for each in known.ordered()}
    after = {each.text: each.score for each in known.ordered({TWO.chunk_id: 0.3})}
    assert after["one"] == before["one"]
    assert after["two"] > before["two"]
