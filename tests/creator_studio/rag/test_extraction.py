"""Documents are read by their content, and refusals say what to do."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    ExtractedDocument,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor, formats
from tests.fixtures.documents import builders, mails

TABLE = "| Germany | 48 | EUR |\n| Japan | 9200 | JPY |"
HEADER = "| Country | Daily rate | Currency |\n| --- | --- | --- |"


def read(data: bytes, name: str) -> ExtractedDocument:
    return KreuzbergExtractor().extract_bytes(data, name=name)


def test_a_pdf_keeps_its_pages_headings_and_title() -> None:
    pages = [("Booking", "Book trains early. " * 20), ("Refunds", "Money comes back.")]
    document = read(builders.text_pdf(pages, title="Travel handbook"), "x.pdf")
    assert document.title == "Travel handbook"
    assert document.media_type == formats.PDF
    assert [page.number for page in document.pages] == [1, 2]
    assert document.pages[0].text.startswith("# Booking\n\nBook trains early.")
    assert document.pages[1].text == "# Refunds\n\nMoney comes back."


def test_lines_that_only_the_page_broke_are_joined() -> None:
    document = read(builders.text_pdf([("One", "all words of one sentence " * 30)]), "x.pdf")
    assert "\n" not in document.pages[0].text.partition("\n\n")[2]


def test_words_that_the_line_hyphenated_are_whole() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    canvas.drawString(60, 700, "The committee decides on every applica-")
    canvas.drawString(60, 686, "tion within thirty days of the meeting.")
    canvas.save()
    text = read(target.getvalue(), "x.pdf").text
    assert text == "The committee decides on every application within thirty days of the meeting."


def test_prose_with_every_word_in_its_own_place_is_joined() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    sentence = "Some programs put every single word of the text in its own place"
    for number, word in enumerate(sentence.split()):
        canvas.drawString(60, 780 - number * 16, word)
    canvas.save()
    assert read(target.getvalue(), "x.pdf").text == sentence


def test_a_table_of_a_pdf_keeps_its_header_and_rows() -> None:
    text = read(builders.table_pdf(), "x.pdf").text
    assert text == (
        f"# Travel rates\n\nThese rates apply to every business trip.\n\n{HEADER}\n{TABLE}"
    )


def test_two_columns_of_prose_are_no_table() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    for line in range(20):
        canvas.drawString(50, 780 - line * 14, f"Left column, its line {line} goes on and on and")
        canvas.drawString(320, 780 - line * 14, f"right column, line {line} goes on as well, and")
    canvas.save()
    assert "|" not in read(target.getvalue(), "x.pdf").text


def test_empty_cells_of_a_pdf_table_stay_empty() -> None:
    target = io.BytesIO()
    canvas = Canvas(target)
    rows = [("Country", "Rate", "Note"), ("Spain", "", "none"), ("Japan", "9200", "")]
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            canvas.drawString(60 + column * 120, 700 - number * 16, value)
    canvas.save()
    text = read(target.getvalue(), "x.pdf").text
    assert text.endswith("| Spain |  | none |\n| Japan | 9200 |  |")


def test_a_word_document_keeps_headings_and_tables() -> None:
    document = read(builders.word_document(), "x.docx")
    assert document.title == "Travel handbook"
    assert "# Booking" in document.text
    assert "## Daily rates" in document.text
    assert f"{HEADER}\n{TABLE}" in document.text


def test_each_sheet_of_a_workbook_is_a_page() -> None:
    document = read(builders.workbook(), "rates.xlsx")
    assert document.title == "rates"
    assert [page.number for page in document.pages] == [1, 2]
    assert document.pages[0].text == f"## Rates\n\n{HEADER}\n{TABLE}"
    assert document.pages[1].text.startswith("## Offices\n\n| City | Desks |")


def test_each_slide_of_a_presentation_is_a_page() -> None:
    document = read(builders.presentation(), "x.pptx")
    assert [(page.number, page.text) for page in document.pages] == [
        (1, "## Roadmap\n\nShip the search in May"),
        (2, "## Risks\n\nTwo people know the code"),
    ]


def test_a_web_page_loses_scripts_and_styles() -> None:
    document = read(builders.WEB_PAGE.encode(), "x.html")
    assert document.title == "Leave policy"
    assert document.text.startswith("# Leave policy\n\nEverybody has 28 days")
    assert "alert" not in document.text
    assert "color" not in document.text
    assert "carried over & used" in document.text
    assert "| Spain" in document.text


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separated_values_become_a_table(delimiter: str) -> None:
    document = read(builders.comma_separated(delimiter=delimiter), "rates.csv")
    assert document.text == f"{HEADER}\n{TABLE}"


def test_cells_with_bars_and_line_breaks_stay_in_their_row() -> None:
    data = builders.comma_separated([("a", "b"), ("x|y", "one\ntwo")])
    assert read(data, "x.csv").text.endswith("| x\\|y | one two |")


def test_markdown_is_kept_as_it_was_written() -> None:
    text = "# Title\n\n*   odd   bullets\n\n1) item\n"
    document = read(text.replace("\n", "\r\n").encode(), "notes.md")
    assert document.text == text
    assert document.title == "Title"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_recognised(encoding: str) -> None:
    text = "Größe, café, naïve, “quoted”, 10 €, and enough plain text to be sure of it."
    assert read(text.encode(encoding), "x.txt").text == text


def test_text_holds_nothing_that_postgresql_refuses() -> None:
    document = read(b"some text \x00 with a NUL in it, " * 20, "x.txt")
    assert "\x00" not in document.text
    assert document.text == "\n".join(page.text for page in document.pages)


def test_content_counts_for_more_than_the_name() -> None:
    assert read(builders.text_pdf([("A", "text")]), "notes.txt").media_type == formats.PDF
    assert read(builders.word_document(), "table.xlsx").media_type == formats.DOCX
    assert read(builders.WEB_PAGE.encode(), "page.txt").media_type == formats.HTML
    assert read(b"just some words", "report.pdf").media_type == formats.TEXT


REFUSED: list[tuple[Callable[[], bytes], str, type[DocumentError], str]] = [
    (builders.scanned_pdf, "scan.pdf", EmptyDocument, "scan"),
    (builders.encrypted_pdf, "secret.pdf", EncryptedDocument, "password"),
    (lambda: b"%PDF-1.7\nnot really", "x.pdf", CorruptDocument, "damaged"),
    (lambda: builders.table_pdf()[:700], "x.pdf", CorruptDocument, "damaged"),
    (lambda: builders.word_document()[:2000], "x.docx", CorruptDocument, "damaged"),
    (lambda: b"", "x.txt", EmptyDocument, "empty"),
    (lambda: b" \r\n\t ", "x.md", EmptyDocument, "empty"),
    (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "x.pdf", EmptyDocument, "picture"),
    (lambda: b"GIF89a" + bytes(100), "x.gif", UnsupportedFormat, "picture"),
    (lambda: bytes(range(256)) * 20, "x.txt", UnsupportedFormat, "binary"),
    (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "x.doc", CorruptDocument, "damaged"),
    (lambda: mails.compound({"VisioDocument": b"x"}), "x.vsd", UnsupportedFormat, "old"),
]


@pytest.mark.parametrize(("data", "name", "error", "word"), REFUSED)
def test_what_cannot_be_read_is_refused_with_reason_and_advice(
    data: Callable[[], bytes], name: str, error: type[DocumentError], word: str
) -> None:
    with pytest.raises(error) as caught:
        read(data(), name)
    assert word in str(caught.value)
    assert caught.value.advice.endswith(".")


def test_an_encrypted_office_file_is_called_that() -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(EncryptedDocument):
        read(data, "x.docx")


def test_a_page_without_text_is_a_warning_when_others_have_some() -> None:
    document = read(builders.partly_scanned_pdf("This page has text."), "x.pdf")
    assert document.pages[0].text == "This page has text."
    assert document.warnings[0].startswith("1 of 2 pages have text. Page 2 is a scan: ")


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"word " * 1000)
    with pytest.raises(DocumentTooLarge, match="MB"):
        KreuzbergExtractor(max_bytes=100).extract(path, name="x.txt")
