"""A document is read in a process of its own, within limits, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

import psutil
import pytest

from agentgrid.creator_studio.core import (
    CorruptDocument,
    DocumentTooLarge,
    EncryptedDocument,
    ReadingCancelled,
)
from agentgrid.creator_studio.rag.extraction import KreuzbergExtractor
from agentgrid.creator_studio.rag.extraction.isolation import run_isolated
from tests.fixtures.documents import builders, scans
from tests.fixtures.documents.open_document import archive


def test_a_child_returns_the_same_document(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(builders.workbook())
    assert run_isolated(path, name="a.xlsx") == KreuzbergExtractor().extract(path, name="a.xlsx")


def test_an_error_arrives_with_reason_and_advice(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(builders.encrypted_pdf())
    with pytest.raises(EncryptedDocument, match="password") as caught:
        run_isolated(path, name="a.pdf")
    assert "without the password" in caught.value.advice


def test_memory_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"many words " * 1_000_000)
    with pytest.raises(DocumentTooLarge, match="memory"):
        run_isolated(path, name="a.txt", memory_bytes=150 * 1024**2)


def test_time_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"words")
    with pytest.raises(DocumentTooLarge, match="seconds"):
        run_isolated(path, name="a.txt", timeout_seconds=0.001)


SCANS = 6


@pytest.fixture
def scanned(tmp_path: Path) -> Path:
    """A PDF of scans, which takes a while."""
    path = tmp_path / "scan.pdf"
    pages = [scans.picture(f"The number of this page is {n}") for n in range(SCANS)]
    path.write_bytes(scans.pdf(pages))
    return path


READER = "agentgrid.creator_studio.rag.extraction.child"


def readers() -> list[int]:
    """Processes that read for us, and the programs they called."""
    # Not all children: the servers of other tests are among them.
    found: list[psutil.Process] = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if READER in child.cmdline():
                found += [child, *child.children(recursive=True)]
    return [process.pid for process in found]


def test_progress_arrives_page_by_page(scanned: Path) -> None:
    seen: list[tuple[int, int]] = []
    document = run_isolated(
        scanned, name="a.pdf", on_progress=lambda done, total: seen.append((done, total))
    )
    assert document.pages_read == SCANS
    assert seen[-1] == (SCANS, SCANS)
    assert seen == sorted(seen)


def test_progress_arrives_file_by_file(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(archive({"a.txt": "One.", "b.txt": "Two."}))
    seen: list[tuple[int, int]] = []
    run_isolated(path, name="a.zip", on_progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (2, 2)


def test_a_cancelled_reading_ends_and_leaves_no_process(scanned: Path) -> None:
    cancelled = Event()
    before = readers()

    def on_progress(_done: int, _total: int) -> None:
        cancelled.set()

    with pytest.raises(ReadingCancelled) as caught:
        run_isolated(scanned, name="a.pdf", on_progress=on_progress, cancelled=cancelled)
    assert caught.value.code == "cancelled"
    assert readers() == before


def test_what_the_caller_raises_ends_the_reading(scanned: Path) -> None:
    before = readers()

    def lost(_done: int, _total: int) -> None:
        raise LookupError("the lease is lost")

    with pytest.raises(LookupError, match="lease"):
        run_isolated(scanned, name="a.pdf", on_progress=lost)
    assert readers() == before


def test_recognition_can_be_switched_off(scanned: Path) -> None:
    scanned.write_bytes(scans.pdf(["Enough text to be a page of text.", scans.picture("Words")]))
    document = run_isolated(scanned, name="a.pdf", ocr=False)
    assert document.pages_read == 1
    assert "switch on OCR" in document.warnings[0]


def test_a_reader_that_crashes_is_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "stored"
    path.write_bytes(b"words")

    def crash(_done: int, _total: int) -> None:
        for child in readers():
            os.kill(child, signal.SIGSEGV)

    path.write_bytes(scans.pdf([scans.picture("Words")] * 3))
    with pytest.raises(CorruptDocument, match="stopped the reader"):
        run_isolated(path, name="a.pdf", on_progress=crash)


WORKER = """
import sys
from pathlib import Path
from agentgrid.creator_studio.rag.extraction.isolation import run_isolated
run_isolated(Path(sys.argv[1]), name="a.pdf", on_progress=lambda *_: print("reading", flush=True))
"""


def test_a_worker_that_is_killed_leaves_no_reader_behind(scanned: Path) -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(scanned)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert worker.stdout.readline() == b"reading\n"
    children = psutil.Process(worker.pid).children()
    worker.kill()
    worker.wait()
    worker.stdout.close()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert gone
    assert not alive
