"""From rows and engine values to what the API shows."""

from typing import cast

from agentgrid.creator_studio.core import Retrieval, RetrievedChunk
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.schemas import (
    ChunkView,
    FileError,
    FileStatus,
    KnowledgeFileView,
    RetrievalView,
    RetrievedChunkView,
)


def file_view(file: KnowledgeFile) -> KnowledgeFileView:
    error = None
    if file.error_code is not None:
        error = FileError(
            code=file.error_code,
            reason=file.error_reason or "",
            advice=file.error_advice or "",
        )
    return KnowledgeFileView(
        id=file.id,
        agent_id=file.agent_id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        status=cast(FileStatus, file.status),
        progress=round(file.progress, 3),
        error=error,
        warning=file.warning,
        pages=file.pages,
        chunks=file.chunk_count,
        created_at=file.created_at,
        updated_at=file.updated_at,
    )


def chunk_view(chunk: KnowledgeChunk) -> ChunkView:
    return ChunkView(
        id=chunk.id,
        position=chunk.position,
        text=chunk.text,
        page=chunk.page,
        heading_path=chunk.heading_path,
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        token_count=chunk.token_count,
    )


def retrieval_view(retrieval: Retrieval) -> RetrievalView:
    return RetrievalView(
        chunks=[_retrieved_view(found) for found in retrieval.chunks],
        coverage=retrieval.coverage,
        confidence=retrieval.confidence,
        queries=list(retrieval.queries),
        time_ms=round(retrieval.retrieval_ms + retrieval.rerank_ms, 1),
    )


def _retrieved_view(found: RetrievedChunk) -> RetrievedChunkView:
    chunk = found.chunk
    return RetrievedChunkView(
        chunk_id=chunk.chunk_id,
        file_id=chunk.file_id,
        file_name=chunk.file_name,
        page=chunk.page,
        heading_path=list(chunk.heading_path),
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        text=chunk.text,
        score=found.score,
        confidence=found.confidence,
    )
