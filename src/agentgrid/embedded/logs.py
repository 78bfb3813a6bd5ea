"""One log file per child, kept small: the newest part, and one older part beside it."""

import shutil
from pathlib import Path
from typing import BinaryIO

LARGEST = 8 * 1024 * 1024


def open_log(path: Path) -> BinaryIO:
    """The log file, ready to be handed to a child as its output. It only ever appends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    trim(path)
    return path.open("ab")


def trim(path: Path) -> None:
    """Move a grown log to ``<name>.1`` and empty it, while its writer keeps it open.

    Copy and truncate, not rename: the child goes on writing to the same open file, and as
    it appends, its next line lands at the new start.
    """
    if path.exists() and path.stat().st_size > LARGEST:
        shutil.copyfile(path, path.with_name(path.name + ".1"))
        with path.open("r+b") as log:
            log.truncate()


def tail(path: Path, lines: int = 12) -> str:
    """The last lines of a log, indented, for a message at the terminal."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - 16_384))
        text = log.read().decode(errors="replace")
    return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])
