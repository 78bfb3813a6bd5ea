"""Reads Markdown as blocks that know where they stand in the text.

Only the structure that matters for cutting passages is read: headings, paragraphs, list
items, tables and fenced code. The text itself is never changed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

BlockKind: TypeAlias = Literal["heading", "paragraph", "item", "table", "code"]

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_ITEM = re.compile(r"\s*(?:[-*+•▪◦]|\d{1,3}[.)])\s+\S")
_FENCE = re.compile(r"\s*(```|~~~)")
_DELIMITER_ROW = re.compile(r"\s*\|?[\s:|-]*-[\s:|-]*\|?\s*$")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>&~])")


@dataclass(frozen=True, slots=True)
class Block:
    """``text[start:end]`` of one kind, below ``heading_path``.

    For a heading the path includes the heading itself. ``header_end`` is where a table's
    header (its first row and the delimiter row) ends; equal to ``start`` without one.
    """

    kind: BlockKind
    start: int
    end: int
    heading_path: tuple[str, ...]
    header_end: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    text: str
    kind: BlockKind | Literal["blank", "fence"]


def blocks_of(text: str) -> list[Block]:
    """Return the blocks in order. They do not overlap; what is between them is white space."""
    headings: list[tuple[int, str]] = []
    blocks: list[Block] = []
    run: list[_Line] = []

    def close_run() -> None:
        if run:
            blocks.append(_block(text, run, tuple(title for _, title in headings)))
            run.clear()

    for line in _lines(text):
        if line.kind == "heading":
            close_run()
            level, title = _heading(line.text)
            while headings and headings[-1][0] >= level:
                headings.pop()
            headings.append((level, title))
            path = tuple(each for _, each in headings)
            blocks.append(Block("heading", line.start, line.end, path))
        elif line.kind == "blank":
            close_run()
        else:
            if run and not _continues(run, line):
                close_run()
            run.append(line)
    close_run()
    return blocks


def _lines(text: str) -> Iterator[_Line]:
    fence = ""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line = text[start:end]
        marker = _FENCE.match(line)
        if fence:
            kind = "code"
            if marker and marker.group(1) == fence:
                fence = ""
        elif marker:
            kind, fence = "code", marker.group(1)
        else:
            kind = _kind(line)
        yield _Line(start, end, line, kind)
        start = end + 1


def _kind(line: str) -> Literal["heading", "paragraph", "item", "table", "blank"]:
    stripped = line.strip()
    if not stripped:
        return "blank"
    if stripped.startswith("#") and (match := _HEADING.match(line)) and match.group(2):
        return "heading"
    if stripped.startswith("|"):
        return "table"
    return "item" if _ITEM.match(line) else "paragraph"


def _heading(line: str) -> tuple[int, str]:
    match = _HEADING.match(line)
    if match is None:
        raise ValueError("not a heading")
    return len(match.group(1)), plain(match.group(2))


def plain(markdown: str) -> str:
    """Take the emphasis marks and escapes from one line of Markdown."""
    unmarked = re.sub(r"(\*\*|__|`)", "", markdown)
    return _ESCAPE.sub(r"\1", unmarked).strip()


def _continues(run: list[_Line], line: _Line) -> bool:
    first = run[0].kind
    if first == "item":
        # A wrapped list item goes on in plain lines; the next marker is the next item.
        return line.kind == "paragraph"
    return line.kind == first


def _block(text: str, run: list[_Line], path: tuple[str, ...]) -> Block:
    start, end = run[0].start, run[-1].end
    kind = run[0].kind
    if kind in {"blank", "fence", "heading"}:
        raise ValueError(kind)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    has_header = kind == "table" and len(run) > 1 and _DELIMITER_ROW.match(run[1].text)
    header_end = min(run[1].end, end) if has_header else start
    return Block(kind, start, end, path, header_end)  # pyright: ignore[reportArgumentType]
