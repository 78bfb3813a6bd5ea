"""Keeps sections from being so short that a passage of one says nothing."""

from typing import Final

from agentgrid.creator_studio.core import Page

SHORT_CHARACTERS: Final = 400
"""Sections shorter than this, together, become one: a definition of a line says little."""


def append_section(pages: list[Page], page: Page) -> None:
    """Add a page of code; one that is short joins its short neighbour in the same section."""
    last = pages[-1] if pages else None
    if (
        last is None
        or not last.section
        or len(last.text) + len(page.text) > SHORT_CHARACTERS
        or _outer(last.section, page.section) is None
    ):
        pages.append(page)
        return
    joined = f"{last.text}\n{page.text}"
    section = _outer(last.section, page.section) or ()
    pages[-1] = Page(1, joined, section=section, kind="code")


def _outer(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the section that holds both: siblings named together, or the one around."""
    if second[: len(first)] == first:
        return first
    if len(first) == len(second) and first[:-1] == second[:-1]:
        return (*first[:-1], f"{first[-1]}, {second[-1]}"[:80])
    return None
