"""Asking providers themselves: which models there are, and whether a connection works."""

import asyncio
import time
from dataclasses import dataclass

import structlog

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatModel,
    ChatRequest,
    ModelError,
    ModelNotConfigured,
)
from agentgrid.creator_studio.llm.connection import ProviderConnection as EngineConnection
from agentgrid.creator_studio.llm.profiles import profile_of
from agentgrid.creator_studio.llm.providers import make_chat_model
from agentgrid.creator_studio.llm.router import KnownConnection
from agentgrid.creator_studio.llm.wrappers import TimeoutPolicy, Timeouts
from agentgrid.features.deps import Services
from agentgrid.features.providers.schemas import ModelCapabilities, ModelView, ProbeOutcome

_log = structlog.get_logger(__name__)

# A person waits for the answer.
_PATIENCE = TimeoutPolicy(first_event=20.0, between_events=20.0, total=20.0, listing=8.0)
_SECONDS_KNOWN = 300.0
_SECONDS_AFTER_FAILURE = 15.0


@dataclass(frozen=True, slots=True)
class _Listed:
    revision: str
    models: tuple[str, ...]
    until: float
    """On the monotonic clock."""


class ModelLists:
    """What each connection offers, asked at most every few minutes by each process."""

    def __init__(self) -> None:
        self._known: dict[str, _Listed] = {}

    async def of(self, known: KnownConnection, services: Services) -> tuple[str, ...]:
        """The models' names; none when the provider does not answer."""
        kept = self._known.get(known.id)
        if kept and kept.revision == known.revision and kept.until > time.monotonic():
            return kept.models
        seconds = _SECONDS_KNOWN
        try:
            models = await _patient(known.connection, services).list_models()
        except (ModelError, ModelNotConfigured) as error:
            _log.info("models_not_listed", connection=known.connection.label, error=str(error))
            models, seconds = (), _SECONDS_AFTER_FAILURE
        self._known[known.id] = _Listed(known.revision, models, time.monotonic() + seconds)
        return models


_lists = ModelLists()


async def choosable_models(services: Services) -> list[ModelView]:
    """Every model an agent may use, connection by connection."""
    connections = await services.connections.usable()
    lists = await asyncio.gather(*(_lists.of(known, services) for known in connections))
    return [
        _model_view(known.connection, model)
        for known, models in zip(connections, lists, strict=True)
        for model in models
    ]


async def probe(connection: EngineConnection, services: Services, *, model: str) -> ProbeOutcome:
    """List the models and, when one is named, let it write a token."""
    started = time.perf_counter()
    models: tuple[str, ...] = ()
    error = None
    try:
        chat = _patient(connection, services)
        models = await chat.list_models()
        if model:
            await chat.complete(
                ChatRequest(model=model, messages=(ChatMessage("user", "Hi"),), max_tokens=1)
            )
    except (ModelError, ModelNotConfigured) as failure:
        error = str(failure)
    latency = round((time.perf_counter() - started) * 1000)
    return ProbeOutcome(ok=error is None, latency_ms=latency, models=list(models), error=error)


def _patient(connection: EngineConnection, services: Services) -> ChatModel:
    return Timeouts(make_chat_model(connection, services.http), _PATIENCE)


def _model_view(connection: EngineConnection, model: str) -> ModelView:
    profile = profile_of(connection.provider, model)
    return ModelView(
        id=f"{connection.label}/{model}",
        provider=connection.provider,
        model=model,
        profile=ModelCapabilities(
            context_length=profile.context_length,
            max_output_tokens=profile.max_output_tokens,
            tools=profile.tools,
            json_schema=profile.json_schema,
            vision=profile.vision,
            streaming=profile.streaming,
            small=profile.small,
        ),
    )
