"""Removes for good what nobody can read any more: passages, files and stored objects.

A removed document stays as long as a version of its agent keeps a view in which it is
there. After that its passages, vectors and words go. The document itself goes too, unless
an answer cites it: then it still opens from there.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.deps import Services
from agentgrid.features.knowledge.lexemes import agent_mark
from agentgrid.features.knowledge.objects import remove_unused
from agentgrid.kit.db import unit_of_work

GRACE_MINUTES: Final = 60
"""A removed document is left alone so long: answers under way may still read it."""

BATCH: Final = 200

# The active version keeps no number: it reads the head, where what was removed is not.
_UNREADABLE: Final = """
f.removed_seq is not null and f.chunk_count is distinct from 0
  and f.updated_at < now() - make_interval(mins => :grace)
  and (f.added_seq is null or not exists (
    select from agent_versions v where v.agent_id = f.agent_id
      and v.knowledge_sequence >= f.added_seq and v.knowledge_sequence < f.removed_seq))
"""

_FOUND = text(f"""
select f.agent_id, f.id from knowledge_files f where {_UNREADABLE}
order by f.agent_id, f.id limit :most
""")  # noqa: S608 - a constant of this module

_LOCKED_AGENT = text("select id from agents where id = :agent_id for update")

_LOCKED_FILE = text(f"""
select f.added_seq is not null from knowledge_files f
where f.id = :file_id and {_UNREADABLE} for update
""")  # noqa: S608 - a constant of this module

_UNCOUNT_LEXEMES = text("""
update knowledge_lexemes k set chunks = k.chunks - gone.chunks
from (
  select substr(u.lexeme, :after_mark) as lexeme, count(*) as chunks
  from knowledge_chunks c cross join lateral unnest(c.lexemes) u
  where c.file_id = :file_id group by 1) gone
where k.agent_id = :agent_id and k.lexeme = gone.lexeme
""")

_DROP_LEXEMES = text("delete from knowledge_lexemes where agent_id = :agent_id and chunks <= 0")

_UNCOUNT_CHUNKS = text("""
update knowledge_statistics s
set chunks = s.chunks - gone.chunks, tokens = s.tokens - gone.tokens,
    languages = coalesce((
      select jsonb_agg(distinct f.language) from knowledge_files f
      where f.agent_id = :agent_id and f.id <> :file_id and f.added_seq is not null
        and f.chunk_count > 0), '[]')
from (
  select count(*) as chunks, coalesce(sum(token_count), 0) as tokens
  from knowledge_chunks where file_id = :file_id) gone
where s.agent_id = :agent_id
""")

_DROP_CHUNKS = text("delete from knowledge_chunks where file_id = :file_id")

# Table and columns of the feature above, as far as this one must know who still points here.
_CITED = text("""
select exists (
  select from chat_messages m join chat_sessions s on s.id = m.session_id
  where s.agent_id = :agent_id
    and (m.citations::text like :pattern or m.steps::text like :pattern))
""")

_EMPTY_FILE = text("update knowledge_files set chunk_count = 0 where id = :file_id")
_DROP_FILE = text("delete from knowledge_files where id = :file_id")


async def clean(
    services: Services, *, grace_minutes: int = GRACE_MINUTES, object_hours: int | None = None
) -> None:
    """Remove some of what nobody reads; the next call goes on."""
    async with unit_of_work(services.sessions) as session:
        found = (await session.execute(_FOUND, {"grace": grace_minutes, "most": BATCH})).all()
    for agent_id, file_id in found:
        async with unit_of_work(services.sessions) as session:
            await _remove(session, agent_id, file_id, grace_minutes)
    hours = {} if object_hours is None else {"hours": object_hours}
    async with unit_of_work(services.sessions) as session:
        await remove_unused(session, services.storage.delete, most=BATCH, **hours)


async def _remove(session: AsyncSession, agent_id: UUID, file_id: UUID, grace: int) -> None:
    # The agent first, as publishing does; its versions get their numbers under this lock.
    await session.execute(_LOCKED_AGENT, {"agent_id": agent_id})
    locked = await session.execute(_LOCKED_FILE, {"file_id": file_id, "grace": grace})
    published: bool | None = locked.scalar_one_or_none()
    if published is None:
        return
    subject = {"agent_id": agent_id, "file_id": file_id}
    if published:
        after_mark = len(agent_mark(agent_id)) + 1
        await session.execute(_UNCOUNT_LEXEMES, {**subject, "after_mark": after_mark})
        await session.execute(_DROP_LEXEMES, {"agent_id": agent_id})
        await session.execute(_UNCOUNT_CHUNKS, subject)
    if published and await _cited(session, agent_id, file_id):
        await session.execute(_DROP_CHUNKS, {"file_id": file_id})
        await session.execute(_EMPTY_FILE, {"file_id": file_id})
    else:
        await session.execute(_DROP_FILE, {"file_id": file_id})


async def _cited(session: AsyncSession, agent_id: UUID, file_id: UUID) -> bool:
    found = await session.execute(_CITED, {"agent_id": agent_id, "pattern": f"%{file_id}%"})
    cited: bool = found.scalar_one()
    return cited
