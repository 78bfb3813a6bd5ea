"""What a wire format must provide, and the one chat model that is built on any of them."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import contextmanager, suppress
from typing import Final, Protocol

import aiohttp
import msgspec
from yarl import URL

from agentgrid.creator_studio.core import (
    ChatRequest,
    ChatResult,
    ModelError,
    ReasoningDelta,
    ResponseMalformed,
    StreamEnd,
    StreamEvent,
    StreamInterrupted,
    TextDelta,
)
from agentgrid.creator_studio.llm.failures import ReportedFailure, Subject, to_error
from agentgrid.creator_studio.llm.streaming import EventTooLarge, SseDecoder, SseEvent
from agentgrid.creator_studio.llm.transport import Transport

_DRAIN_SECONDS = 0.25


class StreamAssembler(Protocol):
    """Collects one stream. ``feed`` raises ``ReportedFailure`` or a msgspec error."""

    @property
    def finished(self) -> bool:
        """The provider said why it stopped: what was collected is a whole answer."""
        ...

    ended: bool
    """The end marker has come: nothing more is worth waiting for."""

    def feed(self, event: SseEvent) -> Iterable[TextDelta | ReasoningDelta]: ...

    def result(self) -> ChatResult: ...


class WireFormat(Protocol):
    """Writes requests and reads answers of one format; holds no connection."""

    def url(self, model: str, *, streamed: bool) -> URL: ...

    def body(self, request: ChatRequest, *, streamed: bool) -> bytes: ...

    def read(self, body: bytes, request: ChatRequest) -> ChatResult:
        """Raise ``ReportedFailure`` or a msgspec error when it holds no answer."""
        ...

    def assembler(self, request: ChatRequest) -> StreamAssembler: ...

    def models_url(self) -> URL: ...

    def read_models(self, body: bytes) -> tuple[str, ...]: ...


class HttpChatModel:
    """A ``ChatModel`` that speaks one wire format over one transport."""

    def __init__(self, wire: WireFormat, transport: Transport, subject: Subject) -> None:
        self._wire: Final = wire
        self._transport: Final = transport
        self._subject: Final = subject

    @property
    def provider(self) -> str:
        return self._subject.provider

    async def complete(self, request: ChatRequest) -> ChatResult:
        subject = self._about(request)
        body = self._wire.body(request, streamed=False)
        url = self._wire.url(request.model, streamed=False)
        answer = await self._transport.post(url, body, subject)
        with _understood(subject):
            return self._wire.read(answer, request)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[StreamEvent, None]:
        subject = self._about(request)
        body = self._wire.body(request, streamed=True)
        url = self._wire.url(request.model, streamed=True)
        assembler, decoder = self._wire.assembler(request), SseDecoder()
        async with self._transport.stream(url, body, subject) as reader:
            with _understood(subject):
                while not assembler.ended and (chunk := await reader.readany()):
                    for event in decoder.feed(chunk):
                        for delta in assembler.feed(event):
                            yield delta
                        if assembler.ended:
                            break
            if not assembler.finished:
                raise StreamInterrupted(
                    f"{subject.label} ended its answer half-way; try again.",
                    provider=subject.provider,
                    model=subject.model,
                )
            yield StreamEnd(assembler.result())
            await _drain(reader)

    async def list_models(self) -> tuple[str, ...]:
        answer = await self._transport.get(self._wire.models_url(), self._subject)
        with _understood(self._subject):
            return self._wire.read_models(answer)

    def _about(self, request: ChatRequest) -> Subject:
        base = self._subject
        return Subject(base.provider, base.label, request.model, base.secret, request)


async def _drain(reader: aiohttp.StreamReader) -> None:
    """Read to the end of the body, which lets the connection be used again."""
    with suppress(TimeoutError, aiohttp.ClientError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while await reader.readany():
                pass


@contextmanager
def _understood(subject: Subject) -> Generator[None]:
    try:
        yield
    except ReportedFailure as report:
        raise to_error(report.failure, subject) from None
    except (msgspec.DecodeError, UnicodeDecodeError, EventTooLarge) as error:
        raise malformed(subject) from error


def malformed(subject: Subject) -> ModelError:
    """The error for an answer that cannot be understood."""
    return ResponseMalformed(
        f"{subject.label} sent an answer that cannot be understood; try again.",
        provider=subject.provider,
        model=subject.model,
    )
