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


class ConcurrencyLimited:
    """At most ``limit`` calls at the same time; others wait up to ``longest_wait`` seconds.

    A stream counts until it ends or is closed. Raises ``RateLimited`` after the wait.
    """

    def __init__(self, inner: ChatModel, *, limit: int, longest_wait: float = 30.0) -> None:
        self._inner = inner
        self._longest_wait = longest_wait
        self._slots = asyncio.Semaphore(limit)

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        async with self._slot(request):
            return await self._inner.complete(request)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        async with self._slot(request), closing(self._inner.stream(request)) as events:
            async for event in events:
                yield event

    async def list_models(self) -> tuple[str, ...]:
        return await self._inner.list_models()

    @asynccontextmanager
    async def _slot(self, request: ChatRequest) -> AsyncGenerator[None]:
        if self._slots.locked():
            await self._wait(request)
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _wait(self, request: ChatRequest) -> None:
        try:
            async with asyncio.timeout(self._longest_wait):
                await self._slots.acquire()
        except TimeoutError:
            raise RateLimited(
                f"Too many calls to {self.provider} are running; try again in a moment.",
                provider=self.provider,
                model=request.model,
                status=None,
            ) from None
