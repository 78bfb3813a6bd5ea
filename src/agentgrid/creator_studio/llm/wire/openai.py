"""OpenAI chat completions, the format most providers speak with small differences."""

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
from agentgrid.creator_studio.llm.schemas import is_strict
from agentgrid.creator_studio.llm.streaming import SseEvent
from agentgrid.creator_studio.llm.usage import estimate_usage
from agentgrid.creator_studio.llm.wire.openai_answers import (
    ANSWER,
    CHUNK,
    MODEL_LIST,
    Answer,
    CallDelta,
    Chunk,
    Usage,
    reasoning_of,
    text_of,
)

_encode = msgspec.json.Encoder().encode
_STATE = "openai:"

_FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "length": "length",
    "model_length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class OpenAiWire:
    """Chat completions as ``row`` wants them."""

    def __init__(self, row: ProviderRow, base_url: str) -> None:
        self._row = row
        self._chat_url = URL(base_url + "/chat/completions")
        self._models_url = URL(base_url + "/models")

    @staticmethod
    def headers(api_key: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {api_key}"} if api_key else {}

    def url(self, model: str, *, streamed: bool) -> URL:
        return self._chat_url

    def models_url(self) -> URL:
        return self._models_url

    def read_models(self, body: bytes) -> tuple[str, ...]:
        return tuple(model.id for model in MODEL_LIST.decode(body).data)

    def body(self, request: ChatRequest, *, streamed: bool) -> bytes:
        body: JsonObject = {"model": request.model, "messages": self._messages(request)}
        if streamed:
            body["stream"] = True
            if self._row.stream_options:
                body["stream_options"] = {"include_usage": True}
        if request.max_tokens is not None:
            body[self._row.max_tokens_field] = request.max_tokens
        self._add_sampling(body, request)
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in request.tools
            ]
        if request.response_schema is not None:
            body["response_format"] = self._response_format(request.response_schema)
        return _encode(body)

    def _add_sampling(self, body: JsonObject, request: ChatRequest) -> None:
        if not profile_of(self._row.id, request.model).sampling:
            # Reasoning models refuse all three with an error, also when they say the default.
            return
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.top_p is not None:
            body["top_p"] = request.top_p
        if request.stop:
            body["stop"] = list(request.stop)

    def _response_format(self, schema: JsonObject) -> JsonObject:
        if not self._row.json_schema:
            return {"type": "json_object"}
        named = {"name": "answer", "schema": schema, "strict": is_strict(schema)}
        return {"type": "json_schema", "json_schema": named}

    def _messages(self, request: ChatRequest) -> list[JsonObject]:
        messages = [self._message(message) for message in request.messages]
        if request.response_schema is not None and not self._row.json_schema:
            schema = _encode(request.response_schema).decode()
            told = f"Answer only with JSON that fits this JSON Schema:\n{schema}"
            messages.insert(0, {"role": "system", "content": told})
        return messages

    def _message(self, message: ChatMessage) -> JsonObject:
        written: JsonObject = {"role": message.role, "content": message.content}
        if message.tool_call_id is not None:
            written["tool_call_id"] = message.tool_call_id
        if message.tool_calls:
            written["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in message.tool_calls
            ]
            state = message.tool_calls[0].provider_state
            if self._row.returns_reasoning and state and state.startswith(_STATE):
                written["reasoning_content"] = state.removeprefix(_STATE)
        return written

    def read(self, body: bytes, request: ChatRequest) -> ChatResult:
        answer: Answer = ANSWER.decode(body)
        if not answer.choices:
            if answer.error is not None:
                raise ReportedFailure(read_failure(body))
            raise msgspec.ValidationError("no choices")
        choice = answer.choices[0]
        collected = _Collected(self._row, request)
        collected.reason = choice.finish_reason
        collected.text.append(text_of(choice.message.content) or choice.message.refusal or "")
        collected.reasoning.append(reasoning_of(choice.message))
        for call in choice.message.tool_calls or ():
            collected.add_call(call)
        collected.usage = answer.usage
        return collected.result()

    def assembler(self, request: ChatRequest) -> "OpenAiAssembler":
        return OpenAiAssembler(self._row, request)


class _PartialCall:
    __slots__ = ("arguments", "id", "name")

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.name = ""
        self.arguments: list[str] = []


class _Collected:
    """What has been said so far, whether it came whole or in pieces."""

    def __init__(self, row: ProviderRow, request: ChatRequest) -> None:
        self._row = row
        self._request = request
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.reason: str | None = None
        self.usage: Usage | None = None
        self._calls: list[_PartialCall] = []
        self._by_index: dict[int, _PartialCall] = {}

    def add_call(self, delta: CallDelta) -> None:
        call = self._call_for(delta)
        call.name = call.name or delta.function.name or ""
        arguments = delta.function.arguments
        if arguments:
            call.arguments.append(
                arguments if isinstance(arguments, str) else _encode(arguments).decode()
            )

    def _call_for(self, delta: CallDelta) -> _PartialCall:
        # Some servers leave the index out, or send several calls under index 0.
        index = delta.index
        known = self._by_index.get(index) if index is not None else None
        if index is None and not delta.id and self._calls:
            known = self._calls[-1]
        if known is not None and (not delta.id or not known.id or delta.id == known.id):
            known.id = known.id or delta.id or ""
            return known
        call = _PartialCall(delta.id or "")
        self._calls.append(call)
        if index is not None:
            self._by_index[index] = call
        return call

    def result(self) -> ChatResult:
        text = "".join(self.text)
        calls = self._tool_calls()
        finish = _FINISH.get(self.reason or "", "other")
        if calls and finish == "stop":
            finish = "tool_calls"
        return ChatResult(
            text=text,
            finish_reason=finish,
            usage=_usage(self.usage) or estimate_usage(self._request, text, calls),
            provider=self._row.id,
            model=self._request.model,
            tool_calls=calls,
        )

    def _tool_calls(self) -> tuple[ToolCall, ...]:
        reasoning = "".join(self.reasoning)
        state = _STATE + reasoning if reasoning and self._row.returns_reasoning else None
        return tuple(
            ToolCall(
                id=call.id or f"call_{position}",
                name=call.name,
                arguments="".join(call.arguments) or "{}",
                provider_state=state if position == 0 else None,
            )
            for position, call in enumerate(self._calls)
        )


class OpenAiAssembler(_Collected):
    """Collects chunks until ``[DONE]``."""

    def __init__(self, row: ProviderRow, request: ChatRequest) -> None:
        super().__init__(row, request)
        self.ended = False

    @property
    def finished(self) -> bool:
        return self.ended or self.reason is not None

    def feed(self, event: SseEvent) -> Iterable[TextDelta | ReasoningDelta]:
        if event.data == b"[DONE]":
            self.ended = True
            return ()
        chunk: Chunk = CHUNK.decode(event.data)
        if chunk.error is not None:
            raise ReportedFailure(read_failure(event.data))
        usage = chunk.usage or (chunk.x_groq.usage if chunk.x_groq else None)
        if usage is not None:
            self.usage = usage
        return self._feed_choice(chunk) if chunk.choices else ()

    def _feed_choice(self, chunk: Chunk) -> Iterable[TextDelta | ReasoningDelta]:
        choice = chunk.choices[0] if chunk.choices else None
        if choice is None or choice.index != 0:
            return
        if choice.finish_reason is not None:
            self.reason = choice.finish_reason
        delta = choice.delta
        for call in delta.tool_calls or ():
            self.add_call(call)
        if reasoning := reasoning_of(delta):
            self.reasoning.append(reasoning)
            yield ReasoningDelta(reasoning)
        if text := text_of(delta.content) or delta.refusal:
            self.text.append(text)
            yield TextDelta(text)


def _usage(usage: Usage | None) -> TokenUsage | None:
    if usage is None or not (usage.prompt_tokens or usage.completion_tokens):
        return None
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    cached = (prompt.cached_tokens if prompt else None) or usage.prompt_cache_hit_tokens or 0
    return TokenUsage(
        prompt=usage.prompt_tokens or 0,
        completion=usage.completion_tokens or 0,
        cached=cached,
        reasoning=(completion.reasoning_tokens if completion else None) or 0,
    )
