"""The Anthropic adapter, held to the contract with Anthropic's own SDK as oracle."""

import anthropic
from anthropic.types import Message

from agentgrid.creator_studio.core import FinishReason
from tests.contracts.chat_model_contract import ChatModelContract
from tests.fakes.anthropic_server import AnthropicServer
from tests.fakes.chat_cases import CLOCK, KEY, SCHEMA, WEATHER, Understood
from tests.fakes.model_server import Json, ModelServer

TOOLS = [{"name": tool.name, "input_schema": tool.parameters} for tool in (WEATHER, CLOCK)]
STOPS: dict[FinishReason, str] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "tool_calls": "tool_use",
}


class TestAnthropic(ChatModelContract):
    provider = "anthropic"

    def make_server(self) -> ModelServer:
        return AnthropicServer()

    async def ask_sdk(self, server: ModelServer, *, streamed: bool) -> Understood:
        base_url = server.url.removesuffix("/v1")
        async with anthropic.AsyncAnthropic(
            api_key=KEY, base_url=base_url, max_retries=0
        ) as client:
            message = await _ask(client, streamed=streamed)
        usage = message.usage
        cached = usage.cache_read_input_tokens or 0
        return Understood(
            text="".join(block.text for block in message.content if block.type == "text"),
            calls=tuple(
                (block.id, block.name, block.input)
                for block in message.content
                if block.type == "tool_use"
            ),
            finish=str(message.stop_reason),
            prompt=usage.input_tokens + cached + (usage.cache_creation_input_tokens or 0),
            completion=usage.output_tokens,
            cached=cached,
        )

    def finish_of_sdk(self, finish: FinishReason, *, calls: bool) -> str:
        return STOPS[finish]

    def check_tool_round_trip(self, body: Json) -> None:
        assert body["system"] == "Be brief."
        assert body["messages"] == [
            {
                "role": "user",
                "content": [{"type": "text", "text": "Where do the swallows go in winter?"}],
            },
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "sig-1"},
                    {"type": "text", "text": "I look it up."},
                    _call("call_a", "weather", "Zürich"),
                    _call("call_b", "clock", "São Paulo"),
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "call_a", "content": "rain"},
                    {"type": "tool_result", "tool_use_id": "call_b", "content": "noon"},
                ],
            },
        ]

    def check_full_request(self, body: Json) -> None:
        question = {"type": "text", "text": "Where do the swallows go in winter?"}
        assert body == {
            "model": "alpha-1",
            "max_tokens": 99,
            "system": "Be brief.",
            "messages": [{"role": "user", "content": [question]}],
            "temperature": 0.5,
            "stop_sequences": ["END"],
            "tools": [
                {
                    "name": "weather",
                    "description": "Looks up the weather.",
                    "input_schema": SCHEMA,
                }
            ],
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
        }


async def _ask(client: anthropic.AsyncAnthropic, *, streamed: bool) -> Message:
    messages = [{"role": "user", "content": "Hi"}]
    if not streamed:
        return await client.messages.create(
            model="alpha-1",
            max_tokens=100,
            messages=messages,  # pyright: ignore[reportArgumentType]
            tools=TOOLS,  # pyright: ignore[reportArgumentType]
        )
    async with client.messages.stream(
        model="alpha-1",
        max_tokens=100,
        messages=messages,  # pyright: ignore[reportArgumentType]
        tools=TOOLS,  # pyright: ignore[reportArgumentType]
    ) as stream:
        return await stream.get_final_message()


def _call(identifier: str, name: str, city: str) -> Json:
    return {"type": "tool_use", "id": identifier, "name": name, "input": {"city": city}}
