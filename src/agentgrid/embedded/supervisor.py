"""Starts parts, watches them, starts them again when they crash, stops them in order."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Self

import psutil

from agentgrid.embedded import logs
from agentgrid.embedded.errors import StartError, StopRequestedError
from agentgrid.embedded.part import Part
from agentgrid.embedded.process import failure

LOOK_SECONDS = 0.2
FIRST_DELAY_SECONDS = 0.25
LONGEST_DELAY_SECONDS = 30.0
STEADY_SECONDS = 30.0
"""A part that ran this long is healthy: its next crash is a first crash again."""

STOP_SECONDS = 9.0
"""All parts together are given this long to stop by themselves."""

PR_SET_CHILD_SUBREAPER = 36


@dataclass(slots=True)
class Watched:
    """A part, and what became of it."""

    part: Part
    crashes: int = 0
    restart_at: float | None = None
    answered: bool = True


class Supervisor:
    """``with Supervisor(say) as supervisor:`` start parts, then ``watch``.

    Leaving the block stops all parts, the last started first. SIGINT and SIGTERM end
    ``watch`` (or, before it, raise ``StopRequestedError``); a second one, while the parts
    are stopping, kills them.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._watched: list[Watched] = []
        self._starting = True
        self._stops = 0

    def __enter__(self) -> Self:
        _adopt_orphans()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._starting = False
        deadline = time.monotonic() + STOP_SECONDS
        for watched in reversed(self._watched):
            left = max(0.3, deadline - time.monotonic())
            watched.part.stop(min(watched.part.stop_seconds, left))
        self._end_orphans()

    def launch(self, part: Part) -> None:
        """Start a part without waiting for it to answer."""
        self._watched.append(Watched(part))
        part.launch()

    def watch(self, announcement: str) -> None:
        """Say that everything is up, and keep it so until somebody asks to stop."""
        self._starting = False  # before the announcement: from then on a stop is no failure
        self._say(announcement)
        looks = 0
        while not self._stops:
            for watched in self._watched:
                self._tend(watched)
            looks += 1
            if looks % 300 == 0:  # about once a minute
                self._trim_logs()
            time.sleep(LOOK_SECONDS)

    def _tend(self, watched: Watched) -> None:
        now = time.monotonic()
        if watched.restart_at is not None:
            if now >= watched.restart_at:
                self._restart(watched)
        elif not watched.part.running:
            self._crashed(watched, now)
        elif not watched.answered and watched.part.is_ready():
            watched.answered = True
            self._say(f"{watched.part.title} is back.")

    def _crashed(self, watched: Watched, now: float) -> None:
        part = watched.part
        ending = part.child.ending if part.child is not None else "could not be started"
        if part.child is not None and now - part.child.started_at > STEADY_SECONDS:
            watched.crashes = 0
        delay = min(LONGEST_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2**watched.crashes)
        watched.crashes += 1
        watched.restart_at = now + delay
        sentence = f"{part.title} {ending}; starting it again in {delay:g} s"
        # The first crash may be anything; a part that crashes on shows why.
        self._say(failure(sentence, part.log) if watched.crashes == 3 else sentence + ".")
        part.stop(0)
        self._end_orphans()

    def _restart(self, watched: Watched) -> None:
        watched.restart_at = None
        watched.answered = False
        try:
            watched.part.launch()
        except (StartError, OSError) as error:
            self._say(f"{watched.part.title} cannot be started: {error}")

    def _trim_logs(self) -> None:
        for watched in self._watched:
            logs.trim(watched.part.log)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._stops += 1
        if self._starting:
            raise StopRequestedError
        if self._stops > 1:
            self._kill_all()

    def _kill_all(self) -> None:
        # Only signals: the loop that waits for each child sees it end and goes on.
        for watched in self._watched:
            child = watched.part.child
            if child is not None and child.running:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(child.pid, signal.SIGKILL)

    def _end_orphans(self) -> None:
        """Kill and reap what crashed parts left behind, which the kernel handed to us."""
        known = {w.part.child.pid for w in self._watched if w.part.child is not None}
        for process in psutil.Process().children():
            if process.pid not in known:
                with suppress(psutil.NoSuchProcess, ChildProcessError):
                    process.kill()
                    os.waitpid(process.pid, 0)


def _adopt_orphans() -> None:
    """Become the parent of grandchildren whose parent dies, so none is lost (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
