"""Turns kreuzberg's document tree into Markdown pages (PDF) and sheets (workbooks).

Its own Markdown loses where pages end, and its plain pages lose the headings; the tree has
both. Where the tree misses text that the plain page has, the plain page is used.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

from agentgrid.creator_studio.core import JsonObject, Page
from agentgrid.creator_studio.rag.extraction.tables import is_full, markdown_table

if TYPE_CHECKING:
    from kreuzberg import ExtractionResult

MIN_SHARE = 0.9
"""Least share of the plain page's characters that the tree must hold to be trusted."""

WRAPPED_SHARE = 0.7
"""A line at least this long, against the longest of its paragraph, was wrapped by the page."""

_HYPHEN = re.compile("\x02\\n?")
_MIDNIGHT = re.compile(r"(\| \d{4}-\d\d-\d\d) 00:00:00(?= \|)")


def pdf_pages(
    result: "ExtractionResult", repair: Callable[[int, str], str] | None = None
) -> tuple[Page, ...]:
    """Return every page of a PDF in order; blank pages have no text.

    ``repair`` gets a page's number and the lines of a paragraph as the page has them, and
    returns them with what it knows better.
    """
    structured: dict[int, list[str]] = {}
    for node in _nodes(result):
        number = node.get("page")
        if isinstance(number, int) and (text := _markdown(node, number, repair)):
            structured.setdefault(number, []).append(text)
    pages: list[Page] = []
    for page in result.pages or []:
        number = page["page_number"]
        plain = _whole_words(page["content"].replace("\r\n", "\n")).strip()
        markdown = "\n\n".join(structured.get(number, []))
        enough = _weight(markdown) >= MIN_SHARE * _weight(plain)
        plain = repair(number, plain) if repair and not enough else plain
        pages.append(Page(number, markdown if enough else plain))
    return tuple(pages)


def sheet_pages(result: "ExtractionResult") -> tuple[Page, ...]:
    """Return one page per sheet, headed by the sheet's name."""
    names = result.metadata.get("sheet_names") or []
    sheets: list[tuple[str, list[str]]] = []
    for node in _nodes(result):
        content = _content(node)
        if content.get("node_type") == "heading":
            sheets.append((str(content.get("text", "")), []))
        elif (text := _markdown(node)) and sheets:
            sheets[-1][1].append(text)
    pages: list[Page] = []
    for index, (name, tables) in enumerate(sheets, start=1):
        number = names.index(name) + 1 if name in names else index
        if tables:
            # A date without a time comes with midnight.
            text = _MIDNIGHT.sub(r"\1", "\n\n".join([f"## {name}", *tables]))
            pages.append(Page(number, text, turnable=True))
    return tuple(pages)


def _nodes(result: "ExtractionResult") -> Iterable[JsonObject]:
    document = cast("JsonObject | None", result.document)
    return cast("list[JsonObject]", document.get("nodes", [])) if document else []


def _content(node: JsonObject) -> JsonObject:
    return cast("JsonObject", node.get("content") or {})


def _markdown(
    node: JsonObject, number: int = 0, repair: Callable[[int, str], str] | None = None
) -> str:
    content = _content(node)
    kind = content.get("node_type")
    text = _whole_words(str(content.get("text") or "")).strip()
    if kind == "heading":
        level = content.get("level")
        return "#" * (level if isinstance(level, int) else 1) + " " + " ".join(text.split())
    if kind == "table":
        cells = _cells(cast("JsonObject", content.get("grid") or {}))
        if repair and not is_full(cells):
            return "\n".join(" ".join(filter(None, row)) for row in cells)
        return markdown_table(cells)
    if kind == "list_item":
        return "- " + _unwrap(text)
    if kind in {"group", "page_break", "list", "image"}:
        return ""
    if kind == "code":
        return text
    blocks = re.split(r"\n{2,}", repair(number, text) if repair else text)
    return "\n\n".join(each if each.startswith("| ") else _unwrap(each) for each in blocks)


def _cells(grid: JsonObject) -> list[list[str]]:
    rows = [
        [""] * cast("int", grid.get("cols", 0)) for _ in range(cast("int", grid.get("rows", 0)))
    ]
    for cell in cast("list[JsonObject]", grid.get("cells", [])):
        row, column = cast("int", cell["row"]), cast("int", cell["col"])
        rows[row][column] = str(cell.get("content") or "")
    return rows


def _whole_words(text: str) -> str:
    """Join words that were hyphenated at the end of a line: pdfium writes U+0002 there."""
    return _HYPHEN.sub("", text)


def _unwrap(text: str) -> str:
    """Join lines that only the page's width broke; short lines (a table's rows) stay."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return text
    if _is_word_by_word(lines):
        return " ".join(lines)
    width = max(map(len, lines))
    joined = lines[0]
    for previous, line in pairwise(lines):
        if re.search(r"[^\W\d_]-$", previous) and line[:1].islower():
            joined = joined[:-1] + line
        else:
            wrapped = len(previous) >= WRAPPED_SHARE * width and previous[-1] not in ".!?:"
            joined += (" " if wrapped else "\n") + line
    return joined


def _is_word_by_word(lines: Sequence[str]) -> bool:
    """Tell whether some program wrote prose with every word in a place of its own."""
    words = sum(len(line.split()) for line in lines)
    small = sum(line[0].islower() for line in lines)
    return len(lines) >= 5 and words < 1.5 * len(lines) and small > len(lines) / 2


def _weight(text: str) -> int:
    return sum(character.isalnum() for character in text)
