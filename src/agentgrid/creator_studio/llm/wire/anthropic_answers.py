"""The fields we read from Anthropic messages. What is not named here is skipped unread."""

from typing import Final

import msgspec


class Block(msgspec.Struct, gc=False):
    """A content block of any type; ``type`` says which fields count."""

    type: str
    text: str = ""
    thinking: str = ""
    signature: str | None = None
    data: str | None = None
    id: str | None = None
    name: str | None = None
    input: dict[str, object] | None = None


class OutputDetails(msgspec.Struct, gc=False):
    thinking_tokens: int = 0


class Usage(msgspec.Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None


class Answer(msgspec.Struct, gc=False):
    type: str
    content: list[Block] = []
    stop_reason: str | None = None
    usage: Usage | None = None


class Delta(msgspec.Struct, gc=False):
    """A block's delta, or the message's (which has no type but a stop reason)."""

    type: str = ""
    text: str = ""
    thinking: str = ""
    signature: str | None = None
    partial_json: str = ""
    stop_reason: str | None = None


class Start(msgspec.Struct, gc=False):
    usage: Usage | None = None


class Event(msgspec.Struct, gc=False):
    type: str
    index: int = 0
    message: Start | None = None
    content_block: Block | None = None
    delta: Delta | None = None
    usage: Usage | None = None


class ListedModel(msgspec.Struct, gc=False):
    id: str


class ModelList(msgspec.Struct, gc=False):
    data: list[ListedModel]


ANSWER: Final = msgspec.json.Decoder(Answer)
EVENT: Final = msgspec.json.Decoder(Event)
MODEL_LIST: Final = msgspec.json.Decoder(ModelList)
