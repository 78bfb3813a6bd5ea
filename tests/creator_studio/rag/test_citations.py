"""Citations point at the words of the document that support the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgrid.creator_studio.core import Citation, RetrievedChunk
from agentgrid.creator_studio.rag.citations.matching import (
    CitationMatcher,
    MarkerStripper,
    attribute_sources,
    checked_answer,
    supported_part,
    without_markers,
)
from tests.creator_studio.rag.passages import source

LEAVE = source(
    "Requests go through the portal. Full-time employees have 28 days of paid leave. "
    "Up to five unused days may be carried over until March.",
    start=500,
    headings=("Handbook", "Leave"),
    page=4,
)
DOGS = source("Dogs are welcome in the Hamburg office on Tuesdays.", start=90, name="office.pdf")
RATES = source("| Country | Rate |\n|---|---|\n| Germany | 48 EUR |\n| Japan | 9200 JPY |")
SOURCES = [LEAVE, DOGS, RATES]


def citations_of(answer: str, sources: list[RetrievedChunk]) -> tuple[Citation, ...]:
    return checked_answer(answer, sources).citations


def test_the_quote_is_the_sentence_that_supports_the_claim() -> None:
    (found,) = citations_of("You have 28 days of paid leave [1].", SOURCES)
    assert found.number == 1
    assert found.quote == "Full-time employees have 28 days of paid leave."
    assert (found.page, found.heading_path) == (4, ("Handbook", "Leave"))
    assert (found.chunk_id, found.file_id) == (LEAVE.chunk.chunk_id, LEAVE.chunk.file_id)
    assert found.confidence > 0.9


def test_offsets_count_in_the_document() -> None:
    (found,) = citations_of("Five days may be carried over. [1]", SOURCES)
    start = found.char_start - LEAVE.chunk.char_start
    assert LEAVE.chunk.text[start : start + len(found.quote)] == found.quote
    assert found.quote.startswith("Up to five")
    assert found.char_end - found.char_start == len(found.quote)


def test_two_sentences_are_quoted_when_the_claim_needs_both() -> None:
    answer = "You have 28 days of paid leave and five unused days may be carried over [1]."
    (found,) = citations_of(answer, SOURCES)
    assert found.quote.startswith("Full-time")
    assert found.quote.endswith("March.")


def test_the_quote_from_a_table_is_a_row() -> None:
    (found,) = citations_of("In Japan it is 9200 JPY [3].", SOURCES)
    assert found.quote == "| Japan | 9200 JPY |"


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("A [1] and b [2].", [1, 2]),
        ("Both [1, 2].", [1, 2]),
        ("Both [2][1].", [1, 2]),
        ("Again [1] and again [1].", [1]),
        ("So 【2】 and 【1†source】.", [1, 2]),
        ("No such source [7] [0].", []),
        ("A link [1](https://example.com).", []),
        ("An array:\n```\nx[1] = 2\n```\n", []),
        ("No marker at all.", []),
    ],
)
def test_markers_are_understood(answer: str, numbers: list[int]) -> None:
    assert [found.number for found in citations_of(answer, SOURCES)] == numbers


def test_markers_that_name_nothing_are_taken_out() -> None:
    answer = "So [1], or [9], and [2, 9]. See [4](x)."
    assert checked_answer(answer, SOURCES).text == "So [1], or, and [2]. See [4](x)."


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        ("You have 35 days of paid leave [1].", "You have 35 days of paid leave."),
        ("Employees have 28 days of paid leave [2].", "Employees have 28 days of paid leave [1]."),
        ("Dogs are not welcome in the Hamburg office on Tuesdays. [2]",
         "Dogs are not welcome in the Hamburg office on Tuesdays."),
        ("The moon circles the earth in four weeks [1][2].",
         "The moon circles the earth in four weeks."),
        ("Dogs are welcome on Tuesdays [1, 2].", "Dogs are welcome on Tuesdays [2]."),
        ("Yes, [1] it is so.", "Yes, [1] it is so."),
    ],
)  # fmt: skip
def test_a_citation_that_its_passage_does_not_bear_goes_or_is_set_right(
    answer: str, shown: str
) -> None:
    assert checked_answer(answer, SOURCES).text == shown


def test_what_was_checked_is_counted() -> None:
    answer = "You have 28 days of paid leave [1]. Dogs get 12 biscuits [2]. See [9]."
    checked = checked_answer(answer, SOURCES)
    assert (checked.claims, checked.supported, checked.removed) == (2, 1, 1)
    assert [each.number for each in checked.citations] == [1]


@given(st.text(alphabet="ab 1[]【】,.\n", max_size=60))
def test_checking_again_changes_nothing(answer: str) -> None:
    once = checked_answer(answer, SOURCES).text
    assert checked_answer(once, SOURCES).text == once


def test_all_markers_are_taken_out() -> None:
    assert without_markers("One [1], two [2][3].") == "One, two."


class TestAttribution:
    def test_supported_sentences_get_the_marker_of_their_source(self) -> None:
        answer = "Employees have 28 days of paid leave. Dogs are welcome on Tuesdays!"
        text, found = attribute_sources(answer, SOURCES)
        assert text == (
            "Employees have 28 days of paid leave. [1] Dogs are welcome on Tuesdays! [2]"
        )
        assert [each.number for each in found] == [1, 2]
        assert found[1].quote == DOGS.chunk.text

    def test_neighbouring_sentences_of_one_source_share_a_marker(self) -> None:
        answer = "Employees have 28 days of paid leave. Requests go through the portal."
        text, _ = attribute_sources(answer, SOURCES)
        assert text == answer + " [1]"

    @pytest.mark.parametrize(
        "answer",
        [
            "The moon is made of basalt and dust.",
            "Employees have 35 days of paid leave.",
            "Yes.",
            "Do employees have 28 days of paid leave?",
            "```\nEmployees have 28 days of paid leave.\n```",
            "",
        ],
    )
    def test_what_no_source_supports_gets_none(self, answer: str) -> None:
        assert attribute_sources(answer, SOURCES) == (answer, ())

    def test_without_sources_nothing_is_attributed(self) -> None:
        assert attribute_sources("Some claim about things.", []) == (
            "Some claim about things.",
            (),
        )

    def test_items_of_a_list_are_attributed_each(self) -> None:
        answer = "- 28 days of paid leave\n- Dogs welcome on Tuesdays"
        text, _ = attribute_sources(answer, SOURCES)
        assert text == "- 28 days of paid leave [1]\n- Dogs welcome on Tuesdays [2]"

    @given(st.text(max_size=200))
    def test_only_markers_are_added(self, answer: str) -> None:
        text, found = attribute_sources(answer, SOURCES)
        if not found:
            assert text == answer
        assert text.replace(" [1]", "").replace(" [2]", "").replace(" [3]", "") == answer.replace(
            " [1]", ""
        ).replace(" [2]", "").replace(" [3]", "")


class TestMatcher:
    ANSWER = "You have 28 days of paid leave [1]. Dogs are welcome [2], dogs again [2]."

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
    def test_any_pieces_give_the_same_citations(self, size: int) -> None:
        matcher = CitationMatcher(SOURCES)
        pieces = [self.ANSWER[i : i + size] for i in range(0, len(self.ANSWER), size)]
        found = [each for piece in pieces for each in matcher.feed(piece)]
        found += matcher.finish()
        assert [each.number for each in found] == [1, 2]
        assert found[0].quote == "Full-time employees have 28 days of paid leave."

    def test_a_citation_is_told_as_soon_as_it_is_sure(self) -> None:
        matcher = CitationMatcher(SOURCES)
        assert matcher.feed("28 days [1") == ()
        assert matcher.feed("]") == ()
        assert [each.number for each in matcher.feed(" and")] == [1]

    def test_a_marker_that_becomes_a_link_is_none(self) -> None:
        matcher = CitationMatcher(SOURCES)
        assert matcher.feed("see [1]") == ()
        assert matcher.feed("(https://x)") + matcher.finish() == ()

    def test_a_marker_at_the_end_is_found(self) -> None:
        matcher = CitationMatcher(SOURCES)
        matcher.feed("28 days [1]")
        assert [each.number for each in matcher.finish()] == [1]

    def test_a_citation_of_something_invented_is_not_told(self) -> None:
        matcher = CitationMatcher(SOURCES)
        assert matcher.feed("You have 35 days of paid leave [1]. And") + matcher.finish() == ()


class TestStripper:
    ANSWER = "You have 28 days [1], dogs [2][3] and [links](x), a[0 and 【2】 more [1"

    @pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
    def test_any_pieces_lose_their_markers_and_nothing_else(self, size: int) -> None:
        stripper = MarkerStripper()
        pieces = [self.ANSWER[i : i + size] for i in range(0, len(self.ANSWER), size)]
        shown = "".join(stripper.feed(piece) for piece in pieces) + stripper.finish()
        assert shown == without_markers(self.ANSWER)

    def test_plain_words_are_shown_at_once(self) -> None:
        assert MarkerStripper().feed("You have 28") == "You have 28"


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        ("Spindle blocked is error E-17.", "Spindle blocked is error E-17."),
        ("Error E-17: pressure sensor lost.", ""),
        ("Error E-17: spindle not blocked.", ""),
        ("The answer to this question is no.", ""),
        ("E-17 is spindle blocked. It is on Mars.", "E-17 is spindle blocked."),
    ],
)
def test_of_a_small_models_words_those_stay_that_one_sentence_says(answer: str, kept: str) -> None:
    shown = "Error: E-17; Meaning: Spindle blocked. Error: E-23; Meaning: Pressure sensor lost."
    assert supported_part(answer, shown) == kept
