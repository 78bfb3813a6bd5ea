"""Scans and pictures are read where tesseract is; where it is not, people are told."""

import io
from pathlib import Path

import pytest

from agentgrid.creator_studio.core import EmptyDocument
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor, ocr_status
from agentgrid.creator_studio.rag.extraction.ocr import paragraphs
from tests.creator_studio.rag.reading import read
from tests.fixtures.documents import scans

TEXT = "This page holds text, and more than enough of it."
SCAN = "The invoice number is 48213.\nPayment is due within thirty days."
READ = "The invoice number is 48213. Payment is due within thirty days."


@pytest.fixture
def without_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def mixed() -> bytes:
    return scans.pdf([TEXT, scans.picture(SCAN), None])


def test_tesseract_and_its_languages_are_found() -> None:
    status = ocr_status()
    assert status.available
    assert "eng" in status.languages
    assert status.advice is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_text_of_a_picture_is_recognised(kind: str) -> None:
    assert read(scans.picture(SCAN, kind=kind), f"x.{kind.lower()}").text == READ


def test_pages_of_a_scanned_tiff_stay_apart() -> None:
    document = read(scans.tiff([SCAN, SCAN.replace("48213", "77777")]), "x.tiff")
    assert [(page.number, page.turnable) for page in document.pages] == [(1, True), (2, True)]
    assert "77777" in document.pages[1].text


@pytest.mark.parametrize("turned", [90, 180])
def test_a_page_that_was_scanned_turned_is_read_upright(turned: int) -> None:
    lines = [f"Sentence {number} of the letter is about the order." for number in range(9)]
    target = io.BytesIO()
    scans.image("\n".join(lines)).rotate(turned, expand=True, fillcolor=255).save(target, "PNG")
    assert "of the letter is about the order" in read(target.getvalue(), "x.png").text


def test_scanned_pages_are_read_between_pages_of_text() -> None:
    document = read(mixed(), "x.pdf")
    assert [page.text for page in document.pages] == [TEXT, READ, ""]
    assert (document.pages_read, document.pages_total) == (2, 3)
    assert document.warnings == ()


def test_a_scan_with_a_stamp_is_recognised_too() -> None:
    picture = scans.pdf([scans.picture(SCAN)])
    stamped = scans.stamped(picture, "Page 1")
    assert "48213" in read(stamped, "x.pdf").text


def test_a_scan_is_a_warning_where_recognition_is_switched_off() -> None:
    document = KreuzbergExtractor(ocr=False).extract_bytes(mixed(), name="x.pdf")
    assert document.warnings == (
        "1 of 3 pages have text. Page 2 is a scan: "
        "switch on OCR in the settings and read the file again.",
    )
    assert (document.pages_read, document.pages_total) == (1, 3)


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_a_scanned_page_is_a_warning() -> None:
    document = read(mixed(), "x.pdf")
    assert document.warnings == (
        "1 of 3 pages have text. Page 2 is a scan: "
        "install tesseract-ocr on the server and read the file again.",
    )


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_a_scan_fails_with_what_to_do() -> None:
    with pytest.raises(EmptyDocument, match="it is a scan") as caught:
        read(scans.pdf([scans.picture(SCAN)]), "x.pdf")
    assert caught.value.advice == "Install tesseract-ocr on the server and read the file again."


@pytest.mark.usefixtures("without_tesseract")
def test_without_tesseract_a_picture_fails_with_what_to_do() -> None:
    assert not ocr_status().available
    with pytest.raises(EmptyDocument, match="picture") as caught:
        read(scans.picture(SCAN), "x.png")
    assert "install tesseract-ocr" in caught.value.advice


def test_a_document_of_empty_pages_is_no_scan() -> None:
    with pytest.raises(EmptyDocument, match="no text on any of them"):
        read(scans.pdf([None, None]), "x.pdf")


def test_when_time_is_up_the_pages_left_are_a_warning() -> None:
    extractor = KreuzbergExtractor(seconds=0)
    document = extractor.extract_bytes(scans.pdf([TEXT, scans.picture(SCAN)]), name="x.pdf")
    assert "not enough time" in document.warnings[0]
    assert document.pages_read == 1


def test_a_damaged_picture_is_refused_with_advice() -> None:
    picture = scans.picture(SCAN)
    with pytest.raises(EmptyDocument, match="damaged") as caught:
        read(picture[: len(picture) // 2], "x.png")
    assert caught.value.advice.endswith(".")


def test_progress_counts_every_page() -> None:
    seen: list[tuple[int, int]] = []
    extractor = KreuzbergExtractor(report=lambda done, total: seen.append((done, total)))
    extractor.extract_bytes(mixed(), name="x.pdf")
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_recognised_lines_are_joined_to_paragraphs() -> None:
    assert paragraphs("A long sen-\ntence on\ntwo lines.\n\n ~ \n\nAnother.\f") == (
        "A long sentence on two lines.\n\nAnother."
    )
