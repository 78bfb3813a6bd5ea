"""Reads one document in a process of its own: a hostile file can't take the worker down.

Run as ``python -m agentgrid.creator_studio.rag.extraction.child ORDER``, an ``Order`` as JSON.
Standard output gets a ``Progress`` a line while it reads and, as the last line, the
``Outcome``: the document, or the error's code and words.

The limits are set here, in the child, because a ``preexec_fn`` is unsafe in a parent that
runs threads.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys
import time
from pathlib import Path

import msgspec

from agentgrid.creator_studio.core import DocumentError, DocumentTooLarge, ExtractedDocument
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor

_PR_SET_PDEATHSIG = 1
_REPORT_SECONDS = 0.2


class Order(msgspec.Struct):
    """What to read, and what it may cost."""

    path: str
    name: str
    max_bytes: int
    memory_bytes: int
    seconds: float
    ocr: bool
    parent: int


class Progress(msgspec.Struct, tag="progress"):
    """``done`` of ``total`` pages (or files of an archive) were read."""

    done: int
    total: int


class Failure(msgspec.Struct):
    """A ``DocumentError`` on its way to the parent."""

    code: str
    reason: str
    advice: str


class Outcome(msgspec.Struct, tag="outcome"):
    """Exactly one of the two is set."""

    document: ExtractedDocument | None = None
    failure: Failure | None = None


def _limit(order: Order) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # macOS refuses to lower the address space of a running process.
        resource.setrlimit(resource.RLIMIT_AS, (order.memory_bytes, order.memory_bytes))
    cpu_seconds = int(order.seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


def _die_with_parent(parent: int) -> None:
    """A worker that is killed must not leave readers behind that nobody waits for."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)


class _Reporter:
    """Writes progress to standard output, a few lines a second at most."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - self._last < _REPORT_SECONDS:
            return
        self._last = now
        _write(msgspec.json.encode(Progress(done, total)))


def _write(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.write(b"\n")
    sys.stdout.buffer.flush()


def _outcome(order: Order) -> bytes:
    """Return the outcome as JSON; also writing it down may take too much memory."""
    try:
        return msgspec.json.encode(_read(order))
    except MemoryError:
        return msgspec.json.encode(Outcome(failure=Failure(DocumentTooLarge.code, "", "")))


def _read(order: Order) -> Outcome:
    try:
        extractor = KreuzbergExtractor(
            max_bytes=order.max_bytes, ocr=order.ocr, seconds=order.seconds, report=_Reporter()
        )
        return Outcome(document=extractor.extract(Path(order.path), name=order.name))
    except DocumentError as error:
        return Outcome(failure=Failure(error.code, str(error), error.advice))
    except RecursionError:
        return Outcome(
            failure=Failure(
                DocumentTooLarge.code,
                "The file is nested too deeply to be read.",
                "Upload a simpler version of it, for example as PDF or plain text.",
            )
        )


def main(arguments: list[str]) -> None:
    order = msgspec.json.decode(arguments[0], type=Order)
    _die_with_parent(order.parent)
    _limit(order)
    outcome = _outcome(order)
    # A parent that was stopped has closed the pipe; nobody is left to tell.
    with contextlib.suppress(BrokenPipeError):
        _write(outcome)


if __name__ == "__main__":
    main(sys.argv[1:])
