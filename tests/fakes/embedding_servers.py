"""Real HTTP servers on loopback that speak the embedding protocols of providers.

The vector of a text is made from its characters, so that a test can tell which vector
belongs to which text whatever the batches were.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from aiohttp import web

from agentgrid.creator_studio.core import JsonObject

DIMENSION = 4
Vectors: TypeAlias = list[list[float]]


def vector_of(text: str) -> list[float]:
    """Deterministic, of no particular length, and different for different texts."""
    return [1.0, float(len(text)), float(sum(map(ord, text)) % 97), float(ord(text[0]))]


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: JsonObject


class EmbeddingServer:
    """OpenAI's ``/embeddings``. Set ``status``, ``answer`` or ``delay`` to make it fail."""

    base_path: ClassVar[str] = "/v1"
    error_body: ClassVar[JsonObject] = {"error": {"message": "no", "type": "some_error"}}

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.answer: bytes | None = None
        self.headers: dict[str, str] = {}
        self.hold: asyncio.Event | None = None
        """When set, answers wait for this event."""
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "EmbeddingServer":
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_post("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}{self.base_path}"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.hold is not None:
            self.hold.set()
        if self._runner is not None:
            await self._runner.cleanup()

    def texts(self, body: JsonObject) -> list[str]:
        return body["input"]  # pyright: ignore[reportReturnType]

    def reply(self, vectors: Vectors) -> JsonObject:
        items = [{"index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        # The protocol numbers the vectors and promises no order.
        return {"object": "list", "data": items[::-1], "usage": {"prompt_tokens": 1}}

    async def _handle(self, request: web.Request) -> web.Response:
        body: JsonObject = json.loads(await request.text())
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, body))
        if self.hold is not None:
            await self.hold.wait()
        if self.status != 200:
            return web.json_response(self.error_body, status=self.status, headers=self.headers)
        if self.answer is not None:
            return web.Response(body=self.answer, content_type="application/json")
        return web.json_response(self.reply([vector_of(text) for text in self.texts(body)]))


class CohereServer(EmbeddingServer):
    base_path = "/v2"
    error_body: ClassVar[JsonObject] = {"id": "1", "message": "no"}

    def texts(self, body: JsonObject) -> list[str]:
        return body["texts"]  # pyright: ignore[reportReturnType]

    def reply(self, vectors: Vectors) -> JsonObject:
        return {"id": "1", "embeddings": {"float": vectors}, "texts": []}


class GoogleServer(EmbeddingServer):
    base_path = "/v1beta"
    error_body: ClassVar[JsonObject] = {"error": {"code": 400, "message": "no", "status": "X"}}

    def texts(self, body: JsonObject) -> list[str]:
        requests: list[dict[str, dict[str, list[dict[str, str]]]]] = body["requests"]  # pyright: ignore[reportAssignmentType]
        return [each["content"]["parts"][0]["text"] for each in requests]

    def reply(self, vectors: Vectors) -> JsonObject:
        return {"embeddings": [{"values": vector} for vector in vectors]}
