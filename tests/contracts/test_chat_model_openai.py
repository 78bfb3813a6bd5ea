"""The OpenAI adapter, held to the contract with OpenAI's own SDK as oracle."""

import json

import openai
from openai.types.chat import ChatCompletion, ChatCompletionMessageFunctionToolCall

from agentgrid.creator_studio.core import FinishReason
from tests.contracts.chat_model_contract import ChatModelContract
from tests.fakes.chat_cases import CLOCK, KEY, SCHEMA, WEATHER, Understood
from tests.fakes.model_server import Json, ModelServer
from tests.fakes.openai_server import OpenAiServer

TOOLS = [
    {"type": "function", "function": {"name": tool.name, "parameters": tool.parameters}}
    for tool in (WEATHER, CLOCK)
]


class TestOpenAi(ChatModelContract):
    provider = "openai"

    def make_server(self) -> ModelServer:
        return OpenAiServer()

    async def ask_sdk(self, server: ModelServer, *, streamed: bool) -> Understood:
        async with openai.AsyncOpenAI(api_key=KEY, base_url=server.url, max_retries=0) as client:
            completion = await _ask(client, streamed=streamed)
        choice, usage = completion.choices[0], completion.usage
        assert usage is not None
        calls = [
            call
            for call in choice.message.tool_calls or ()
            if isinstance(call, ChatCompletionMessageFunctionToolCall)
        ]
        details = usage.prompt_tokens_details
        return Understood(
            text=choice.message.content or "",
            calls=tuple(
                (call.id, call.function.name, json.loads(call.function.arguments)) for call in calls
            ),
            finish=choice.finish_reason,
            prompt=usage.prompt_tokens,
            completion=usage.completion_tokens,
            cached=(details.cached_tokens if details else None) or 0,
        )

    def finish_of_sdk(self, finish: FinishReason, *, calls: bool) -> str:
        return finish

    def check_tool_round_trip(self, body: Json) -> None:
        assert body["messages"] == [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Where do the swallows go in winter?"},
            {
                "role": "assistant",
                "content": "I look it up.",
                "tool_calls": [
                    _call("call_a", "weather", '{"city": "Zürich"}'),
                    _call("call_b", "clock", '{"city": "São Paulo"}'),
                ],
            },
            {"role": "tool", "content": "rain", "tool_call_id": "call_a"},
            {"role": "tool", "content": "noon", "tool_call_id": "call_b"},
        ]

    def check_full_request(self, body: Json) -> None:
        assert body == {
            "model": "alpha-1",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Where do the swallows go in winter?"},
            ],
            "max_completion_tokens": 99,
            "temperature": 0.5,
            "stop": ["END"],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "weather",
                        "description": "Looks up the weather.",
                        "parameters": SCHEMA,
                    },
                }
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True},
            },
        }


async def _ask(client: openai.AsyncOpenAI, *, streamed: bool) -> ChatCompletion:
    messages = [{"role": "user", "content": "Hi"}]
    if not streamed:
        return await client.chat.completions.create(
            model="alpha-1",
            messages=messages,  # pyright: ignore[reportArgumentType]
            tools=TOOLS,  # pyright: ignore[reportArgumentType]
        )
    async with client.chat.completions.stream(
        model="alpha-1",
        messages=messages,  # pyright: ignore[reportArgumentType]
        tools=TOOLS,  # pyright: ignore[reportArgumentType]
        stream_options={"include_usage": True},
    ) as stream:
        try:
            return await stream.get_final_completion()
        except openai.LengthFinishReasonError as error:
            return error.completion


def _call(identifier: str, name: str, arguments: str) -> Json:
    function = {"name": name, "arguments": arguments}
    return {"id": identifier, "type": "function", "function": function}
