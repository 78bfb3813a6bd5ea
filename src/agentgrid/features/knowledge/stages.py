"""The stages of one file: extract, chunk, embed, publish.

Each stage first looks at what an earlier attempt left behind and goes on from there, so a
worker may die at any point. Nothing is visible to a search before the last step.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agentgrid.creator_studio.core import (
    Chunk,
    CorruptDocument,
    EmptyDocument,
    ExtractedDocument,
    Vector,
)
from agentgrid.creator_studio.rag import formats
from agentgrid.creator_studio.rag.chunking import CountMany, chunk_document, embedding_text
from agentgrid.creator_studio.rag.isolation import run_isolated
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.documents import DocumentTexts
from agentgrid.features.knowledge.ingest_store import IngestStore
from agentgrid.features.knowledge.lexemes import detect_language, tokens
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.kit.storage import ObjectMissing

BATCH: Final = 32
"""Passages embedded between two commits: what a killed worker loses at most."""

# How much of the work lies behind when a stage begins; embedding is most of it.
_EXTRACTED: Final = 0.10
_CHUNKED: Final = 0.15

_PAGED: Final = frozenset({formats.PDF, formats.PPTX, formats.XLSX})


class Ingestion:
    """The stages of one file."""

    def __init__(self, services: Services, store: IngestStore) -> None:
        self._services = services
        self._store = store
        self._texts = DocumentTexts(services.storage)
        self._embedder = services.embedder

    async def run(self, file: KnowledgeFile) -> None:
        """Raises ``DocumentError``, ``LeaseLost``, or whatever a part that is away raises."""
        file = await self._store.change(file.id, status="extracting")
        document = await self._extract(file)
        file = await self._store.change(
            file.id,
            status="chunking",
            progress=max(file.progress, _EXTRACTED),
            title=document.title,
            media_type=document.media_type,
            pages=len(document.pages) if document.media_type in _PAGED else None,
            language=await asyncio.to_thread(detect_language, document.text),
            warning=" ".join(document.warnings) or None,
        )
        chunks = await self._chunk(file, document)
        file = await self._store.change(
            file.id,
            status="embedding",
            progress=max(file.progress, _CHUNKED),
            chunk_count=len(chunks),
        )
        await self._embed(file, document, chunks)
        await self._store.publish(file, chunks=len(chunks))

    async def _extract(self, file: KnowledgeFile) -> ExtractedDocument:
        known = await self._texts.get(file.content_hash, file.name)
        if known is not None:
            return known
        with tempfile.TemporaryDirectory(prefix="agentgrid-read-") as folder:
            path = Path(folder) / "document"
            await self._fetch(file.storage_key, path)
            document = await asyncio.to_thread(run_isolated, path, name=file.name)
        await self._texts.put(file.content_hash, file.name, document)
        await self._store.change(file.id, attempts=0, interruptions=0)
        return document

    async def _fetch(self, key: str, path: Path) -> None:
        with path.open("wb") as target:
            try:
                async for piece in self._services.storage.stream(key):
                    target.write(piece)
            except ObjectMissing as error:
                raise CorruptDocument(
                    "The stored file is gone.", advice="Remove it here and upload it again."
                ) from error

    async def _chunk(self, file: KnowledgeFile, document: ExtractedDocument) -> Sequence[Chunk]:
        """Cutting is quick and always gives the same, so it is simply done again."""
        count_many: CountMany | None = getattr(self._embedder, "count_tokens_batch", None)
        chunks = await asyncio.to_thread(
            chunk_document,
            document,
            count_tokens=self._embedder.count_tokens,
            count_many=count_many,
        )
        if not chunks:
            raise EmptyDocument(
                "The document has headings, but no text that could answer a question.",
                advice="Check that you chose the right file.",
            )
        rows = [_row(file, document.title, chunk) for chunk in chunks]
        await self._store.replace_chunks(file, rows)
        return chunks

    async def _embed(
        self, file: KnowledgeFile, document: ExtractedDocument, chunks: Sequence[Chunk]
    ) -> None:
        model = self._embedder.model
        left = await self._store.unembedded(file.id, model)
        done = len(chunks) - len(left)
        positions = list(left)
        for start in range(0, len(positions), BATCH):
            batch = positions[start : start + BATCH]
            texts = [embedding_text(document.title, chunks[position]) for position in batch]
            vectors = await self._vectors(texts)
            done += len(batch)
            await self._store.store_vectors(
                file,
                [left[position] for position in batch],
                vectors,
                [" ".join(tokens(each)) for each in texts],
                model=model,
                progress=_CHUNKED + (1 - _CHUNKED) * done / len(chunks),
            )

    async def _vectors(self, texts: Sequence[str]) -> Vector:
        """Vectors of the texts; those embedded before, anywhere here, are copied."""
        hashes = [_digest(each) for each in texts]
        known = dict(await self._store.known_vectors(hashes, self._embedder.model))
        missing = {
            digest: each for digest, each in zip(hashes, texts, strict=True) if digest not in known
        }
        if missing:
            embedded = await self._embedder.embed_passages(list(missing.values()))
            known |= dict(zip(missing, embedded, strict=True))
        return np.stack([known[digest] for digest in hashes])


def _digest(embedded: str) -> str:
    return hashlib.sha256(embedded.encode()).hexdigest()


def _row(file: KnowledgeFile, title: str, chunk: Chunk) -> KnowledgeChunk:
    return KnowledgeChunk(
        agent_id=file.agent_id,
        file_id=file.id,
        position=chunk.position,
        text=chunk.text,
        page=chunk.page,
        heading_path=list(chunk.heading_path),
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        token_count=chunk.token_count,
        # Over exactly what is embedded, the document's title included.
        content_hash=_digest(embedding_text(title, chunk)),
        table_header=chunk.table_header,
    )
