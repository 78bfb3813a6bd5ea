"""Speaks Google's generateContent and streamGenerateContent."""

import base64
import json
from collections.abc import Iterator

from agentgrid.creator_studio.core import FinishReason
from tests.fakes.model_server import MODELS, Json, ModelServer, compact
from tests.fakes.script import ErrorCase, Script

SIGNATURE = base64.b64encode(b"signed thought").decode()

_ERRORS: dict[ErrorCase, tuple[int, str, str]] = {
    "key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
    "permission": (403, "PERMISSION_DENIED", "The caller has no permission."),
    "missing": (404, "NOT_FOUND", "models/no-such-model is not found."),
    "context": (
        400,
        "INVALID_ARGUMENT",
        "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
    ),
    "request": (400, "INVALID_ARGUMENT", "temperature must be in the range [0.0, 2.0]."),
    "rate": (429, "RESOURCE_EXHAUSTED", "You exceeded your current rate limit."),
    "quota": (402, "BILLING", "Your account has no credit."),
    "server": (500, "INTERNAL", "An internal error has occurred."),
    "overload": (503, "UNAVAILABLE", "The model is overloaded."),
}

_FINISH: dict[FinishReason, str] = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "tool_calls": "STOP",
    "content_filter": "SAFETY",
    "other": "OTHER",
}


class GoogleServer(ModelServer):
    base_path = "/v1beta"
    sends_comments = False  # its SDK does not know them

    def models(self) -> Json:
        usable: list[Json] = [
            {"name": f"models/{name}", "supportedGenerationMethods": ["generateContent"]}
            for name in MODELS
        ]
        other: Json = {
            "name": "models/embedder",
            "supportedGenerationMethods": ["embedContent"],
        }
        return {"models": [*usable, other]}

    def is_streamed(self, path: str, body: Json) -> bool:
        return path.endswith(":streamGenerateContent")

    def answer(self, script: Script, body: Json) -> Json:
        parts: list[Json] = []
        if script.reasoning:
            parts.append({"text": "".join(script.reasoning), "thought": True})
        if script.text:
            parts.append({"text": script.text})
        parts.extend(_calls(script))
        return self._answer(parts, _FINISH[script.finish]) | _usage(script)

    def events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        for piece in script.reasoning:
            yield None, compact(self._answer([{"text": piece, "thought": True}]))
        for piece in script.pieces:
            yield None, compact(self._answer([{"text": piece}]))

    def closing_events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        for part in _calls(script):
            yield None, compact(self._answer([part]))
        yield None, compact(self._answer([{"text": ""}], _FINISH[script.finish]) | _usage(script))

    def error(self, case: ErrorCase, message: str | None = None) -> tuple[int, Json]:
        status, name, words = _ERRORS[case]
        return status, {"error": {"code": status, "message": message or words, "status": name}}

    def error_event(self) -> tuple[str | None, str]:
        return None, compact(self.error("overload")[1])

    @staticmethod
    def _answer(parts: list[Json], finish: str | None = None) -> Json:
        candidate: Json = {"content": {"parts": parts, "role": "model"}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        return {"candidates": [candidate], "modelVersion": "alpha-1", "responseId": "r1"}


def _calls(script: Script) -> list[Json]:
    parts: list[Json] = []
    for position, call in enumerate(script.calls):
        asked = {"id": call.id, "name": call.name, "args": json.loads(call.arguments)}
        # Only the first of parallel calls is signed.
        signed = {"thoughtSignature": SIGNATURE} if position == 0 else {}
        parts.append({"functionCall": asked, **signed})
    return parts


def _usage(script: Script) -> Json:
    usage = script.usage
    if usage is None:
        return {}
    return {
        "usageMetadata": {
            "promptTokenCount": usage.prompt,
            "candidatesTokenCount": usage.completion - usage.reasoning,
            "thoughtsTokenCount": usage.reasoning,
            "cachedContentTokenCount": usage.cached,
            "totalTokenCount": usage.prompt + usage.completion,
        }
    }
