"""The turns that run in this process: started, followed, stopped, kept alive, finished."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from uuid import UUID

import asyncpg
import structlog
from redis.exceptions import RedisError

from agentgrid.features.chat.live import MIRROR_INTERVAL, Channel, Mirror
from agentgrid.features.chat.schemas import MessageView
from agentgrid.features.chat.statements import LEASE_SECONDS
from agentgrid.features.chat.store import TurnEnd, TurnStart, TurnStore
from agentgrid.features.chat.turn import Turn
from agentgrid.features.chat.views import answer_view, question_view, usage_view
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.filters import Filter
from agentgrid.features.knowledge.service import make_retriever

CONTROL_CHANNEL = "agentgrid:turns:stop"
FINISH_ATTEMPTS = 8
"""Storing an answer is tried for about a minute while the database is away."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class RunningTurn:
    """A turn of this process. ``task`` ends with the stored answer."""

    start: TurnStart
    channel: Channel
    turn: Turn
    task: asyncio.Task[MessageView]

    async def wait(self) -> MessageView:
        """The stored answer; cancelling the wait does not cancel the turn."""
        return await asyncio.shield(self.task)


class TurnRunner:
    """Runs turns apart from the requests that asked for them.

    A client may go away at any time: its turn is finished and stored all the same.
    """

    def __init__(self, services: Services, *, grace_seconds: float) -> None:
        self._services = services
        self._grace = grace_seconds
        self._store = TurnStore(services.pool)
        self._mirror = Mirror(services.redis)
        self._retriever = make_retriever(services)
        self._running: dict[UUID, RunningTurn] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._titles: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        for loop in (self._mirror_loop, self._renew_loop, self._control_loop):
            self._loops.append(asyncio.create_task(loop()))
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        turns = [running.task for running in self._running.values()]
        if turns:
            await asyncio.wait(turns, timeout=self._grace)
            for running in list(self._running.values()):
                running.turn.interrupt()
            # What was written of them is stored; a database that is away by now gets a moment.
            await asyncio.wait(turns, timeout=self._grace)
            for task in turns:
                task.cancel()
            await asyncio.gather(*turns, return_exceptions=True)
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)

    # --- starting ---------------------------------------------------------------------

    async def send(
        self,
        session_id: UUID,
        user_id: UUID,
        question: str,
        wanted: Filter | None = None,
        *,
        stream: bool,
    ) -> RunningTurn:
        """Store the question and start answering it, from the wanted documents only.

        Raises ``SessionNotFound`` or ``TurnRunning``.
        """
        start = await self._store.send(session_id, user_id, question, wanted)
        return self._launch(start, stream=stream)

    async def again(self, message_id: UUID, user_id: UUID, *, stream: bool) -> RunningTurn:
        """Answer the question of ``message_id`` once more, with its filter, as another branch."""
        session_id = await self._store.session_of(message_id, user_id)
        start = await self._store.again(session_id, user_id, message_id)
        return self._launch(start, stream=stream)

    def _launch(self, start: TurnStart, *, stream: bool) -> RunningTurn:
        channel = Channel(start.message_id)
        channel.send(
            "turn",
            {
                "message_id": start.message_id,
                "user_message": question_view(start).model_dump(mode="json"),
                "version": start.version_number,
            },
        )
        turn = Turn(self._services, self._retriever, start, channel, stream=stream)
        task = asyncio.create_task(self._complete(start, channel, turn))
        running = RunningTurn(start, channel, turn, task)
        self._running[start.message_id] = running
        task.add_done_callback(lambda _: self._running.pop(start.message_id, None))
        return running

    async def _complete(self, start: TurnStart, channel: Channel, turn: Turn) -> MessageView:
        structlog.contextvars.bind_contextvars(
            agent=str(start.agent_id), session=str(start.session_id)
        )
        end = await turn.run()
        await self._store_end(end)
        view = answer_view(start, end)
        self._announce(channel, view, end)
        if channel.mirrored:
            await self._mirror.copy([channel])
        if start.untitled and view.status == "complete":
            self._ask_for_title(start)
        return view

    def _ask_for_title(self, start: TurnStart) -> None:
        task = asyncio.create_task(self._queue_title(start))
        self._titles.add(task)
        task.add_done_callback(self._titles.discard)

    async def _queue_title(self, start: TurnStart) -> None:
        await self._services.queue.enqueue("chat.title", str(start.session_id))

    @staticmethod
    def _announce(channel: Channel, view: MessageView, end: TurnEnd) -> None:
        message = view.model_dump(mode="json")
        if view.error is not None:
            channel.send(
                "error",
                {
                    "code": view.error.code,
                    "message": view.error.message,
                    "retryable": view.error.code != "model_not_configured",
                    "message_record": message,
                },
            )
            return
        for citation in message["citations"]:
            channel.cite(citation["number"], citation)
        if end.answer_call is not None:
            channel.send("usage", usage_view(end.answer_call).model_dump(mode="json"))
        channel.send("done", {"message": message})

    async def _store_end(self, end: TurnEnd) -> None:
        for attempt in range(FINISH_ATTEMPTS):
            try:
                await self._store.finish(end)
            except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError) as error:
                _log.warning("turn_store_retry", attempt=attempt, error=type(error).__name__)
                await asyncio.sleep(min(15.0, 0.25 * 2**attempt))
            else:
                return
        await self._store.finish(end)

    # --- following and stopping -------------------------------------------------------

    def follow(self, running: RunningTurn) -> AsyncGenerator[bytes]:
        """SSE bytes of a turn that this request started."""
        return running.channel.follow(None)

    async def resume(self, message_id: UUID, after: int) -> AsyncGenerator[bytes]:
        """SSE bytes of a running turn for a reader who has ``after`` characters of it."""
        running = self._running.get(message_id)
        source = (
            running.channel.follow(after)
            if running is not None
            else self._mirror.follow(message_id, after)
        )
        async for piece in source:
            yield piece

    async def stop(self, message_id: UUID) -> None:
        """Stop a turn, wherever it runs; what was written of it is kept."""
        if self._stop_here(message_id):
            return
        await self._services.redis.publish(CONTROL_CHANNEL, str(message_id))

    def _stop_here(self, message_id: UUID) -> bool:
        running = self._running.get(message_id)
        if running is None:
            return False
        running.turn.stop()
        return True

    # --- loops ------------------------------------------------------------------------

    async def _mirror_loop(self) -> None:
        while True:
            await asyncio.sleep(MIRROR_INTERVAL)
            await self._mirror.copy([running.channel for running in self._running.values()])

    async def _renew_loop(self) -> None:
        async def renew() -> None:
            if self._running:
                await self._store.renew(list(self._running))

        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            await _tolerant(renew)

    async def _control_loop(self) -> None:
        async def listen() -> None:
            async with self._services.redis.pubsub() as pubsub:
                await pubsub.subscribe(CONTROL_CHANNEL)
                async for message in pubsub.listen():
                    if message["type"] == "message":
                        self._stop_here(UUID(message["data"].decode()))

        while True:
            await _tolerant(listen)
            await asyncio.sleep(1)


async def _tolerant(work: Callable[[], Awaitable[None]]) -> None:
    """Background upkeep outlives a database or Redis that is away for a while."""
    try:
        await work()
    except (RedisError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        _log.warning("turn_upkeep_failed", error=type(error).__name__)
