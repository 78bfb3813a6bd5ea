"""Live progress of an agent's files, from the workers to open pages, over Redis."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Literal, TypeAlias
from uuid import UUID

import msgspec
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from agentgrid.creator_studio.llm.streaming import encode_sse
from agentgrid.features.knowledge.schemas import KnowledgeFileView

KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": keep-alive\n\n"

Snapshot: TypeAlias = Callable[[], Awaitable[Sequence[KnowledgeFileView]]]

_log = structlog.get_logger(__name__)


class _Notice(msgspec.Struct, frozen=True):
    event: Literal["file", "removed", "source", "source_removed"]
    data: msgspec.Raw


class _Removed(msgspec.Struct, frozen=True):
    id: UUID


def _channel(agent_id: UUID) -> str:
    return f"agentgrid:knowledge:{agent_id}"


def _sse(notice: _Notice) -> bytes:
    return encode_sse(notice.event, bytes(notice.data))


def _changed(view: KnowledgeFileView) -> _Notice:
    return _Notice("file", msgspec.Raw(view.model_dump_json().encode()))


class FileEvents:
    """Tells of changed files, and lets listen to them.

    Telling never fails: with Redis away a page merely learns of the change later.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def changed(self, view: KnowledgeFileView) -> None:
        await self._publish(view.agent_id, _changed(view))

    async def removed(self, agent_id: UUID, file_id: UUID) -> None:
        data = msgspec.Raw(msgspec.json.encode(_Removed(file_id)))
        await self._publish(agent_id, _Notice("removed", data))

    async def source_changed(self, agent_id: UUID, source: bytes) -> None:
        """``source``: a web source as the API shows it, in JSON."""
        await self._publish(agent_id, _Notice("source", msgspec.Raw(source)))

    async def source_removed(self, agent_id: UUID, source_id: UUID) -> None:
        data = msgspec.Raw(msgspec.json.encode(_Removed(source_id)))
        await self._publish(agent_id, _Notice("source_removed", data))

    async def _publish(self, agent_id: UUID, notice: _Notice) -> None:
        try:
            await self._redis.publish(_channel(agent_id), msgspec.json.encode(notice))
        except (RedisError, OSError) as error:
            _log.warning("file_event_lost", error=str(error))

    async def follow(self, agent_id: UUID, snapshot: Snapshot) -> AsyncGenerator[bytes]:
        """SSE bytes: every file as it is now, then each change.

        Ends when Redis goes away; the client connects again and gets a fresh snapshot.
        """
        try:
            async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                # First listen, then look: a change in between is told twice, never missed.
                await pubsub.subscribe(_channel(agent_id))
                for view in await snapshot():
                    yield _sse(_changed(view))
                yield KEEP_ALIVE
                while True:
                    message = await pubsub.get_message(timeout=KEEP_ALIVE_SECONDS)
                    if message is None:
                        yield KEEP_ALIVE
                    elif message["type"] == "message":
                        yield _sse(msgspec.json.decode(message["data"] or b"", type=_Notice))
        except (RedisError, OSError) as error:
            _log.warning("file_events_ended", error=str(error))
