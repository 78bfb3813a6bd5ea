"""A provider whose answers are written piece by piece, when the test says so."""

import asyncio

from aiohttp import web

from tests.fakes.model_server import Json
from tests.fakes.openai_server import OpenAiServer
from tests.fakes.script import Script


class GatedServer(OpenAiServer):
    """Streams each piece that ``say`` gives it; ``finish`` ends the answer."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()

    def say(self, *pieces: str) -> None:
        for piece in pieces:
            self._pieces.put_nowait(piece)

    def finish(self) -> None:
        self._pieces.put_nowait(None)

    async def _stream(self, request: web.Request, script: Script, body: Json) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        while (piece := await self._pieces.get()) is not None:
            said = Script(pieces=(piece,))
            await self._write(response, said, self.events(said, body))
        await self._write(response, script, self.closing_events(script, body))
        return response
