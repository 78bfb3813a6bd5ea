"""Reads one document in a process of its own: a hostile file can't take the worker down.

Run as ``python -m agentgrid.creator_studio.rag.extract_child PATH NAME MAX_BYTES MEMORY CPU``.
Standard output gets one JSON object: the document, or the error's code and words.

The limits are set here, in the child, because a ``preexec_fn`` is unsafe in a parent that
runs threads.
"""

import resource
import sys
from pathlib import Path

import msgspec

from agentgrid.creator_studio.core import DocumentError, DocumentTooLarge, ExtractedDocument
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor


class Failure(msgspec.Struct):
    """A ``DocumentError`` on its way to the parent."""

    code: str
    reason: str
    advice: str


class Outcome(msgspec.Struct):
    """Exactly one of the two is set."""

    document: ExtractedDocument | None = None
    failure: Failure | None = None


def _limit(memory_bytes: int, cpu_seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # macOS refuses to lower the address space of a running process.
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))


def main(arguments: list[str]) -> None:
    path, name, max_bytes, memory_bytes, cpu_seconds = arguments
    _limit(int(memory_bytes), int(cpu_seconds))
    try:
        document = KreuzbergExtractor(max_bytes=int(max_bytes)).extract(Path(path), name=name)
        outcome = Outcome(document=document)
    except DocumentError as error:
        outcome = Outcome(failure=Failure(error.code, str(error), error.advice))
    except MemoryError:
        large = DocumentTooLarge("")
        outcome = Outcome(failure=Failure(large.code, "", ""))
    sys.stdout.buffer.write(msgspec.json.encode(outcome))


if __name__ == "__main__":
    main(sys.argv[1:])
