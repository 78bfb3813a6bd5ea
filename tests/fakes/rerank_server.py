"""A real HTTP server on loopback that speaks the protocols of rerank services.

The score of a passage is how many of the question's words it has.
"""

import asyncio
import json

from aiohttp import web

from agentgrid.creator_studio.core import JsonObject


class RerankServer:
    """``results`` names the field of the answer; ``status`` or ``answer`` make it fail."""

    def __init__(self, results: str = "results") -> None:
        self.results = results
        self.received: list[tuple[str, dict[str, str], JsonObject]] = []
        self.status = 200
        self.answer: bytes | None = None
        self.silent = False
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> "RerankServer":
        app = web.Application()
        app.router.add_post("/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        body: JsonObject = json.loads(await request.text())
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append((request.path, headers, body))
        if self.silent:
            await asyncio.Event().wait()
        if self.status != 200:
            return web.json_response({"message": "no"}, status=self.status)
        if self.answer is not None:
            return web.Response(body=self.answer, content_type="application/json")
        words = set(str(body["query"]).lower().split())
        documents: list[str] = body["documents"]  # pyright: ignore[reportAssignmentType]
        scored = [
            {"index": index, "relevance_score": len(words & set(text.lower().split())) / 10}
            for index, text in enumerate(documents)
        ]
        scored.sort(key=lambda each: -each["relevance_score"])
        return web.json_response({"id": "1", self.results: scored})
