"""Reads PDF: text, tables and headings page by page; scanned pages by text recognition."""

import tempfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.native import converted, title_of
from agentgrid.creator_studio.rag.extraction.ocr import (
    DPI,
    INSTALL,
    PAGE_SECONDS,
    OcrFailed,
    ocr_status,
    paragraphs,
    recognise,
)
from agentgrid.creator_studio.rag.extraction.pdf_pages import pdf_pages
from agentgrid.creator_studio.rag.extraction.pdf_tables import tables_of, with_tables
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

FEW_LETTERS: Final = 25
"""A page with fewer letters and digits may be a scan with a stamp or a page number on it."""

_PNG_HEADER: Final = 8


def read_pdf(data: bytes, reading: Reading) -> Content:
    """Read every page; those without text are recognised when that is possible."""
    result = converted(data, formats.PDF, tree=True)
    tables = tables_of(data)
    found = pdf_pages(result, lambda number, text: with_tables(text, tables.get(number, ())))
    pages = {page.number: replace(page, turnable=True) for page in found}
    poor = [number for number, page in pages.items() if _letters(page.text) < FEW_LETTERS]
    rich = len(pages) - len(poor)
    reading.report(rich, len(pages))
    scans = _Scans()
    if poor:
        _look_at(data, poor, pages, reading, scans)
    read = sum(bool(page.text.strip()) for page in pages.values())
    return Content(
        tuple(pages.values()),
        title=title_of(result),
        warnings=scans.warnings(read, len(pages), reading),
        pages_total=len(pages),
        pages_read=read,
        nothing_reason=scans.reason(len(pages)),
        nothing_advice=scans.advice(reading),
    )


def _letters(text: str) -> int:
    return sum(map(str.isalnum, text))


@dataclass(slots=True)
class _Scans:
    """Pages that hold a picture whose text is not known."""

    unread: list[int] = field(default_factory=list)
    late: bool = False
    """Whether the limit of pages or of time kept some from being recognised."""
    failed: list[str] = field(default_factory=list)

    def warnings(self, read: int, total: int, reading: Reading) -> tuple[str, ...]:
        if not self.unread:
            return ()
        said = f"{read} of {total} pages have text."
        one = len(self.unread) == 1
        which = (
            f"Page {self.unread[0]} is a scan" if one else f"Pages {_listed(self.unread)} are scans"
        )
        scans = which.format(_listed(self.unread))
        return (f"{said} {scans}: {self._what_to_do(reading)}.",)

    def reason(self, total: int) -> str:
        pages = f"{total} page{'s' if total != 1 else ''}"
        if self.unread:
            return f"The PDF has {pages} but no text: it is a scan."
        return f"The PDF has {pages}, and no text on any of them."

    def advice(self, reading: Reading) -> str:
        if not self.unread:
            return "Check that you chose the right file."
        done = self._what_to_do(reading)
        return f"{done[0].upper()}{done[1:]}."

    def _what_to_do(self, reading: Reading) -> str:
        if not reading.ocr:
            return "switch on OCR in the settings and read the file again"
        if not ocr_status().available:
            return f"{INSTALL} and read the file again"
        if self.late:
            return "there was not enough time to recognise their text; split the file"
        if self.failed:
            return f"{self.failed[0]}; scan it again and upload the new file"
        return "no text could be recognised; scan it again, sharper and upright"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers[:10])) + (" ..." if len(numbers) > 10 else "")


def _look_at(
    data: bytes, poor: Sequence[int], pages: dict[int, Page], reading: Reading, scans: _Scans
) -> None:
    """Replace the pages in ``pages`` whose text could be recognised; note the others."""
    # Imported here: the library is 80 MB and only processes that read documents need it.
    import kreuzberg

    done = len(pages) - len(poor)
    with tempfile.TemporaryDirectory(prefix="agentgrid-scan-") as folder:
        path = Path(folder) / "document.pdf"
        path.write_bytes(data)
        for number in poor:
            try:
                picture = kreuzberg.render_pdf_page(path, number - 1, dpi=DPI)
            except (kreuzberg.KreuzbergError, RuntimeError, ValueError, OSError):
                picture = b""
            page = pages[number]
            if not picture or not is_plain(picture):
                _recognise(picture, page, pages, reading, scans)
            done += 1
            reading.report(done, len(pages))


def _recognise(
    picture: bytes, page: Page, pages: dict[int, Page], reading: Reading, scans: _Scans
) -> None:
    budget = reading.budget
    late = budget.ocr_pages <= 0 or budget.seconds_left() <= 0
    text = ""
    if not picture:
        scans.failed.append("the page is damaged")
    elif late:
        scans.late = scans.late or not page.text.strip()
    elif reading.ocr and ocr_status().available:
        budget.ocr_pages -= 1
        try:
            found = recognise(picture, dpi=DPI, seconds=min(PAGE_SECONDS, budget.seconds_left()))
            text = paragraphs(found)
        except OcrFailed as error:
            scans.failed.append(str(error))
    if _letters(text) > 2 * _letters(page.text):
        pages[page.number] = replace(page, text=text)
    elif not page.text.strip():
        scans.unread.append(page.number)


def is_plain(png: bytes) -> bool:
    """Tell whether a picture has one colour only: an empty page, and not a scan."""
    packed = bytearray()
    at = _PNG_HEADER
    while at + 8 <= len(png):
        size = int.from_bytes(png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + size]
        at += 12 + size
    try:
        raw = zlib.decompress(packed)
    except zlib.error:
        return False
    # Rows hold differences to their neighbours, so one colour leaves next to no values.
    return len(set(raw)) <= 6
