"""Telling what a call used, how long it took and how it ended."""

import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    StreamEnd,
    StreamEvent,
    StudioError,
    TextDelta,
    TokenUsage,
)
from agentgrid.creator_studio.llm.streaming import closing
from agentgrid.creator_studio.llm.usage import estimate_usage

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One finished call to one model, its retries included. Holds neither key nor text."""

    provider: str
    connection: str
    model: str
    usage: TokenUsage | None
    """None when nothing was answered; estimated when the call broke off half-way."""
    latency_ms: float
    first_token_ms: float | None
    """Time to the first piece of a stream's answer; None for calls that do not stream."""
    error: str | None
    """The stable code of the error, or ``cancelled``."""
    attempts: int
    streamed: bool
    purpose: str = ""
    """What kind of call it was, when that is not what the work around it is about."""


class AttemptCounter:
    """Counts how often one call was attempted."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1


class Metered:
    """Hands a ``CallRecord`` to ``on_call`` after each call, whether it worked or not.

    ``on_call`` runs in the call's own task: it must neither block nor raise.
    ``attempts`` is counted up by a ``Retrying`` within; such a pair is built per call.
    """

    def __init__(
        self,
        inner: ChatModel,
        on_call: Callable[[CallRecord], None],
        *,
        connection: str = "",
        attempts: AttemptCounter | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._inner = inner
        self._on_call = on_call
        self._connection = connection or inner.provider
        self._clock = clock
        self._attempts = attempts

    @property
    def provider(self) -> str:
        return self._inner.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        record, start = self._blank(request, streamed=False), self._clock()
        try:
            result = await self._inner.complete(request)
            record = replace(record, usage=result.usage, error=None)
        except StudioError as error:
            record = replace(record, error=error.code)
            raise
        else:
            return result
        finally:
            self._report(record, start)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        record, start = self._blank(request, streamed=True), self._clock()
        pieces: list[str] = []
        first: float | None = None
        try:
            async with closing(self._inner.stream(request)) as events:
                async for event in events:
                    if isinstance(event, StreamEnd):
                        record = replace(record, usage=event.result.usage, error=None)
                    elif isinstance(event, TextDelta):
                        pieces.append(event.text)
                    if first is None:
                        first = (self._clock() - start) * 1000
                    yield event
        except StudioError as error:
            record = replace(record, error=error.code)
            raise
        finally:
            if record.usage is None and pieces:
                record = replace(record, usage=estimate_usage(request, "".join(pieces)))
            self._report(replace(record, first_token_ms=first), start)

    async def list_models(self) -> tuple[str, ...]:
        return await self._inner.list_models()

    def _blank(self, request: ChatRequest, *, streamed: bool) -> CallRecord:
        # A call is cancelled until it ends in another way.
        return CallRecord(
            provider=self.provider,
            connection=self._connection,
            model=request.model,
            usage=None,
            latency_ms=0.0,
            first_token_ms=None,
            error=CANCELLED,
            attempts=0,
            streamed=streamed,
        )

    def _report(self, record: CallRecord, start: float) -> None:
        latency = (self._clock() - start) * 1000
        self._on_call(replace(record, latency_ms=latency, attempts=self._counted()))

    def _counted(self) -> int:
        return self._attempts.count if self._attempts is not None else 1
