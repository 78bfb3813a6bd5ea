"""A load client: HTTP/1.1 on bare asyncio streams, so that the client costs little itself.

Speaks what is needed here and no more: one request at a time on a kept connection, answers
with a length or in chunks, bodies whole or as they come.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import httptools
import msgspec


class LoadError(Exception):
    """The server answered something a benchmark cannot go on with."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes

    def json(self, *, expect: int = 200) -> dict[str, object]:
        """The body as a JSON object. Raises ``LoadError`` unless the status is ``expect``."""
        if self.status != expect:
            raise LoadError(f"Status {self.status}: {self.body[:500].decode(errors='replace')}")
        return msgspec.json.decode(self.body, type=dict[str, object]) if self.body else {}


class _Reading:
    """What httptools tells about one answer."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.parts: list[bytes] = []
        self.complete = False

    def on_body(self, data: bytes) -> None:
        self.parts.append(data)

    def on_message_complete(self) -> None:
        self.complete = True

    def take(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


class Connection:
    """One kept connection to ``base_url``; opened on first use."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        address = urlsplit(base_url)
        self._host, self._port = address.hostname or "127.0.0.1", address.port or 80
        self._prefix = address.path
        self._token = token
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def request(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request and read the whole answer. ``body``: bytes as they are, else JSON."""
        parts: list[bytes] = []
        status = 0
        async for status, data in self._exchange(method, path, body, headers or {}):  # noqa: B007
            parts.append(data)
        return Answer(status, b"".join(parts))

    async def stream(
        self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None
    ) -> AsyncIterator[bytes]:
        """Send one request and give the body's pieces as they arrive."""
        wanted = {"accept": "text/event-stream", **(headers or {})}
        async for status, data in self._exchange(method, path, body, wanted):
            if status != 200:
                raise LoadError(f"Status {status}: {data[:500].decode(errors='replace')}")
            yield data

    async def _exchange(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> AsyncIterator[tuple[int, bytes]]:
        reader, writer = await self._open()
        writer.writelines(self._written(method, path, body, headers))
        await writer.drain()
        reading = _Reading()
        while not reading.complete:
            data = await reader.read(65536)
            if not data:
                raise LoadError(f"The server hung up during {method} {path}.")
            reading.parser.feed_data(data)
            if reading.parts or reading.complete:
                yield reading.parser.get_status_code(), reading.take()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        return self._reader, self._writer

    def _written(
        self, method: str, path: str, body: object, headers: dict[str, str]
    ) -> tuple[bytes, bytes]:
        content = body if isinstance(body, bytes) else b""
        lines = [f"{method} {self._prefix}{path} HTTP/1.1", f"host: {self._host}:{self._port}"]
        if body is not None and not isinstance(body, bytes):
            content = msgspec.json.encode(body)
            lines.append("content-type: application/json")
        if self._token is not None:
            lines.append(f"authorization: Bearer {self._token}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"content-length: {len(content)}")
        return "\r\n".join([*lines, "", ""]).encode(), content


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` (0..1) of the values lie. Needs at least one value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)
