"""What is checked before anything starts, each failure told in one sentence."""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from agentgrid.embedded.errors import StartError

LEAST_FREE_BYTES = 512 * 1024 * 1024


@contextmanager
def claimed(data_dir: Path) -> Generator[None]:
    """Hold the data directory for this process alone; made first if it is not there.

    The kernel gives the lock back when the process ends, however it ends.
    """
    lock_path = data_dir / "agentgrid.lock"
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise StartError(
            f"The data directory {data_dir} cannot be written ({error.strerror}): "
            "choose another with --data-dir, or give this user the right to write there."
        ) from error
    except OSError as error:
        raise StartError(
            f"The data directory {data_dir} cannot be used ({error.strerror}): "
            "choose another with --data-dir."
        ) from error
    with os.fdopen(descriptor, "r+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = lock.read().strip() or "unknown"
            raise StartError(
                f"Another AgentGrid (process {holder}) is using {data_dir}: "
                "stop it, or choose another folder with --data-dir."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def require_space(data_dir: Path, least: int = LEAST_FREE_BYTES) -> None:
    """Raises ``StartError`` when the disk has fewer free bytes than ``least``."""
    free = shutil.disk_usage(data_dir).free
    if free < least:
        raise StartError(
            f"Only {free // 2**20} MB are free where {data_dir} lies and AgentGrid needs "
            f"{least // 2**20} MB: make room, or choose another folder with --data-dir."
        )


BACKLOG = 2048


def listen(host: str, port: int) -> socket.socket:
    """A listening socket for the web server; port 0 takes any free one.

    It listens from here on: a port that is only bound can be bound by a second program
    too. Who connects before the web server accepts, or while it restarts, waits.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise StartError(f"--host {host} is not an address this machine knows.") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise StartError(_why_not(error, host, port)) from error
    return listener


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program: choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for the system: choose one above 1023 with --port."
    return f"{host} is not an address of this machine: choose another with --host."
