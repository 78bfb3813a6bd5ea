"""The fields we read from Google's answers. What is not named here is skipped unread."""

from typing import Final

import msgspec


class FunctionCall(msgspec.Struct, gc=False):
    name: str
    id: str | None = None
    args: dict[str, object] | None = None


class Part(msgspec.Struct, gc=False, rename="camel"):
    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None


class Content(msgspec.Struct, gc=False):
    parts: list[Part] | None = None


class Candidate(msgspec.Struct, gc=False, rename="camel"):
    content: Content | None = None
    finish_reason: str | None = None


class Feedback(msgspec.Struct, gc=False, rename="camel"):
    block_reason: str | None = None


class Usage(msgspec.Struct, gc=False, rename="camel"):
    prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    cached_content_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None


class Answer(msgspec.Struct, gc=False, rename="camel"):
    candidates: list[Candidate] | None = None
    prompt_feedback: Feedback | None = None
    usage_metadata: Usage | None = None
    error: object = None


class ListedModel(msgspec.Struct, gc=False, rename="camel"):
    name: str
    supported_generation_methods: list[str] = []


class ModelList(msgspec.Struct, gc=False):
    models: list[ListedModel] = []


ANSWER: Final = msgspec.json.Decoder(Answer)
MODEL_LIST: Final = msgspec.json.Decoder(ModelList)
