"""Where things lie: files of installed wheels, and sockets with paths that fit."""

import hashlib
import importlib.util
import os
import re
import tempfile
from pathlib import Path

from agentgrid.embedded.errors import MissingExtraError, StartError

LONGEST_SOCKET_PATH = 103
"""Bytes a unix socket's path may have on every system (Linux 107, macOS 103)."""

PLAIN_PATH = re.compile(r"[A-Za-z0-9/._~@+-]+")


def package_folder(module: str, distribution: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise MissingExtraError(distribution)
    return Path(spec.submodule_search_locations[0])


def socket_folder(preferred: Path, socket_name: str, owner: int) -> Path:
    """``preferred`` if a socket in it can be told in an address, else a private short folder.

    It cannot when the path is too long for the system, or holds a character that means
    something in an address (a comma parts two hosts, for one).

    The folder exists afterwards and belongs to the user ``owner`` alone.
    """
    fits = len(os.fsencode(preferred / socket_name)) <= LONGEST_SOCKET_PATH
    if fits and PLAIN_PATH.fullmatch(str(preferred)):
        preferred.mkdir(parents=True, exist_ok=True, mode=0o700)
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"agentgrid-{os.getuid()}-{digest}"
    if len(os.fsencode(folder / socket_name)) > LONGEST_SOCKET_PATH:
        folder = Path("/tmp") / folder.name  # noqa: S108 - owner and mode are checked below
    folder.mkdir(exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), owner}:
        raise StartError(
            f"{folder} belongs to somebody else: remove it, or choose a shorter --data-dir."
        )
    os.chown(folder, owner, -1)
    return folder
