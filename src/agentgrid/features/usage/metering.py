"""Collects the model calls made on behalf of one piece of work.

The engine reports every call through one hook. Work that wants its calls in the ledger
opens a ``collect_calls`` block; the calls arrive in the order they ended, failed ones too.
"""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.core import TokenUsage
from agentgrid.creator_studio.llm.wrappers import CallRecord
from agentgrid.features.usage.ledger import (
    INSERT_ROWS,
    CallSubject,
    LedgerRow,
    encode_rows,
    ledger_row,
)
from agentgrid.kit.db import SessionFactory, unit_of_work

NOTHING_USED = TokenUsage()
_collected: ContextVar[list[CallRecord] | None] = ContextVar("collected_calls", default=None)
_INSERT = text(INSERT_ROWS.format(rows="cast(:rows as text)"))
_log = structlog.get_logger(__name__)


@contextmanager
def collect_calls() -> Generator[list[CallRecord]]:
    """The calls made inside the block, by this task and those it starts."""
    calls: list[CallRecord] = []
    token = _collected.set(calls)
    try:
        yield calls
    finally:
        _collected.reset(token)


def record_call(record: CallRecord) -> None:
    """The engine's hook: logs the event ``llm_usage`` and hands the call to its collector."""
    _log.info(
        "llm_usage",
        provider=record.provider,
        model=record.model,
        prompt=record.usage.prompt if record.usage else 0,
        completion=record.usage.completion if record.usage else 0,
        time_ms=round(record.latency_ms),
        attempts=record.attempts,
        error=record.error,
    )
    calls = _collected.get()
    if calls is not None:
        calls.append(record)


def rows_of(calls: list[CallRecord], subject: CallSubject) -> list[LedgerRow]:
    return [
        ledger_row(
            subject,
            provider=call.provider,
            model=call.model,
            usage=call.usage or NOTHING_USED,
            latency_ms=call.latency_ms,
            first_token_ms=call.first_token_ms,
            attempts=call.attempts,
            error_code=call.error,
            purpose=call.purpose,
        )
        for call in calls
    ]


async def book_calls(session: AsyncSession, calls: list[CallRecord], subject: CallSubject) -> None:
    """Write the calls into the ledger, as part of the session's transaction."""
    if calls:
        await session.execute(_INSERT, {"rows": encode_rows(rows_of(calls, subject))})


@asynccontextmanager
async def booked(sessions: SessionFactory, subject: CallSubject) -> AsyncGenerator[None]:
    """Write the calls made inside the block into the ledger, however the block ends.

    For work that has no transaction of its own to write them in. Inside another block that
    collects calls, this one takes them.
    """
    with collect_calls() as calls:
        try:
            yield
        finally:
            if calls:
                async with unit_of_work(sessions) as session:
                    await book_calls(session, calls, subject)
