"""From rows and engine values to what the API shows."""

from collections import Counter
from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue

from agentgrid.creator_studio.core import Retrieval, RetrievedChunk
from agentgrid.creator_studio.rag.extraction import OcrStatus
from agentgrid.creator_studio.rag.extraction.formats import Format
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.features.knowledge.progress import StageName, stages_of
from agentgrid.features.knowledge.schemas import (
    Askable,
    ChunkView,
    CoverageView,
    FileError,
    FileStatus,
    FormatsView,
    FormatView,
    KnowledgeFileView,
    OcrView,
    QuestionCoverage,
    RetrievalView,
    RetrievedChunkView,
    StageView,
)


def file_view(file: KnowledgeFile) -> KnowledgeFileView:
    error = None
    if file.error_code is not None:
        error = FileError(
            code=file.error_code,
            reason=file.error_reason or "",
            advice=file.error_advice or "",
            stage=cast("StageName | None", file.failed_stage),
        )
    return KnowledgeFileView(
        id=file.id,
        agent_id=file.agent_id,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        status=cast(FileStatus, file.status),
        progress=round(file.progress, 3),
        askable=_askable(file),
        stages=[StageView.model_validate(stage) for stage in stages_of(file.stages)],
        error=error,
        warning=file.warning,
        pages=file.pages,
        pages_read=file.pages_read,
        chunks=file.chunk_count,
        language=file.language,
        tags=file.tags,
        source_url=file.source_url,
        source_id=file.source_id,
        created_at=file.created_at,
        updated_at=file.updated_at,
    )


def _askable(file: KnowledgeFile) -> Askable:
    if file.added_seq is None:
        return "no"
    return "full" if file.status == "ready" else "words"


def formats_view(formats: Sequence[Format], ocr: OcrStatus, max_upload_bytes: int) -> FormatsView:
    return FormatsView(
        formats=[
            FormatView(
                label=each.label,
                suffixes=list(each.suffixes),
                media_types=list(each.media_types),
            )
            for each in formats
        ],
        ocr=OcrView(available=ocr.available, languages=list(ocr.languages), advice=ocr.advice),
        max_upload_bytes=max_upload_bytes,
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
        steps=_steps(retrieval),
        time_ms=round(retrieval.retrieval_ms + retrieval.rerank_ms, 1),
    )


def coverage_view(questions: Sequence[str], found: Sequence[Retrieval]) -> CoverageView:
    counts = Counter(each.coverage for each in found)
    return CoverageView(
        full=counts["full"],
        partial=counts["partial"],
        none=counts["none"],
        results=[
            QuestionCoverage(
                question=question,
                coverage=each.coverage,
                confidence=each.confidence,
                best=_retrieved_view(each.chunks[0]) if each.chunks else None,
            )
            for question, each in zip(questions, found, strict=True)
        ],
    )


def _steps(retrieval: Retrieval) -> list[dict[str, JsonValue]]:
    """How it was found, in the form in which answers keep it."""
    legs: list[JsonValue] = [
        {
            "query": leg.query,
            "leg": leg.leg,
            "found": leg.found,
            "time_ms": round(leg.time_ms, 1),
            "weight": round(leg.weight, 3),
            "failed": leg.failed,
        }
        for leg in retrieval.legs
    ]
    asked: list[JsonValue] = [
        {"text": text, "kind": "question" if number == 0 else "variant"}
        for number, text in enumerate(retrieval.queries)
    ]
    return [
        {
            "name": "rag_queries",
            "queries": asked,
            "model": None,
            "skipped": "The search box asks exactly what was typed.",
            "time_ms": 0,
        },
        {
            "name": "rag_retrieval",
            "queries": list(retrieval.queries),
            "legs": legs,
            "passages": retrieval.candidates,
            "time_ms": round(retrieval.retrieval_ms, 1),
        },
        {
            "name": "rag_rerank",
            "method": "scores",
            "model": None,
            "passages": len(retrieval.chunks),
            "skipped": None,
            "time_ms": round(retrieval.rerank_ms, 1),
        },
    ]


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
        dense_score=chunk.dense_score,
        lexical_score=chunk.lexical_score,
        rerank_score=found.rerank_score,
        queries=list(found.queries),
        neighbour=found.neighbour,
        tags=list(chunk.tags),
    )
