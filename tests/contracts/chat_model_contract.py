"""What every adapter of a model provider must do, told once and inherited by each.

A subclass names its provider, the server that speaks its protocol, and how the provider's
official SDK reads that same server: the SDK is the oracle for what the bytes mean.
"""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import ClassVar

import aiohttp
import pytest

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatResult,
    ContextTooLong,
    CredentialsRejected,
    FinishReason,
    ModelError,
    ModelTimeout,
    ModelUnavailable,
    RateLimited,
    ReasoningDelta,
    RequestRejected,
    ResponseMalformed,
    StreamEvent,
    StreamInterrupted,
    TextDelta,
    TokenUsage,
)
from agentgrid.creator_studio.llm.providers import ProviderConnection, make_chat_model
from agentgrid.creator_studio.llm.wire.base import HttpChatModel
from agentgrid.creator_studio.llm.wrappers import TimeoutPolicy, Timeouts
from tests.fakes.chat_cases import (
    CALLS,
    CLOCK,
    KEY,
    SCHEMA,
    UNICODE,
    WEATHER,
    Understood,
    drain,
    end_of,
    request,
    text_of,
    without_state,
)
from tests.fakes.model_server import MODELS, Json, ModelServer
from tests.fakes.script import ErrorCase, Script


class ChatModelContract(ABC):
    provider: ClassVar[str]

    @abstractmethod
    def make_server(self) -> ModelServer: ...

    @abstractmethod
    async def ask_sdk(self, server: ModelServer, *, streamed: bool) -> Understood:
        """Ask as the official SDK does, with both tools offered."""

    @abstractmethod
    def finish_of_sdk(self, finish: FinishReason, *, calls: bool) -> str:
        """The SDK's word for one of our finish reasons."""

    @pytest.fixture
    async def server(self) -> AsyncIterator[ModelServer]:
        async with self.make_server() as server:
            yield server

    @pytest.fixture
    async def http(self) -> AsyncIterator[aiohttp.ClientSession]:
        async with aiohttp.ClientSession() as session:
            yield session

    @pytest.fixture
    def model(self, server: ModelServer, http: aiohttp.ClientSession) -> HttpChatModel:
        connection = ProviderConnection(self.provider, server.url, KEY)
        return make_chat_model(connection, http)

    # --- answers ------------------------------------------------------------------------

    async def test_an_answer_arrives_whole_with_its_usage(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        result = await model.complete(request())
        assert result == ChatResult(
            text="Hello.",
            finish_reason="stop",
            usage=TokenUsage(prompt=12, completion=7, cached=4, reasoning=2),
            provider=self.provider,
            model="alpha-1",
        )

    async def test_a_stream_gives_the_pieces_and_ends_with_the_same_result(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        events = await drain(model.stream(request()))
        assert events[:-1] == [TextDelta("Hel"), TextDelta("lo.")]
        assert end_of(events) == await model.complete(request())

    async def test_text_of_any_script_survives_writes_that_cut_through_characters(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        for size, line_end in ((1, "\n"), (3, "\r\n"), (7, "\r")):
            server.script = Script(pieces=UNICODE, bytes_per_write=size, line_end=line_end)
            events = await drain(model.stream(request()))
            assert text_of(events) == "".join(UNICODE) == end_of(events).text
        assert (await model.complete(request())).text == "".join(UNICODE)

    async def test_visible_reasoning_is_told_apart_from_the_answer(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(reasoning=("Let me ", "think."))
        events = await drain(model.stream(request()))
        thoughts = [event.text for event in events if isinstance(event, ReasoningDelta)]
        assert thoughts == ["Let me ", "think."]
        assert end_of(events).text == "Hello."
        assert (await model.complete(request())).text == "Hello."

    @pytest.mark.parametrize("finish", ["stop", "length", "content_filter", "other"])
    async def test_the_reason_for_stopping_is_passed_on(
        self, server: ModelServer, model: HttpChatModel, finish: FinishReason
    ) -> None:
        server.script = Script(finish=finish)
        assert (await model.complete(request())).finish_reason == finish
        assert end_of(await drain(model.stream(request()))).finish_reason == finish

    async def test_missing_usage_is_estimated_and_marked(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(usage=None)
        expected = TokenUsage(prompt=11, completion=2, estimated=True)
        assert (await model.complete(request())).usage == expected
        assert end_of(await drain(model.stream(request()))).usage == expected

    # --- tools and structure ------------------------------------------------------------

    async def test_parallel_tool_calls_arrive_whole_and_streamed(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(pieces=(), calls=CALLS, finish="tool_calls")
        asked = request(tools=(WEATHER, CLOCK))
        expected = [(call.id, call.name, json.loads(call.arguments)) for call in CALLS]
        whole = await model.complete(asked)
        streamed = end_of(await drain(model.stream(asked)))
        assert without_state(whole.tool_calls) == without_state(streamed.tool_calls) == expected
        assert whole.finish_reason == streamed.finish_reason == "tool_calls"

    async def test_a_tools_answers_go_back_with_the_calls_they_answer(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(reasoning=("Hm.",), calls=CALLS, finish="tool_calls")
        calls = end_of(await drain(model.stream(request(tools=(WEATHER, CLOCK))))).tool_calls
        server.script = Script()
        history = (
            *request().messages,
            ChatMessage("assistant", "I look it up.", tool_calls=calls),
            ChatMessage("tool", "rain", tool_call_id="call_a"),
            ChatMessage("tool", "noon", tool_call_id="call_b"),
        )
        await model.complete(request(messages=history, tools=(WEATHER, CLOCK)))
        self.check_tool_round_trip(server.asked)

    @abstractmethod
    def check_tool_round_trip(self, body: Json) -> None:
        """The body holds both calls, both answers and what the provider wants back."""

    async def test_every_field_of_a_request_is_sent(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        asked = request(
            max_tokens=99,
            temperature=0.5,
            stop=("END",),
            tools=(WEATHER,),
            response_schema=SCHEMA,
        )
        await model.complete(asked)
        self.check_full_request(server.asked)

    @abstractmethod
    def check_full_request(self, body: Json) -> None: ...

    async def test_the_key_is_sent_in_a_header_and_not_in_the_address(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        await model.complete(request())
        received = server.received[-1]
        assert KEY not in received.path
        assert any(KEY in value for value in received.headers.values())

    async def test_the_models_on_offer_are_listed(self, model: HttpChatModel) -> None:
        assert await model.list_models() == MODELS

    # --- the official SDK as oracle -------------------------------------------------------

    @pytest.mark.parametrize("streamed", [False, True])
    @pytest.mark.parametrize(
        "script",
        [
            Script(),
            Script(pieces=UNICODE, bytes_per_write=5),
            Script(pieces=("Looking.",), calls=CALLS, finish="tool_calls"),
            Script(finish="length", usage=TokenUsage(prompt=1000, completion=500, cached=900)),
        ],
        ids=["plain", "unicode", "tools", "length"],
    )
    async def test_the_official_sdk_understands_the_same(
        self, server: ModelServer, model: HttpChatModel, script: Script, streamed: bool
    ) -> None:
        server.script = script
        theirs = await self.ask_sdk(server, streamed=streamed)
        asked = request(tools=(WEATHER, CLOCK))
        result = (
            end_of(await drain(model.stream(asked))) if streamed else await model.complete(asked)
        )
        ours = Understood(
            text=result.text,
            calls=tuple(without_state(result.tool_calls)),
            finish=self.finish_of_sdk(result.finish_reason, calls=bool(result.tool_calls)),
            prompt=result.usage.prompt,
            completion=result.usage.completion,
            cached=result.usage.cached,
        )
        assert ours == theirs

    # --- errors -----------------------------------------------------------------------------

    @pytest.mark.parametrize("streamed", [False, True])
    @pytest.mark.parametrize(
        ("case", "expected"),
        [
            ("key", CredentialsRejected),
            ("permission", CredentialsRejected),
            ("quota", CredentialsRejected),
            ("missing", RequestRejected),
            ("context", ContextTooLong),
            ("request", RequestRejected),
            ("rate", RateLimited),
            ("server", ModelUnavailable),
            ("overload", ModelUnavailable),
        ],
    )
    async def test_a_refusal_becomes_the_right_error(
        self,
        server: ModelServer,
        model: HttpChatModel,
        case: ErrorCase,
        expected: type[ModelError],
        streamed: bool,
    ) -> None:
        server.script = Script(error=case)
        error = await self.failure(model, streamed=streamed)
        assert type(error) is expected
        assert (error.provider, error.model) == (self.provider, "alpha-1")
        assert KEY not in str(error)

    async def test_retry_after_is_read_as_seconds_and_as_a_date(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(error="rate", headers={"retry-after": "7"})
        error = await self.failure(model)
        assert isinstance(error, RateLimited)
        assert error.retry_after == 7.0
        date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
        server.script = Script(error="rate", headers={"retry-after": date})
        error = await self.failure(model)
        assert isinstance(error, RateLimited)
        assert error.retry_after is not None
        assert 3000 < error.retry_after <= 3600

    async def test_an_error_quotes_neither_the_key_nor_the_prompt(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="echo")
        error = await self.failure(model)
        assert isinstance(error, RequestRejected)
        assert KEY not in str(error)
        assert "swallows" not in str(error)

    async def test_a_rejection_says_what_the_provider_said(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(error="request")
        assert "temperature" in str(await self.failure(model))

    async def test_an_error_in_mid_stream_is_named_after_the_text_before_it(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="error_event")
        text, error = await self.broken_stream(model)
        assert (text, type(error)) == ("Hello.", ModelUnavailable)

    @pytest.mark.parametrize("fault", ["cut", "unfinished"])
    async def test_a_stream_that_ends_half_way_is_interrupted(
        self, server: ModelServer, model: HttpChatModel, fault: str
    ) -> None:
        server.script = Script(fault=fault)  # pyright: ignore[reportArgumentType]
        text, error = await self.broken_stream(model)
        assert (text, type(error)) == ("Hello.", StreamInterrupted)

    async def test_an_event_that_is_not_understood_is_malformed(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="malformed")
        text, error = await self.broken_stream(model)
        assert (text, type(error)) == ("Hello.", ResponseMalformed)
        assert type(await self.failure(model)) is ResponseMalformed

    @pytest.mark.parametrize("streamed", [False, True])
    async def test_a_page_instead_of_an_answer_is_malformed(
        self, server: ModelServer, model: HttpChatModel, streamed: bool
    ) -> None:
        server.script = Script(fault="html")
        assert type(await self.failure(model, streamed=streamed)) is ResponseMalformed

    async def test_an_answer_cut_off_is_unavailable(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="cut")
        assert type(await self.failure(model)) is ModelUnavailable

    @pytest.mark.parametrize("streamed", [False, True])
    async def test_a_refused_connection_is_unavailable(
        self, http: aiohttp.ClientSession, unused_tcp_port: int, streamed: bool
    ) -> None:
        address = f"http://127.0.0.1:{unused_tcp_port}/v1"
        model = make_chat_model(ProviderConnection(self.provider, address, KEY), http)
        assert type(await self.failure(model, streamed=streamed)) is ModelUnavailable

    @pytest.mark.parametrize("streamed", [False, True])
    async def test_silence_before_the_first_byte_times_out_and_closes_the_connection(
        self, server: ModelServer, model: HttpChatModel, streamed: bool
    ) -> None:
        server.script = Script(fault="silent")
        impatient = Timeouts(model, TimeoutPolicy(first_event=0.05, total=0.05))
        assert type(await self.failure(impatient, streamed=streamed)) is ModelTimeout
        await server.left.wait()

    async def test_silence_in_mid_stream_times_out_after_the_text(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="stalled")
        impatient = Timeouts(model, TimeoutPolicy(between_events=0.05))
        text, error = await self.broken_stream(impatient)
        assert (text, type(error)) == ("Hello.", ModelTimeout)
        await server.left.wait()

    async def test_cancelling_the_task_closes_the_upstream_connection(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="stalled")
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in model.stream(request()):
                begun.set()

        task = asyncio.create_task(read())
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await server.left.wait()

    async def test_leaving_a_stream_early_closes_the_upstream_connection(
        self, server: ModelServer, model: HttpChatModel
    ) -> None:
        server.script = Script(fault="stalled")
        async with aclosing(model.stream(request())) as events:
            assert await anext(events) == TextDelta("Hel")
        await server.left.wait()

    async def failure(
        self, model: HttpChatModel | Timeouts, *, streamed: bool = False
    ) -> ModelError:
        with pytest.raises(ModelError) as caught:
            await (drain(model.stream(request())) if streamed else model.complete(request()))
        return caught.value

    async def broken_stream(self, model: HttpChatModel | Timeouts) -> tuple[str, ModelError]:
        events: list[StreamEvent] = []

        async def collect() -> None:
            async for event in model.stream(request()):
                events.append(event)  # noqa: PERF401 - what came before the error counts

        with pytest.raises(ModelError) as caught:
            await collect()
        return text_of(events), caught.value
