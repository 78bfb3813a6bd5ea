"""Finds tables on PDF pages by where their texts stand; the converter gives lines only.

A table is three or more lines in a row whose texts stand below each other in the same two
or more columns, well apart, and are short: two columns of prose are none.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import pypdfium2

from agentgrid.creator_studio.rag.extraction.tables import is_full, markdown_table

FEWEST_ROWS: Final = 3
LONGEST_CELL: Final = 32
"""Characters, on average: lines of a newspaper's columns are longer."""

MOST_TEXTS: Final = 5000
"""Of a page; drawings made of letters have more."""

_APART: Final = 0.8
"""Texts nearer to each other than this part of their height are one cell."""

Table: TypeAlias = list[list[str]]


@dataclass(slots=True)
class _Cell:
    left: float
    bottom: float
    right: float
    top: float
    text: str

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


_Line: TypeAlias = list[_Cell]


def tables_of(data: bytes) -> dict[int, list[Table]]:
    """Return the tables by the number of their page, rows of cells; {} if pdfium fails."""
    found: dict[int, list[Table]] = {}
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return found
    try:
        for index in range(len(document)):
            if tables := _on_page(document, index):
                found[index + 1] = tables
    finally:
        document.close()
    return found


def with_tables(text: str, tables: Iterable[Table]) -> str:
    """Replace the lines of each table, as they stand in a page's text, by Markdown."""
    for table in tables:
        wanted = [_bare("".join(row)) for row in table]
        lines = text.split("\n")
        bare = [_bare(line) for line in lines]
        starts = (at for at, line in enumerate(bare) if line == wanted[0])
        at = next((at for at in starts if bare[at : at + len(wanted)] == wanted), None)
        if at is not None:
            before, after = lines[:at], lines[at + len(wanted) :]
            text = "\n".join([*before, "", markdown_table(table), "", *after]).strip("\n")
    return text


def _bare(text: str) -> str:
    return "".join(text.split())


def _on_page(document: pypdfium2.PdfDocument, index: int) -> list[Table]:
    try:
        page = document[index].get_textpage()
        count = page.count_rects()
        if not FEWEST_ROWS * 2 <= count <= MOST_TEXTS:
            return []
        cells: list[_Cell] = []
        for number in range(count):
            left, bottom, right, top = page.get_rect(number)
            text = " ".join(page.get_text_bounded(left, bottom, right, top).split())
            if text:
                cells.append(_Cell(left, bottom, right, top, text))
    except (pypdfium2.PdfiumError, ValueError):
        return []
    return [table for run in _runs(_lines(cells)) if (table := _table(run))]


def _lines(cells: Sequence[_Cell]) -> list[_Line]:
    """Group the texts that stand on one line, and join those that touch."""
    lines: list[_Line] = []
    for cell in sorted(cells, key=lambda each: -each.middle):
        last = lines[-1] if lines else None
        if last and abs(last[0].middle - cell.middle) < 0.5 * max(last[0].height, cell.height):
            last.append(cell)
        else:
            lines.append([cell])
    return [_joined(sorted(line, key=lambda each: each.left)) for line in lines]


def _joined(line: _Line) -> _Line:
    joined = [line[0]]
    for cell in line[1:]:
        last = joined[-1]
        gap = cell.left - last.right
        if gap < _APART * max(last.height, cell.height):
            space = " " if gap > 0.1 * cell.height else ""
            joined[-1] = _Cell(
                last.left,
                min(last.bottom, cell.bottom),
                max(last.right, cell.right),
                max(last.top, cell.top),
                f"{last.text}{space}{cell.text}",
            )
        else:
            joined.append(cell)
    return joined


def _runs(lines: Sequence[_Line]) -> list[list[_Line]]:
    """Return the runs of lines that have several texts each and stand close together."""
    runs: list[list[_Line]] = []
    previous: _Line | None = None
    for line in lines:
        if len(line) < 2:
            previous = None
            continue
        if previous is None or previous[0].middle - line[0].middle > 4 * line[0].height:
            runs.append([])
        runs[-1].append(line)
        previous = line
    return runs


def _table(run: Sequence[_Line]) -> Table | None:
    if len(run) < FEWEST_ROWS:
        return None
    texts = [cell.text for line in run for cell in line]
    if sum(map(len, texts)) > LONGEST_CELL * len(texts):
        return None
    columns = _columns(run)
    if len(columns) < 2:
        return None
    rows: Table = []
    for line in run:
        row = [""] * len(columns)
        for cell in line:
            column = next(at for at, (_, right) in enumerate(columns) if cell.left <= right)
            if row[column]:
                return None
            row[column] = cell.text
        rows.append(row)
    return rows if is_full(rows) else None


def _columns(run: Sequence[_Line]) -> list[tuple[float, float]]:
    """Return the stretches of the page's width that texts cover, from left to right."""
    spans = sorted((cell.left, cell.right) for line in run for cell in line)
    columns = [spans[0]]
    for left, right in spans[1:]:
        if left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns
