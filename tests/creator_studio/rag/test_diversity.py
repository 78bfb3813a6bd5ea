"""Nothing is shown twice, and one page does not crowd out the others."""

from dataclasses import replace

from agentgrid.creator_studio.core import RetrievedChunk
from agentgrid.creator_studio.rag.retrieval.diversity import (
    FROM_ONE_PLACE,
    spread_out,
    torn_places,
    with_neighbours,
    without_duplicates,
)
from tests.creator_studio.rag.passages import passage, source

WORTH = 0.05
WORDS = " ".join(f"word{number}" for number in range(40))


class TestDuplicates:
    def test_the_same_text_is_shown_once(self) -> None:
        best, copy = source("Same  words here."), source("Same words\nhere.", name="copy.md")
        assert without_duplicates([best, copy]) == [best]

    def test_a_copy_with_another_date_is_shown_once(self) -> None:
        best, copy = source(f"{WORDS} 2024"), source(f"{WORDS} 2025", name="copy.md")
        assert without_duplicates([best, copy]) == [best]

    def test_texts_that_share_half_their_words_are_two(self) -> None:
        best, other = source("one two three four"), source("one two five six", name="other.md")
        assert without_duplicates([best, other]) == [best, other]

    def test_mostly_the_same_place_is_shown_once(self) -> None:
        best = source("x" * 100, start=0)
        same, neighbour = source("y" * 100, start=40), source("z" * 100, start=80)
        assert without_duplicates([best, same, neighbour]) == [best, neighbour]

    def test_the_same_place_in_another_file_is_another_place(self) -> None:
        one, other = source("x" * 100), source("y" * 100, name="other.md")
        assert without_duplicates([one, other]) == [one, other]

    def test_no_more_are_looked_at_than_wanted(self) -> None:
        sources = [source(f"text {number}", name=f"{number}.md") for number in range(5)]
        assert without_duplicates(iter(sources), 2) == sources[:2]


class TestOnePage:
    def test_another_place_comes_before_the_fourth_passage_of_a_page(self) -> None:
        page = [_ranked(number, page=1) for number in range(5)]
        other = _ranked(9, name="other.md")
        shown = spread_out([*page, other], WORTH)
        assert shown == [*page[:FROM_ONE_PLACE], other, *page[FROM_ONE_PLACE:]]

    def test_a_place_that_says_nothing_does_not_overtake(self) -> None:
        page = [_ranked(number, page=1) for number in range(5)]
        other = replace(_ranked(9, name="other.md"), confidence=0.01)
        assert spread_out([*page, other], WORTH) == [*page, other]

    def test_sections_of_a_document_are_different_places(self) -> None:
        ranked = [_ranked(number, headings=(str(number),)) for number in range(6)]
        assert spread_out(ranked, WORTH) == ranked


def _ranked(
    number: int,
    *,
    name: str = "handbook.md",
    page: int | None = None,
    headings: tuple[str, ...] = (),
) -> RetrievedChunk:
    text = f"text {number}"
    made = source(text, start=number * 100, name=name, page=page, headings=headings)
    return replace(made, score=1.0 - number / 100)


class TestTornEnds:
    def test_a_passage_without_an_end_wants_the_next(self) -> None:
        best = source("It costs", start=4)
        assert list(torn_places([best], WORTH)) == [(best.chunk.file_id, 5)]

    def test_a_passage_that_begins_small_wants_the_one_before(self) -> None:
        best = source("and therefore it is free.", start=4)
        assert list(torn_places([best], WORTH)) == [(best.chunk.file_id, 3)]

    def test_a_whole_passage_wants_nothing(self) -> None:
        assert torn_places([source("It is free.", start=4)], WORTH) == {}

    def test_what_is_shown_already_is_not_wanted(self) -> None:
        assert torn_places([source("It costs", start=4), source("32 EUR.", start=5)], WORTH) == {}

    def test_what_hardly_matters_is_not_completed(self) -> None:
        assert torn_places([source("It costs", start=4, confidence=0.01)], WORTH) == {}

    def test_a_neighbour_takes_no_place_of_what_may_matter(self) -> None:
        best, other = source("It costs", start=4), source("It is big.", start=9)
        torn = torn_places([best, other], WORTH)
        following = passage("32 EUR.", start=5)
        shown = with_neighbours([best, other], [following], torn, limit=2, worth=WORTH)
        assert shown == [best, other]
        poor = replace(other, confidence=0.01)
        shown = with_neighbours([best, poor], [following], torn, limit=2, worth=WORTH)
        assert [each.chunk.text for each in shown] == ["It costs", "32 EUR."]
        assert shown[1].neighbour

    def test_a_neighbour_below_another_heading_is_left_out(self) -> None:
        best = source("It costs", start=4)
        other = passage("Much.", start=5, headings=("Other",))
        torn = torn_places([best], WORTH)
        assert with_neighbours([best], [other], torn, limit=6, worth=WORTH) == [best]
