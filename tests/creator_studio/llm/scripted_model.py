"""A chat model that plays a list of outcomes, for the wrappers' tests: no network, no clock."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    ModelError,
    ModelUnavailable,
    RateLimited,
    StreamEnd,
    StreamEvent,
    TextDelta,
    TokenUsage,
)

REQUEST = ChatRequest("m", (ChatMessage("user", "12345678"),))
RESULT = ChatResult("Hello.", "stop", TokenUsage(1, 2), "scripted", "m")
EVENTS: tuple[StreamEvent, ...] = (TextDelta("Hel"), TextDelta("lo."), StreamEnd(RESULT))


def outage() -> ModelUnavailable:
    return ModelUnavailable("It is down.", provider="scripted", model="m", status=503)


def rate_limit(after: float | None = None) -> RateLimited:
    return RateLimited("Too many.", provider="scripted", model="m", retry_after=after)


@dataclass
class BrokenOff:
    """A stream that gives some text and then fails."""

    error: ModelError


@dataclass
class ScriptedModel:
    """Plays one outcome per call, then succeeds for ever."""

    outcomes: Sequence[ModelError | BrokenOff | None] = ()
    provider: str = "scripted"
    asked: list[str] = field(default_factory=list[str])
    closed: int = 0

    async def complete(self, request: ChatRequest) -> ChatResult:
        outcome = self._next(request)
        if isinstance(outcome, BrokenOff):
            raise outcome.error
        return RESULT

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        try:
            outcome = self._next(request)
            for event in EVENTS[:2]:
                yield event
            if isinstance(outcome, BrokenOff):
                raise outcome.error
            yield EVENTS[2]
        finally:
            self.closed += 1

    async def list_models(self) -> tuple[str, ...]:
        return ("m",)

    def _next(self, request: ChatRequest) -> BrokenOff | None:
        position = len(self.asked)
        self.asked.append(request.model)
        outcome = self.outcomes[position] if position < len(self.outcomes) else None
        if isinstance(outcome, ModelError):
            raise outcome
        return outcome
