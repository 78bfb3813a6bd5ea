"""The one bridge from Celery's synchronous tasks to asynchronous services, and the way back.

Celery carries hints: exactly-once lives in the database (state, lease, unique keys), so a
hint that is lost, late or doubled does no harm.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Generic, Protocol, TypeVar

import structlog
from celery import Celery
from celery.exceptions import OperationalError
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

S = TypeVar("S")
R = TypeVar("R")

_log = structlog.get_logger(__name__)


def make_celery(broker_url: str, result_backend: str) -> Celery:
    """A Celery application with what all processes that queue or work must agree on."""
    app = Celery("agentgrid", broker=broker_url)
    app.conf.update(
        result_backend=result_backend,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 3600, "socket_timeout": 10},
        task_serializer="json",
        accept_content=["json"],
        timezone="UTC",
    )
    return app


class TaskQueue(Protocol):
    """Hands work to the background workers."""

    async def enqueue(self, task: str, *args: str, countdown: float = 0) -> bool:
        """Queue ``task`` by name; False when the broker is away (a sweeper makes up for it)."""
        ...


class CeleryQueue:
    """A ``TaskQueue`` on Celery. Publishing blocks, so it happens in a thread."""

    EXPIRES_SECONDS = 24 * 3600

    def __init__(self, app: Celery) -> None:
        self._app = app

    async def enqueue(self, task: str, *args: str, countdown: float = 0) -> bool:
        def publish() -> None:
            self._app.send_task(
                task,
                args=args,
                countdown=countdown,
                expires=self.EXPIRES_SECONDS,
                ignore_result=True,
                retry=False,
            )

        try:
            await asyncio.to_thread(publish)
        except (OperationalError, KombuError, RedisError, OSError) as error:
            _log.warning("task_enqueue_failed", task=task, error=str(error))
            return False
        return True


class WorkerBridge(Generic[S]):
    """One event loop and one set of services for each worker process.

    The loop runs only while a task runs: nothing may rely on background coroutines
    between tasks.
    """

    def __init__(self, open_services: Callable[[], AbstractAsyncContextManager[S]]) -> None:
        self._open = open_services
        self._runner: asyncio.Runner | None = None
        self._context: AbstractAsyncContextManager[S] | None = None
        self._services: S | None = None

    def run(self, work: Callable[[S], Awaitable[R]]) -> R:
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.run(self._with_services(work))

    async def _with_services(self, work: Callable[[S], Awaitable[R]]) -> R:
        if self._services is None:
            context = self._open()
            self._services = await context.__aenter__()
            self._context = context
        return await work(self._services)

    def close(self) -> None:
        """Close the services and the loop; called when the worker process ends."""
        if self._runner is None:
            return
        if self._context is not None:
            self._runner.run(self._leave(self._context))
        self._runner.close()
        self._runner = self._context = self._services = None

    @staticmethod
    async def _leave(context: AbstractAsyncContextManager[S]) -> None:
        await context.__aexit__(None, None, None)
