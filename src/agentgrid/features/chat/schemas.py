"""How conversations look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agentgrid.creator_studio.core import Coverage
from agentgrid.features.knowledge.filters import Filter

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
MAX_MESSAGE = 100_000


class CreateSession(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Title = ""
    version_id: Annotated[
        UUID | None, Field(description="Keep the conversation on this version.")
    ] = None


class UpdateSession(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[Title, StringConstraints(min_length=1)] | None = None
    pinned: bool | None = None


class SendMessage(BaseModel):
    model_config = ConfigDict(extra="forbid")

    message: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_MESSAGE)
    ]
    filter: Annotated[
        Filter | None, Field(description="Answer from these documents only; kept for a new try.")
    ] = None


class GiveFeedback(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rating: Literal["up", "down"] | None
    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)] = ""


class CitationView(BaseModel):
    """Where a claim comes from: ``quote`` stands at these characters of the document's text."""

    number: int
    chunk_id: UUID
    file_id: UUID
    file_name: str
    page: int | None
    heading_path: list[str]
    char_start: int
    char_end: int
    quote: str
    confidence: float


class UsageView(BaseModel):
    provider: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Annotated[
        str | None, Field(description="US dollars as a decimal; null when the price is unknown.")
    ]


class MessageError(BaseModel):
    code: str
    message: str


class FeedbackView(BaseModel):
    rating: Literal["up", "down"] | None
    text: str


class MessageView(BaseModel):
    """One message of a conversation."""

    id: UUID
    session_id: UUID
    seq: int
    parent_id: UUID | None
    role: Literal["user", "assistant"]
    content: str
    filter: Annotated[
        Filter | None, Field(description="Of a question: the documents it was asked of.")
    ] = None
    status: Literal["streaming", "complete", "stopped", "failed"]
    citations: list[CitationView] = []
    coverage: Coverage | None = None
    confidence: float | None = None
    usage: UsageView | None = None
    version: int | None = None
    latency_ms: int | None = None
    first_token_ms: int | None = None
    error: MessageError | None = None
    feedback: FeedbackView | None = None
    steps: list[dict[str, object]] = []
    created_at: datetime


class SessionView(BaseModel):
    id: UUID
    agent_id: UUID
    title: str
    pinned: bool
    version_id: UUID | None
    message_count: int
    created_at: datetime
    updated_at: datetime


class SessionWithHistory(SessionView):
    messages: Annotated[
        list[MessageView],
        Field(
            description="By number. Answers with one parent are answers to one question: "
            "the newest is the one the conversation goes on from."
        ),
    ]
    running: Annotated[
        UUID | None, Field(description="The answer being written right now, if any.")
    ]
