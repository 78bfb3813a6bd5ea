"""A supervisor with the parts named on the command line, without the product around them.

``python -m tests.embedded.supervised_servers FOLDER PART...``; says one line for each part
that is up, then ``watching``.
"""

import sys
from pathlib import Path
from typing import ClassVar

from agentgrid.embedded import supervisor as supervision
from agentgrid.embedded.errors import StartError
from agentgrid.embedded.model import EmbeddedModel
from agentgrid.embedded.part import Part
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.process import Command
from agentgrid.embedded.supervisor import Supervisor
from agentgrid.embedded.valkey import EmbeddedValkey


class Shell(Part):
    """Runs a line of shell; ready when it has written its sign."""

    label: ClassVar[str] = "the shell"
    script: ClassVar[str]

    def __init__(self, data_dir: Path) -> None:
        super().__init__("shell", data_dir)
        self._sign = data_dir / "sign"

    def prepare(self) -> None:
        self._sign.unlink(missing_ok=True)

    def command(self) -> Command:
        return Command(["/bin/sh", "-c", self.script.format(sign=self._sign)])

    def is_ready(self) -> bool:
        return self._sign.exists()


class Parent(Shell):
    """Has a child in a session of its own, which outlives it unless somebody cares."""

    script = "setsid sleep 1000 & touch {sign}; wait"


class Stubborn(Shell):
    """Does not stop when it is asked to."""

    script = "trap '' TERM; touch {sign}; while :; do sleep 1000; done"
    stop_seconds = 3600.0


class Broken(Shell):
    """Ends at once, with a last word."""

    script = "echo the reason is written here; exit 3"


def make(name: str, folder: Path) -> Part:
    if name == "postgres":
        return EmbeddedPostgres(folder, durable=False)
    if name == "valkey":
        return EmbeddedValkey(folder)
    kind = {"model": EmbeddedModel, "parent": Parent, "broken": Broken, "stubborn": Stubborn}[name]
    return kind(folder)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(folder: Path, names: list[str]) -> None:
    if "stubborn" in names:
        supervision.STOP_SECONDS = 3600.0
    with Supervisor(say) as supervisor:
        for name in names:
            part = make(name, folder)
            supervisor.launch(part)
            part.wait_ready()
            say(f"{name} up {getattr(part, 'url', '')}")
        supervisor.watch("watching")
        say("stopping")
    say("stopped")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2:])
    except StartError as error:
        sys.exit(str(error))
