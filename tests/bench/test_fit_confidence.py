"""The shipped confidence follows from the numbers kept in the repository, and is reliable."""

from pathlib import Path

import numpy as np
import pytest

from agentgrid.creator_studio.rag.reranking.confidence import FITTED, FULL, PARTIAL, Features
from bench.fit_confidence import (
    Row,
    best_by_search,
    calibration,
    confidences,
    drawn,
    fit,
    halves,
    read_rows,
    write_rows,
)
from bench.quality.datasets import Question
from bench.quality.metrics import area_under_curve

SHIPPED = np.array(
    [
        FITTED.bias,
        FITTED.similarity,
        FITTED.lexical_share,
        FITTED.term_share,
        FITTED.margin,
    ]
)


@pytest.fixture(scope="module")
def odd() -> list[Row]:
    """Questions that the weights were not fitted on."""
    return halves(read_rows())[1]


def test_fitting_again_gives_the_shipped_weights() -> None:
    even, _ = halves(read_rows())
    assert fit(even) == pytest.approx(SHIPPED, abs=0.006)


def test_the_formula_is_that_of_the_product() -> None:
    row = Row("set", 0, "present", (0.4, 0.3, 0.5, 1.0), answers=True)
    (said,) = confidences([row], SHIPPED)
    assert FITTED.confidence(Features(*row.features)) == pytest.approx(said)


def test_what_is_said_is_what_was(odd: list[Row]) -> None:
    labels = np.array([float(row.answers) for row in odd])
    error, _ = calibration(confidences(odd, SHIPPED), labels)
    assert error < 0.04


@pytest.mark.parametrize(
    ("name", "most"), [("scifact", 0.07), ("squad2-dev-half", 0.1), ("xquad-es", 0.1)]
)
def test_it_holds_for_a_set_alone(odd: list[Row], name: str, most: float) -> None:
    own = [row for row in odd if row.data_set == name]
    labels = np.array([float(row.answers) for row in own])
    error, _ = calibration(confidences(own, SHIPPED), labels)
    assert error < most


def test_absent_articles_are_told_from_present_ones(odd: list[Row]) -> None:
    own = [row for row in odd if row.data_set == "squad2-dev-half"]
    best = best_by_search(own, confidences(own, SHIPPED))
    assert area_under_curve(best["present"], best["absent"]) > 0.97


def test_coverage_is_seldom_claimed_of_what_is_absent(odd: list[Row]) -> None:
    own = [row for row in odd if row.data_set == "squad2-dev-half"]
    best = best_by_search(own, confidences(own, SHIPPED))
    assert np.mean(np.array(best["absent"]) >= FULL) < 0.05
    assert np.mean(np.array(best["present"]) >= PARTIAL) > 0.95


def test_numbers_are_kept_as_they_were(tmp_path: Path) -> None:
    rows = [Row("a", 3, "near miss", (0.1, 0.25, 0.0, -1.5), answers=False)]
    write_rows(rows, tmp_path / "kept.csv")
    assert read_rows(tmp_path / "kept.csv") == rows


def test_an_absent_article_is_never_drawn() -> None:
    question = Question("1", "What?", {"a-1": 1})
    every = {f"{article}-{number}" for article in "abcdef" for number in range(20)}
    own = {name for name in every if name.startswith("a")}
    for size in (12, 40, 0):
        assert not own & drawn(question, own, every, size, "absent")
        present = drawn(question, own, every, size, "present")
        assert "a-1" in present
        assert len(present) == (size or len(every))
