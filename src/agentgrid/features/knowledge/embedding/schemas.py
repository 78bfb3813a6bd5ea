"""How embedding models look over HTTP."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
BaseUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]

LARGEST_DIMENSION = 16_000
"""What the database stores as one vector."""


class ChooseEmbedding(BaseModel):
    """A model to embed with. The key is stored encrypted and never shown again."""

    model_config = ConfigDict(extra="forbid")

    provider: Text
    model: Text
    connection_id: Annotated[
        UUID | None, Field(description="Use the key and address of this connection.")
    ] = None
    base_url: Annotated[BaseUrl, Field(description="Empty for the provider's own.")] = ""
    api_key: Key | None = None
    dimension: Annotated[
        int | None,
        Field(ge=2, le=LARGEST_DIMENSION, description="Of the vectors; the model's own if absent."),
    ] = None


class EmbeddingIndexView(BaseModel):
    id: UUID
    provider: str
    model: str
    dimension: int
    state: Literal["active", "building", "failed"]
    chunks_done: int
    chunks_total: int
    error: str | None
    created_at: datetime
    activated_at: datetime | None


class EmbeddingModelView(BaseModel):
    model: str
    dimension: int


class ConnectionChoice(BaseModel):
    id: UUID
    name: str


class EmbeddingProviderView(BaseModel):
    """A service that embeds, and the connections to it that exist already."""

    provider: str
    label: str
    needs_key: bool
    needs_base_url: bool
    models: list[EmbeddingModelView]
    connections: list[ConnectionChoice]


class EmbeddingOverview(BaseModel):
    active: EmbeddingIndexView
    next: EmbeddingIndexView | None
    providers: list[EmbeddingProviderView]


class EmbeddingTrial(BaseModel):
    """How a model did when it was asked to embed one short text."""

    ok: bool
    dimension: int | None
    latency_ms: int
    error: str | None
