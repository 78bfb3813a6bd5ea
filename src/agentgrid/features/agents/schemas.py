"""What an agent is, and how agents and versions look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from agentgrid.features.providers.schemas import ModelId

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Emblem = Annotated[str, StringConstraints(strip_whitespace=True, max_length=16)]

MAX_INSTRUCTION = 100_000


def _distinct(tags: list[str]) -> list[str]:
    """Tags are compared without case; the first way of writing one stays."""
    distinct: dict[str, str] = {}
    for tag in tags:
        distinct.setdefault(tag.casefold(), tag)
    return list(distinct.values())


Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Tags = Annotated[list[Tag], Field(max_length=20), AfterValidator(_distinct)]


class RetrievalSettings(BaseModel):
    """How the agent reads its documents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True
    limit: Annotated[int, Field(ge=1, le=20, description="Passages read for one question.")] = 6
    answer_from: Annotated[
        Literal["documents_only", "documents_first", "anything"],
        Field(description="What answers may rest on."),
    ] = "documents_first"
    citations: Annotated[
        Literal["inline", "end", "off"],
        Field(description="Where sources are named: after each statement, at the end, nowhere."),
    ] = "inline"
    not_found_reply: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=2000),
        Field(description="Said when the documents are silent; empty for the built-in sentence."),
    ] = ""
    queries: Annotated[
        Literal["auto", "single", "multiple"],
        Field(description="Whether the model may search in more words than the question's."),
    ] = "auto"
    rerank: Annotated[
        Literal["auto", "fast", "model"],
        Field(description="Who orders the passages; auto asks the model only in doubt."),
    ] = "auto"
    time_budget_ms: Annotated[
        int,
        Field(ge=200, le=20_000, description="Time for rewriting and reranking in one turn."),
    ] = 3000
    tags: Annotated[
        Tags, Field(description="Read only documents with one of these; empty reads all.")
    ] = []

    @model_validator(mode="after")
    def _can_read(self) -> Self:
        if not self.enabled and self.answer_from == "documents_only":
            raise PydanticCustomError(
                "reading_switched_off",
                "An agent that answers only from its documents has to read them: "
                "switch reading on, or let it answer from more.",
            )
        return self


class AgentSpec(BaseModel):
    """The whole agent, but for its documents: what a version keeps."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    instruction: Annotated[str, Field(max_length=MAX_INSTRUCTION)] = ""
    model: Annotated[
        ModelId, Field(description="`provider/model`; empty means the installation's default.")
    ] = ""
    fallbacks: Annotated[
        list[ModelId], Field(max_length=5, description="Asked in this order when `model` fails.")
    ] = []
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    max_tokens: Annotated[int | None, Field(ge=1, le=1_000_000)] = None
    welcome_message: Annotated[str, Field(max_length=4000)] = ""
    starter_questions: Annotated[list[ShortText], Field(max_length=8)] = []
    retrieval: RetrievalSettings = RetrievalSettings()


class AgentSpecChange(BaseModel):
    """The fields of ``AgentSpec`` that a request sets; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid")

    instruction: Annotated[str, Field(max_length=MAX_INSTRUCTION)] | None = None
    model: ModelId | None = None
    fallbacks: Annotated[list[ModelId], Field(max_length=5)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    welcome_message: Annotated[str, Field(max_length=4000)] | None = None
    starter_questions: Annotated[list[ShortText], Field(max_length=8)] | None = None
    retrieval: RetrievalSettings | None = None


class CreateAgent(AgentSpecChange):
    name: Name
    description: ShortText = ""
    emblem: Emblem = ""


class UpdateAgent(AgentSpecChange):
    name: Name | None = None
    description: ShortText | None = None
    emblem: Emblem | None = None
    change_summary: ShortText | None = None
    base_version: Annotated[
        int | None,
        Field(ge=1, description="The version you edited; 409 when another was saved since."),
    ] = None


class VersionRef(BaseModel):
    id: UUID
    number: int
    created_at: datetime


class FileCounts(BaseModel):
    total: int = 0
    ready: int = 0
    processing: int = 0
    failed: int = 0


class AgentView(BaseModel):
    """An agent as the API shows it."""

    id: UUID
    slug: str
    name: str
    description: str
    emblem: str
    owner_id: UUID | None
    is_demo: bool
    active_version: VersionRef
    spec: AgentSpec
    files: FileCounts
    last_used_at: Annotated[datetime | None, Field(description="When you last talked to it.")]
    created_at: datetime
    updated_at: datetime


class AuthorRef(BaseModel):
    id: UUID
    name: str


class CreateVersion(BaseModel):
    model_config = ConfigDict(extra="forbid")

    change_summary: ShortText = ""


class VersionView(BaseModel):
    """A version as the API shows it."""

    id: UUID
    agent_id: UUID
    number: int
    parent_number: int | None
    author: AuthorRef | None
    change_summary: str
    spec: AgentSpec
    content_hash: str
    knowledge_sequence: int | None
    active: bool
    created_at: datetime


class FieldChange(BaseModel):
    field: str
    before: object
    after: object


class FileChanges(BaseModel):
    added: list[str]
    removed: list[str]


class VersionDiff(BaseModel):
    """What changed from version ``from`` to version ``to``."""

    model_config = ConfigDict(populate_by_name=True)

    from_number: Annotated[int, Field(alias="from")]
    to_number: Annotated[int, Field(alias="to")]
    changes: list[FieldChange]
    files: FileChanges
