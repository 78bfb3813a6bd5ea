"""Programs under test as real processes: their lines, their children, their end."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

PATIENCE = 60.0
PLAIN_ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(("AGENTGRID_", "DATABASE_", "REDIS_", "CELERY_"))
}


def eventually(condition: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether a condition comes true before the patience ends."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


class Running:
    """A Python program that runs, with its output collected line by line."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        *,
        python: str = sys.executable,
        folder: Path | None = None,
    ) -> None:
        self.lines: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._process = subprocess.Popen(
            [python, *arguments],
            env={**PLAIN_ENVIRONMENT, **(environment or {}), "PYTHONUNBUFFERED": "1"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.poll()

    def wait_for(self, text: str, seconds: float = PATIENCE) -> str:
        """The first line, said or to come, that contains the text."""
        for line in self.lines:
            if text in line:
                return line
        while True:
            line = self._queue.get(timeout=seconds)
            if line is None:
                raise AssertionError(f"{text!r} was never said:\n" + "\n".join(self.lines))
            self.lines.append(line)
            if text in line:
                return line

    def family(self) -> list[psutil.Process]:
        """Its children, grandchildren and so on."""
        return psutil.Process(self.pid).children(recursive=True)

    def children(self, text: str) -> list[psutil.Process]:
        """The direct children whose command line contains the text, while they live."""
        found: list[psutil.Process] = []
        for process in psutil.Process(self.pid).children():
            try:
                if process.status() != psutil.STATUS_ZOMBIE and text in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.NoSuchProcess:
                continue
        return found

    def child(self, text: str) -> psutil.Process:
        """The direct child whose command line contains the text."""
        found = self.children(text)
        assert found, f"no child runs {text!r}"
        return found[0]

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def wait(self) -> int:
        """Its exit code."""
        code = self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while not self._queue.empty():
            line = self._queue.get()
            if line is not None:
                self.lines.append(line)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def end(self) -> None:
        """End it whatever it does, for the end of a test."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self.wait()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                self._queue.put(line.rstrip("\n"))
        self._queue.put(None)


def gone(processes: Sequence[psutil.Process]) -> bool:
    """Whether none of these processes runs any more."""
    return all(_is_gone(process) for process in processes)


def _is_gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
