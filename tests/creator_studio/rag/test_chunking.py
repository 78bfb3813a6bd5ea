"""Passages follow the document's structure and are exact slices of it."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgrid.creator_studio.core import Chunk, ExtractedDocument, Page
from agentgrid.creator_studio.rag.chunking import chunk_document, embedding_text
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.text.sentences import sentence_spans


def words(text: str) -> int:
    """One token for each word, and for each character of writing without spaces."""
    return len(re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", text))


def document(*pages: str, media_type: str = formats.PDF) -> ExtractedDocument:
    turnable = media_type == formats.PDF
    numbered = tuple(
        Page(number, text, turnable=turnable) for number, text in enumerate(pages, start=1)
    )
    return ExtractedDocument("Handbook", numbered, media_type)


def chunks(*pages: str, max_tokens: int = 20, overlap_tokens: int = 6) -> list[Chunk]:
    return chunk_document(
        document(*pages),
        count_tokens=words,
        max_tokens=max_tokens,
        overlap_tokens=overlap_tokens,
    )


PIECES = st.sampled_from(
    [
        "# Heading\n", "## Deeper\n", "One short sentence. ", "Is it? Yes! ", "\n\n", "\n",
        "- item one\n", "1. first\n", "| a | b |\n", "|---|---|\n", "```\ncode\n```\n",
        "二十八天带薪假期。", "word " * 30, "x" * 300, "Dr. Smith paid 3.5 EUR. ", "\t ", "é̂ 👩‍🚀 ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=300)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_every_chunk_is_an_exact_slice_within_the_budget(pages: list[str]) -> None:
    source = document(*pages)
    made = chunk_document(source, count_tokens=words, max_tokens=20, overlap_tokens=6)
    for position, chunk in enumerate(made):
        assert source.text[chunk.char_start : chunk.char_end] == chunk.text
        assert chunk.position == position
        assert chunk.text.strip() == chunk.text != ""
        assert 1 <= chunk.token_count <= 20


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_word_is_lost(text: str) -> None:
    source = document(text)
    made = chunk_document(source, count_tokens=words, max_tokens=20, overlap_tokens=6)
    covered = bytearray(len(source.text))
    for chunk in made:
        covered[chunk.char_start : chunk.char_end] = b"\x01" * len(chunk.text)
    headings = {title for chunk in made for title in chunk.heading_path}
    lost = "".join(c for c, kept in zip(source.text, covered, strict=True) if not kept)
    for line in lost.splitlines():
        assert not line.strip() or line.strip().startswith("#") or line.strip() in headings


def test_a_chunk_never_crosses_a_heading() -> None:
    first, second = chunks("# A\n\nOne.\n\n## B\n\nTwo.")
    assert (first.text, first.heading_path) == ("One.", ("A",))
    assert (second.text, second.heading_path) == ("Two.", ("A", "B"))


def test_a_sibling_heading_replaces_the_one_before() -> None:
    made = chunks("# A\n\n## B\n\nOne.\n\n## C\n\nTwo.\n\n# D\n\nThree.")
    assert [chunk.heading_path for chunk in made] == [("A", "B"), ("A", "C"), ("D",)]


def test_a_heading_with_nothing_below_it_is_a_passage() -> None:
    made = chunks("# Welcome to the team\n\n# Next\n\nText.")
    assert [chunk.text for chunk in made] == ["# Welcome to the team", "Text."]


def test_neighbours_of_a_section_share_whole_sentences() -> None:
    text = " ".join(f"Sentence number {n} is here." for n in range(20))
    made = chunks(text)
    assert len(made) > 4
    for one, other in pairwise(made):
        assert other.char_start < one.char_end
        shared = text[other.char_start : one.char_end]
        assert shared.startswith("Sentence")
        assert shared.endswith(".")


def test_sections_share_nothing() -> None:
    text = "\n\n".join(f"# H{n}\n\n" + "A few words here. " * 8 for n in range(3))
    made = chunks(text)
    for one, other in pairwise(made):
        if one.heading_path != other.heading_path:
            assert other.char_start >= one.char_end


def test_the_page_is_where_a_chunk_begins() -> None:
    made = chunks("First page text.", "", "Third page. " * 12)
    assert made[0].page == 1
    assert made[-1].page == 3


def test_formats_without_pages_have_none() -> None:
    (chunk,) = chunk_document(document("Text.", media_type=formats.MARKDOWN), count_tokens=words)
    assert chunk.page is None


def test_a_sentence_that_runs_on_to_the_next_page_stays_whole() -> None:
    (chunk,) = chunks("The train leaves at nine and", "arrives at noon.")
    assert chunk.text == "The train leaves at nine and\narrives at noon."


class TestTables:
    TABLE = "| City | Desks |\n|---|---|\n" + "\n".join(f"| Town{n} | {n} |" for n in range(12))

    def test_rows_stay_whole_and_later_chunks_carry_the_header(self) -> None:
        first, *others = chunks(self.TABLE, max_tokens=40)
        assert first.text.startswith("| City | Desks |")
        assert first.table_header == ""
        assert others
        for chunk in others:
            assert chunk.table_header == "| City | Desks |\n|---|---|"
            assert all(line.startswith("| Town") for line in chunk.text.splitlines())

    def test_the_header_is_embedded_with_the_rows(self) -> None:
        last = chunks(self.TABLE, max_tokens=40)[-1]
        assert embedding_text("Offices", last).startswith("Offices\n| City | Desks |\n|---|---|\n|")

    def test_a_header_too_long_for_the_budget_is_left_out(self) -> None:
        wide = "| " + " | ".join(f"column {n}" for n in range(10)) + " |\n|" + "---|" * 10
        rows = "\n".join("| " + " | ".join("v" * 10) + " |" for _ in range(6))
        assert all(chunk.table_header == "" for chunk in chunks(f"{wide}\n{rows}"))


def test_writing_without_spaces_is_cut_to_the_budget() -> None:
    sentence = "员工每年有二十八天带薪假期。"
    made = chunks(sentence * 10 + "长" * 60)
    assert all(chunk.token_count <= 20 for chunk in made)
    assert made[0].text.endswith("。")


def test_an_endless_word_is_cut() -> None:
    made = chunks("x" * 10_000)
    assert all(len(chunk.text) <= 20 * 12 for chunk in made)
    assert "".join(chunk.text for chunk in made) == "x" * 10_000


def test_the_hash_follows_text_and_headings() -> None:
    one, two, three = (
        chunks(text)[0].content_hash
        for text in ("# A\n\nText.", "Intro.\n\n# A\n\nText.", "# B\n\nText.")
    )
    assert one == chunks("Intro.\n\n# A\n\nText.")[1].content_hash
    assert len({one, two, three}) == 3


def test_the_embedded_form_names_document_and_section_once() -> None:
    (chunk,) = chunks("# Handbook\n\n## Travel\n\nBook early.")
    assert embedding_text("Handbook", chunk) == "Handbook\nTravel\nBook early."


def test_counting_many_at_once_gives_the_same_chunks() -> None:
    source = document("# A\n\n" + "Some words in a sentence. " * 50)
    assert chunk_document(source, count_tokens=words) == chunk_document(
        source, count_tokens=words, count_many=lambda texts: [words(text) for text in texts]
    )


@pytest.mark.parametrize(("max_tokens", "overlap"), [(20, 10), (4, 0), (20, -1)])
def test_impossible_sizes_are_refused(max_tokens: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap_tokens"):
        chunks("Text.", max_tokens=max_tokens, overlap_tokens=overlap)


@pytest.mark.parametrize(
    "sentences",
    [
        ["Dr. Smith met Mr. J. R. Jones at 5 p.m. today.", "It rained."],
        ["It costs 3.50 EUR.", "See e.g. Fig. 3 for more."],
        ["He said: “Stop!”", "Then he left…", "Really?", "Yes."],
        ["Das war am 3. Mai 2024 in Köln.", "Z.B. dort."],
        ["今天天气很好。", "我们去公园吧！", "你来吗？"],  # noqa: RUF001
        ["Version 2.0.1 is out.", "Visit example.com now."],
    ],
)
def test_sentences_end_where_a_reader_would_say(sentences: list[str]) -> None:
    joined = "".join(sentences) if "。" in sentences[0] else " ".join(sentences)
    assert [joined[start:end] for start, end in sentence_spans(joined)] == sentences
