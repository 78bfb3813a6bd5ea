"""AgentGrid's own three processes, as parts: API, background worker, clock."""

import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from agentgrid.embedded.model import answers_ok
from agentgrid.embedded.part import Part
from agentgrid.embedded.process import Command

CELERY = ("-m", "celery", "-A")
MOST_WORKER_PROCESSES = 4
WORKER_PROCESS_KIBIBYTES = 220_000
"""A worker process that is larger after a task makes room for a fresh one: the embedding
model is worth its memory while documents are read, not for ever after."""


class Api(Part):
    """The web app, on a socket the supervisor keeps open across restarts."""

    label: ClassVar[str] = "the API"
    stop_seconds: ClassVar[float] = 6.0
    start_seconds: ClassVar[float] = 120.0

    def __init__(
        self, data_dir: Path, listener: socket.socket, environment: Mapping[str, str]
    ) -> None:
        super().__init__("api", data_dir)
        self._listener = listener
        self._environment = environment

    def command(self) -> Command:
        descriptor = self._listener.fileno()
        module = ("-m", "agentgrid.embedded.api_server")
        return Command(
            argv=[sys.executable, *module, str(descriptor)],
            environment=self._environment,
            death_signal=signal.SIGKILL,
            file_descriptors=(descriptor,),
        )

    def is_ready(self) -> bool:
        return answers_ok(reachable_address(self._listener), "/health")


class Worker(Part):
    """The Celery worker: a parent and a few processes that do the work."""

    label: ClassVar[str] = "the background worker"
    # Tasks are acknowledged late and made to be run again, so it need not wait for long.
    stop_seconds: ClassVar[float] = 1.5

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        super().__init__("worker", data_dir)
        self._environment = environment

    def command(self) -> Command:
        processes = min(os.cpu_count() or 1, MOST_WORKER_PROCESSES)
        options = (
            f"--concurrency={processes}",
            f"--max-memory-per-child={WORKER_PROCESS_KIBIBYTES}",
            "--without-gossip",
            "--without-mingle",
        )
        return Command(
            argv=[
                sys.executable,
                *CELERY,
                "agentgrid.tasks",
                "worker",
                "--loglevel=info",
                *options,
            ],
            environment=self._environment,
            death_signal=signal.SIGQUIT,  # Celery's "cold" shutdown takes its children along
        )

    def is_ready(self) -> bool:
        return self.running


class Beat(Part):
    """The Celery clock that queues what is due."""

    label: ClassVar[str] = "the task clock"
    stop_seconds: ClassVar[float] = 0.7

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        super().__init__("beat", data_dir)
        self._schedule = data_dir / "beat" / "schedule"
        self._environment = environment

    def prepare(self) -> None:
        self._schedule.parent.mkdir(exist_ok=True)

    def command(self) -> Command:
        options = ("--pidfile=", f"--schedule={self._schedule}")
        return Command(
            argv=[
                sys.executable,
                *CELERY,
                "agentgrid.schedule",
                "beat",
                "--loglevel=info",
                *options,
            ],
            environment=self._environment,
            death_signal=signal.SIGKILL,
        )

    def is_ready(self) -> bool:
        return self.running


def reachable_address(listener: socket.socket) -> tuple[str, int]:
    """Where this machine itself reaches a listening socket."""
    host, port = str(listener.getsockname()[0]), int(listener.getsockname()[1])
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - only compared with
    return everywhere.get(host, host), port
