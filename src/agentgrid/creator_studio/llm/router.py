"""From a model id to an answer: the one door through which the product calls models.

A model id is ``provider/model``. The first segment names a connection (by its own name or
by its provider's id), everything after the first slash is the provider's model name, which
may hold slashes itself. The empty id stands for the installation's default model.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

import aiohttp

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    ModelNotConfigured,
    ModelProfile,
    StreamEvent,
)
from agentgrid.creator_studio.llm.connection import ProviderConnection
from agentgrid.creator_studio.llm.profiles import profile_of
from agentgrid.creator_studio.llm.providers import make_chat_model
from agentgrid.creator_studio.llm.wrappers import (
    AttemptCounter,
    CallRecord,
    Candidate,
    CircuitBreaker,
    ConcurrencyLimited,
    Fallback,
    Metered,
    Retrying,
    RetryPolicy,
    TimeoutPolicy,
    Timeouts,
)


@dataclass(frozen=True, slots=True)
class KnownConnection:
    """A connection as its source knows it; a change of it brings a new ``revision``."""

    id: str
    revision: str
    connection: ProviderConnection


class ConnectionSource(Protocol):
    """Where connections come from. Asked before every call, so it should be quick."""

    async def get(self, name: str) -> KnownConnection | None:
        """The usable connection called ``name``, or the first of the provider ``name``."""
        ...

    async def default_model(self) -> str:
        """The id of the installation's default model, or an empty string."""
        ...


@dataclass(frozen=True, slots=True)
class RouterPolicy:
    """What every call gets. ``sleep`` and ``jitter`` are the retries' (tests pass their own)."""

    retry: RetryPolicy = field(default_factory=RetryPolicy)
    timeouts: TimeoutPolicy = field(default_factory=TimeoutPolicy)
    concurrency: int = 512
    longest_queue_wait: float = 30.0
    outages_to_open: int = 5
    circuit_pause: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random


def split_model_id(model_id: str) -> tuple[str, str]:
    """``("openai", "gpt-5")`` from ``"openai/gpt-5"``. Raises ``ModelNotConfigured``."""
    name, _, model = model_id.strip().partition("/")
    if not name or not model:
        raise ModelNotConfigured(
            f"The model {model_id!r} is not complete; write it as provider/model, "
            "for example openai/gpt-5-mini."
        )
    return name, model


@dataclass(frozen=True, slots=True)
class _Target:
    known: KnownConnection
    model: str


class ModelRouter:
    """Calls the model that was asked for, then its fallbacks.

    What a connection's calls share (its limit, its circuit) is kept per connection and
    made anew when the revision changes; running calls finish on the old one.
    """

    def __init__(
        self,
        source: ConnectionSource,
        http: aiohttp.ClientSession,
        *,
        policy: RouterPolicy | None = None,
        on_call: Callable[[CallRecord], None] | None = None,
    ) -> None:
        self._source = source
        self._http = http
        self._policy = policy or RouterPolicy()
        self._on_call = on_call
        self._kept: dict[str, tuple[str, ChatModel]] = {}

    async def complete(
        self, model_id: str, fallbacks: Sequence[str], request: ChatRequest
    ) -> ChatResult:
        """Answer ``request``; its ``model`` is overwritten with each candidate's own name.

        Raises ``ModelNotConfigured`` when the model cannot be reached in this
        installation and no fallback can, and ``ModelError`` when all that can have failed.
        """
        return await (await self._model(model_id, fallbacks)).complete(request)

    async def stream(
        self, model_id: str, fallbacks: Sequence[str], request: ChatRequest
    ) -> AsyncGenerator[StreamEvent, None]:
        """Like ``complete``, as events; a fallback only takes over before the first one."""
        model = await self._model(model_id, fallbacks)
        async with aclosing(model.stream(request)) as events:
            async for event in events:
                yield event

    async def resolve(self, model_id: str) -> str:
        """The full id behind ``model_id``: the default model's for an empty one."""
        if model_id.strip():
            return model_id.strip()
        default = await self._source.default_model()
        if not default:
            raise ModelNotConfigured(
                "No default model is set; choose a model for the agent, "
                "or have an administrator set the default."
            )
        return default

    async def profile(self, model_id: str) -> ModelProfile:
        """What the model can do. Raises ``ModelNotConfigured``."""
        target = await self._target(model_id)
        return profile_of(target.known.connection.provider, target.model)

    async def _model(self, model_id: str, fallbacks: Sequence[str]) -> Fallback:
        candidates: list[Candidate] = []
        missing: ModelNotConfigured | None = None
        for candidate_id in (model_id, *fallbacks):
            try:
                candidates.append(self._candidate(await self._target(candidate_id)))
            except ModelNotConfigured as error:
                missing = missing or error
        if not candidates:
            raise missing or ModelNotConfigured("No model was asked for.")
        return Fallback(candidates)

    async def _target(self, model_id: str) -> _Target:
        name, model = split_model_id(await self.resolve(model_id))
        known = await self._source.get(name)
        if known is None:
            raise ModelNotConfigured(
                f"No connection called {name!r} is set up for the model {name}/{model}; "
                "add one under Providers, or choose another model."
            )
        return _Target(known, model)

    def _candidate(self, target: _Target) -> Candidate:
        counter = AttemptCounter()
        model: ChatModel = Retrying(
            self._shared(target.known),
            self._policy.retry,
            sleep=self._policy.sleep,
            jitter=self._policy.jitter,
            on_attempt=counter.add,
        )
        if self._on_call is not None:
            label = target.known.connection.label
            model = Metered(model, self._on_call, connection=label, attempts=counter)
        return Candidate(model, target.model)

    def _shared(self, known: KnownConnection) -> ChatModel:
        kept = self._kept.get(known.id)
        if kept is not None and kept[0] == known.revision:
            return kept[1]
        policy = self._policy
        guarded = CircuitBreaker(
            Timeouts(make_chat_model(known.connection, self._http), policy.timeouts),
            threshold=policy.outages_to_open,
            pause=policy.circuit_pause,
        )
        # The limit goes outside the breaker: waiting for a slot is no outage of the provider.
        shared = ConcurrencyLimited(
            guarded, limit=policy.concurrency, longest_wait=policy.longest_queue_wait
        )
        self._kept[known.id] = (known.revision, shared)
        return shared
