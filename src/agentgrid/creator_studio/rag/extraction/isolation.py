"""Runs an extraction in a child process with a memory and a time limit."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from threading import Event
from typing import IO, Final

import msgspec

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    ExtractedDocument,
    ReadingCancelled,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extraction import MAX_BYTES
from agentgrid.creator_studio.rag.extraction.child import Failure, Order, Outcome, Progress

MEMORY_BYTES: Final = 2 * 1024**3
"""Address space of the child; the parsers' libraries alone reserve a few hundred MB of it.
Text recognition runs beside it in one process more, which has the same limit and needs
about 150 MB."""

TIMEOUT_SECONDS: Final = 600.0

_LOOK_SECONDS: Final = 0.1
"""How soon a cancelled reading ends."""

_ERRORS: Final[dict[str, type[DocumentError]]] = {
    error.code: error
    for error in (
        UnsupportedFormat,
        EmptyDocument,
        EncryptedDocument,
        CorruptDocument,
        DocumentTooLarge,
    )
}

_OUT_OF_MEMORY: Final = (
    b"memory allocation of",  # Rust
    b"bad_alloc",  # C++
    b"foreign exceptions",  # C++ below Rust
    b"MemoryError",
    b"failed to map segment",  # the libraries themselves did not fit
)
"""What a process says that ran into its limit, by the language it ran into it in."""

_MESSAGES: Final = msgspec.json.Decoder(Progress | Outcome)


def run_isolated(
    path: Path,
    *,
    name: str,
    ocr: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: Event | None = None,
    max_bytes: int = MAX_BYTES,
    memory_bytes: int = MEMORY_BYTES,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> ExtractedDocument:
    """Read a document with ``KreuzbergExtractor`` in a child process.

    ``on_progress(done, total)`` is called in this thread, a few times a second at most:
    pages, or files of an archive; what it raises ends the child and is raised here.
    ``ocr=False`` leaves scans unread, with a warning. When ``cancelled`` is set, from any
    thread, the child is killed and ``ReadingCancelled`` raised.

    A plain subprocess, since Celery's pool processes are daemons and those may not have
    ``multiprocessing`` children. Blocks the calling thread. Raises ``DocumentError``:
    ``DocumentTooLarge`` when a limit was hit, ``CorruptDocument`` when the parser crashed.
    """
    order = Order(
        path=str(path),
        name=name,
        max_bytes=max_bytes,
        memory_bytes=memory_bytes,
        seconds=timeout_seconds,
        ocr=ocr,
        parent=os.getpid(),
    )
    deadline = time.monotonic() + timeout_seconds
    with tempfile.TemporaryFile() as complaints, _child(order, complaints) as process:
        outcome: Outcome | None = None
        for line in _lines(process, deadline, cancelled):
            if line is None:
                raise _too_long(timeout_seconds)
            message = _MESSAGES.decode(line)
            if isinstance(message, Outcome):
                outcome = message
            elif on_progress:
                on_progress(message.done, message.total)
        status = process.wait()
        if outcome is not None:
            return _understood(outcome, memory_bytes)
        complaints.seek(0)
        raise _crashed(status, complaints.read(), memory_bytes, timeout_seconds)


@contextlib.contextmanager
def _child(order: Order, complaints: IO[bytes]) -> Generator["subprocess.Popen[bytes]"]:
    """Start the child; on the way out nothing of it is left, its own children included."""
    process = subprocess.Popen(  # noqa: S603 - our own module; the order is one argument
        [
            sys.executable,
            "-m",
            "agentgrid.creator_studio.rag.extraction.child",
            msgspec.json.encode(order).decode(),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=complaints,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout:
            process.stdout.close()


def _lines(
    process: "subprocess.Popen[bytes]", deadline: float, cancelled: Event | None
) -> Iterator[bytes | None]:
    """Yield each line of standard output; None when the time is over, which is the last."""
    if process.stdout is None:
        raise ValueError("the child has no standard output")
    descriptor = process.stdout.fileno()
    pieces: list[bytes] = []
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while True:
            if cancelled is not None and cancelled.is_set():
                raise ReadingCancelled(
                    "Reading was cancelled.", advice="Press retry to read the file."
                )
            left = deadline - time.monotonic()
            if left <= 0:
                yield None
                return
            if not selector.select(min(left, _LOOK_SECONDS)):
                continue
            piece = os.read(descriptor, 1 << 20)
            if not piece:
                return
            *whole, rest = piece.split(b"\n")
            for end in whole:
                yield b"".join([*pieces, end])
                pieces.clear()
            if rest:
                pieces.append(rest)


def _understood(outcome: Outcome, memory_bytes: int) -> ExtractedDocument:
    if outcome.document is not None:
        return outcome.document
    raise _rebuilt(outcome.failure, memory_bytes)


def _rebuilt(failure: Failure | None, memory_bytes: int) -> DocumentError:
    if failure is None or not failure.reason:
        return _too_much(memory_bytes)
    return _ERRORS.get(failure.code, CorruptDocument)(failure.reason, advice=failure.advice)


def _crashed(
    status: int, stderr: bytes, memory_bytes: int, timeout_seconds: float
) -> DocumentError:
    if status == -signal.SIGXCPU:
        return _too_long(timeout_seconds)
    if status == -signal.SIGKILL or any(sign in stderr for sign in _OUT_OF_MEMORY):
        return _too_much(memory_bytes)
    return CorruptDocument(
        "The file is damaged in a way that stopped the reader.",
        advice="Open it in the program that made it, save it again and upload the new file.",
    )


def _too_much(memory_bytes: int) -> DocumentTooLarge:
    return DocumentTooLarge(
        f"Reading the file takes more than the {memory_bytes // 1024**2} MB of memory allowed.",
        advice="Split it into smaller files.",
    )


def _too_long(timeout_seconds: float) -> DocumentTooLarge:
    return DocumentTooLarge(
        f"Reading the file takes longer than the {timeout_seconds:g} seconds allowed.",
        advice="Split it into smaller files.",
    )
