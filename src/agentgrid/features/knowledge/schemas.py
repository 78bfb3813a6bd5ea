"""How documents look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints

from agentgrid.creator_studio.core import Coverage
from agentgrid.features.agents.schemas import Tags
from agentgrid.features.knowledge.filters import Filter
from agentgrid.features.knowledge.progress import StageName, StageState

Askable = Literal["no", "words", "full"]
FileStatus = Literal["queued", "extracting", "chunking", "embedding", "ready", "failed"]


class FileError(BaseModel):
    """Why a file failed, in plain words, and what to do."""

    code: str
    reason: str
    advice: str
    stage: StageName | None = None


class StageView(BaseModel):
    """One step on the way of a file. Stages are listed in the order in which they run."""

    name: StageName
    state: StageState
    progress: Annotated[float, Field(ge=0, le=1)]
    time_ms: int | None
    detail: Annotated[str | None, Field(description='Such as "page 3 of 12".')]


class KnowledgeFileView(BaseModel):
    """A document of an agent."""

    id: UUID
    agent_id: UUID
    name: str
    media_type: str
    size: Annotated[int, Field(description="Bytes.")]
    status: FileStatus
    progress: Annotated[float, Field(ge=0, le=1)]
    askable: Annotated[
        Askable,
        Field(description="`words`: found by its words; `full`: by its meaning as well."),
    ]
    stages: list[StageView]
    error: FileError | None
    warning: str | None
    pages: Annotated[int | None, Field(description="Null where a format has no pages.")]
    pages_read: Annotated[int | None, Field(description="Of `pages`, those that gave text.")]
    chunks: int | None
    language: Annotated[str, Field(description="`simple` where it is not known.")]
    tags: list[str]
    source_url: Annotated[str | None, Field(description="Where on the web it is from.")]
    source_id: UUID | None
    created_at: datetime
    updated_at: datetime


class FilePatch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tags: Tags


class TagView(BaseModel):
    """A tag, and how many of the agent's documents have it."""

    tag: str
    files: int


class FormatView(BaseModel):
    label: str
    suffixes: list[str]
    media_types: list[str]


class OcrView(BaseModel):
    """Whether scans and pictures can be read here."""

    available: bool
    languages: list[str]
    advice: str | None


class FormatsView(BaseModel):
    """What can be uploaded."""

    formats: list[FormatView]
    ocr: OcrView
    max_upload_bytes: int


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


Query = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]


class RetrieveRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    query: Query
    limit: Annotated[
        int | None,
        Field(ge=1, le=50, description="Passages; by default what the agent itself reads."),
    ] = None
    filter: Filter | None = None


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
    dense_score: Annotated[float | None, Field(description="Cosine of its meaning.")]
    lexical_score: Annotated[float | None, Field(description="BM25 of its words.")]
    rerank_score: float | None
    queries: Annotated[list[int], Field(description="Indices of the queries that found it.")]
    neighbour: Annotated[bool, Field(description="Not found itself, but beside what was.")]
    tags: list[str]


class RetrievalView(BaseModel):
    """What the agent would read for a question."""

    chunks: list[RetrievedChunkView]
    coverage: Coverage
    confidence: float
    queries: list[str]
    steps: list[dict[str, JsonValue]]
    time_ms: float


class CoverageRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    questions: Annotated[list[Query], Field(min_length=1, max_length=50)]
    filter: Filter | None = None


class QuestionCoverage(BaseModel):
    question: str
    coverage: Coverage
    confidence: float
    best: RetrievedChunkView | None


class CoverageView(BaseModel):
    """How many of the questions the documents answer, and each one's best passage."""

    full: int
    partial: int
    none: int
    results: list[QuestionCoverage]
