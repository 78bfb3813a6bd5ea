"""Reads a document in this process, and cuts it."""

import re
from collections.abc import Callable

from agentgrid.creator_studio.core import Chunk, ExtractedDocument
from agentgrid.creator_studio.rag.chunking import chunk_document
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor


def read(data: bytes, name: str, *, ocr: bool = True) -> ExtractedDocument:
    return KreuzbergExtractor(ocr=ocr).extract_bytes(data, name=name)


def words(text: str) -> int:
    """One token for each word, and for each character of writing without spaces."""
    return len(re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+", text))


def cut(document: ExtractedDocument, *, count: Callable[[str], int] = words) -> list[Chunk]:
    return chunk_document(document, count_tokens=count, max_tokens=40, overlap_tokens=10)
