"""Asking the next model when one fails."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, replace

from agentgrid.creator_studio.core import (
    ChatModel,
    ChatRequest,
    ChatResult,
    ModelError,
    StreamEvent,
)
from agentgrid.creator_studio.llm.streaming import closing


@dataclass(frozen=True, slots=True)
class Candidate:
    """A connection and the name of the model to ask there."""

    chat_model: ChatModel
    model: str


class Fallback:
    """Asks its candidates in order; ``request.model`` becomes the candidate's own.

    Any ``ModelError`` moves on, rejected requests too: what one model refuses (a prompt
    too long, a parameter unknown) the next may take. A stream moves on only before its
    first event. When all fail, the first candidate's error is raised, since that is the
    model that was asked for; the others' reasons are attached as notes.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        if not candidates:
            raise ValueError("A fallback needs at least one candidate.")
        self._candidates = tuple(candidates)

    @property
    def provider(self) -> str:
        return self._candidates[0].chat_model.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        errors: list[ModelError] = []
        for candidate in self._candidates:
            try:
                return await candidate.chat_model.complete(replace(request, model=candidate.model))
            except ModelError as error:
                errors.append(error)
        raise _first(errors)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        errors: list[ModelError] = []
        for candidate in self._candidates:
            begun = False
            asked = replace(request, model=candidate.model)
            try:
                async with closing(candidate.chat_model.stream(asked)) as events:
                    async for event in events:
                        begun = True
                        yield event
            except ModelError as error:
                if begun:
                    raise
                errors.append(error)
            else:
                return
        raise _first(errors)

    async def list_models(self) -> tuple[str, ...]:
        return await self._candidates[0].chat_model.list_models()


def _first(errors: list[ModelError]) -> ModelError:
    for other in errors[1:]:
        errors[0].add_note(f"The fallback {other.provider}/{other.model} failed too: {other}")
    return errors[0]
