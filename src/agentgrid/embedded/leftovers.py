"""Ends what an AgentGrid that was killed (not stopped) left running.

On Linux the kernel tells the children at once; this is for whoever did not listen, and for
systems whose kernel does not. A process is only touched when its own environment says that
it writes to a log of this data directory: process numbers alone are reused.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from agentgrid.embedded.process import LOG_VARIABLE

PATIENCE_SECONDS = 3.0


def end_leftovers(data_dir: Path) -> int:
    """End the processes of an earlier run on this data directory. Returns how many there were.

    Only call it while holding the data directory.
    """
    found = list(_marked(data_dir))
    for process in found:
        with suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(found, timeout=PATIENCE_SECONDS)
    for process in stubborn:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=PATIENCE_SECONDS)
    return len(found)


def _marked(data_dir: Path) -> Iterator[psutil.Process]:
    logs = data_dir.absolute() / "logs"
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            mark = process.environ().get(LOG_VARIABLE, "")
            if Path(mark).parent == logs:
                yield process
