"""How documents look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agentgrid.creator_studio.core import Coverage

FileStatus = Literal["queued", "extracting", "chunking", "embedding", "ready", "failed"]


class FileError(BaseModel):
    """Why a file failed, in plain words, and what to do."""

    code: str
    reason: str
    advice: str


class KnowledgeFileView(BaseModel):
    """A document of an agent."""

    id: UUID
    agent_id: UUID
    name: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]
    status: FileStatus
    progress: Annotated[float, Field(ge=0, le=1)]
    error: FileError | None
    warning: str | None
    pages: Annotated[int | None, Field(description="Null where a format has no pages.")]
    chunks: int | None
    created_at: datetime
    updated_at: datetime


class ChunkView(BaseModel):
    """A passage; it stands at these characters of the document's text."""

    id: UUID
    position: int
    text: str
    page: int | None
    heading_path: list[str]
    char_start: int
    char_end: int
    token_count: int


class PageSpan(BaseModel):
    number: int
    char_start: int
    char_end: int


class TextWindow(BaseModel):
    """Characters ``start`` to ``end`` of a document's text, and where its pages lie."""

    text: str
    start: int
    end: int
    total: int
    pages: list[PageSpan]


class RetrieveRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    limit: Annotated[
        int | None,
        Field(ge=1, le=50, description="Passages; by default what the agent itself reads."),
    ] = None


class RetrievedChunkView(BaseModel):
    chunk_id: UUID
    file_id: UUID
    file_name: str
    page: int | None
    heading_path: list[str]
    char_start: int
    char_end: int
    text: str
    score: float
    confidence: float


class RetrievalView(BaseModel):
    """What the agent would read for a question."""

    chunks: list[RetrievedChunkView]
    coverage: Coverage
    confidence: float
    queries: list[str]
    time_ms: float
