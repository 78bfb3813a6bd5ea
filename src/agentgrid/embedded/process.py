"""Child processes that never outlive AgentGrid."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agentgrid.embedded import child as child_script
from agentgrid.embedded import logs
from agentgrid.embedded.errors import PartFailedError

PAUSE = 0.02
"""Seconds between two looks at a condition: no server here can tell us when it is ready."""


LOG_VARIABLE = "AGENTGRID_LOG_FILE"
"""Tells each child where its output goes, and everybody else whose child it is."""


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run: absolute path first, its whole environment, and who it runs as.

    ``death_signal`` is what the kernel sends it when AgentGrid itself is killed (Linux).
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: str = ""
    death_signal: signal.Signals = signal.SIGTERM
    file_descriptors: tuple[int, ...] = ()


class Child:
    """A running program. It leads a process group of its own, so a Ctrl-C at the terminal
    reaches AgentGrid alone, which then stops its children in order."""

    def __init__(self, command: Command, log: Path) -> None:
        with logs.open_log(log) as output:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", child_script.__file__),
                    *(str(os.getpid()), str(int(command.death_signal)), command.user),
                    *command.argv,
                ],
                env={**command.environment, LOG_VARIABLE: str(log.absolute())},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=command.file_descriptors,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def succeeded(self) -> bool:
        return self._process.poll() == 0

    @property
    def ending(self) -> str:
        """How it ended, in words."""
        code = self._process.poll()
        if code is None:
            return "is running"
        if code < 0:
            return f"was killed by {signal.Signals(-code).name}"
        return f"exited with code {code}"

    def stop(self, how: signal.Signals, seconds: float) -> None:
        """Ask it to end, wait, and end it and its whole process group for good."""
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, how)
            wait_until(lambda: not self.running, seconds)
        self.kill()

    def kill(self) -> None:
        """End it and what is left of its process group at once."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()


def run_job(name: str, command: Command, log: Path, seconds: float) -> None:
    """Run a program to its end. Raises ``PartFailedError`` with its last words if it fails."""
    job = Child(command, log)
    try:
        wait_until(lambda: not job.running, seconds)
        if not job.succeeded:
            raise PartFailedError(failure(f"{name} failed: it {job.ending}", log))
    finally:
        job.kill()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true within the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


def failure(sentence: str, log: Path) -> str:
    """A sentence, with where to read on and the end of what is there."""
    last = logs.tail(log)
    return f"{sentence}. Its log is {log}" + (f" and ends with:\n{last}" if last else ".")
