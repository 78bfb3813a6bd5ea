"""What is stored for documents outside the database: originals and texts, each once.

An object is named after its content, so that files with the same bytes share it. A row is
written before the object is; a sweep removes only what it finds there, and holds the row
while it does: whoever wants the same content again waits until it is gone, and stores it
anew.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.kit.db import SessionFactory, unit_of_work

KEPT_HOURS: Final = 24
"""An object that no file names is kept so long: what is being stored has no file yet."""

_TOUCH = text("""
insert into knowledge_objects (key) values (:key)
on conflict (key) do update set touched_at = now()
""")

_UNUSED = text("""
delete from knowledge_objects where key in (
  select o.key from knowledge_objects o
  where o.touched_at < now() - make_interval(hours => :hours)
    and not exists (select from knowledge_files f where f.storage_key = o.key)
    and not exists (select from knowledge_files f where f.text_key = o.key)
  order by o.touched_at limit :most for update skip locked)
returning key
""")


def original_key(content_hash: str) -> str:
    return f"originals/{content_hash[:2]}/{content_hash}"


async def touch(sessions: SessionFactory, key: str) -> None:
    """Say, before it is stored or used again, that an object is wanted."""
    async with unit_of_work(sessions) as session:
        await session.execute(_TOUCH, {"key": key})


async def remove_unused(
    session: AsyncSession,
    delete: Callable[[str], Awaitable[None]],
    *,
    most: int,
    hours: int = KEPT_HOURS,
) -> int:
    """Delete objects that no file needs; how many. Commit afterwards."""
    keys = (await session.scalars(_UNUSED, {"hours": hours, "most": most})).all()
    for key in keys:
        await delete(key)
    return len(keys)
