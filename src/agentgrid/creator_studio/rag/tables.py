"""Writes tables as Markdown."""

import csv
import io
from collections.abc import Sequence

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


def read_separated(text: str) -> list[list[str]]:
    """Read comma, semicolon, tab or bar separated text, whichever splits its start evenly."""
    csv.field_size_limit(16 * 1024 * 1024)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)))


def _delimiter(text: str) -> str:
    lines = [line for line in text[:65536].splitlines()[:50] if line.strip()]
    if len(text) > 65536 and len(lines) > 1:
        lines = lines[:-1]

    def evenness(delimiter: str) -> tuple[bool, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        return (max(counts, default=1) > 1 and min(counts) == max(counts), sum(counts))

    return max(_DELIMITERS, key=evenness)
