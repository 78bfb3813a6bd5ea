"""The documents that are measured with are what they say."""

import io

import pypdf

from bench.documents import WORDS_PER_PAGE, scan_pdf, text_pdf


def text_of(page: pypdf.PageObject) -> str:
    return page.extract_text()


def test_a_text_document_has_its_pages_and_words() -> None:
    pages = pypdf.PdfReader(io.BytesIO(text_pdf(3))).pages
    assert len(pages) == 3
    words = len(text_of(pages[1]).split())
    assert WORDS_PER_PAGE <= words <= WORDS_PER_PAGE + 2
    assert text_of(pages[1]).startswith("Chapter 2")


def test_a_scan_is_a_valid_document_of_its_size_with_little_to_read() -> None:
    content = scan_pdf(200_000, seed=7)
    assert 200_000 <= len(content) <= 201_000
    reader = pypdf.PdfReader(io.BytesIO(content), strict=True)
    assert text_of(reader.pages[0]).strip() == "Brochure number 7"


def test_two_scans_differ() -> None:
    assert scan_pdf(1000, seed=1) != scan_pdf(1000, seed=2)
