"""Reads texts, slides and workbooks: Office of all ages, OpenDocument and RTF."""

import re
import secrets
from typing import Final

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.native import (
    converted,
    markdown_of,
    title_of,
    without_pictures,
)
from agentgrid.creator_studio.rag.extraction.pdf_pages import sheet_pages
from agentgrid.creator_studio.rag.extraction.reading import Content, Reader, Reading

_FIELD: Final = re.compile(r'\b(?:HYPERLINK|PAGEREF|REF|TOC|INCLUDEPICTURE) (?:\\\w )*"[^"\n]*" ?')
"""Instructions of Word 97 fields, which stand before the text that they made."""


def text_reader(media_type: str) -> Reader:
    """Return the reader of a word processor's format: one page, headings and tables kept."""

    def read(data: bytes, _reading: Reading) -> Content:
        result = converted(data, media_type)
        text = markdown_of(result)
        if media_type == formats.DOC:
            text = _FIELD.sub("", text)
        return Content((Page(1, without_pictures(text)),), title=title_of(result))

    return read


def sheet_reader(media_type: str) -> Reader:
    """Return the reader of a workbook's format: one page per sheet, headed by its name."""

    def read(data: bytes, _reading: Reading) -> Content:
        result = converted(data, media_type, tree=True)
        pages = sheet_pages(result)
        names = result.metadata.get("sheet_names") or []
        total = max(len(names), len(pages))
        return Content(pages, title=title_of(result), pages_total=total, pages_read=len(pages))

    return read


def slide_reader(media_type: str) -> Reader:
    """Return the reader of a presentation's format: one page per slide."""

    def read(data: bytes, _reading: Reading) -> Content:
        # Slides come as one text; a word that no slide can hold marks where each begins.
        mark = f"slide{secrets.token_hex(8)}x"
        result = converted(data, media_type, page_mark=mark)
        parts = re.split(rf"^{mark} ?(\d+)$", markdown_of(result), flags=re.M)
        pages = tuple(
            Page(int(number), without_pictures(text), turnable=True)
            for number, text in zip(parts[1::2], parts[2::2], strict=True)
        )
        if not pages:
            return Content((Page(1, without_pictures(parts[0])),), title=title_of(result))
        read = sum(bool(page.text) for page in pages)
        return Content(pages, title=title_of(result), pages_total=len(pages), pages_read=read)

    return read
