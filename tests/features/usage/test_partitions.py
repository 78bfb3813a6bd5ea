"""The ledger's months."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.usage.partitions import ensure_partitions
from agentgrid.kit.db import new_id

NAMES = """select relname from pg_class c join pg_inherits i on i.inhrelid = c.oid
           where i.inhparent = 'llm_usage'::regclass order by 1"""
INSERT = """insert into llm_usage (id, created_at, purpose, provider, model, prompt_tokens,
              cached_tokens, reasoning_tokens, completion_tokens, tokens_estimated, latency_ms,
              attempts)
            values (:id, {at}, 'chat', 'local', 'm', 0, 0, 0, 0, false, 0, 1)"""


class OnSession:
    """A SQLAlchemy session as what ``ensure_partitions`` needs."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def execute(self, query: str, /) -> None:
        await self._session.execute(text(query))


async def names(session: AsyncSession) -> list[str]:
    return list((await session.scalars(text(NAMES))).all())


async def test_missing_months_are_made_and_present_ones_left(db_session: AsyncSession) -> None:
    before = await names(db_session)
    await db_session.execute(text(f"drop table {before[-2]}"))
    for _ in range(2):
        await ensure_partitions(OnSession(db_session))
        assert await names(db_session) == before


async def test_a_row_of_a_month_without_partition_is_kept(db_session: AsyncSession) -> None:
    row = {"id": new_id()}
    await db_session.execute(text(INSERT.format(at="now() + interval '400 days'")), row)
    await ensure_partitions(OnSession(db_session))
    found = await db_session.scalar(text("select tableoid::regclass::text from llm_usage"))
    assert found == "llm_usage_default"


async def test_a_row_of_this_month_lands_in_its_partition(db_session: AsyncSession) -> None:
    await db_session.execute(text(INSERT.format(at="now()")), {"id": new_id()})
    found = await db_session.scalar(
        text(
            "select tableoid::regclass::text = 'llm_usage_' || to_char(now(), 'YYYY_MM') "
            "from llm_usage"
        )
    )
    assert found is True
