"""Candidates are ordered by both legs, and confidence means something."""

from dataclasses import replace

import pytest

from agentgrid.creator_studio.core import Evidence, IndexedChunk, RetrievedChunk
from agentgrid.creator_studio.rag.reranking.confidence import (
    FULL,
    PARTIAL,
    ConfidenceReranker,
    Features,
    Logistic,
    judge,
)
from agentgrid.creator_studio.rag.text.terms import TermFinder, terms
from tests.creator_studio.rag.passages import passage, source

QUESTION = "How many days of paid leave do employees have?"


def judged(text: str, score: float, *evidence: float) -> IndexedChunk:
    return replace(passage(text, score=score), evidence=Evidence(*evidence))


ANSWER = judged("Employees have 28 days of paid leave.", 1.5, 0.75, 0.6, 0.9)
RELATED = judged("Paid leave is requested in the portal.", 0.8, 0.5, 0.25, 0.4)
OTHER = judged("The canteen opens at noon.", 0.1, 0.05, 0.0, 0.0)


async def test_the_order_is_that_of_the_fused_scores() -> None:
    ranked = await ConfidenceReranker().rerank(QUESTION, [OTHER, RELATED, ANSWER], limit=3)
    assert [each.chunk for each in ranked] == [ANSWER, RELATED, OTHER]
    assert [each.score for each in ranked] == [1.5, 0.8, 0.1]


async def test_confidence_tells_an_answer_from_a_stray_passage() -> None:
    first, _, last = await ConfidenceReranker().rerank(QUESTION, [ANSWER, RELATED, OTHER], limit=3)
    assert first.confidence > FULL
    assert last.confidence < PARTIAL
    assert all(0 <= each.confidence <= 1 for each in (first, last))


async def test_the_limit_is_kept() -> None:
    assert len(await ConfidenceReranker().rerank(QUESTION, [ANSWER, OTHER], limit=1)) == 1


async def test_nothing_can_be_ranked() -> None:
    assert await ConfidenceReranker().rerank(QUESTION, [], limit=5) == []


async def test_without_the_scores_of_the_index_the_passages_are_read() -> None:
    texts = [ANSWER.text, RELATED.text, OTHER.text]
    late = [passage(text, score=1.0 - n, dense=0.7 - n / 4) for n, text in enumerate(texts)]
    ranked = await ConfidenceReranker().rerank(QUESTION, late, limit=3)
    sure = [each.confidence for each in ranked]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > FULL
    assert sure[2] < PARTIAL


@pytest.mark.parametrize("question", ["", "?!", "what is the"])
async def test_a_question_without_content_words_rests_on_similarity(question: str) -> None:
    chunk = passage(ANSWER.text, dense=0.75)
    (ranked,) = await ConfidenceReranker().rerank(question, [chunk], limit=1)
    assert 0 < ranked.confidence < FULL


async def test_candidates_without_leg_scores_keep_their_order() -> None:
    chunks = [passage(f"text {n}", score=1 / (60 + n)) for n in range(3)]
    ranked = await ConfidenceReranker().rerank("text", chunks, limit=3)
    assert [each.chunk for each in ranked] == chunks


def test_more_of_each_feature_is_more_confidence() -> None:
    base = Features(0.4, 0.3, 0.5, 1.0)
    more = [
        replace(base, similarity=0.6),
        replace(base, lexical_share=0.5),
        replace(base, term_share=0.7),
        replace(base, margin=2.0),
    ]
    weights = ConfidenceReranker().weights
    assert all(weights.confidence(each) > weights.confidence(base) for each in more)


def test_extreme_features_stay_within_0_and_1() -> None:
    steep = Logistic(bias=0, similarity=1e6, lexical_share=0, term_share=0, margin=0)
    assert 0 < steep.confidence(Features(-1, 0, 0, 0)) < steep.confidence(Features(1, 0, 0, 0)) <= 1


@pytest.mark.parametrize(
    ("confidences", "coverage"),
    [
        ([], "none"),
        ([PARTIAL / 2], "none"),
        ([0.0, PARTIAL], "partial"),
        ([FULL, 0.0], "full"),
        ([0.01, 0.99], "full"),
    ],
)
def test_the_best_passage_decides_the_coverage(confidences: list[float], coverage: str) -> None:
    chunks: list[RetrievedChunk] = [source("x", confidence=each) for each in confidences]
    assert judge(chunks) == (coverage, max(confidences, default=0.0))


class TestTerms:
    def test_small_words_and_endings_are_dropped(self) -> None:
        assert terms("How many holidays do the employees get?") == ["holiday", "employe", "get"]

    def test_numbers_and_codes_are_kept(self) -> None:
        assert terms("error E4711 in 2024") == ["error", "e4711", "2024"]

    def test_writing_without_spaces_is_cut_into_pairs(self) -> None:
        assert terms("带薪假期") == ["带薪", "薪假", "假期"]

    @pytest.mark.parametrize(
        ("term", "text", "found"),
        [
            ("holiday", "Two HOLIDAYS a year", True),
            ("cat", "a category", False),
            ("cat", "concat", False),
            ("28", "28 days", True),
            ("28", "1280 days", False),
            ("28", "in 2.28s", False),
            ("薪假", "带薪假期", True),
            ("straß", "Hauptstraße, Straßen", True),
        ],
    )
    def test_terms_are_found_at_the_beginning_of_words(
        self, term: str, text: str, found: bool
    ) -> None:
        assert TermFinder(terms(term) or [term]).found_in(text) == (
            set(terms(term)) if found else set()
        )
