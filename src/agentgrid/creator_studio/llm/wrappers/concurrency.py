"""Not asking more at once than a provider or this machine takes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    RateLimited,
    StreamEvent,
)
from agentgrid.creator_studio.llm.streaming import closing


class Slots:
    """Room for ``limit`` calls at the same time; others wait up to ``longest_wait`` seconds."""

    def __init__(self, *, limit: int, longest_wait: float = 30.0) -> None:
        self._longest_wait = longest_wait
        self._slots = asyncio.Semaphore(limit)

    @asynccontextmanager
    async def slot(self, provider: str, model: str) -> AsyncGenerator[None]:
        """Hold a place for one call. Raises ``RateLimited`` after the wait."""
        if self._slots.locked():
            await self._wait(provider, model)
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _wait(self, provider: str, model: str) -> None:
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._slots.acquire()
        except TimeoutError:
            raise RateLimited(
                f"Too many calls to {provider} are running; try again in a moment.",
                provider=provider,
                model=model,
                status=None,
            ) from None


class ConcurrencyLimited:
    """A model with ``Slots``. A stream counts until it ends or is closed."""

    def __init__(self, inner: ChatModel, *, limit: int, longest_wait: float = 30.0) -> None:
        self._inner = inner
        self._slots = Slots(limit=limit, longest_wait=longest_wait)

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        async with self._slots.slot(self.provider, request.model):
            return await self._inner.complete(request)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with (
            self._slots.slot(self.provider, request.model),
            closing(self._inner.stream(request)) as events,
        ):
            async for event in events:
                yield event

    async def list_models(self) -> tuple[str, ...]:
        return await self._inner.list_models()
