"""Writes tables as Markdown."""

import csv
import io
from collections.abc import Iterator, Sequence

MAX_CELL_CHARACTERS = 16 * 1024 * 1024

FULL_ENOUGH = 0.5
"""Part of each column that holds something; prose with wide gaps has fewer."""

_DELIMITERS = ",;\t|"


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """Return the rows as a Markdown table; the first row is the header.

    Short rows are filled up, line breaks in a cell become spaces, bars are escaped.
    Returns "" without rows.
    """
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return ""
    width = max(len(row) for row in filled)
    header, *body = ([*row, *[""] * (width - len(row))] for row in filled)
    lines = [_line(header), _line(["---"] * width), *map(_line, body)]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def is_full(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the header and every column hold something in most places.

    Rows are of one length. What was taken for a table on a page, and is none, is not full.
    """
    lines = [rows[0], *zip(*rows, strict=True)] if rows else []
    return all(sum(map(bool, line)) >= FULL_ENOUGH * len(line) for line in lines)


def separated_table(text: str) -> str:
    """Return comma, semicolon, tab or bar separated text as a Markdown table.

    Row by row: a list of all rows would take ten times the memory of the text. The
    separator is the one that splits the text's start evenly. Raises ``csv.Error``.
    """
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    delimiter = _delimiter(text)
    width = max(map(len, _rows(text, delimiter)), default=0)
    lines: list[str] = []
    for row in _rows(text, delimiter):
        lines.append(_line([*row, *[""] * (width - len(row))]))
        if len(lines) == 1:
            lines.append(_line(["---"] * width))
    return "\n".join(lines)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return (row for row in reader if any(cell.strip() for cell in row))


def _delimiter(text: str) -> str:
    lines = [line for line in text[:65536].splitlines()[:50] if line.strip()]
    if len(text) > 65536 and len(lines) > 1:
        lines = lines[:-1]

    def evenness(delimiter: str) -> tuple[bool, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        return (max(counts, default=1) > 1 and min(counts) == max(counts), sum(counts))

    return max(_DELIMITERS, key=evenness)
