"""Leaving a provider alone that keeps failing."""

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager

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


class Circuit:
    """Refuses calls at once after ``threshold`` outages in a row.

    An outage is an unavailable or timed-out model or a cut stream; a rejected key or
    request proves that somebody answers. After ``pause`` seconds one call is let through
    as a probe: if it is answered the circuit closes, otherwise it stays open as long again.
    """

    def __init__(
        self,
        *,
        threshold: int = 5,
        pause: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._threshold = threshold
        self._pause = pause
        self._clock = clock
        self._outages = 0
        self._open_until: float | None = None
        self._probing = False

    @contextmanager
    def guard(self, provider: str, model: str) -> Generator[None]:
        """Make one call inside the block. Raises ``CircuitOpen`` instead of entering it.

        Whoever makes the call says that it was ``answered``; a block that ends otherwise
        (its caller went away) says nothing about the provider.
        """
        probe = self._enter(provider, model)
        try:
            yield
        except ModelError as error:
            self._learn(error)
            raise
        finally:
            if probe:
                self._probing = False

    def answered(self) -> None:
        """The provider answered a call: whatever happened before is over."""
        self._outages = 0
        self._open_until = None

    def _enter(self, provider: str, model: str) -> bool:
        if self._open_until is None:
            return False
        if self._probing or self._clock() < self._open_until:
            raise CircuitOpen(
                f"{provider} failed {self._outages} times in a row and is left alone "
                "for a moment; try again shortly.",
                provider=provider,
                model=model,
            )
        self._probing = True
        return True

    def _learn(self, error: ModelError) -> None:
        if not isinstance(error, _OUTAGES):
            self.answered()
            return
        self._outages += 1
        if self._outages >= self._threshold:
            self._open_until = self._clock() + self._pause


class CircuitBreaker:
    """A model behind a ``Circuit``."""

    def __init__(
        self,
        inner: ChatModel,
        *,
        threshold: int = 5,
        pause: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inner = inner
        self._circuit = Circuit(threshold=threshold, pause=pause, clock=clock)

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        with self._circuit.guard(self.provider, request.model):
            result = await self._inner.complete(request)
            self._circuit.answered()
            return result

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        with self._circuit.guard(self.provider, request.model):
            async with closing(self._inner.stream(request)) as events:
                async for event in events:
                    if isinstance(event, StreamEnd):
                        self._circuit.answered()
                    yield event

    async def list_models(self) -> tuple[str, ...]:
        # Somebody who tests a connection wants to know how it is now.
        return await self._inner.list_models()
