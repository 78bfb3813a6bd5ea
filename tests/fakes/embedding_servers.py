"""Real HTTP servers on loopback that speak the embedding protocols of providers.

The vector of a text is made from its characters, so that a test can tell which vector
belongs to which text whatever the batches were.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

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
    """OpenAI's ``/embeddings``. Set ``status``, ``answer`` or ``hold`` to make it fail.

    Vectors are longer when ``dimension`` says so, and as long as a request asks.
    """

    base_path: ClassVar[str] = "/v1"
    error_body: ClassVar[JsonObject] = {"error": {"message": "no", "type": "some_error"}}

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.statuses: list[int] = []
        """Taken before ``status``, one for each call."""
        self.keys: set[str] | None = None
        """The only keys that are taken; None takes all."""
        self.dimension = DIMENSION
        self.shortens = True
        """Whether a request may ask for another dimension."""
        self.held = asyncio.Event()
        """Set when a call waits."""
        self.answer: bytes | None = None
        self.headers: dict[str, str] = {}
        self.hold: asyncio.Event | None = None
        """When set, answers wait for this event, from the call after ``free`` on."""
        self.free = 0
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

    @property
    def embedded(self) -> list[str]:
        """Every text that was sent, in order."""
        return [text for call in self.received for text in self.texts(call.body)]

    def asked_dimension(self, body: JsonObject) -> int | None:
        asked = body.get("dimensions", body.get("output_dimension"))
        return asked if isinstance(asked, int) else None

    def reply(self, vectors: Vectors, tokens: int) -> JsonObject:
        items = [{"index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        # The protocol numbers the vectors and promises no order.
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return {"object": "list", "model": "embed-x", "data": items[::-1], "usage": usage}

    async def _handle(self, request: web.Request) -> web.Response:
        body: JsonObject = json.loads(await request.text())
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(Received(request.path, headers, body))
        if self.hold is not None and len(self.received) > self.free:
            self.held.set()
            await self.hold.wait()
        status = self.statuses.pop(0) if self.statuses else self.status
        if self.keys is not None and not self._knows(headers):
            status = 401
        if status != 200:
            return web.json_response(self.error_body, status=status, headers=self.headers)
        if self.answer is not None:
            return web.Response(body=self.answer, content_type="application/json")
        return web.json_response(self._answer(body))

    def _knows(self, headers: dict[str, str]) -> bool:
        sent = " ".join(headers.values())
        return any(key in sent for key in self.keys or ())

    def _answer(self, body: JsonObject) -> JsonObject:
        size = (self.asked_dimension(body) if self.shortens else None) or self.dimension
        texts = self.texts(body)
        vectors = [(vector_of(text) * (1 + size // DIMENSION))[:size] for text in texts]
        return self.reply(vectors, sum(len(text.split()) for text in texts))


class CohereServer(EmbeddingServer):
    base_path = "/v2"
    error_body: ClassVar[JsonObject] = {"id": "1", "message": "no"}

    def texts(self, body: JsonObject) -> list[str]:
        return body["texts"]  # pyright: ignore[reportReturnType]

    def reply(self, vectors: Vectors, tokens: int) -> JsonObject:
        units = {"billed_units": {"input_tokens": tokens}}
        return {"id": "1", "embeddings": {"float": vectors}, "texts": [], "meta": units}


class GoogleServer(EmbeddingServer):
    """``batchEmbedContents``; tokens are not counted by this protocol's older models."""

    base_path = "/v1beta"
    error_body: ClassVar[JsonObject] = {"error": {"code": 400, "message": "no", "status": "X"}}
    counts: ClassVar[bool] = True

    def texts(self, body: JsonObject) -> list[str]:
        return [each["content"]["parts"][0]["text"] for each in self._requests(body)]

    def asked_dimension(self, body: JsonObject) -> int | None:
        asked = self._requests(body)[0].get("outputDimensionality")
        return asked if isinstance(asked, int) else None

    def reply(self, vectors: Vectors, tokens: int) -> JsonObject:
        answer: JsonObject = {"embeddings": [{"values": vector} for vector in vectors]}
        return answer | {"usageMetadata": {"promptTokenCount": tokens}} if self.counts else answer

    @staticmethod
    def _requests(body: JsonObject) -> list[dict[str, Any]]:
        return body["requests"]  # pyright: ignore[reportReturnType]


class UncountedServer(GoogleServer):
    """Google's, as it answers for models that count no tokens."""

    counts = False
