"""The router in front of real servers: who is asked, and what is kept between calls."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
import pytest

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    CircuitOpen,
    CredentialsRejected,
    ModelError,
    ModelNotConfigured,
    StreamEnd,
    TokenUsage,
)
from agentgrid.creator_studio.llm.connection import ProviderConnection
from agentgrid.creator_studio.llm.router import (
    KnownConnection,
    ModelRouter,
    RouterPolicy,
    split_model_id,
)
from agentgrid.creator_studio.llm.wrappers import CallRecord, RetryPolicy
from tests.fakes.anthropic_server import AnthropicServer
from tests.fakes.model_server import ModelServer
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.script import Script

REQUEST = ChatRequest("", (ChatMessage("user", "Hi"),))
KEY = "sk-router-secret"


@dataclass
class Connections:
    """A source whose rows a test changes."""

    known: dict[str, KnownConnection] = field(default_factory=dict[str, KnownConnection])
    default: str = ""

    def put(self, name: str, provider: str, server: ModelServer, revision: str = "1") -> None:
        connection = ProviderConnection(provider, server.url, KEY, name)
        self.known[name] = KnownConnection(f"id-{name}", revision, connection)

    async def get(self, name: str) -> KnownConnection | None:
        return self.known.get(name)

    async def default_model(self) -> str:
        return self.default


async def no_sleep(seconds: float) -> None:
    del seconds


@pytest.fixture
async def openai() -> AsyncIterator[ModelServer]:
    async with OpenAiServer() as server:
        yield server


@pytest.fixture
async def anthropic() -> AsyncIterator[ModelServer]:
    async with AnthropicServer() as server:
        yield server


@pytest.fixture
def source(openai: ModelServer, anthropic: ModelServer) -> Connections:
    connections = Connections()
    connections.put("mine", "openai_compatible", openai)
    connections.put("anthropic", "anthropic", anthropic)
    return connections


@pytest.fixture
def records() -> list[CallRecord]:
    return []


@pytest.fixture
async def router(source: Connections, records: list[CallRecord]) -> AsyncIterator[ModelRouter]:
    policy = RouterPolicy(retry=RetryPolicy(attempts=2), outages_to_open=3, sleep=no_sleep)
    async with aiohttp.ClientSession() as http:
        yield ModelRouter(source, http, policy=policy, on_call=records.append)


async def test_the_first_segment_chooses_the_connection_and_the_rest_is_the_model(
    router: ModelRouter, openai: ModelServer
) -> None:
    result = await router.complete("mine/meta-llama/llama-4:free", (), REQUEST)
    assert openai.asked["model"] == "meta-llama/llama-4:free"
    assert (result.provider, result.model) == ("openai_compatible", "meta-llama/llama-4:free")


async def test_the_empty_id_stands_for_the_default_model(
    router: ModelRouter, source: Connections, anthropic: ModelServer
) -> None:
    with pytest.raises(ModelNotConfigured, match="No default model is set"):
        await router.complete("", (), REQUEST)
    source.default = "anthropic/claude-haiku-4-5"
    await router.complete("", (), REQUEST)
    assert anthropic.asked["model"] == "claude-haiku-4-5"
    assert (await router.profile("")).context_length == 200_000


async def test_a_fallback_answers_when_the_wanted_model_cannot(
    router: ModelRouter,
    openai: ModelServer,
    anthropic: ModelServer,
    records: list[CallRecord],
) -> None:
    openai.script = Script(error="overload")
    events = [e async for e in router.stream("mine/big", ["anthropic/small"], REQUEST)]
    last = events[-1]
    assert isinstance(last, StreamEnd)
    assert (last.result.provider, last.result.model) == ("anthropic", "small")
    assert [(r.connection, r.model, r.error, r.attempts) for r in records] == [
        ("mine", "big", "model_unavailable", 2),
        ("anthropic", "small", None, 1),
    ]
    assert records[1].usage == TokenUsage(prompt=12, completion=7, cached=4, reasoning=2)
    assert KEY not in repr(records)


async def test_a_missing_connection_is_passed_over_when_there_is_a_fallback(
    router: ModelRouter,
) -> None:
    result = await router.complete("nowhere/x", ["anthropic/small"], REQUEST)
    assert result.provider == "anthropic"
    with pytest.raises(ModelNotConfigured, match="No connection called 'nowhere'"):
        await router.complete("nowhere/x", ["neither/y"], REQUEST)


@pytest.mark.parametrize("bad", ["gpt-5", "/gpt-5", "openai/", "  /  "])
def test_an_incomplete_id_is_refused_with_the_form_it_should_have(bad: str) -> None:
    with pytest.raises(ModelNotConfigured, match="provider/model"):
        split_model_id(bad)


async def test_a_changed_connection_counts_from_the_next_call_on(
    router: ModelRouter, source: Connections, openai: ModelServer, anthropic: ModelServer
) -> None:
    openai.script = Script(error="key")
    with pytest.raises(CredentialsRejected):
        await router.complete("mine/a", (), REQUEST)
    source.put("mine", "anthropic", anthropic, revision="2")
    assert (await router.complete("mine/a", (), REQUEST)).text == "Hello."


async def test_calls_share_their_connections_circuit_until_it_changes(
    router: ModelRouter, source: Connections, openai: ModelServer
) -> None:
    openai.script = Script(error="server")
    for _ in range(2):
        with pytest.raises(ModelError):
            await router.complete("mine/a", (), REQUEST)
    asked = len(openai.received)
    with pytest.raises(CircuitOpen):
        await router.complete("mine/a", (), REQUEST)
    assert len(openai.received) == asked
    openai.script = Script()
    source.put("mine", "openai_compatible", openai, revision="2")
    assert (await router.complete("mine/a", (), REQUEST)).text == "Hello."


async def test_leaving_a_routed_stream_closes_the_upstream_connection(
    router: ModelRouter, openai: ModelServer, records: list[CallRecord]
) -> None:
    openai.script = Script(fault="stalled")
    stream = router.stream("mine/a", (), REQUEST)
    await anext(stream)
    await stream.aclose()
    await openai.left.wait()
    assert [record.error for record in records] == ["cancelled"]
