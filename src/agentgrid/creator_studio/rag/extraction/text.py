"""Reads plain text and Markdown: the author's own characters stay as they are."""

from agentgrid.creator_studio.core import Page
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading


def read_text(data: bytes, _reading: Reading) -> Content:
    """Read plain text or Markdown as it is."""
    return Content((Page(1, decode(data)),))
