"""Seeing whether a model that somebody would like to use works."""

import time
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from agentgrid.creator_studio.core import ModelError, RequestRejected
from agentgrid.creator_studio.llm.catalog import PROVIDERS as CHAT_PROVIDERS
from agentgrid.creator_studio.llm.connection import checked_base_url
from agentgrid.creator_studio.rag.embeddings import make_target, measured
from agentgrid.creator_studio.rag.embeddings.api import EmbeddingTarget
from agentgrid.creator_studio.rag.embeddings.catalog import PROVIDERS
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.embedding.errors import EmbeddingInvalid, EmbeddingRefused
from agentgrid.features.knowledge.embedding.repository import EmbeddingRepository
from agentgrid.features.knowledge.embedding.schemas import ChooseEmbedding, EmbeddingTrial
from agentgrid.features.knowledge.embedding.source import BUNDLED, vectors_name
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.providers.source import engine_connection
from agentgrid.kit.db import unit_of_work

_ENDPOINTS = ("/embeddings", "/embed")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that was tried and works. ``target`` is None for the bundled one."""

    provider: str
    model: str
    dimension: int
    vectors_named: str
    target: EmbeddingTarget | None
    connection_id: UUID | None
    own_key: str | None


async def try_choice(services: Services, wanted: ChooseEmbedding) -> Choice:
    """See whether the model works: one short text is embedded. Holds no transaction meanwhile.

    Raises ``EmbeddingInvalid``, ``EmbeddingRefused``, or ``ModelError`` for what may pass.
    """
    if wanted.provider == BUNDLED:
        return await _bundled(services, wanted)
    connection = await _connection(services, wanted)
    key = wanted.api_key or (connection and engine_connection(connection, services.secrets).api_key)
    row = PROVIDERS.get(wanted.provider)
    if row is not None and row.needs_key and not key:
        raise EmbeddingInvalid(f"{row.label} needs an API key, or a connection that has one.")
    try:
        address = _address(wanted, connection)
        target = make_target(wanted.provider, wanted.model, api_key=key, base_url=address)
    except ValueError as error:
        raise EmbeddingInvalid(str(error)) from error
    try:
        target = await measured(target, services.http, wanted=wanted.dimension)
    except RequestRejected as error:
        raise EmbeddingRefused(str(error)) from error
    return Choice(
        provider=target.provider,
        model=target.model,
        dimension=target.dimension,
        vectors_named=vectors_name(target),
        target=target,
        connection_id=connection.id if connection is not None else None,
        own_key=None if connection is not None else wanted.api_key,
    )


async def trial(services: Services, wanted: ChooseEmbedding) -> EmbeddingTrial:
    """Try the model, and say in words how it went. Raises ``EmbeddingInvalid``."""
    began = time.perf_counter()
    dimension, error = None, None
    try:
        dimension = (await try_choice(services, wanted)).dimension
    except (ModelError, EmbeddingRefused) as failure:
        error = str(failure)
    return EmbeddingTrial(
        ok=error is None,
        dimension=dimension,
        latency_ms=round((time.perf_counter() - began) * 1000),
        error=error,
    )


async def _bundled(services: Services, wanted: ChooseEmbedding) -> Choice:
    bundled = services.embeddings.bundled
    if wanted.model != bundled.model:
        raise EmbeddingInvalid(f"The model that ships with AgentGrid is {bundled.model}.")
    if wanted.dimension not in (None, bundled.dimension):
        raise EmbeddingInvalid(f"Vectors of {bundled.model} have {bundled.dimension} dimensions.")
    await bundled.embed_passages(["Hello"])
    return Choice(BUNDLED, bundled.model, bundled.dimension, bundled.model, None, None, None)


async def _connection(services: Services, wanted: ChooseEmbedding) -> ProviderConnection | None:
    if wanted.connection_id is None:
        return None
    if wanted.api_key is not None or wanted.base_url:
        raise EmbeddingInvalid("Give a connection, or a key and address of its own, not both.")
    async with unit_of_work(services.sessions) as session:
        found = await EmbeddingRepository(session).connection(wanted.connection_id)
    if found is None or found.provider != wanted.provider:
        raise EmbeddingInvalid("There is no such connection to this provider; choose another one.")
    return found


def _address(wanted: ChooseEmbedding, connection: ProviderConnection | None) -> str:
    """The address in its one form, so that equal ones are seen to be equal.

    A pasted endpoint is cut back, and a bare host gets the provider's usual path.
    """
    typed = (connection.base_url if connection is not None else wanted.base_url).strip()
    if not typed:
        return ""
    typed = typed.rstrip("/")
    for endpoint in _ENDPOINTS:
        typed = typed.removesuffix(endpoint)
    row = PROVIDERS.get(wanted.provider)
    if row is not None and not urlsplit(typed).path:
        typed += urlsplit(row.base_url).path
    return checked_base_url(typed, CHAT_PROVIDERS["openai_compatible"])
