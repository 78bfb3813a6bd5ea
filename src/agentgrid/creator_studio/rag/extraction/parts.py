"""Puts files that lie in another one (an archive, a mail) below their names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from agentgrid.creator_studio.core import DocumentError, Page
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading

MOST_WARNINGS = 20


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one inner file."""

    pages: tuple[Page, ...] = ()
    warnings: tuple[str, ...] = ()
    was_read: bool = False


def read_part(data: bytes, name: str, reading: Reading) -> Part:
    """Read an inner file; its pages stand below ``name``. What fails becomes a warning."""
    if not data.strip(b" \t\r\n\x00"):
        return Part(warnings=(f"{name}: the file is empty.",))
    try:
        content = reading.inside(data, name)
    except DocumentError as error:
        return Part(warnings=(f"{name}: {error}",))
    warnings = tuple(f"{name}: {each}" for each in content.warnings)
    if not content.has_text:
        reason = content.nothing_reason or "The document holds no text."
        return Part(warnings=(f"{name}: {reason}",))
    return Part(_below(content, name), warnings, was_read=True)


def _below(content: Content, name: str) -> tuple[Page, ...]:
    return tuple(replace(page, section=(name, *page.section)) for page in content.pages)


def shortened(warnings: Iterable[str]) -> tuple[str, ...]:
    """Keep the first warnings and count the rest."""
    every: Sequence[str] = tuple(warnings)
    if len(every) <= MOST_WARNINGS:
        return tuple(every)
    return (*every[:MOST_WARNINGS], f"And {len(every) - MOST_WARNINGS} more files.")
