"""Reads comma and tab separated values as a table."""

import csv

from agentgrid.creator_studio.core import DocumentTooLarge, Page
from agentgrid.creator_studio.rag.extraction.encodings import decode
from agentgrid.creator_studio.rag.extraction.reading import Content, Reading
from agentgrid.creator_studio.rag.extraction.tables import separated_table


def read_separated_values(data: bytes, _reading: Reading) -> Content:
    """Read a table; its first row is the header."""
    try:
        table = separated_table(decode(data))
    except csv.Error as error:
        raise DocumentTooLarge(
            "A single cell of the table holds more than 16 MB.",
            advice="Check that its quotation marks are closed, or save it as plain text.",
        ) from error
    return Content((Page(1, table),))
