"""Documents as they were read, and the passages they are cut into."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

PageKind: TypeAlias = Literal["markdown", "code"]


@dataclass(frozen=True, slots=True)
class Page:
    """One page, slide or sheet; where a format has none, one part of the document.

    ``number`` counts from 1, inside an archive from 1 in each member.
    """

    number: int
    text: str
    section: tuple[str, ...] = ()
    """What the page's own headings stand below: a file in an archive, a class in a program."""
    kind: PageKind = "markdown"
    """"code" is kept line by line: a line that starts with # is no heading there."""
    turnable: bool = False
    """True where a person can turn to page ``number`` in the file."""


@dataclass(frozen=True, slots=True)
class ExtractedDocument:
    """The text of a document, page by page, as Markdown where the format has structure."""

    title: str
    pages: tuple[Page, ...]
    media_type: str
    warnings: tuple[str, ...] = ()
    """What could not be read, a sentence each, for the person who sent the file."""
    pages_total: int | None = None
    """Pages, slides, sheets or files in the document; None where the format has none."""
    pages_read: int | None = None
    """Those that gave text; pages that are empty on purpose are not among them."""

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
