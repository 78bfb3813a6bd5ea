"""Speaks OpenAI's chat completions."""

from collections.abc import Iterator

from tests.fakes.model_server import MODELS, Json, ModelServer, compact
from tests.fakes.script import ErrorCase, Script

_ERRORS: dict[ErrorCase, tuple[int, str, str]] = {
    "key": (401, "invalid_api_key", "Incorrect API key provided."),
    "permission": (403, "permission_denied", "You have no access to this model."),
    "missing": (404, "model_not_found", "The model does not exist."),
    "context": (
        400,
        "context_length_exceeded",
        "This model's maximum context length is 8192 tokens.",
    ),
    "request": (400, "invalid_value", "temperature must be at most 2."),
    "rate": (429, "rate_limit_exceeded", "Rate limit reached."),
    "quota": (429, "insufficient_quota", "You exceeded your current quota."),
    "server": (500, "server_error", "The server had an error."),
    "overload": (503, "server_error", "The engine is overloaded."),
}


class OpenAiServer(ModelServer):
    def models(self) -> Json:
        listed = [
            {"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in MODELS
        ]
        return {"object": "list", "data": listed}

    def is_streamed(self, path: str, body: Json) -> bool:
        return body.get("stream") is True

    def answer(self, script: Script, body: Json) -> Json:
        message: Json = {"role": "assistant", "content": script.text or None}
        if script.reasoning:
            message["reasoning_content"] = "".join(script.reasoning)
        if script.calls:
            message["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments},
                }
                for call in script.calls
            ]
        choice = {"index": 0, "message": message, "finish_reason": script.finish, "logprobs": None}
        answer = self._head(body, "chat.completion") | {"choices": [choice]}
        return answer | ({"usage": _usage(script)} if script.usage else {})

    def events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        yield self._chunk(body, {"role": "assistant", "content": ""})
        for piece in script.reasoning:
            yield self._chunk(body, {"reasoning_content": piece})
        for piece in script.pieces:
            yield self._chunk(body, {"content": piece})

    def closing_events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        opened = [
            {
                "index": index,
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": ""},
            }
            for index, call in enumerate(script.calls)
        ]
        for call in opened:
            yield self._chunk(body, {"tool_calls": [call]})
        # The arguments of parallel calls come interleaved, a few characters at a time.
        longest = max((len(call.arguments) for call in script.calls), default=0)
        for start in range(0, longest, 5):
            for index, call in enumerate(script.calls):
                if piece := call.arguments[start : start + 5]:
                    delta = {"index": index, "function": {"arguments": piece}}
                    yield self._chunk(body, {"tool_calls": [delta]})
        yield self._chunk(body, {}, script.finish)
        options = body.get("stream_options")
        if script.usage and isinstance(options, dict) and options.get("include_usage"):
            chunk = self._head(body, "chat.completion.chunk")
            yield None, compact(chunk | {"choices": [], "usage": _usage(script)})
        yield None, "[DONE]"

    def error(self, case: ErrorCase, message: str | None = None) -> tuple[int, Json]:
        status, code, words = _ERRORS[case]
        error = {"message": message or words, "type": code, "param": None, "code": code}
        return status, {"error": error}

    def error_event(self) -> tuple[str | None, str]:
        return None, compact(self.error("overload")[1])

    @staticmethod
    def _head(body: Json, kind: str) -> Json:
        return {"id": "chatcmpl-1", "object": kind, "created": 0, "model": body.get("model")}

    def _chunk(self, body: Json, delta: Json, finish: str | None = None) -> tuple[str | None, str]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return None, compact(self._head(body, "chat.completion.chunk") | {"choices": [choice]})


def _usage(script: Script) -> Json:
    usage = script.usage
    assert usage is not None
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached},
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
