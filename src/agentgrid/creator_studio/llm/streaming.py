"""Server-sent events: reading what providers stream, writing what we stream.

Both directions work on bytes. A line is only interpreted once it is whole, so a chunk
may end anywhere, even inside a UTF-8 character.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar

import msgspec

T = TypeVar("T")

MAX_EVENT_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_encode_json = msgspec.json.Encoder().encode


class EventTooLarge(ValueError):
    """One event is larger than the decoder accepts."""


class SseEvent(NamedTuple):
    """One dispatched event. ``data`` holds the joined data lines, still encoded."""

    event: str
    data: bytes
    id: str | None


class SseDecoder:
    """Turns chunks of a ``text/event-stream`` into events, as the HTML standard says.

    Lines end in LF, CRLF or CR; several ``data`` lines join with LF; comments and
    unknown fields are ignored; an event cut off by the end of the stream is dropped.
    """

    __slots__ = ("_at_start", "_data", "_event", "_id", "_max_bytes", "_size", "_skip_lf", "_tail")

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._max_bytes = max_event_bytes
        self._tail = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._event = ""
        self._id: str | None = None
        self._skip_lf = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that ``chunk`` completes. Raises ``EventTooLarge``."""
        chunk = self._normalised(chunk)
        if b"\n" not in chunk:
            self._tail += chunk
            self._check_size()
            return []
        lines = chunk.split(b"\n")
        if self._tail:
            lines[0] = bytes(self._tail) + lines[0]
        self._tail = bytearray(lines.pop())
        events: list[SseEvent] = []
        for line in lines:
            if line:
                self._take(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        self._check_size()
        return events

    def _normalised(self, chunk: bytes) -> bytes:
        if self._skip_lf and chunk:
            self._skip_lf = False
            chunk = chunk.removeprefix(b"\n")
        if b"\r" in chunk:
            # A CR ends its line at once; an LF that follows in a later chunk belongs to it.
            self._skip_lf = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        return chunk

    def _take(self, line: bytes) -> None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BOM)
        if line.startswith(b"data:"):
            value = line[6:] if line.startswith(b"data: ") else line[5:]
            self._data.append(value)
            self._size += len(value) + 1
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data.append(value)
            self._size += len(value) + 1

    def _dispatch(self) -> SseEvent | None:
        self._at_start = False
        event, self._event = self._event, ""
        if not self._data:
            return None
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        return SseEvent(event or "message", data, self._id)

    def _check_size(self) -> None:
        if self._size + len(self._tail) > self._max_bytes:
            raise EventTooLarge(f"An event is larger than {self._max_bytes} bytes.")


def encode_sse(event: str, data: bytes | object, id: str | None = None) -> bytes:
    """Return one event, ready to send.

    ``data`` is sent as it is when it is bytes (line breaks become several data lines),
    and as JSON otherwise. ``event`` and ``id`` must not contain line breaks.
    """
    body = data if isinstance(data, bytes) else _encode_json(data)
    head = f"id: {_one_line(id)}\n" if id is not None else ""
    head += f"event: {_one_line(event)}\n"
    if b"\n" in body or b"\r" in body:
        unified = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        body = unified.replace(b"\n", b"\ndata: ")
    return head.encode() + b"data: " + body + b"\n\n"


def _one_line(value: str) -> str:
    if "\n" in value or "\r" in value or "\0" in value:
        raise ValueError("The name and id of an event must be one line without NUL.")
    return value


KEEP_ALIVE = b": keep-alive\n\n"
"""A comment that keeps proxies from closing a silent stream."""


@asynccontextmanager
async def closing(stream: AsyncIterator[T]) -> AsyncGenerator[AsyncIterator[T]]:
    """Close ``stream`` when the block ends, however it ends.

    A generator that is merely dropped is closed some time later; a model's upstream
    connection must close now.
    """
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
