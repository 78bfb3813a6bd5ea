"""Runs an extraction in a child process with a memory and a time limit."""

import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentError,
    DocumentTooLarge,
    EmptyDocument,
    EncryptedDocument,
    ExtractedDocument,
    UnsupportedFormat,
)
from agentgrid.creator_studio.rag.extract_child import Failure, Outcome
from agentgrid.creator_studio.rag.extraction import MAX_BYTES

MEMORY_BYTES = 2 * 1024**3
"""Address space of the child; the parsers' libraries alone reserve a few hundred MB of it."""

TIMEOUT_SECONDS = 300.0

_ERRORS: dict[str, type[DocumentError]] = {
    error.code: error
    for error in (
        UnsupportedFormat,
        EmptyDocument,
        EncryptedDocument,
        CorruptDocument,
        DocumentTooLarge,
    )
}

_OUT_OF_MEMORY = (
    b"memory allocation of",  # Rust
    b"bad_alloc",  # C++
    b"foreign exceptions",  # C++ below Rust
    b"MemoryError",
    b"failed to map segment",  # the libraries themselves did not fit
)
"""What a process says that ran into its limit, by the language it ran into it in."""


def run_isolated(
    path: Path,
    *,
    name: str,
    max_bytes: int = MAX_BYTES,
    memory_bytes: int = MEMORY_BYTES,
    timeout_seconds: float = TIMEOUT_SECONDS,
) -> ExtractedDocument:
    """Read a document with ``KreuzbergExtractor`` in a child process.

    A plain subprocess, since Celery's pool processes are daemons and those may not have
    ``multiprocessing`` children. Blocks the calling thread. Raises ``DocumentError``:
    ``DocumentTooLarge`` when a limit was hit, ``CorruptDocument`` when the parser crashed.
    """
    command = [
        sys.executable,
        "-m",
        "agentgrid.creator_studio.rag.extract_child",
        str(path),
        name,
        str(max_bytes),
        str(memory_bytes),
        str(int(timeout_seconds) + 1),
    ]
    try:
        done = subprocess.run(  # noqa: S603 - our own module; the name is one argument
            command, capture_output=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _too_long(timeout_seconds) from error
    if done.returncode == 0:
        return _understood(done.stdout, memory_bytes)
    raise _crashed(done.returncode, done.stderr, memory_bytes, timeout_seconds)


def _understood(output: bytes, memory_bytes: int) -> ExtractedDocument:
    outcome = msgspec.json.decode(output, type=Outcome)
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
