"""Leaving a provider alone that keeps failing."""

import time
from collections.abc import AsyncGenerator, Callable

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    CircuitOpen,
    ModelError,
    ModelUnavailable,
    StreamEnd,
    StreamEvent,
    StreamInterrupted,
)
from agentgrid.creator_studio.llm.streaming import closing

_OUTAGES = (ModelUnavailable, StreamInterrupted)


class CircuitBreaker:
    """Fails calls at once after ``threshold`` outages in a row.

    An outage is an unavailable or timed-out model or a cut stream; a rejected key or
    request proves that somebody answers. After ``pause`` seconds one call is let through
    as a probe: if it is answered the circuit closes, otherwise it stays open as long again.
    """

    def __init__(
        self,
        inner: ChatModel,
        *,
        threshold: int = 5,
        pause: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._outages = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        probe = self._enter(request)
        try:
            result = await self._inner.complete(request)
        except ModelError as error:
            self._learn(error)
            raise
        else:
            self._close()
            return result
        finally:
            self._leave(probe=probe)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        probe = self._enter(request)
        try:
            async with closing(self._inner.stream(request)) as events:
                async for event in events:
                    if isinstance(event, StreamEnd):
                        self._close()
                    yield event
        except ModelError as error:
            self._learn(error)
            raise
        finally:
            self._leave(probe=probe)

    async def list_models(self) -> tuple[str, ...]:
        # Somebody who tests a connection wants to know how it is now.
        return await self._inner.list_models()

    def _enter(self, request: ChatRequest) -> bool:
        """Say whether this call is the probe. Raises ``CircuitOpen``."""
        if self._open_until is None:
            return False
        if self._probing or self._clock() < self._open_until:
            raise CircuitOpen(
                f"{self.provider} failed {self._outages} times in a row and is left alone "
                "for a moment; try again shortly.",
                provider=self.provider,
                model=request.model,
            )
        self._probing = True
        return True

    def _learn(self, error: ModelError) -> None:
        if not isinstance(error, _OUTAGES):
            self._close()
            return
        self._outages += 1
        if self._outages >= self._threshold:
            self._open_until = self._clock() + self._pause

    def _close(self) -> None:
        self._outages = 0
        self._open_until = None

    def _leave(self, *, probe: bool) -> None:
        if probe:
            self._probing = False
