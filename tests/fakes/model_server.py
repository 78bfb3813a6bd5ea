"""A real HTTP server on loopback that speaks a provider's protocol and plays a script."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from aiohttp import web

from tests.fakes.script import ErrorCase, Script

Json: TypeAlias = dict[str, object]

MODELS = ("alpha-1", "beta-2")


@dataclass(frozen=True)
class Received:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: Json


class ModelServer(ABC):
    """Answers every call with ``script``; keeps what it was asked in ``received``."""

    base_path: ClassVar[str] = "/v1"
    sends_comments: ClassVar[bool] = True

    def __init__(self) -> None:
        self.script = Script()
        self.received: list[Received] = []
        self.left = asyncio.Event()
        """Set when a client goes away before its answer is complete."""
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._clients: set[object] = set()

    async def __aenter__(self) -> "ModelServer":
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{self.base_path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def connections(self) -> int:
        """How many connections clients have opened."""
        return len(self._clients)

    @property
    def asked(self) -> Json:
        """The body of the last request."""
        return self.received[-1].body

    @abstractmethod
    def models(self) -> Json: ...

    @abstractmethod
    def is_streamed(self, path: str, body: Json) -> bool: ...

    @abstractmethod
    def answer(self, script: Script, body: Json) -> Json: ...

    @abstractmethod
    def events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]:
        """Name and data of each event, text first; without the closing ones."""

    @abstractmethod
    def closing_events(self, script: Script, body: Json) -> Iterator[tuple[str | None, str]]: ...

    @abstractmethod
    def error(self, case: ErrorCase, message: str | None = None) -> tuple[int, Json]: ...

    @abstractmethod
    def error_event(self) -> tuple[str | None, str]: ...

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body: Json = json.loads(await request.text() or "{}")
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, body))
        self._clients.add(request.protocol)
        script = self.script
        try:
            return await self._play(request, script, body)
        except (asyncio.CancelledError, ConnectionResetError):
            self.left.set()
            raise

    async def _play(self, request: web.Request, script: Script, body: Json) -> web.StreamResponse:
        if script.fault == "silent":
            await asyncio.Event().wait()
        if script.fault == "html":
            return web.Response(text="<h1>Welcome to the airport</h1>", content_type="text/html")
        if script.fault == "echo":
            quoted = f"key {request.headers} in {json.dumps(body, ensure_ascii=False)}"
            status, value = self.error("request", quoted)
            return web.json_response(value, status=status)
        if script.error is not None:
            status, value = self.error(script.error)
            return web.json_response(value, status=status, headers=script.headers)
        if request.method == "GET":
            return web.json_response(self.models())
        if self.is_streamed(request.path, body):
            return await self._stream(request, script, body)
        if script.fault == "malformed":
            return web.Response(text='{"choices": [', content_type="application/json")
        if script.fault == "cut":
            return await self._cut_answer(request)
        return web.json_response(self.answer(script, body))

    async def _cut_answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        response.content_length = 1000
        await response.prepare(request)
        await response.write(b'{"choices"')
        if request.transport is not None:
            request.transport.close()
        return response

    async def _stream(self, request: web.Request, script: Script, body: Json) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await self._write(response, script, self.events(script, body))
        if script.fault == "stalled":
            await asyncio.Event().wait()
        elif script.fault == "cut":
            if request.transport is not None:
                request.transport.close()
        elif script.fault == "malformed":
            await self._write(response, script, iter([(None, '{"choices": [{]}')]))
        elif script.fault == "error_event":
            await self._write(response, script, iter([self.error_event()]))
        elif script.fault is None:
            await self._write(response, script, self.closing_events(script, body))
        return response

    async def _write(
        self, response: web.StreamResponse, script: Script, events: Iterator[tuple[str | None, str]]
    ) -> None:
        end = script.line_end
        text = "".join(
            (f"event: {name}{end}" if name else "") + f"data: {data}{end}{end}"
            for name, data in events
        )
        raw = (f": a comment{end}{text}" if self.sends_comments else text).encode()
        size = script.bytes_per_write or max(1, len(raw))
        for start in range(0, len(raw), size):
            await response.write(raw[start : start + size])


def compact(value: Json) -> str:
    """JSON on one line, with characters as they are."""
    return json.dumps(value, ensure_ascii=False)
