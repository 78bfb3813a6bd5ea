"""The events of running turns: for those who listen here, and for those who come back.

An event's id is the number of characters of the answer that were sent up to it. So a
reader who was cut off says how much it has, and gets exactly the rest, in whichever
process it lands: each process mirrors its channels to a Redis stream, many at once.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias, cast
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from agentgrid.creator_studio.llm.streaming import encode_sse

MIRROR_INTERVAL = 0.25
KEEP_SECONDS = 600
KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": keep-alive\n\n"
FINAL_EVENTS = frozenset({"done", "error"})

_Entry: TypeAlias = tuple[bytes, dict[bytes, bytes]]

_log = structlog.get_logger(__name__)


class LiveEvent(msgspec.Struct, frozen=True, array_like=True):
    """``position``: characters of the answer sent up to and including this event."""

    position: int
    name: str
    data: msgspec.Raw

    def sse(self) -> bytes:
        return encode_sse(self.name, bytes(self.data), str(self.position))


class TokenData(msgspec.Struct, frozen=True):
    """Data of a ``token`` event: ``text`` begins at character ``offset`` of the answer."""

    offset: int
    text: str


def _token(offset: int, text: str) -> LiveEvent:
    data = msgspec.json.encode(TokenData(offset, text))
    return LiveEvent(offset + len(text), "token", msgspec.Raw(data))


def stream_key(message_id: UUID) -> str:
    return f"agentgrid:turn:{message_id}"


def rest_after(events: Iterable[LiveEvent], position: int) -> list[LiveEvent]:
    """What a reader who has ``position`` characters still needs, tokens merged into one.

    Events that are no tokens are repeated: each replaces what its reader knew.
    """
    rest: list[LiveEvent] = []
    texts: list[str] = []
    start = position

    def flush() -> None:
        nonlocal start
        if texts:
            merged = "".join(texts)
            rest.append(_token(start, merged))
            start += len(merged)
            texts.clear()

    for event in events:
        if event.name != "token":
            flush()
            rest.append(event)
        elif event.position > position:
            token = msgspec.json.decode(event.data, type=TokenData)
            texts.append(token.text[max(0, position - token.offset) :])
    flush()
    return rest


@dataclass(slots=True, eq=False)
class Channel:
    """The events of one turn, in the process that runs it."""

    message_id: UUID
    events: list[LiveEvent] = field(default_factory=list)
    length: int = 0
    closed: bool = False
    mirrored: int = 0
    _cited: dict[int, object] = field(default_factory=dict[int, object])
    _wake: asyncio.Event = field(default_factory=asyncio.Event)

    def token(self, text: str) -> None:
        event = _token(self.length, text)
        self.length = event.position
        self._add(event)

    def cite(self, number: int, citation: object) -> None:
        """Send a citation, unless just this one was sent for its number before."""
        if self._cited.get(number) != citation:
            self._cited[number] = citation
            self.send("citation", citation)

    def send(self, name: str, data: object) -> None:
        self._add(LiveEvent(self.length, name, msgspec.Raw(msgspec.json.encode(data))))

    def _add(self, event: LiveEvent) -> None:
        self.events.append(event)
        if event.name in FINAL_EVENTS:
            self.closed = True
        # Readers hold the event they wait for; the next ones wait for a new one.
        self._wake.set()
        self._wake = asyncio.Event()

    async def follow(self, after: int | None) -> AsyncGenerator[bytes]:
        """SSE bytes from now on; with ``after``, first what that reader missed."""
        index = 0
        if after is not None:
            index = len(self.events)
            for event in rest_after(self.events[:index], after):
                yield event.sse()
        while True:
            wake = self._wake
            while index < len(self.events):
                piece = b"".join(event.sse() for event in self.events[index:])
                index = len(self.events)
                yield piece
            if self.closed:
                return
            if wake is not self._wake:
                continue
            try:
                async with asyncio.timeout(KEEP_ALIVE_SECONDS):
                    await wake.wait()
            except TimeoutError:
                yield KEEP_ALIVE


class Mirror:
    """Copies what channels sent to Redis, all of them in one round trip at a time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def copy(self, channels: Iterable[Channel]) -> None:
        """Redis being away costs those who come back the live view, never the answer."""
        pipeline = self._redis.pipeline(transaction=False)
        copied: list[tuple[Channel, int]] = []
        for channel in channels:
            upto = len(channel.events)
            if upto == channel.mirrored:
                continue
            key = stream_key(channel.message_id)
            batch = _merge_tokens(channel.events[channel.mirrored : upto])
            pipeline.xadd(key, {"events": msgspec.json.encode(batch)})
            pipeline.expire(key, KEEP_SECONDS)
            copied.append((channel, upto))
        if not copied:
            return
        try:
            await pipeline.execute()
        except (RedisError, OSError) as error:
            _log.warning("turn_mirror_failed", error=str(error))
            return
        for channel, upto in copied:
            channel.mirrored = upto

    async def text_so_far(self, message_id: UUID) -> str:
        """The answer as far as a process that is gone had written it."""
        entries = cast("list[_Entry]", await self._redis.xrange(stream_key(message_id)))
        events = [event for _, fields in entries for event in _decode(fields)]
        tokens = [e for e in rest_after(events, 0) if e.name == "token"]
        return "".join(msgspec.json.decode(e.data, type=TokenData).text for e in tokens)

    async def follow(self, message_id: UUID, after: int) -> AsyncGenerator[bytes]:
        """SSE bytes of a turn that runs in another process, from ``after`` on."""
        key, last, position = stream_key(message_id), "0", after
        idle = 0.0
        while True:
            answer = cast(
                "list[tuple[bytes, list[_Entry]]]",
                await self._redis.xread({key: last}, block=int(KEEP_ALIVE_SECONDS * 1000)),
            )
            if not answer:
                idle += KEEP_ALIVE_SECONDS
                if idle > KEEP_SECONDS or not await self._redis.exists(key):
                    return
                yield KEEP_ALIVE
                continue
            idle = 0.0
            for _, entries in answer:
                for entry_id, fields in entries:
                    last = entry_id
                    events = rest_after(_decode(fields), position)
                    for event in events:
                        position = max(position, event.position)
                        yield event.sse()
                    if any(event.name in FINAL_EVENTS for event in events):
                        return


def _decode(fields: dict[bytes, bytes]) -> list[LiveEvent]:
    return msgspec.json.decode(fields[b"events"], type=list[LiveEvent])


def _merge_tokens(events: list[LiveEvent]) -> list[LiveEvent]:
    first = next((event for event in events if event.name == "token"), None)
    if first is None:
        return events
    return rest_after(events, msgspec.json.decode(first.data, type=TokenData).offset)
