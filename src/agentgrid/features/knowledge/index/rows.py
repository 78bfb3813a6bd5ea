"""What the statements of both legs share: which rows count, and what is read of them."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from agentgrid.creator_studio.core import IndexedChunk, KnowledgeView

READ: Final = """f.added_seq <= $2 and (f.removed_seq is null or f.removed_seq > $2)
  and ($3::uuid[] is null or f.id = any($3))
  and ($4::text[] is null or f.tag_keys && $4)
  and ($5::timestamptz is null or f.created_at >= $5)
  and ($6::timestamptz is null or f.created_at < $6)
  and ($7::text[] is null or f.tag_keys && $7)"""
"""What a view and its filter let through: with ``view_arguments`` as $1 to $7, the file as ``f``.
"""

VIEW_ARGUMENTS: Final = 7
"""How many ``view_arguments`` gives."""

COLUMNS: Final = """c.id, c.file_id, f.name, c.page, c.heading_path::text, c.position, c.char_start,
       c.char_end, c.text, f.tags"""


def view_arguments(view: KnowledgeView) -> tuple[object, ...]:
    """The first seven arguments of every statement that reads a view; see ``READ``."""
    wanted = view.filter
    return (
        view.agent_id,
        view.sequence,
        list(wanted.files) or None,
        list(wanted.tags) or None,
        wanted.added_from,
        wanted.added_before,
        list(wanted.agent_tags) or None,
    )


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
            tags=tuple(row[9]),
            score=row[10],
        )
        for row in rows
    ]
