"""Documents as they were read, and the passages they are cut into."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide or sheet. ``number`` counts from 1."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """The text of a document, page by page, as Markdown where the format has structure."""

    title: str
    pages: tuple[Page, ...]
    media_type: str
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All pages joined by one newline; citations count characters in this string."""
        return "\n".join(page.text for page in self.pages)


class Extractor(Protocol):
    def extract(self, path: Path, *, name: str) -> ExtractedDocument:
        """Read the file at ``path``; ``name`` is what the person called it.

        Runs in the calling thread. Raises ``DocumentError``.
        """
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of a document.

    ``char_start``/``char_end`` count characters in ``ExtractedDocument.text``, and
    ``document.text[char_start:char_end] == text`` holds for every chunk.
    """

    position: int
    text: str
    page: int | None
    heading_path: tuple[str, ...]
    char_start: int
    char_end: int
    token_count: int
    content_hash: str
    """SHA-256, hexadecimal, over the embedded form (heading path, table header and text)."""
    table_header: str = ""
    """For a chunk that begins inside a table: the table's header rows, to embed with it."""
