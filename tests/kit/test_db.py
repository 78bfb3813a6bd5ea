"""Addresses, units of work, pages."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from agentgrid.kit.db import (
    after_commit,
    asyncpg_dsn,
    make_sessions,
    new_id,
    sqlalchemy_url,
    unit_of_work,
)
from agentgrid.kit.errors import Invalid
from agentgrid.kit.pagination import PageQuery, decode_cursor, encode_cursor, page_of

ADDRESSES = [
    (
        "postgresql://u:p%40ss@db:5433/agentgrid?sslmode=require",
        "postgresql+asyncpg://u:p%40ss@db:5433/agentgrid?ssl=require",
    ),
    (
        "postgresql://postgres@/agentgrid?host=/tmp/some%20folder",
        "postgresql+asyncpg://postgres@/agentgrid?host=/tmp/some+folder",
    ),
]


@pytest.mark.parametrize(("given", "expected"), ADDRESSES)
def test_sqlalchemy_gets_its_own_form_of_the_address(given: str, expected: str) -> None:
    assert sqlalchemy_url(given) == expected
    assert asyncpg_dsn(given) == given


def test_ids_are_ordered_by_the_time_they_were_made() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(ids)
    assert {id_.version for id_ in ids} == {7}


async def test_work_after_commit_runs_only_when_it_was_committed(engine: AsyncEngine) -> None:
    ran: list[str] = []

    async def note() -> None:
        ran.append("ran")

    sessions = make_sessions(engine)

    async def fail() -> None:
        async with unit_of_work(sessions) as session:
            after_commit(session, note)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert ran == []
    async with unit_of_work(sessions) as session:
        await session.execute(text("select 1"))
        after_commit(session, note)
        assert ran == []
    assert ran == ["ran"]


def test_a_cursor_leads_to_the_row_after_the_page() -> None:
    page = page_of(
        ["a", "b", "c"],
        PageQuery(after=None, limit=2),
        key=lambda row: (row,),
        item=lambda row: row.upper(),
    )
    assert page.items == ["A", "B"]
    assert page.next_cursor is not None
    assert decode_cursor(page.next_cursor) == ("b",)


def test_the_last_page_has_no_cursor() -> None:
    page = page_of(
        ["a"], PageQuery(after=None, limit=2), key=lambda row: (row,), item=lambda row: row
    )
    assert page.next_cursor is None


@pytest.mark.parametrize("cursor", ["%%%", "bm8ganNvbg", encode_cursor(["x"])[:-2] + "!"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid, match="start again"):
        decode_cursor(cursor)
