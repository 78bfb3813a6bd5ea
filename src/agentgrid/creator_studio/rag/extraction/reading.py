"""What every reader is given beside the bytes, and what it gives back."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from agentgrid.creator_studio.core import DocumentTooLarge, Page, UnsupportedFormat
from agentgrid.creator_studio.rag.extraction.detection import MAX_UNPACKED_BYTES, detect_media_type

MAX_DEPTH: Final = 3
"""Archives and mails inside each other."""

OnProgress: TypeAlias = Callable[[int, int], None]
"""Called with (done, total): pages, or files of an archive."""


def ignore_progress(_done: int, _total: int) -> None:
    """Report to nobody."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader found."""

    pages: tuple[Page, ...]
    title: str = ""
    warnings: tuple[str, ...] = ()
    pages_total: int | None = None
    pages_read: int | None = None
    nothing_reason: str = ""
    nothing_advice: str = ""
    """What to tell the person when no page has text."""

    @property
    def has_text(self) -> bool:
        return any(page.text.strip() for page in self.pages)


@dataclass(slots=True)
class Budget:
    """What one upload may cost, shared by everything inside it."""

    unpacked_bytes: int = MAX_UNPACKED_BYTES
    members: int = 2000
    """Files in archives and mails."""
    ocr_pages: int = 300
    ends_at: float = field(default_factory=lambda: time.monotonic() + 600)
    """Monotonic seconds; text recognition stops then and keeps what it has."""

    def take_bytes(self, size: int) -> None:
        """Raises ``DocumentTooLarge`` when the archives unpack to more than is allowed."""
        self.unpacked_bytes -= size
        if self.unpacked_bytes < 0:
            raise DocumentTooLarge(
                f"The file unpacks to more than the {MAX_UNPACKED_BYTES // 1024**2} MB "
                "that are read.",
                advice="Split it into smaller files.",
            )

    def seconds_left(self) -> float:
        return self.ends_at - time.monotonic()


@dataclass(frozen=True, slots=True)
class Reading:
    """One document being read. ``name`` is what the person called it."""

    name: str
    reader_of: Callable[[str], "Reader"]
    ocr: bool = True
    """False when text recognition is switched off."""
    report: OnProgress = ignore_progress
    depth: int = 0
    """How many archives and mails this one lies in."""
    budget: Budget = field(default_factory=Budget)

    def inside(self, data: bytes, name: str) -> Content:
        """Read a file that lies in this one; its bytes count against the budget.

        Raises ``DocumentError``.
        """
        self.budget.take_bytes(len(data))
        if self.depth >= MAX_DEPTH:
            raise UnsupportedFormat(
                f"It lies more than {MAX_DEPTH} archives deep.", advice="Unpack the inner ones."
            )
        inner = replace(self, name=name, depth=self.depth + 1, report=ignore_progress)
        return self.reader_of(detect_media_type(data, name))(data, inner)


Reader: TypeAlias = Callable[[bytes, Reading], Content]
