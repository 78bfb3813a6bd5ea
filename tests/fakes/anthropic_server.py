"""Speaks Anthropic's messages."""

import json
from collections.abc import Iterator

from agentgrid.creator_studio.core import FinishReason
from tests.fakes.model_server import MODELS, Json, ModelServer, compact
from tests.fakes.script import ErrorCase, Script

_ERRORS: dict[ErrorCase, tuple[int, str, str]] = {
    "key": (401, "authentication_error", "invalid x-api-key"),
    "permission": (403, "permission_error", "Your key may not use this model."),
    "missing": (404, "not_found_error", "model: no-such-model"),
    "context": (
        400,
        "invalid_request_error",
        "prompt is too long: 210000 tokens > 200000 maximum",
    ),
    "request": (400, "invalid_request_error", "temperature: must be at most 1."),
    "rate": (429, "rate_limit_error", "This request would exceed your rate limit."),
    "quota": (402, "billing_error", "Your credit balance is too low."),
    "server": (500, "api_error", "Internal server error"),
    "overload": (529, "overloaded_error", "Overloaded"),
}

_STOP: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
    "content_filter": "refusal",
    "other": "pause_turn",
}


class AnthropicServer(ModelServer):
    def models(self) -> Json:
        listed = [
            {"id": n, "type": "model", "display_name": n, "created_at": "2026-01-01T00:00:00Z"}
            for n in MODELS
        ]
        return {"data": listed, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}

    def is_streamed(self, path: str, body: Json) -> bool:
        return body.get("stream") is True

    def answer(self, script: Script, body: Json) -> Json:
        blocks: list[Json] = []
        if script.reasoning:
            thinking = "".join(script.reasoning)
            blocks.append({"type": "thinking", "thinking": thinking, "signature": "sig-1"})
        if script.text:
            blocks.append({"type": "text", "text": script.text})
        blocks.extend(
            {"type": "tool_use", "id": c.id, "name": c.name, "input": json.loads(c.arguments)}
            for c in script.calls
        )
        message = self._message(body) | {"content": blocks, "stop_reason": _STOP[script.finish]}
        return message | {"usage": _usage(script)}

    def events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        usage = _usage(script)
        start = self._message(body) | {"content": [], "stop_reason": None}
        yield _event(
            {"type": "message_start", "message": start | {"usage": usage | {"output_tokens": 1}}}
            if script.usage
            else {"type": "message_start", "message": start | {"usage": {}}}
        )
        yield _event({"type": "ping"})
        index = 0
        if script.reasoning:
            yield from _opened(index, {"type": "thinking", "thinking": "", "signature": ""})
            for piece in script.reasoning:
                yield _delta(index, {"type": "thinking_delta", "thinking": piece})
            yield _delta(index, {"type": "signature_delta", "signature": "sig-1"})
            yield _event({"type": "content_block_stop", "index": index})
            index += 1
        yield from _opened(index, {"type": "text", "text": ""})
        for piece in script.pieces:
            yield _delta(index, {"type": "text_delta", "text": piece})

    def closing_events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        index = 1 if script.reasoning else 0
        yield _event({"type": "content_block_stop", "index": index})
        for call in script.calls:
            index += 1
            head: Json = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
            yield from _opened(index, head)
            for start in range(0, len(call.arguments), 5):
                piece = call.arguments[start : start + 5]
                yield _delta(index, {"type": "input_json_delta", "partial_json": piece})
            yield _event({"type": "content_block_stop", "index": index})
        delta = {"stop_reason": _STOP[script.finish], "stop_sequence": None}
        output = {"output_tokens": script.usage.completion} if script.usage else {}
        if script.usage and script.usage.reasoning:
            output |= {"output_tokens_details": {"thinking_tokens": script.usage.reasoning}}
        yield _event({"type": "message_delta", "delta": delta, "usage": output})
        yield _event({"type": "message_stop"})

    def error(self, case: ErrorCase, message: str | None = None) -> tuple[int, Json]:
        status, kind, words = _ERRORS[case]
        return status, {"type": "error", "error": {"type": kind, "message": message or words}}

    def error_event(self) -> tuple[str | None, str]:
        return "error", compact(self.error("overload")[1])

    @staticmethod
    def _message(body: Json) -> Json:
        head: Json = {"id": "msg_1", "type": "message", "role": "assistant"}
        return head | {"model": body.get("model"), "stop_sequence": None}


def _event(value: Json) -> tuple[str | None, str]:
    return str(value["type"]), compact(value)


def _opened(index: int, block: Json) -> Iterator[tuple[str | None, str]]:
    yield _event({"type": "content_block_start", "index": index, "content_block": block})


def _delta(index: int, delta: Json) -> tuple[str | None, str]:
    return _event({"type": "content_block_delta", "index": index, "delta": delta})


def _usage(script: Script) -> Json:
    usage = script.usage
    if usage is None:
        return {}
    counts: Json = {
        # Anthropic counts what came from the cache apart from the rest of the prompt.
        "input_tokens": usage.prompt - usage.cached,
        "cache_read_input_tokens": usage.cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": usage.completion,
    }
    if usage.reasoning:
        counts["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    return counts
