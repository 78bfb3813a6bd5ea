"""The fields we read from chat completions. What is not named here is skipped unread.

Everything is optional that some server has been seen to leave out or to send as null.
"""

from typing import Final

import msgspec


class Function(msgspec.Struct, gc=False):
    name: str | None = None
    arguments: str | dict[str, object] | None = None


class CallDelta(msgspec.Struct, gc=False):
    function: Function
    index: int | None = None
    id: str | None = None


class Part(msgspec.Struct, gc=False):
    """Mistral's reasoning models send content as a list of parts."""

    type: str = ""
    text: str | None = None
    thinking: "str | list[Part] | None" = None


class Message(msgspec.Struct, gc=False):
    """A whole message or a delta: they have the same fields."""

    content: str | list[Part] | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[CallDelta] | None = None


class Choice(msgspec.Struct, gc=False):
    message: Message
    finish_reason: str | None = None


class ChunkChoice(msgspec.Struct, gc=False):
    delta: Message = msgspec.field(default_factory=Message)
    index: int = 0
    finish_reason: str | None = None


class PromptDetails(msgspec.Struct, gc=False):
    cached_tokens: int | None = None


class CompletionDetails(msgspec.Struct, gc=False):
    reasoning_tokens: int | None = None


class Usage(msgspec.Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: PromptDetails | None = None
    completion_tokens_details: CompletionDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    """DeepSeek's name for cached tokens."""


class GroqExtra(msgspec.Struct, gc=False):
    usage: Usage | None = None


class Answer(msgspec.Struct, gc=False):
    choices: list[Choice] | None = None
    usage: Usage | None = None
    error: object = None


class Chunk(msgspec.Struct, gc=False):
    choices: list[ChunkChoice] | None = None
    usage: Usage | None = None
    x_groq: GroqExtra | None = None
    error: object = None


class ListedModel(msgspec.Struct, gc=False):
    id: str


class ModelList(msgspec.Struct, gc=False):
    data: list[ListedModel]


ANSWER: Final = msgspec.json.Decoder(Answer)
CHUNK: Final = msgspec.json.Decoder(Chunk)
MODEL_LIST: Final = msgspec.json.Decoder(ModelList)


def text_of(content: str | list[Part] | None) -> str:
    """The answer's text, without reasoning parts."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(part.text or "" for part in content)


def reasoning_of(message: Message) -> str:
    """The visible reasoning, under whichever name the server sends it."""
    said = message.reasoning_content or message.reasoning
    if said or message.content is None or isinstance(message.content, str):
        return said or ""
    return "".join(
        part.thinking if isinstance(part.thinking, str) else text_of(part.thinking)
        for part in message.content
        if part.thinking
    )
