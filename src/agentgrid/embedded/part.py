"""What every embedded server has in common: how it starts, when it is ready, how it stops."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from agentgrid.embedded.errors import PartFailedError
from agentgrid.embedded.process import Child, Command, failure, wait_until


class Part(ABC):
    """A server that runs as one child process.

    ``with EmbeddedValkey(folder) as valkey: ... valkey.url`` runs it for a while; the
    supervisor calls ``launch`` and looks at ``is_ready`` itself.
    """

    label: ClassVar[str]
    """What a person calls it, as in the middle of a sentence."""

    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    stop_seconds: ClassVar[float] = 2.0
    start_seconds: ClassVar[float] = 30.0

    def __init__(self, name: str, data_dir: Path) -> None:
        self.name = name
        self.log = data_dir / "logs" / f"{name}.log"
        self.child: Child | None = None

    @abstractmethod
    def command(self) -> Command:
        """The program to run."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers. Never raises: a server that is not there yet is not ready."""

    def prepare(self) -> None:  # noqa: B027 - most parts need nothing
        """Whatever must be so before each start, also after a crash."""

    @property
    def title(self) -> str:
        """The label at the beginning of a sentence."""
        return self.label[:1].upper() + self.label[1:]

    @property
    def running(self) -> bool:
        return self.child is not None and self.child.running

    def launch(self) -> Child:
        """Start the process without waiting for it to answer."""
        self.prepare()
        self.child = Child(self.command(), self.log)
        return self.child

    def wait_ready(self, seconds: float | None = None) -> None:
        """Raises ``PartFailedError`` when it ends, or stays silent for too long."""
        limit = self.start_seconds if seconds is None else seconds
        if wait_until(lambda: not self.running or self.is_ready(), limit) and self.running:
            return
        how = "does not answer"
        if self.child is not None and not self.running:
            how = self.child.ending
        raise PartFailedError(failure(f"{self.title} did not start: it {how}", self.log))

    def start(self) -> Self:
        """Start it and wait until it answers."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, seconds: float | None = None) -> None:
        """Ask it to end and see that it does. Nothing happens when it does not run."""
        if self.child is not None:
            self.child.stop(self.stop_signal, self.stop_seconds if seconds is None else seconds)
            self.child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
