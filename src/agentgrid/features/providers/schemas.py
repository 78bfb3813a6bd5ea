"""How connections, models and the installation's settings look over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from agentgrid.creator_studio.llm.catalog import Wire


def _empty_or_complete(model: str) -> str:
    connection, _, name = model.partition("/")
    if model and not (connection and name):
        raise ValueError("Write the model as provider/model, or leave it empty for the default.")
    return model


ModelId = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_empty_or_complete),
]
ConnectionName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$"),
    Field(description="The first part of model ids: small letters, digits, `.`, `_`, `-`."),
]
BaseUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class CatalogEntry(BaseModel):
    """A provider AgentGrid can speak to."""

    provider: str
    label: str
    wire: Wire
    default_base_url: str
    needs_key: bool


class CreateConnection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    provider: str
    name: Annotated[
        ConnectionName | None, Field(description="The provider's id when left out.")
    ] = None
    base_url: Annotated[BaseUrl, Field(description="Empty for the provider's own.")] = ""
    api_key: Key | None = None
    enabled: bool = True


class UpdateConnection(BaseModel):
    """What is absent stays; an explicit null removes the key."""

    model_config = ConfigDict(extra="forbid")

    name: ConnectionName | None = None
    base_url: BaseUrl | None = None
    api_key: Key | None = None
    enabled: bool | None = None


class ConnectionView(BaseModel):
    id: UUID
    name: str
    provider: str
    base_url: str
    key_hint: Annotated[str | None, Field(description="The key's end, to recognise it by.")]
    enabled: bool
    created_at: datetime
    updated_at: datetime


class ProbeConnection(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=200),
        Field(description="Also let this model write one token, which proves the key too."),
    ] = ""


class ProbeOutcome(BaseModel):
    ok: bool
    latency_ms: int
    models: list[str]
    error: str | None


class ModelCapabilities(BaseModel):
    context_length: int
    max_output_tokens: int
    tools: bool
    json_schema: bool
    vision: bool
    streaming: bool
    small: bool


class ModelView(BaseModel):
    """A model an agent may use."""

    id: str
    provider: str
    model: str
    profile: ModelCapabilities


class InstallationView(BaseModel):
    registration_open: bool
    default_model: str


class UpdateInstallation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    registration_open: bool | None = None
    default_model: ModelId | None = None
