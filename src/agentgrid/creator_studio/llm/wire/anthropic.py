"""Anthropic messages."""

from collections.abc import Iterable

import msgspec
from yarl import URL

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    FinishReason,
    JsonObject,
    ReasoningDelta,
    TextDelta,
    TokenUsage,
    ToolCall,
)
from agentgrid.creator_studio.llm.catalog import ProviderRow
from agentgrid.creator_studio.llm.failures import ReportedFailure, read_failure
from agentgrid.creator_studio.llm.profiles import profile_of
from agentgrid.creator_studio.llm.schemas import closed_schema
from agentgrid.creator_studio.llm.streaming import SseEvent
from agentgrid.creator_studio.llm.usage import estimate_usage
from agentgrid.creator_studio.llm.wire.anthropic_answers import (
    ANSWER,
    EVENT,
    MODEL_LIST,
    Block,
    Event,
    Usage,
)
from agentgrid.creator_studio.llm.wire.turns import OPENING, parsed_arguments

_encode = msgspec.json.Encoder().encode
_STATE = "anthropic:"
_VERSION = "2023-06-01"

MAX_TOKENS = 16384
"""Sent when a request sets no limit, since this format demands one."""

_FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}


class AnthropicWire:
    """The messages endpoint of Anthropic and of servers that speak its format."""

    def __init__(self, row: ProviderRow, base_url: str) -> None:
        self._row = row
        self._messages_url = URL(base_url + "/messages")
        self._models_url = URL(base_url + "/models?limit=1000")

    @staticmethod
    def headers(api_key: str | None) -> dict[str, str]:
        version = {"anthropic-version": _VERSION}
        return {"x-api-key": api_key, **version} if api_key else version

    def url(self, model: str, *, streamed: bool) -> URL:
        return self._messages_url

    def models_url(self) -> URL:
        return self._models_url

    def read_models(self, body: bytes) -> tuple[str, ...]:
        return tuple(model.id for model in MODEL_LIST.decode(body).data)

    def body(self, request: ChatRequest, *, streamed: bool) -> bytes:
        profile = profile_of(self._row.id, request.model)
        system = "\n\n".join(m.content for m in request.messages if m.role == "system")
        body: JsonObject = {
            "model": request.model,
            "max_tokens": request.max_tokens or min(profile.max_output_tokens, MAX_TOKENS),
            "messages": _turns(request.messages),
        }
        if system:
            body["system"] = system
        if streamed:
            body["stream"] = True
        if profile.sampling and request.temperature is not None:
            body["temperature"] = request.temperature
        elif profile.sampling and request.top_p is not None:
            # Never both: the newer models that still sample refuse the pair.
            body["top_p"] = request.top_p
        if request.stop:
            body["stop_sequences"] = list(request.stop)
        if request.tools:
            body["tools"] = [
                {"name": t.name, "description": t.description, "input_schema": t.parameters}
                for t in request.tools
            ]
        if request.response_schema is not None:
            schema = closed_schema(request.response_schema)
            body["output_config"] = {"format": {"type": "json_schema", "schema": schema}}
        return _encode(body)

    def read(self, body: bytes, request: ChatRequest) -> ChatResult:
        answer = ANSWER.decode(body)
        if answer.type == "error":
            raise ReportedFailure(read_failure(body))
        collected = AnthropicAssembler(self._row, request)
        collected.add_usage(answer.usage)
        collected.reason = answer.stop_reason
        for index, block in enumerate(answer.content):
            collected.open(index, block)
        return collected.result()

    def assembler(self, request: ChatRequest) -> "AnthropicAssembler":
        return AnthropicAssembler(self._row, request)


def _turns(messages: Iterable[ChatMessage]) -> list[JsonObject]:
    """Alternating user and assistant turns; the answers to parallel calls share one turn."""
    turns: list[tuple[str, list[object]]] = []
    for message in messages:
        if message.role == "system":
            continue
        role = "assistant" if message.role == "assistant" else "user"
        blocks = _blocks(message)
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(blocks)
        elif blocks:
            turns.append((role, blocks))
    if turns and turns[0][0] == "assistant":
        turns.insert(0, ("user", [{"type": "text", "text": OPENING}]))
    return [{"role": role, "content": blocks} for role, blocks in turns]


def _blocks(message: ChatMessage) -> list[object]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id or ""}
        return [{**result, "content": message.content}]
    blocks: list[object] = []
    for call in message.tool_calls:
        state = call.provider_state or ""
        if state.startswith(_STATE):
            blocks.extend(msgspec.json.decode(state.removeprefix(_STATE), type=list[JsonObject]))
    if message.content:
        blocks.append({"type": "text", "text": message.content})
    blocks.extend(
        {
            "type": "tool_use",
            "id": call.id,
            "name": call.name,
            "input": parsed_arguments(call.arguments),
        }
        for call in message.tool_calls
    )
    return blocks


class AnthropicAssembler:
    """Collects content blocks until ``message_stop``."""

    def __init__(self, row: ProviderRow, request: ChatRequest) -> None:
        self._row = row
        self._request = request
        self._blocks: dict[int, Block] = {}
        self._pieces: dict[int, list[str]] = {}
        self._usage = Usage()
        self.reason: str | None = None
        self.ended = False

    @property
    def finished(self) -> bool:
        return self.ended or self.reason is not None

    def open(self, index: int, block: Block) -> None:
        self._blocks[index] = block
        self._pieces[index] = [piece] if (piece := block.text or block.thinking) else []

    def add_usage(self, usage: Usage | None) -> None:
        """Later numbers are totals and replace earlier ones."""
        for name in Usage.__struct_fields__ if usage else ():
            value = getattr(usage, name)
            if value is not None:
                setattr(self._usage, name, value)

    def feed(self, event: SseEvent) -> Iterable[TextDelta | ReasoningDelta]:
        said = EVENT.decode(event.data)
        if said.type == "content_block_delta":
            return self._feed_delta(said)
        if said.type == "content_block_start" and said.content_block is not None:
            self.open(said.index, said.content_block)
        elif said.type == "message_start" and said.message is not None:
            self.add_usage(said.message.usage)
        elif said.type == "message_delta":
            self.reason = (said.delta.stop_reason if said.delta else None) or self.reason
            self.add_usage(said.usage)
        elif said.type == "message_stop":
            self.ended = True
        elif said.type == "error":
            raise ReportedFailure(read_failure(event.data))
        return ()

    def _feed_delta(self, event: Event) -> Iterable[TextDelta | ReasoningDelta]:
        delta = event.delta
        if delta is None or event.index not in self._blocks:
            raise msgspec.ValidationError("a delta without its block")
        pieces = self._pieces[event.index]
        if delta.type == "text_delta" and delta.text:
            pieces.append(delta.text)
            return (TextDelta(delta.text),)
        if delta.type == "thinking_delta" and delta.thinking:
            pieces.append(delta.thinking)
            return (ReasoningDelta(delta.thinking),)
        if delta.type == "input_json_delta" and delta.partial_json:
            pieces.append(delta.partial_json)
        elif delta.type == "signature_delta":
            self._blocks[event.index].signature = delta.signature
        return ()

    def result(self) -> ChatResult:
        text = "".join(
            piece
            for index, block in self._blocks.items()
            if block.type == "text"
            for piece in self._pieces[index]
        )
        calls = self._tool_calls()
        return ChatResult(
            text=text,
            finish_reason=_FINISH.get(self.reason or "", "other"),
            usage=self._token_usage() or estimate_usage(self._request, text, calls),
            provider=self._row.id,
            model=self._request.model,
            tool_calls=calls,
        )

    def _tool_calls(self) -> tuple[ToolCall, ...]:
        thoughts: list[JsonObject] = []
        calls: list[ToolCall] = []
        for index, block in self._blocks.items():
            whole = "".join(self._pieces[index])
            if block.type == "thinking":
                signed = {"thinking": whole, "signature": block.signature or ""}
                thoughts.append({"type": "thinking", **signed})
            elif block.type == "redacted_thinking":
                thoughts.append({"type": "redacted_thinking", "data": block.data or ""})
            elif block.type == "tool_use":
                arguments = whole or _encode(block.input or {}).decode()
                state = _STATE + _encode(thoughts).decode() if thoughts else None
                calls.append(ToolCall(block.id or "", block.name or "", arguments, state))
                thoughts = []
        return tuple(calls)

    def _token_usage(self) -> TokenUsage | None:
        usage = self._usage
        if usage.input_tokens is None and usage.output_tokens is None:
            return None
        cached = usage.cache_read_input_tokens or 0
        details = usage.output_tokens_details
        return TokenUsage(
            prompt=(usage.input_tokens or 0) + cached + (usage.cache_creation_input_tokens or 0),
            completion=usage.output_tokens or 0,
            cached=cached,
            reasoning=details.thinking_tokens if details else 0,
        )
