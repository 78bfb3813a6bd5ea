"""A person who talks to an agent over HTTP, and reads its events as they arrive."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from agentgrid.creator_studio.llm.streaming import SseDecoder
from tests.features.chat.gated import GatedServer
from tests.people import Person

SSE = {"Accept": "text/event-stream"}


@dataclass
class Conversation:
    """A person talking to an agent whose model is the gated provider."""

    http: aiohttp.ClientSession
    person: Person
    session_id: str
    provider: GatedServer

    @asynccontextmanager
    async def stream(
        self, path: str, message: str | None = None, **headers: str
    ) -> AsyncGenerator["Events"]:
        method = "GET" if message is None else "POST"
        body = None if message is None else {"message": message}
        async with self.http.request(
            method, f"/api/v1{path}", json=body, headers=SSE | headers
        ) as response:
            yield Events(response)

    @property
    def messages(self) -> str:
        return f"/sessions/{self.session_id}/messages"

    async def history(self) -> dict[str, Any]:
        return (await self.person.get(f"/sessions/{self.session_id}")).json()

    async def settled(self) -> dict[str, Any]:
        """The conversation once nothing is being written any more."""
        async with asyncio.timeout(10):
            while (history := await self.history())["running"] is not None:
                await asyncio.sleep(0.02)
        return history


class Events:
    """Events of a streamed answer, read as they arrive."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self._decoder = SseDecoder()
        self.seen: list[tuple[str, Any]] = []
        self.last_id = "0"

    async def until(self, name: str) -> Any:
        """Read on until an event of this name; its data."""
        known = len(self.seen)
        async with asyncio.timeout(10):
            while True:
                for event_name, data in self.seen[known:]:
                    if event_name == name:
                        return data
                known = len(self.seen)
                chunk = await self.response.content.readany()
                assert chunk, f"the stream ended before {name}: {self.seen}"
                for event in self._decoder.feed(chunk):
                    self.seen.append((event.event, json.loads(event.data)))
                    self.last_id = event.id or self.last_id

    @property
    def text(self) -> str:
        return "".join(data["text"] for name, data in self.seen if name == "token")

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.seen]
