"""What processes use: memory as proportional set size, and CPU time, from ``/proc``.

PSS counts a page that n processes share as 1/n in each, so that the sum over a tree is what
the machine gives, which neither RSS (counts shared pages n times) nor USS (drops them) is.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
_TICKS = os.sysconf("SC_CLK_TCK")
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Process:
    """One process: its parent, the words of its command line, CPU seconds used."""

    pid: int
    parent: int
    command: tuple[str, ...]
    cpu_seconds: float


def read_process(pid: int) -> Process | None:
    """The process, or None when it is gone."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name stands in brackets and may hold spaces and brackets itself.
    fields = stat.rpartition(")")[2].split()
    words = tuple(word.decode(errors="replace") for word in command.split(b"\0") if word)
    return Process(pid, int(fields[1]), words, (int(fields[11]) + int(fields[12])) / _TICKS)


def all_processes() -> list[Process]:
    """Every process of this machine."""
    found = (read_process(int(entry.name)) for entry in PROC.iterdir() if entry.name.isdigit())
    return [process for process in found if process is not None]


def tree(root: int, processes: Iterable[Process] | None = None) -> list[Process]:
    """A process and all its descendants, parents before children."""
    known = list(all_processes() if processes is None else processes)
    by_parent: dict[int, list[Process]] = {}
    for process in known:
        by_parent.setdefault(process.parent, []).append(process)
    found = [process for process in known if process.pid == root]
    for process in found:  # grows while it is walked
        found.extend(by_parent.get(process.pid, ()))
    return found


def pss_bytes(pid: int) -> int:
    """Proportional set size in bytes; 0 when the process is gone."""
    try:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds(pids: Iterable[int]) -> float:
    """CPU time these processes have used so far; those that are gone count as nothing."""
    found = (read_process(pid) for pid in pids)
    return sum(process.cpu_seconds for process in found if process is not None)
