"""Reads documents: bytes in, pages of Markdown out.

PDF, Office and HTML go through kreuzberg; plain text, Markdown and CSV are read here,
because there the author's own characters must stay as they are.
"""

import html
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    ExtractedDocument,
    Page,
)
from agentgrid.creator_studio.rag import formats
from agentgrid.creator_studio.rag.markdown import blocks_of
from agentgrid.creator_studio.rag.pdf_pages import pdf_pages, sheet_pages
from agentgrid.creator_studio.rag.tables import markdown_table, read_separated

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

MAX_BYTES: Final = 200 * 1024 * 1024

_UNTITLED: Final = frozenset(
    {"", "untitled", "anonymous", "(anonymous)", "powerpoint presentation"}
)
_HEAD: Final = re.compile(r"<head\b.*?(?:</head\s*>|(?=<body\b))", re.I | re.S)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.I | re.S)
_RE_SAVE: Final = "Open it in the program that made it, save it again and upload the new file."

Read = tuple[str, tuple[Page, ...]]


class KreuzbergExtractor:
    """Reads txt, md, csv, html, pdf, docx, xlsx and pptx.

    ``max_bytes`` is the largest file that is read. Hostile files can still cost much
    memory or time in a parser: ``run_isolated`` bounds both.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes

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
        media_type = formats.detect_media_type(data, name)
        title, pages = _READERS[media_type](data)
        pages = tuple(Page(page.number, formats.sanitise(page.text)) for page in pages)
        if not any(page.text.strip() for page in pages):
            raise _empty(media_type, len(pages))
        return ExtractedDocument(
            # A sheet's name is no title for the whole workbook.
            title=_title(title, () if media_type == formats.XLSX else pages[:1], name),
            pages=pages,
            media_type=media_type,
            warnings=_warnings(media_type, pages),
        )


def _title(found: str, pages: Sequence[Page], name: str) -> str:
    """Prefer the document's own title, then its first heading, then the file's name."""
    title = " ".join(formats.sanitise(found).split())
    if title.casefold() not in _UNTITLED:
        return title
    for page in pages:
        for block in blocks_of(page.text[:10_000]):
            if block.kind == "heading":
                return block.heading_path[-1]
    return PurePath(name).stem or name


def _empty(media_type: str, pages: int) -> EmptyDocument:
    if media_type == formats.PDF:
        return EmptyDocument(
            f"The PDF has {pages} page{'s' if pages != 1 else ''} but no text: it is a scan.",
            advice="Run text recognition (OCR) on it, for example with OCRmyPDF, "
            "and upload the result.",
        )
    return EmptyDocument(
        "The document holds no text.", advice="Pictures are not read; add the text itself."
    )


def _warnings(media_type: str, pages: Sequence[Page]) -> tuple[str, ...]:
    if media_type != formats.PDF:
        return ()
    blank = [page.number for page in pages if not page.text.strip()]
    if not blank:
        return ()
    shown = ", ".join(map(str, blank[:10])) + (" ..." if len(blank) > 10 else "")
    read = f"{len(pages) - len(blank)} of {len(pages)} pages have text."
    which = f"Page {shown} is" if len(blank) == 1 else f"Pages {shown} are"
    return (f"{read} {which} empty or a scan; run text recognition (OCR) to include them.",)


# --- readers: bytes -> (title, pages) --------------------------------------------------


def _read_text(data: bytes) -> Read:
    return "", (Page(1, formats.decode(data)),)


def _read_csv(data: bytes) -> Read:
    return "", (Page(1, markdown_table(read_separated(formats.decode(data)))),)


def _read_html(data: bytes) -> Read:
    text = formats.decode(data)
    found = _TITLE.search(text)
    # The converter would print the head's fields as text.
    body = _HEAD.sub("", text, count=1)
    result = _kreuzberg(body.encode(), formats.HTML)
    content = re.sub(r"\A---\n.*?\n---\n", "", result.content, flags=re.S)
    return html.unescape(found.group(1)) if found else "", (Page(1, content.strip()),)


def _read_docx(data: bytes) -> Read:
    result = _kreuzberg(data, formats.DOCX)
    return _metadata_title(result), (Page(1, result.content.strip()),)


def _read_pptx(data: bytes) -> Read:
    # Slides come as one text; a word that no slide can hold marks where each begins.
    mark = f"slide{secrets.token_hex(8)}x"
    result = _kreuzberg(data, formats.PPTX, page_mark=mark)
    parts = re.split(rf"^{mark} ?(\d+)$", result.content, flags=re.M)
    numbers, texts = parts[1::2], parts[2::2]
    pages = tuple(
        Page(int(number), text.strip()) for number, text in zip(numbers, texts, strict=True)
    )
    return _metadata_title(result), pages or (Page(1, result.content.strip()),)


def _read_pdf(data: bytes) -> Read:
    result = _kreuzberg(data, formats.PDF)
    return _metadata_title(result), pdf_pages(result)


def _read_xlsx(data: bytes) -> Read:
    result = _kreuzberg(data, formats.XLSX)
    return _metadata_title(result), sheet_pages(result)


_READERS: Final[dict[str, Callable[[bytes], Read]]] = {
    formats.TEXT: _read_text,
    formats.MARKDOWN: _read_text,
    formats.CSV: _read_csv,
    formats.HTML: _read_html,
    formats.DOCX: _read_docx,
    formats.PPTX: _read_pptx,
    formats.PDF: _read_pdf,
    formats.XLSX: _read_xlsx,
}


def _metadata_title(result: "ExtractionResult") -> str:
    title: object = result.metadata.get("title")
    return title if isinstance(title, str) else ""


def _kreuzberg(data: bytes, media_type: str, *, page_mark: str = "") -> "ExtractionResult":
    # Imported here: the library is 90 MB and only processes that read documents need it.
    import kreuzberg

    config = kreuzberg.ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        output_format="markdown",
        include_document_structure=True,
        pages=kreuzberg.PageConfig(
            extract_pages=True,
            insert_page_markers=bool(page_mark),
            marker_format=f"\n\n{page_mark} {{page_num}}\n\n",
        ),
    )
    try:
        return kreuzberg.extract_bytes_sync(data, media_type, config)
    except (kreuzberg.KreuzbergError, RuntimeError, ValueError, OSError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise EncryptedDocument(
                "The file is protected with a password.",
                advice="Save a copy without the password and upload that.",
            ) from error
        raise CorruptDocument(
            "The file is damaged and cannot be opened.", advice=_RE_SAVE
        ) from error
