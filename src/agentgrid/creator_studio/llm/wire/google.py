"""Google generateContent and streamGenerateContent."""

from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import quote

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
from agentgrid.creator_studio.llm.streaming import SseEvent
from agentgrid.creator_studio.llm.usage import estimate_usage
from agentgrid.creator_studio.llm.wire.google_answers import ANSWER, MODEL_LIST, Answer, Part, Usage
from agentgrid.creator_studio.llm.wire.turns import OPENING, parsed_arguments

_encode = msgspec.json.Encoder().encode
_STATE = "google:"
_NO_SIGNATURE = "skip_thought_signature_validator"
"""What Google accepts for a call that it did not make itself, e.g. one of a fallback model."""
_UNSIGNED_MODELS = ("gemini-1.", "gemini-2.")
"""They demand no signature, so none is made up for them."""

_FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
}


class GoogleWire:
    """The Gemini API."""

    def __init__(self, row: ProviderRow, base_url: str) -> None:
        self._row = row
        self._base_url = base_url
        self._url = lru_cache(maxsize=256)(self._build_url)

    @staticmethod
    def headers(api_key: str | None) -> dict[str, str]:
        # Never in the address: addresses end up in logs.
        return {"x-goog-api-key": api_key} if api_key else {}

    def url(self, model: str, *, streamed: bool) -> URL:
        return self._url(model, streamed)

    def _build_url(self, model: str, streamed: bool) -> URL:
        name = quote(model.removeprefix("models/"), safe="")
        method = "streamGenerateContent?alt=sse" if streamed else "generateContent"
        return URL(f"{self._base_url}/models/{name}:{method}", encoded=True)

    def models_url(self) -> URL:
        return URL(self._base_url + "/models?pageSize=1000")

    def read_models(self, body: bytes) -> tuple[str, ...]:
        return tuple(
            model.name.removeprefix("models/")
            for model in MODEL_LIST.decode(body).models
            if "generateContent" in model.supported_generation_methods
        )

    def body(self, request: ChatRequest, *, streamed: bool) -> bytes:
        body: JsonObject = {"contents": _turns(request)}
        system = "\n\n".join(m.content for m in request.messages if m.role == "system")
        if system:
            body["systemInstruction"] = {"parts": [{"text": system}]}
        if request.tools:
            declarations = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parametersJsonSchema": tool.parameters,
                }
                for tool in request.tools
            ]
            body["tools"] = [{"functionDeclarations": declarations}]
        if config := self._config(request):
            body["generationConfig"] = config
        return _encode(body)

    def _config(self, request: ChatRequest) -> JsonObject:
        config: JsonObject = {}
        sampling = profile_of(self._row.id, request.model).sampling
        if request.max_tokens is not None:
            config["maxOutputTokens"] = request.max_tokens
        if sampling and request.temperature is not None:
            config["temperature"] = request.temperature
        if sampling and request.top_p is not None:
            config["topP"] = request.top_p
        if request.stop:
            config["stopSequences"] = list(request.stop)
        if request.response_schema is not None:
            config["responseMimeType"] = "application/json"
            config["responseJsonSchema"] = request.response_schema
        return config

    def read(self, body: bytes, request: ChatRequest) -> ChatResult:
        answer = ANSWER.decode(body)
        assembler = GoogleAssembler(self._row, request)
        for _ in assembler.add(answer, body):
            pass
        if not assembler.finished:
            raise msgspec.ValidationError("no candidates")
        return assembler.result()

    def assembler(self, request: ChatRequest) -> "GoogleAssembler":
        return GoogleAssembler(self._row, request)


def _turns(request: ChatRequest) -> list[JsonObject]:
    names = {call.id: call.name for m in request.messages for call in m.tool_calls}
    stand_in = None if request.model.startswith(_UNSIGNED_MODELS) else _NO_SIGNATURE
    turns: list[tuple[str, list[JsonObject]]] = []
    for message in request.messages:
        if message.role == "system":
            continue
        role = "model" if message.role == "assistant" else "user"
        parts = _parts(message, names, stand_in)
        if turns and turns[-1][0] == role:
            turns[-1][1].extend(parts)
        elif parts:
            turns.append((role, parts))
    if turns and turns[0][0] == "model":
        turns.insert(0, ("user", [{"text": OPENING}]))
    return [{"role": role, "parts": parts} for role, parts in turns]


def _parts(message: ChatMessage, names: dict[str, str], stand_in: str | None) -> list[JsonObject]:
    if message.role == "tool":
        identifier = message.tool_call_id or ""
        answer: JsonObject = {"id": identifier} if identifier else {}
        answer["name"] = names.get(identifier, identifier)
        answer["response"] = {"result": message.content}
        return [{"functionResponse": answer}]
    parts: list[JsonObject] = [{"text": message.content}] if message.content else []
    for position, call in enumerate(message.tool_calls):
        asked = {"id": call.id, "name": call.name, "args": parsed_arguments(call.arguments)}
        part: JsonObject = {"functionCall": asked}
        state = call.provider_state or ""
        if state.startswith(_STATE):
            part["thoughtSignature"] = state.removeprefix(_STATE)
        elif position == 0 and stand_in is not None:
            part["thoughtSignature"] = stand_in
        parts.append(part)
    return parts


class GoogleAssembler:
    """Collects answers; there is no end marker, the finish reason closes the stream."""

    def __init__(self, row: ProviderRow, request: ChatRequest) -> None:
        self._row = row
        self._request = request
        self._text: list[str] = []
        self._calls: list[ToolCall] = []
        self._usage: Usage | None = None
        self._reason: str | None = None
        self._blocked = False
        self.ended = False

    @property
    def finished(self) -> bool:
        return self._blocked or self._reason is not None

    def feed(self, event: SseEvent) -> Iterable[TextDelta | ReasoningDelta]:
        return self.add(ANSWER.decode(event.data), event.data)

    def add(self, answer: Answer, raw: bytes) -> Iterable[TextDelta | ReasoningDelta]:
        if answer.error is not None:
            raise ReportedFailure(read_failure(raw))
        if answer.usage_metadata is not None:
            self._usage = answer.usage_metadata
        if answer.prompt_feedback is not None and answer.prompt_feedback.block_reason:
            self._blocked = True
        candidate = answer.candidates[0] if answer.candidates else None
        if candidate is None:
            return []
        if candidate.finish_reason and candidate.finish_reason != "FINISH_REASON_UNSPECIFIED":
            self._reason = candidate.finish_reason
        parts = (candidate.content.parts if candidate.content else None) or ()
        return [delta for part in parts if (delta := self._take(part)) is not None]

    def _take(self, part: Part) -> TextDelta | ReasoningDelta | None:
        if part.function_call is not None:
            call = part.function_call
            signature = part.thought_signature
            self._calls.append(
                ToolCall(
                    id=call.id or f"call_{len(self._calls)}",
                    name=call.name,
                    arguments=_encode(call.args or {}).decode(),
                    provider_state=_STATE + signature if signature else None,
                )
            )
            return None
        if not part.text:
            return None
        if part.thought:
            return ReasoningDelta(part.text)
        self._text.append(part.text)
        return TextDelta(part.text)

    def result(self) -> ChatResult:
        text, calls = "".join(self._text), tuple(self._calls)
        finish = "content_filter" if self._blocked else _FINISH.get(self._reason or "", "other")
        return ChatResult(
            text=text,
            finish_reason="tool_calls" if calls and finish == "stop" else finish,
            usage=_token_usage(self._usage) or estimate_usage(self._request, text, calls),
            provider=self._row.id,
            model=self._request.model,
            tool_calls=calls,
        )


def _token_usage(usage: Usage | None) -> TokenUsage | None:
    if usage is None or usage.prompt_token_count is None:
        return None
    thoughts = usage.thoughts_token_count or 0
    return TokenUsage(
        prompt=usage.prompt_token_count + (usage.tool_use_prompt_token_count or 0),
        # Google counts thoughts beside the answer; they are billed as output all the same.
        completion=(usage.candidates_token_count or 0) + thoughts,
        cached=usage.cached_content_token_count or 0,
        reasoning=thoughts,
    )
