"""Giving up on silence."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    ModelTimeout,
    StreamEvent,
)
from agentgrid.creator_studio.llm.streaming import closing


@dataclass(frozen=True, slots=True)
class TimeoutPolicy:
    """Limits in seconds; the time a consumer takes between events counts towards none but total."""

    first_event: float = 60.0
    between_events: float = 60.0
    total: float = 600.0
    """For a whole call, streamed or not."""
    listing: float = 15.0


class Timeouts:
    """Turns silence into ``ModelTimeout`` and closes the connection that is silent."""

    def __init__(
        self,
        inner: ChatModel,
        policy: TimeoutPolicy | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._policy = policy or TimeoutPolicy()
        self._clock = clock

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        limit = self._policy.total
        try:
            async with asyncio.timeout(limit):
                return await self._inner.complete(request)
        except TimeoutError:
            raise self._late(limit, request.model) from None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        deadline = self._clock() + self._policy.total
        limit = self._policy.first_event
        async with closing(self._inner.stream(request)) as events:
            while True:
                left = deadline - self._clock()
                if left <= 0:
                    # A stream that always has its next event ready never waits for the timer.
                    raise self._late(self._policy.total, request.model)
                try:
                    async with asyncio.timeout(min(limit, left)):
                        event = await anext(events, None)
                except TimeoutError:
                    raise self._late(min(limit, self._policy.total), request.model) from None
                if event is None:
                    return
                limit = self._policy.between_events
                yield event

    async def list_models(self) -> tuple[str, ...]:
        limit = self._policy.listing
        try:
            async with asyncio.timeout(limit):
                return await self._inner.list_models()
        except TimeoutError:
            raise self._late(limit, "") from None

    def _late(self, limit: float, model: str) -> ModelTimeout:
        return ModelTimeout(
            f"{self.provider} was silent for too long (limit {limit:g} s); try again.",
            provider=self.provider,
            model=model,
        )
