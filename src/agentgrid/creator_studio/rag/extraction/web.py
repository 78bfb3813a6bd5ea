"""Reads web pages and electronic books."""

import html
import re
from typing import Final

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction import formats
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.native import (
    converted,
    markdown_of,
    title_of,
    without_pictures,
)
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

_HEAD: Final = re.compile(r"<head\b.*?(?:</head\s*>|(?=<body\b))", re.I | re.S)
_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title\s*>", re.I | re.S)
_FRONT_MATTER: Final = re.compile(r"\A---\n.*?\n---\n", re.S)


def read_html(data: bytes, _reading: Reading) -> Content:
    """Read a web page without its scripts and styles."""
    text = decode(data)
    found = _TITLE.search(text)
    return Content(
        (Page(1, html_to_markdown(text)),), title=html.unescape(found.group(1)) if found else ""
    )


def html_to_markdown(text: str) -> str:
    """Return the Markdown of a page's body."""
    # The converter would print the head's fields as text.
    body = _HEAD.sub("", text, count=1)
    if not body.strip():
        return ""
    content = markdown_of(converted(body.encode(), formats.HTML))
    return without_pictures(_FRONT_MATTER.sub("", content))


def read_epub(data: bytes, _reading: Reading) -> Content:
    """Read a book: chapters in reading order, by their headings."""
    result = converted(data, formats.EPUB)
    return Content((Page(1, without_pictures(markdown_of(result))),), title=title_of(result))
