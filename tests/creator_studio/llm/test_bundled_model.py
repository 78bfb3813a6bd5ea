"""The bundled model for real: llama.cpp with SmolLM2 in a process of its own."""

import json
from collections.abc import AsyncIterator, Generator
from dataclasses import replace
from pathlib import Path

import aiohttp
import msgspec
import pytest
from yarl import URL

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ContextTooLong,
    CredentialsRejected,
    StreamEnd,
    TextDelta,
)
from agentgrid.creator_studio.llm.connection import ProviderConnection
from agentgrid.creator_studio.llm.failures import Subject
from agentgrid.creator_studio.llm.profiles import LOCAL_PROFILE
from agentgrid.creator_studio.llm.providers import make_chat_model
from agentgrid.creator_studio.llm.transport import Transport
from agentgrid.creator_studio.llm.wire.base import HttpChatModel
from agentgrid.embedded.model import free_port
from agentgrid.embedded.model_server import KEY_VARIABLE
from agentgrid.embedded.weights import SMOLLM2, ensure_weights
from tests.embedded.running import Running

KEY = "key-of-the-bundled-model"
REQUEST = ChatRequest(
    "smollm2-135m-instruct",
    (ChatMessage("user", "What is the capital of France? Answer in one sentence."),),
    max_tokens=40,
    temperature=0.0,
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    weights: Path = ensure_weights(SMOLLM2, tmp_path_factory.mktemp("models"))
    port = free_port()
    command = ["-m", "agentgrid.embedded.model_server", str(weights), str(port)]
    server = Running(command, {KEY_VARIABLE: KEY})
    try:
        server.wait_for("serving ")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.end()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def model(address: str, http: aiohttp.ClientSession) -> HttpChatModel:
    return make_chat_model(ProviderConnection("local", address, KEY), http)


async def test_a_question_is_answered_as_a_stream_with_usage(model: HttpChatModel) -> None:
    events = [event async for event in model.stream(REQUEST)]
    last = events[-1]
    assert isinstance(last, StreamEnd)
    pieces = [event.text for event in events if isinstance(event, TextDelta)]
    assert len(pieces) > 3
    assert "".join(pieces) == last.result.text
    assert "Paris" in last.result.text
    assert last.result.usage.prompt > 10
    assert last.result.usage.completion >= len(pieces)
    assert not last.result.usage.estimated


async def test_the_same_question_is_answered_whole(model: HttpChatModel) -> None:
    result = await model.complete(REQUEST)
    assert "Paris" in result.text
    assert result.finish_reason in {"stop", "length"}


async def test_a_schema_is_obeyed(model: HttpChatModel) -> None:
    schema: dict[str, object] = {
        "type": "object",
        "properties": {
            "city": {"type": "string", "maxLength": 20},
            "large": {"type": "boolean"},
        },
        "required": ["city", "large"],
        "additionalProperties": False,
    }
    result = await model.complete(replace(REQUEST, response_schema=schema, max_tokens=80))
    answer: object = json.loads(result.text)
    assert isinstance(answer, dict)
    assert set(answer) == {"city", "large"}
    assert isinstance(answer["large"], bool)


async def test_the_limit_of_an_answer_is_kept(model: HttpChatModel) -> None:
    result = await model.complete(replace(REQUEST, max_tokens=3))
    assert result.finish_reason == "length"
    assert result.usage.completion == 3


async def test_its_window_is_the_one_its_profile_tells(
    model: HttpChatModel, address: str, http: aiohttp.ClientSession
) -> None:
    assert await model.list_models() == (REQUEST.model,)
    transport = Transport(http, {"authorization": f"Bearer {KEY}"})
    listed = await transport.get(URL(address + "/models"), Subject("local", "local"))
    [entry] = msgspec.json.decode(listed)["data"]
    assert entry["meta"]["n_ctx"] == LOCAL_PROFILE.context_length
    long = replace(REQUEST, messages=(ChatMessage("user", "word " * LOCAL_PROFILE.context_length),))
    with pytest.raises(ContextTooLong):
        await model.complete(long)


async def test_nobody_without_the_key_is_answered(
    address: str, http: aiohttp.ClientSession
) -> None:
    stranger = make_chat_model(ProviderConnection("local", address, "another"), http)
    with pytest.raises(CredentialsRejected):
        await stranger.complete(REQUEST)
