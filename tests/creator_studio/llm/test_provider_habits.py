"""What single providers do differently, each seen on a real server."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import ClassVar

import aiohttp
import pytest

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    ContextTooLong,
    ModelUnavailable,
    ReasoningDelta,
    StreamEnd,
    TextDelta,
    TokenUsage,
    ToolCall,
)
from agentgrid.creator_studio.llm.providers import ProviderConnection, make_chat_model
from agentgrid.creator_studio.llm.wire.base import HttpChatModel
from tests.fakes.anthropic_server import AnthropicServer
from tests.fakes.google_server import GoogleServer
from tests.fakes.model_server import Json, ModelServer, compact
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.script import Script

REQUEST = ChatRequest("m", (ChatMessage("user", "Hi"),), max_tokens=5)
SCHEMA: Json = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 3}}}


class ChunkServer(OpenAiServer):
    """Streams exactly the given chunks."""

    chunks: ClassVar[list[Json]] = []

    def events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        for chunk in self.chunks:
            yield None, compact(chunk)

    def closing_events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        yield None, "[DONE]"


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with OpenAiServer() as server:
        yield server


def model(server: ModelServer, provider: str, http: aiohttp.ClientSession) -> HttpChatModel:
    return make_chat_model(ProviderConnection(provider, server.url, "key"), http)


async def streamed(
    chunks: list[Json], http: aiohttp.ClientSession, provider: str = "openai_compatible"
) -> tuple[list[TextDelta | ReasoningDelta], ChatResult]:
    async with ChunkServer() as server:
        server.chunks = chunks  # pyright: ignore[reportAttributeAccessIssue]
        events = [event async for event in model(server, provider, http).stream(REQUEST)]
    last = events[-1]
    assert isinstance(last, StreamEnd)
    return [e for e in events if not isinstance(e, StreamEnd)], last.result


def chunk(delta: Json, finish: str | None = None, **more: object) -> Json:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


@pytest.mark.parametrize(
    ("provider", "limit", "usage_asked"),
    [
        ("openai", "max_completion_tokens", True),
        ("groq", "max_completion_tokens", True),
        ("mistral", "max_tokens", False),
        ("deepseek", "max_tokens", True),
        ("ollama", "max_tokens", True),
        ("openrouter", "max_tokens", True),
    ],
)
async def test_each_provider_gets_the_parameters_it_knows(
    server: ModelServer,
    http: aiohttp.ClientSession,
    provider: str,
    limit: str,
    usage_asked: bool,
) -> None:
    async for _ in model(server, provider, http).stream(REQUEST):
        pass
    assert server.asked[limit] == 5
    assert ("stream_options" in server.asked) is usage_asked


async def test_models_that_refuse_sampling_are_not_told_any(
    server: ModelServer, http: aiohttp.ClientSession
) -> None:
    asked = replace(REQUEST, model="gpt-5-mini", temperature=0.2, top_p=0.9, stop=("END",))
    await model(server, "openai", http).complete(asked)
    assert not {"temperature", "top_p", "stop"} & set(server.asked)
    async with AnthropicServer() as claude:
        await model(claude, "anthropic", http).complete(replace(asked, model="claude-opus-4-7"))
        assert not {"temperature", "top_p"} & set(claude.asked)
        assert claude.asked["stop_sequences"] == ["END"]
        older = replace(asked, model="claude-sonnet-4-5")
        await model(claude, "anthropic", http).complete(older)
        assert claude.asked["temperature"] == 0.2
        assert "top_p" not in claude.asked


async def test_deepseek_is_told_the_schema_in_words_and_gets_its_reasoning_back(
    server: ModelServer, http: aiohttp.ClientSession
) -> None:
    deepseek = model(server, "deepseek", http)
    await deepseek.complete(replace(REQUEST, response_schema=SCHEMA))
    assert server.asked["response_format"] == {"type": "json_object"}
    assert "maxLength" in str(server.asked["messages"])
    _, result = await streamed(
        [
            chunk({"reasoning_content": "Hm, "}),
            chunk({"reasoning_content": "rain."}),
            chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f"}}]}, "stop"),
        ],
        http,
        "deepseek",
    )
    history = (*REQUEST.messages, ChatMessage("assistant", "", tool_calls=result.tool_calls))
    await deepseek.complete(replace(REQUEST, messages=history))
    messages = server.asked["messages"]
    assert isinstance(messages, list)
    assert messages[-1]["reasoning_content"] == "Hm, rain."


async def test_a_schema_that_is_not_closed_is_not_called_strict(
    server: ModelServer, http: aiohttp.ClientSession
) -> None:
    await model(server, "openai", http).complete(replace(REQUEST, response_schema=SCHEMA))
    assert server.asked["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": SCHEMA, "strict": False},
    }


async def test_tool_calls_without_an_index_or_all_under_index_zero_stay_apart(
    http: aiohttp.ClientSession,
) -> None:
    for index in ({}, {"index": 0}):
        _, result = await streamed(
            [
                chunk({"tool_calls": [{**index, "id": "a", "function": {"name": "f"}}]}),
                chunk({"tool_calls": [{**index, "function": {"arguments": '{"x":'}}]}),
                chunk({"tool_calls": [{**index, "function": {"arguments": "1}"}}]}),
                chunk(
                    {
                        "tool_calls": [
                            {**index, "id": "b", "function": {"name": "g", "arguments": {"y": 2}}}
                        ]
                    },
                    "stop",
                ),
            ],
            http,
        )
        assert result.tool_calls == (ToolCall("a", "f", '{"x":1}'), ToolCall("b", "g", '{"y":2}'))
        assert result.finish_reason == "tool_calls"


async def test_content_in_parts_and_reasoning_under_other_names_is_read(
    http: aiohttp.ClientSession,
) -> None:
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]
    deltas, result = await streamed(
        [
            chunk({"content": thinking}),
            chunk({"content": [{"type": "text", "text": "Yes"}]}),
            chunk({"reasoning": "more", "content": "!"}, "stop"),
        ],
        http,
        "mistral",
    )
    assert deltas == [
        ReasoningDelta("Hm."),
        TextDelta("Yes"),
        ReasoningDelta("more"),
        TextDelta("!"),
    ]
    assert result.text == "Yes!"


async def test_usage_is_found_where_groq_and_deepseek_put_it(http: aiohttp.ClientSession) -> None:
    counts = {"prompt_tokens": 3, "completion_tokens": 2, "prompt_cache_hit_tokens": 1}
    _, result = await streamed([chunk({}, "stop", x_groq={"usage": counts})], http, "groq")
    assert result.usage == TokenUsage(prompt=3, completion=2, cached=1)


async def test_an_error_answered_with_status_200_is_an_error(http: aiohttp.ClientSession) -> None:
    class Apologetic(OpenAiServer):
        def answer(self, script: Script, body: Json) -> Json:
            return {"error": {"message": "Upstream is overloaded", "code": 502}}

    async with Apologetic() as server:
        with pytest.raises(ModelUnavailable):
            await model(server, "openrouter", http).complete(REQUEST)


async def test_the_bundled_servers_way_to_say_too_long_is_known(
    http: aiohttp.ClientSession,
) -> None:
    class Full(OpenAiServer):
        def error(self, case: object, message: str | None = None) -> tuple[int, Json]:
            words = "request (4031 tokens) exceeds the available context size (2048 tokens)"
            kind = "exceed_context_size_error"
            return 400, {"error": {"code": 400, "message": words, "type": kind}}

    async with Full() as server:
        server.script = Script(error="context")
        with pytest.raises(ContextTooLong):
            await model(server, "local", http).complete(REQUEST)


async def test_google_takes_calls_of_another_model_and_reports_a_blocked_prompt(
    http: aiohttp.ClientSession,
) -> None:
    class Blocking(GoogleServer):
        def answer(self, script: Script, body: Json) -> Json:
            counts = {"promptTokenCount": 4}
            return {"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": counts}

    call = ToolCall("a", "f", "not json", provider_state="anthropic:[]")
    history = (ChatMessage("assistant", "", tool_calls=(call,)), ChatMessage("tool", "7", (), "a"))
    async with Blocking() as server:
        google = model(server, "google", http)
        result = await google.complete(replace(REQUEST, messages=history))
        assert (result.text, result.finish_reason) == ("", "content_filter")
        contents = server.asked["contents"]
        assert isinstance(contents, list)
        assert [turn["role"] for turn in contents] == ["user", "model", "user"]
        assert contents[1]["parts"] == [
            {
                "functionCall": {"id": "a", "name": "f", "args": {"input": "not json"}},
                "thoughtSignature": "skip_thought_signature_validator",
            }
        ]
        await google.complete(replace(REQUEST, model="gemini-2.5-pro", messages=history))
        assert "thoughtSignature" not in str(server.asked)


async def test_a_models_name_cannot_lead_to_another_address(http: aiohttp.ClientSession) -> None:
    async with GoogleServer() as server:
        await model(server, "google", http).complete(replace(REQUEST, model="../files?x=#y"))
        assert server.received[-1].path == "/v1beta/models/../files?x=#y:generateContent"


async def test_a_connection_is_used_again_after_a_stream(
    server: ModelServer, http: aiohttp.ClientSession
) -> None:
    chat = model(server, "openai", http)
    for _ in range(3):
        async for _ in chat.stream(REQUEST):
            pass
    assert http.connector is not None
    assert len({received.headers["host"] for received in server.received}) == 1
    assert server.connections == 1


async def test_without_a_key_no_authorisation_is_sent(
    server: ModelServer, http: aiohttp.ClientSession
) -> None:
    keyless = make_chat_model(ProviderConnection("openai_compatible", server.url), http)
    await keyless.complete(REQUEST)
    assert "authorization" not in server.received[-1].headers
