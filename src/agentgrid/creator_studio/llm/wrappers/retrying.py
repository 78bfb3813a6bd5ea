"""Trying again what may work the next time."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    ModelError,
    RateLimited,
    StreamEvent,
)
from agentgrid.creator_studio.llm.streaming import closing

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential backoff with full jitter; times in seconds."""

    attempts: int = 3
    """How often a call is made at most, the first time included."""
    base: float = 0.5
    longest: float = 8.0
    longest_asked: float = 20.0
    """The longest ``Retry-After`` that is waited for; a longer one fails at once."""

    def delay(self, error: ModelError, failed: int, jitter: Callable[[], float]) -> float | None:
        """Seconds to wait after ``failed`` attempts, or None to give up."""
        if not error.retryable or failed >= self.attempts:
            return None
        if isinstance(error, RateLimited) and error.retry_after is not None:
            return error.retry_after if error.retry_after <= self.longest_asked else None
        return jitter() * min(self.longest, self.base * 2.0 ** (failed - 1))


async def repeat(
    call: Callable[[], Awaitable[R]],
    policy: RetryPolicy,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    jitter: Callable[[], float] = random.random,
) -> R:
    """Make ``call`` until it is answered or ``policy`` gives up; then its last error is raised."""
    failed = 0
    while True:
        try:
            return await call()
        except ModelError as error:
            failed += 1
            delay = policy.delay(error, failed, jitter)
            if delay is None:
                raise
        await sleep(delay)


class Retrying:
    """Repeats calls that failed with a retryable error.

    A stream is repeated only until its first event: what was shown is not taken back.
    """

    def __init__(
        self,
        inner: ChatModel,
        policy: RetryPolicy | None = None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        on_attempt: Callable[[], None] | None = None,
    ) -> None:
        self._inner = inner
        self._policy = policy or RetryPolicy()
        self._sleep = sleep
        self._jitter = jitter
        self._on_attempt = on_attempt

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        async def attempt() -> ChatResult:
            self._count()
            return await self._inner.complete(request)

        return await repeat(attempt, self._policy, sleep=self._sleep, jitter=self._jitter)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        failed = 0
        while True:
            self._count()
            begun = False
            try:
                async with closing(self._inner.stream(request)) as events:
                    async for event in events:
                        begun = True
                        yield event
            except ModelError as error:
                failed += 1
                delay = None if begun else self._policy.delay(error, failed, self._jitter)
                if delay is None:
                    raise
            else:
                return
            await self._sleep(delay)

    async def list_models(self) -> tuple[str, ...]:
        return await self._inner.list_models()

    def _count(self) -> None:
        if self._on_attempt is not None:
            self._on_attempt()
