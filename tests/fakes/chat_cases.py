"""The questions, schemas and tools of the adapters' contract, and how answers are read."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    StreamEnd,
    StreamEvent,
    TextDelta,
    ToolCall,
    ToolSpec,
)
from tests.fakes.model_server import Json
from tests.fakes.script import ScriptedCall

KEY = "sk-very-secret-0123456789"
UNICODE = ("Grüße, ", "世界", "! 👩\u200d🚀 ", "ﷺ", "\n\t\"quoted\"\\")  # fmt: skip
SCHEMA: Json = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = ToolSpec("weather", "Looks up the weather.", SCHEMA)
CLOCK = ToolSpec("clock", "Tells the time.", SCHEMA)
CALLS = (
    ScriptedCall("call_a", "weather", '{"city": "Zürich"}'),
    ScriptedCall("call_b", "clock", '{"city": "São Paulo"}'),
)


@dataclass(frozen=True)
class Understood:
    """What a client made of an answer. ``completion`` counts all that is billed as output."""

    text: str
    calls: tuple[tuple[str, str, object], ...]
    finish: str
    prompt: int
    completion: int
    cached: int


def request(**changes: object) -> ChatRequest:
    plain = ChatRequest(
        model="alpha-1",
        messages=(
            ChatMessage("system", "Be brief."),
            ChatMessage("user", "Where do the swallows go in winter?"),
        ),
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


async def drain(stream: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    return [event async for event in stream]


def text_of(events: Sequence[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def end_of(events: Sequence[StreamEvent]) -> ChatResult:
    last = events[-1]
    assert isinstance(last, StreamEnd)
    return last.result


def without_state(calls: Sequence[ToolCall]) -> list[tuple[str, str, object]]:
    return [(call.id, call.name, json.loads(call.arguments)) for call in calls]
