"""How web sources look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agentgrid.features.agents.schemas import Tags

SourceKind = Literal["page", "site"]
SourceStatus = Literal["queued", "crawling", "ready", "failed"]


class SourceCreate(BaseModel):
    """What to read, and how much of it at most."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
    kind: Annotated[
        SourceKind,
        Field(description="`page`: this address alone. `site`: also what it links to below it."),
    ]
    max_depth: Annotated[int, Field(ge=0, le=5, description="Links away from the start.")] = 2
    max_pages: Annotated[int, Field(ge=1, le=500)] = 50
    tags: Tags = Field(default_factory=list, description="Put on every document it gives.")


class SkippedPage(BaseModel):
    url: str
    reason: Annotated[str, Field(description="In plain words.")]


class SourceError(BaseModel):
    """Why nothing could be read, in plain words, and what to do."""

    code: str
    reason: str
    advice: str


class SourceView(BaseModel):
    """A page or a site of the web that an agent reads."""

    id: UUID
    agent_id: UUID
    url: str
    kind: SourceKind
    max_depth: int
    max_pages: int
    tags: list[str]
    status: SourceStatus
    pages_found: Annotated[int, Field(description="Addresses met so far, read or not.")]
    pages_read: Annotated[int, Field(description="Those whose text is a document now.")]
    pages_unchanged: Annotated[
        int, Field(description="Of those, the ones that were the same as the last time.")
    ]
    skipped: Annotated[list[SkippedPage], Field(description="The first hundred.")]
    error: SourceError | None
    last_crawled_at: datetime | None
    created_at: datetime
