"""Ranked lists are merged as the formulas say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.creator_studio.rag.fusion import (
    reciprocal_rank_fusion,
    score_fusion,
    standardised,
)


def test_rrf_adds_one_over_sixty_plus_rank() -> None:
    merged = reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]])
    assert merged == [
        ("a", pytest.approx(1 / 61 + 1 / 62)),
        ("c", pytest.approx(1 / 63 + 1 / 61)),
        ("b", pytest.approx(1 / 62)),
    ]


def test_rrf_weights_count_a_list_more() -> None:
    merged = reciprocal_rank_fusion([["a"], ["b"]], weights=[1.0, 2.0])
    assert [item for item, _ in merged] == ["b", "a"]


def test_rrf_counts_an_item_once_in_each_list() -> None:
    assert reciprocal_rank_fusion([["a", "a", "b"]]) == [
        ("a", pytest.approx(1 / 61)),
        ("b", pytest.approx(1 / 62)),
    ]


def test_rrf_of_nothing_is_nothing() -> None:
    assert reciprocal_rank_fusion([]) == []
    assert reciprocal_rank_fusion([[], []]) == []


@given(st.lists(st.lists(st.integers(0, 20), unique=True), max_size=4))
def test_rrf_keeps_every_item_and_is_ordered(lists: list[list[int]]) -> None:
    merged = reciprocal_rank_fusion(lists)
    assert {item for item, _ in merged} == {item for ranked in lists for item in ranked}
    scores = [score for _, score in merged]
    assert scores == sorted(scores, reverse=True)


def test_standardised_scores_have_mean_0_and_deviation_1() -> None:
    assert standardised({"a": 1.0, "b": 3.0}) == {"a": -1.0, "b": 1.0}
    assert standardised({"a": 5.0}) == {"a": 0.0}
    assert standardised({}) == {}


def test_score_fusion_gives_a_missing_item_the_lowest_score() -> None:
    fused = score_fusion([{"a": 2.0, "b": 1.0}, {"b": 8.0, "c": 4.0}])
    assert fused == {"a": 1.0 - 1.0, "b": -1.0 + 1.0, "c": -1.0 - 1.0}
