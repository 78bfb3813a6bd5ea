"""Documents of a data set as passages, made by the product's own chunking."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agentgrid.creator_studio.core import Chunk, ExtractedDocument, Page
from agentgrid.creator_studio.rag.chunking import chunk_document, embedding_text
from bench.quality.datasets import Document

CountMany = Callable[[Sequence[str]], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """A document with its passages and what of each is embedded and searched by words."""

    document: Document
    chunks: tuple[Chunk, ...]
    texts: tuple[str, ...]


async def cut(documents: Sequence[Document], count_many: CountMany) -> list[Cut]:
    """Cut documents as ingestion does. Those without text have no passages."""
    return await asyncio.to_thread(lambda: [_cut(each, count_many) for each in documents])


def _cut(document: Document, count_many: CountMany) -> Cut:
    extracted = ExtractedDocument(
        title=document.title, pages=(Page(1, document.text),), media_type="text/plain"
    )
    chunks = chunk_document(
        extracted, count_tokens=lambda text: count_many([text])[0], count_many=count_many
    )
    texts = tuple(embedding_text(document.title, chunk) for chunk in chunks)
    return Cut(document, tuple(chunks), texts)
