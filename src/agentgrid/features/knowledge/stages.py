"""The stages of one file: extract, chunk, index its words, embed.

Each stage first looks at what an earlier attempt left behind and goes on from there, so a
worker may die at any point. A file can be asked as soon as its words are indexed; it is
embedded behind that, and gives way to files that nobody can ask yet.
"""

import asyncio
import hashlib
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from agentgrid.creator_studio.core import (
    Chunk,
    CorruptDocument,
    Embedder,
    EmptyDocument,
    ExtractedDocument,
    Vector,
)
from agentgrid.creator_studio.core.embedding import in_use
from agentgrid.creator_studio.rag.chunking import CountMany, chunk_document, embedding_text
from agentgrid.creator_studio.rag.extraction import formats, ocr_status
from agentgrid.creator_studio.rag.extraction.isolation import run_isolated
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.documents import DocumentTexts, reading_name, text_key
from agentgrid.features.knowledge.ingest_store import IngestStore
from agentgrid.features.knowledge.lexemes import detect_language
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.objects import touch
from agentgrid.features.knowledge.passages import Passage
from agentgrid.features.knowledge.progress import Progress, StageName
from agentgrid.features.usage.ledger import CallSubject
from agentgrid.features.usage.metering import booked
from agentgrid.kit.storage import ObjectMissing

BATCH: Final = 32
"""Passages embedded between two commits: what a killed worker loses at most."""

WORDS_BATCH: Final = 2_000
"""Passages whose words are indexed between two commits."""

_TELL_SECONDS: Final = 0.5


class MakeWay(Exception):
    """Other files wait to be read; this one can be asked, and is embedded after them."""


class Ingestion:
    """The stages of one file."""

    def __init__(self, services: Services, store: IngestStore, file: KnowledgeFile) -> None:
        self._services = services
        self._store = store
        self._texts = DocumentTexts(services.storage)
        self._file = file
        self._progress = Progress(file.stages, file.progress)

    def waiting(self) -> dict[str, object]:
        """What is to be stored while the file waits for a worker to go on with it."""
        status = "queued" if self._file.added_seq is None else "embedding"
        return {"status": status, **self._progress.pause()}

    def failed(self) -> dict[str, object]:
        """What is to be stored of the stage in which the work stopped for good."""
        return self._progress.fail()

    async def run(self) -> None:
        """Raises ``DocumentError``, ``MakeWay``, ``LeaseLost``, or what a part raises."""
        if self._file.added_seq is None:
            document = await self._extract()
            await self._chunk(document)
            await self._index()
        await self._embed()

    # --- extracting -------------------------------------------------------------------

    async def _extract(self) -> ExtractedDocument:
        await self._begin("extracting", status="extracting")
        file = self._file
        ocr = self._services.policy.ocr and (await asyncio.to_thread(ocr_status)).available
        key = text_key(file.content_hash, reading_name(file), ocr=ocr)
        await touch(self._services.sessions, key)
        document = await self._texts.get(key)
        if document is None:
            document = await self._read()
            await self._texts.put(key, document)
            await self._store.change(file.id, attempts=0, interruptions=0)
        total, read = document.pages_total, document.pages_read
        await self._end(
            None if total is None else f"{read if read is not None else total} of {total} pages",
            text_key=key,
            title=document.title,
            media_type=document.media_type,
            pages=total,
            pages_read=read,
            language=await asyncio.to_thread(detect_language, document.text),
            warning=" ".join(document.warnings) or None,
        )
        return document

    async def _read(self) -> ExtractedDocument:
        with tempfile.TemporaryDirectory(prefix="agentgrid-read-") as folder:
            path = Path(folder) / "document"
            await self._fetch(self._file.storage_key, path)
            return await self._read_apart(path)

    async def _read_apart(self, path: Path) -> ExtractedDocument:
        """In a child process, which ends with this work, however this work ends."""
        cancelled = threading.Event()
        seen: list[tuple[int, int]] = []
        reading = asyncio.create_task(
            asyncio.to_thread(
                run_isolated,
                path,
                name=reading_name(self._file),
                ocr=self._services.policy.ocr,
                on_progress=lambda done, total: seen.append((done, total)),
                cancelled=cancelled,
            )
        )
        try:
            while not (await asyncio.wait({reading}, timeout=_TELL_SECONDS))[0]:
                if seen:
                    done, total = seen[-1]
                    seen.clear()
                    unit = "file" if self._file.media_type == formats.ZIP else "page"
                    await self._tell(done, total, f"{unit} {done} of {total}")
            return reading.result()
        finally:
            cancelled.set()
            await asyncio.wait({reading})
            reading.exception()  # told already, or that of a reading that was stopped

    async def _fetch(self, key: str, path: Path) -> None:
        with path.open("wb") as target:
            try:
                async for piece in self._services.storage.stream(key):
                    target.write(piece)
            except ObjectMissing as error:
                raise CorruptDocument(
                    "The stored file is gone.", advice="Remove it here and upload it again."
                ) from error

    # --- chunking and indexing --------------------------------------------------------

    async def _chunk(self, document: ExtractedDocument) -> None:
        """Cutting is quick and always gives the same, so it is simply done again."""
        await self._begin("chunking", status="chunking")
        embedder = self._services.embedder
        count_many: CountMany | None = getattr(embedder, "count_tokens_batch", None)
        chunks = await asyncio.to_thread(
            chunk_document, document, count_tokens=embedder.count_tokens, count_many=count_many
        )
        if not chunks:
            raise EmptyDocument(
                "The document has headings, but no text that could answer a question.",
                advice="Check that you chose the right file.",
            )
        rows = [_row(self._file, document.title, chunk) for chunk in chunks]
        await self._store.replace_chunks(self._file, rows)
        await self._end(_passages(len(chunks)), chunk_count=len(chunks))

    async def _index(self) -> None:
        """Make the passages' words searchable, and let the agent read the file."""
        await self._begin("indexing")
        total = self._file.chunk_count or 0
        done = 0
        while indexed := await self._store.index_words(self._file, most=WORDS_BATCH):
            done += indexed
            await self._tell(done, total, _of(done, total))
        values = self._progress.end(_passages(total))
        self._file = await self._store.publish(self._file, status="embedding", **values)

    # --- embedding --------------------------------------------------------------------

    async def _embed(self) -> None:
        await self._begin("embedding", status="embedding")
        embedder = await in_use(self._services.embedder)
        total = self._file.chunk_count or 0
        left = await self._store.count_unembedded(self._file.id, embedder.model)
        while not await self._finished(embedder.model, total):
            batch = await self._store.unembedded(self._file, embedder.model, most=BATCH)
            left -= len(batch)
            await self._store.store_vectors(
                self._file,
                [passage.id for passage in batch],
                await self._vectors(embedder, batch),
                model=embedder.model,
                **self._progress.at(total - left, total, _of(total - left, total)),
            )
            if left > 0 and await self._store.others_wait():
                raise MakeWay

    async def _finished(self, model: str, total: int) -> bool:
        if await self._store.count_unembedded(self._file.id, model):
            return False
        return await self._store.finish(
            self._file, model=model, **self._progress.end(_passages(total))
        )

    async def _vectors(self, embedder: Embedder, batch: Sequence[Passage]) -> Vector:
        """Vectors of the passages; those embedded before, anywhere here, are copied."""
        hashes = [passage.content_hash for passage in batch]
        known = dict(await self._store.known_vectors(hashes, embedder.model))
        missing = {
            passage.content_hash: passage.text
            for passage in batch
            if passage.content_hash not in known
        }
        if missing:
            async with booked(self._services.sessions, self._subject()):
                embedded = await embedder.embed_passages(list(missing.values()))
            known |= dict(zip(missing, embedded, strict=True))
        return np.stack([known[digest] for digest in hashes])

    def _subject(self) -> CallSubject:
        """Who pays for the calls of an embedding service."""
        return CallSubject(
            purpose="embedding", user_id=self._file.uploaded_by, agent_id=self._file.agent_id
        )

    # --- progress ---------------------------------------------------------------------

    async def _begin(self, name: StageName, **values: object) -> None:
        begun = self._progress.begin(name)
        self._file = await self._store.change(self._file.id, **begun, **values)

    async def _tell(self, done: int, total: int, detail: str) -> None:
        told = self._progress.at(done, total, detail)
        self._file = await self._store.change(self._file.id, **told)

    async def _end(self, detail: str | None, **values: object) -> None:
        ended = self._progress.end(detail)
        self._file = await self._store.change(self._file.id, **ended, **values)


def _passages(count: int) -> str:
    return f"{count} passage" if count == 1 else f"{count} passages"


def _of(done: int, total: int) -> str:
    return f"passage {done} of {total}"


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
