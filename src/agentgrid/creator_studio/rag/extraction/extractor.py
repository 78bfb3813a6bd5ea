"""Reads documents: bytes in, pages of Markdown out."""

import time
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Final

from agentgrid.creator_studio.core import (
    DocumentTooLarge,
    EmptyDocument,
    ExtractedDocument,
    Page,
)
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.detection import detect_media_type
from agentgrid.creator_studio.rag.extraction.encodings import sanitise
from agentgrid.creator_studio.rag.extraction.reading import (
    Budget,
    Content,
    OnProgress,
    Reading,
    ignore_progress,
)
from agentgrid.creator_studio.rag.extraction.registry import reader_of
from agentgrid.creator_studio.rag.text.markdown import blocks_of

MAX_BYTES: Final = 200 * 1024 * 1024

MAX_CHARACTERS: Final = 100_000_000
"""Of text: a hundred thousand printed pages."""

SHARE_FOR_OCR: Final = 0.85
"""Text recognition stops after this part of the time, so that what it has can be handed in."""

_UNTITLED: Final = frozenset(
    {"", "untitled", "anonymous", "(anonymous)", "powerpoint presentation"}
)
_OWN_TITLE: Final = frozenset(
    {formats.XLSX, formats.XLS, formats.ODS, formats.ZIP, formats.CODE, formats.XML}
)
"""Formats whose first heading is no title for the whole: a sheet's name, a file's path."""


class KreuzbergExtractor:
    """Reads every format of ``formats.supported_formats()``.

    ``max_bytes`` is the largest file that is read; ``ocr=False`` leaves scans unread. After
    ``seconds`` text recognition gives up on the pages that are left. ``report`` is called
    with (done, total) pages or files. Hostile files can still cost much memory or time in a
    parser: ``run_isolated`` bounds both.
    """

    def __init__(
        self,
        *,
        max_bytes: int = MAX_BYTES,
        ocr: bool = True,
        seconds: float = 600.0,
        report: OnProgress = ignore_progress,
    ) -> None:
        self._max_bytes = max_bytes
        self._ocr = ocr
        self._seconds = seconds
        self._report = report

    def extract(self, path: Path, *, name: str) -> ExtractedDocument:
        """Read the file. See ``Extractor``."""
        size = path.stat().st_size
        if size > self._max_bytes:
            raise DocumentTooLarge(
                f"The file has {size / 1024**2:.1f} MB; "
                f"up to {self._max_bytes / 1024**2:.1f} MB are read.",
                advice="Split it into smaller files.",
            )
        return self.extract_bytes(path.read_bytes(), name=name)

    def extract_bytes(self, data: bytes, *, name: str) -> ExtractedDocument:
        """Read a file that is in memory already. Raises ``DocumentError``."""
        if not data.strip(b" \t\r\n\x00"):
            raise EmptyDocument("The file is empty.", advice="Check that you chose the right file.")
        media_type = detect_media_type(data, name)
        budget = Budget(ends_at=time.monotonic() + self._seconds * SHARE_FOR_OCR)
        reading = Reading(name, reader_of, self._ocr, self._report, budget=budget)
        content = reader_of(media_type)(data, reading)
        pages = tuple(_stored(page) for page in content.pages)
        if not any(page.text.strip() for page in pages):
            raise _empty(content)
        if sum(len(page.text) for page in pages) > MAX_CHARACTERS:
            raise DocumentTooLarge(
                f"The file holds more than {MAX_CHARACTERS // 1_000_000} million characters.",
                advice="Split it into smaller files.",
            )
        return ExtractedDocument(
            title=_title(content.title, () if media_type in _OWN_TITLE else pages[:1], name),
            pages=pages,
            media_type=media_type,
            warnings=content.warnings,
            pages_total=content.pages_total,
            pages_read=content.pages_read,
        )


def _stored(page: Page) -> Page:
    section = tuple(" ".join(sanitise(each).split()) for each in page.section)
    return Page(page.number, sanitise(page.text), section, page.kind, page.turnable)


def _title(found: str, pages: Sequence[Page], name: str) -> str:
    """Prefer the document's own title, then its first heading, then the file's name."""
    title = " ".join(sanitise(found).split())
    if title.casefold() not in _UNTITLED:
        return title
    for page in pages:
        if page.kind == "code":
            continue
        for block in blocks_of(page.text[:10_000]):
            if block.kind == "heading":
                return block.heading_path[-1]
    return PurePath(name).stem or name


def _empty(content: Content) -> EmptyDocument:
    return EmptyDocument(
        content.nothing_reason or "The document holds no text.",
        advice=content.nothing_advice or "Pictures are not read; add the text itself.",
    )
