"""What the statements of both legs share: which rows count, and what is read of them."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from agentgrid.creator_studio.core import IndexedChunk

VISIBLE: Final = "f.added_seq <= $2 and (f.removed_seq is null or f.removed_seq > $2)"
"""With the agent as $1, the sequence number of its view as $2, and the file as ``f``."""

COLUMNS: Final = """c.id, c.file_id, f.name, c.page, c.heading_path::text, c.position, c.char_start,
       c.char_end, c.text"""


def chunks_of(rows: Sequence[asyncpg.Record]) -> list[IndexedChunk]:
    return [
        IndexedChunk(
            chunk_id=row[0],
            file_id=row[1],
            file_name=row[2],
            page=row[3],
            heading_path=msgspec.json.decode(row[4], type=tuple[str, ...]),
            position=row[5],
            char_start=row[6],
            char_end=row[7],
            text=row[8],
            score=row[9],
        )
        for row in rows
    ]
