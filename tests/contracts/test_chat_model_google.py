"""The Google adapter, held to the contract with Google's own SDK as oracle."""

import asyncio

from google import genai
from google.genai import types

from agentgrid.creator_studio.core import FinishReason
from tests.contracts.chat_model_contract import ChatModelContract
from tests.fakes.chat_cases import CLOCK, KEY, SCHEMA, WEATHER, Understood
from tests.fakes.google_server import SIGNATURE, GoogleServer
from tests.fakes.model_server import Json, ModelServer

FINISHES: dict[FinishReason, str] = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


class TestGoogle(ChatModelContract):
    provider = "google"

    def make_server(self) -> ModelServer:
        return GoogleServer()

    async def ask_sdk(self, server: ModelServer, *, streamed: bool) -> Understood:
        # The SDK's asynchronous client subclasses aiohttp's session, which warns.
        answers = await asyncio.to_thread(_ask, server, streamed=streamed)
        parts = [
            part
            for answer in answers
            for candidate in answer.candidates or ()
            for part in (candidate.content.parts if candidate.content else None) or ()
        ]
        calls = [part.function_call for part in parts if part.function_call is not None]
        usage = answers[-1].usage_metadata
        candidates = answers[-1].candidates
        assert usage is not None
        assert candidates
        assert candidates[0].finish_reason is not None
        thoughts = usage.thoughts_token_count or 0
        return Understood(
            text="".join(part.text or "" for part in parts if not part.thought),
            calls=tuple((call.id or "", call.name or "", call.args) for call in calls),
            finish=candidates[0].finish_reason.value,
            prompt=usage.prompt_token_count or 0,
            completion=(usage.candidates_token_count or 0) + thoughts,
            cached=usage.cached_content_token_count or 0,
        )

    def finish_of_sdk(self, finish: FinishReason, *, calls: bool) -> str:
        return FINISHES[finish]

    def check_tool_round_trip(self, body: Json) -> None:
        assert body["contents"] == [
            {"role": "user", "parts": [{"text": "Where do the swallows go in winter?"}]},
            {
                "role": "model",
                "parts": [
                    {"text": "I look it up."},
                    _call("call_a", "weather", "Zürich") | {"thoughtSignature": SIGNATURE},
                    _call("call_b", "clock", "São Paulo"),
                ],
            },
            {
                "role": "user",
                "parts": [_answer("call_a", "weather", "rain"), _answer("call_b", "clock", "noon")],
            },
        ]

    def check_full_request(self, body: Json) -> None:
        assert body == {
            "contents": [
                {"role": "user", "parts": [{"text": "Where do the swallows go in winter?"}]}
            ],
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "tools": [
                {
                    "functionDeclarations": [
                        {
                            "name": "weather",
                            "description": "Looks up the weather.",
                            "parametersJsonSchema": SCHEMA,
                        }
                    ]
                }
            ],
            "generationConfig": {
                "maxOutputTokens": 99,
                "temperature": 0.5,
                "stopSequences": ["END"],
                "responseMimeType": "application/json",
                "responseJsonSchema": SCHEMA,
            },
        }


def _ask(server: ModelServer, *, streamed: bool) -> list[types.GenerateContentResponse]:
    root = server.url.removesuffix("/v1beta")
    declarations = [
        types.FunctionDeclaration(name=tool.name, parameters_json_schema=tool.parameters)
        for tool in (WEATHER, CLOCK)
    ]
    config = types.GenerateContentConfig(tools=[types.Tool(function_declarations=declarations)])
    with genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=root)) as client:
        ask = client.models.generate_content_stream if streamed else client.models.generate_content
        answer = ask(model="alpha-1", contents="Hi", config=config)
        return [answer] if isinstance(answer, types.GenerateContentResponse) else list(answer)


def _call(identifier: str, name: str, city: str) -> Json:
    return {"functionCall": {"id": identifier, "name": name, "args": {"city": city}}}


def _answer(identifier: str, name: str, result: str) -> Json:
    return {"functionResponse": {"id": identifier, "name": name, "response": {"result": result}}}
