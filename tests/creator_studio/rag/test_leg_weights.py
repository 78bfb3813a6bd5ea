"""What counts for a query follows from its language and from what is searched."""

# ruff: noqa: RUF001 - other alphabets

import pytest

from agentgrid.creator_studio.rag.retrieval.leg_weights import (
    FOREIGN,
    LONG,
    SHORT,
    SPACED,
    UNSPACED,
    LegWeights,
    weigh,
)
from tests.creator_studio.rag.passages import passage

LOCAL = "all-MiniLM-L6-v2"
LONG_TEXT = passage("The allowance for a day of travel is thirty euros in all of the cities. " * 10)
SHORT_TEXT = passage("The allowance is thirty euros.")
SPANISH_TEXT = passage("La dieta de un día de viaje es de 30 euros en todas las ciudades. " * 8)


def test_english_passages_of_usual_length_count_by_meaning_and_words() -> None:
    assert weigh("What is the allowance for travel?", [LONG_TEXT], LOCAL) == LONG


def test_in_short_passages_meaning_counts_more() -> None:
    assert weigh("What is the allowance?", [SHORT_TEXT], LOCAL) == SHORT
    between = weigh("What is the allowance?", [SHORT_TEXT, LONG_TEXT], LOCAL)
    assert LONG.dense < between.dense < SHORT.dense


@pytest.mark.parametrize(
    ("query", "weights"),
    [
        ("¿Cuál es la dieta de un día en las ciudades?", SPACED),
        ("Wie hoch ist die Tagespauschale für den Besuch der Messe?", SPACED),
        ("Сколько дней отпуска у сотрудника?", FOREIGN),
        ("员工有多少天假期？", UNSPACED),
        ("従業員の休暇は何日ですか", UNSPACED),
    ],
)
def test_a_model_of_english_counts_little_elsewhere(query: str, weights: LegWeights) -> None:
    assert weigh(query, [LONG_TEXT], LOCAL) == weights


def test_a_model_of_many_languages_counts_everywhere() -> None:
    weights = weigh("员工有多少天假期？", [LONG_TEXT], "text-embedding-3-small")
    assert (weights.dense, weights.trust) == (LONG.dense, 1.0)
    assert weights.lexical == UNSPACED.lexical


def test_keywords_are_in_the_language_of_what_they_find() -> None:
    assert weigh("hotel taxi", [SPANISH_TEXT], LOCAL) == SPACED
    assert weigh("hotel taxi", [LONG_TEXT], LOCAL) == LONG


def test_nothing_found_needs_weights_too() -> None:
    assert weigh("xyzzy", [], LOCAL).dense > 0
