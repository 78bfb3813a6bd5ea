"""A citation stays only where its passage says what it is cited for."""

import pytest

from agentgrid.creator_studio.rag.citations.support import (
    best_supporter,
    check_claim,
    figures,
    missing_codes,
    missing_names,
)
from tests.creator_studio.rag.answer_check_cases import CASES, LEAVE, PRESS, TRAVEL, Labelled
from tests.creator_studio.rag.passages import source


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.claim)
def test_labelled_claims_are_judged_right(case: Labelled) -> None:
    verdict = check_claim(case.claim, source(case.passage))
    assert verdict.supported == case.said, verdict
    assert bool(verdict.reason) != verdict.supported


def test_what_is_surely_said_is_told_from_what_is_surely_not() -> None:
    said = [check_claim(c.claim, source(c.passage)).confidence for c in CASES if c.said]
    unsaid = [check_claim(c.claim, source(c.passage)).confidence for c in CASES if not c.said]
    assert sum(said) / len(said) > 0.85
    assert sum(unsaid) / len(unsaid) < 0.2


def test_headings_and_the_file_count_as_said() -> None:
    passage = source("28 days a year.", headings=("Leave of full-time employees",))
    assert check_claim("Full-time employees have 28 days of leave.", passage).supported


def test_a_claim_in_another_language_needs_its_figures_only() -> None:
    assert check_claim("Ein Hotel in Hamburg darf 135 EUR kosten.", source(TRAVEL)).supported
    assert not check_claim("Ein Hotel in Hamburg darf 150 EUR kosten.", source(TRAVEL)).supported


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2,400 watts", "2.400 Watt"),
        ("1 850", "1,850"),
        ("4.90", "4,9"),
        ("three days", "3 days"),
        ("drei Tage", "trois jours"),
        ("22:00", "22 Uhr"),
        ("part 350-114", "part 350-114,"),
        ("E-17", "E17"),
    ],
)
def test_one_figure_in_two_ways_of_writing(one: str, other: str) -> None:
    assert set(figures(one)) == set(figures(other))


def test_different_figures_differ() -> None:
    assert set(figures("24")) != set(figures("2.4"))
    assert set(figures("E-17")) != set(figures("E-71"))


def test_codes_that_no_passage_has_are_found() -> None:
    assert missing_codes("What do E-99 and E-23 mean?", [source(PRESS)]) == {"E-99"}
    assert missing_codes("What cost 300 euros in the 1990s, on the 3rd?", [source(PRESS)]) == set()


def test_names_are_known_without_their_accents_and_endings() -> None:
    assert missing_names("Is this Temur's?", "It is of Temür.") == set()
    assert missing_names("Is this Toghon's?", "It is of Temür.") == {"Toghon's"}


def test_the_passage_that_says_it_is_found_among_others() -> None:
    sources = [source(TRAVEL), source(LEAVE)]
    number, verdict = best_supporter("Full-time employees have 28 days of paid leave.", sources)
    assert number == 2
    assert verdict.confidence > 0.9
    assert best_supporter("Anything", [])[0] == 0


def test_a_row_of_a_table_lends_nothing_to_another() -> None:
    rows = "| Code | Meaning |\n|---|---|\n| E-17 | Spindle blocked |\n| E-23 | Sensor lost |"
    assert check_claim("E-17 means that the spindle is blocked.", source(rows)).supported
    assert not check_claim("E-17 means that the sensor was lost.", source(rows)).supported
