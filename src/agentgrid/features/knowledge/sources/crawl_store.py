"""What reading a source writes down: the lease on it, and what came of each address.

Every statement that changes something holds only while the lease is the worker's own. A
worker that was taken for dead and wakes up again finds ``LeaseLost`` and changes nothing.
What came of an address is one transaction: the frontier, the document and its file.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.web import WebUrl
from agentgrid.features.agents.models import Agent
from agentgrid.features.knowledge.sources.models import KnowledgeSource, KnowledgeSourcePage
from agentgrid.kit.db import SessionFactory, new_id, unit_of_work

LEASE_SECONDS: Final = 45

_UNFINISHED = KnowledgeSource.status.in_(("queued", "crawling"))
_READ = ("read", "unchanged")

# Lost hints and dead workers, as with files.
_ABANDONED = text("""
update knowledge_sources set enqueued_at = now()
where id in (
  select s.id from knowledge_sources s join agents a on a.id = s.agent_id
  where s.status in ('queued', 'crawling') and a.deleted_at is null
    and (s.lease_until < now() or s.lease_until is null and
         (s.enqueued_at is null or s.enqueued_at < now() - make_interval(secs => :patience)))
  order by s.id limit :most
  for update of s skip locked)
returning id
""")

# What was not reached keeps the text it had, except where the source may hold no more.
_END_FRONTIER = text("""
update knowledge_source_pages
set state = case when file_id is not null and not :gone then 'unchanged' else 'skipped' end,
    reason = case when file_id is not null and not :gone then null else :reason end
where source_id = :source_id and state = 'waiting'
returning file_id
""")


class LeaseLost(Exception):
    """Another worker has the source now, somebody cancelled it, or it was removed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is."""

    read: int
    waiting: int
    requests: int
    bytes: int
    seconds: float
    """Since the run began."""
    wait: float
    """Seconds until the first waiting address may be fetched; 0 when one may be now."""


class CrawlStore:
    """The database, as one worker that holds one lease sees it."""

    def __init__(self, sessions: SessionFactory, owner: str) -> None:
        self._sessions = sessions
        self._owner = owner

    async def acquire(self, source_id: UUID) -> KnowledgeSource | None:
        """Take the lease; None when there is nothing to do, or another worker does it."""
        statement = (
            update(KnowledgeSource)
            .where(
                KnowledgeSource.id == source_id,
                _UNFINISHED,
                or_(
                    KnowledgeSource.lease_until.is_(None), KnowledgeSource.lease_until < func.now()
                ),
                KnowledgeSource.agent_id.in_(select(Agent.id).where(Agent.deleted_at.is_(None))),
            )
            .values(
                status="crawling",
                run_started_at=func.coalesce(KnowledgeSource.run_started_at, func.now()),
                lease_owner=self._owner,
                lease_until=_lease_end(),
                # A lease that ran out belonged to a worker that died.
                interruptions=KnowledgeSource.interruptions
                + func.num_nonnulls(KnowledgeSource.lease_until),
            )
            .returning(KnowledgeSource)
        )
        async with unit_of_work(self._sessions) as session:
            return (await session.execute(statement)).scalar_one_or_none()

    @asynccontextmanager
    async def holding(self, source: KnowledgeSource) -> AsyncGenerator[AsyncSession]:
        """A transaction during which the agent's documents and the source are held.

        The agent first, as publishing and removing do: those that lock in one order cannot
        block each other for good. Raises ``LeaseLost``.
        """
        async with unit_of_work(self._sessions) as session:
            await session.execute(
                select(Agent.id).where(Agent.id == source.agent_id).with_for_update()
            )
            await self._update(session, source.id, {"lease_until": _lease_end()})
            yield session

    async def change(self, source_id: UUID, **values: object) -> KnowledgeSource:
        """Write something down about the source. Raises ``LeaseLost``."""
        async with unit_of_work(self._sessions) as session:
            return await self._update(session, source_id, values)

    async def renew(self, source_id: UUID) -> None:
        """Raises ``LeaseLost``."""
        await self.change(source_id, lease_until=_lease_end())

    async def release(self, source_id: UUID, **values: object) -> None:
        """Give the lease back. Nothing happens when it is lost already."""
        try:
            await self.change(source_id, lease_owner=None, lease_until=None, **values)
        except LeaseLost:
            return

    async def standing(self, source: KnowledgeSource) -> Standing:
        """How far the run is."""
        waiting = KnowledgeSourcePage.state == "waiting"
        due = func.min(func.coalesce(KnowledgeSourcePage.not_before, func.now())).filter(waiting)
        query = (
            select(
                func.count().filter(KnowledgeSourcePage.state.in_(_READ)),
                func.count().filter(waiting),
                func.extract("epoch", due - func.now()),
                KnowledgeSource.run_requests,
                KnowledgeSource.run_bytes,
                func.extract("epoch", func.now() - KnowledgeSource.run_started_at),
            )
            .join(KnowledgeSource, KnowledgeSource.id == KnowledgeSourcePage.source_id)
            .where(KnowledgeSourcePage.source_id == source.id)
            .group_by(KnowledgeSource.id)
        )
        async with unit_of_work(self._sessions) as session:
            row = (await session.execute(query)).one_or_none()
        if row is None:
            raise LeaseLost
        read, left, wait, requests, size, seconds = row
        return Standing(read, left, requests, size, float(seconds or 0), max(0.0, float(wait or 0)))

    async def next_page(self, source_id: UUID) -> KnowledgeSourcePage | None:
        """The address that is next: nearest to the start, first met."""
        query = (
            select(KnowledgeSourcePage)
            .where(
                KnowledgeSourcePage.source_id == source_id,
                KnowledgeSourcePage.state == "waiting",
                or_(
                    KnowledgeSourcePage.not_before.is_(None),
                    KnowledgeSourcePage.not_before <= func.now(),
                ),
            )
            .order_by(KnowledgeSourcePage.depth, KnowledgeSourcePage.id)
            .limit(1)
        )
        async with unit_of_work(self._sessions) as session:
            return await session.scalar(query)

    async def start_page(self, source: KnowledgeSource) -> KnowledgeSourcePage | None:
        query = select(KnowledgeSourcePage).where(
            KnowledgeSourcePage.source_id == source.id, KnowledgeSourcePage.url == source.url
        )
        async with unit_of_work(self._sessions) as session:
            return await session.scalar(query)

    async def _update(
        self, session: AsyncSession, source_id: UUID, values: Mapping[str, object]
    ) -> KnowledgeSource:
        statement = (
            update(KnowledgeSource)
            .where(
                KnowledgeSource.id == source_id,
                KnowledgeSource.lease_owner == self._owner,
                _UNFINISHED,
            )
            .values(**values)
            .returning(KnowledgeSource)
            .execution_options(populate_existing=True)
        )
        source = (await session.execute(statement)).scalar_one_or_none()
        if source is None:
            raise LeaseLost
        return source


async def add_links(
    session: AsyncSession,
    source: KnowledgeSource,
    links: Sequence[WebUrl],
    *,
    depth: int,
    hops: int = 0,
) -> None:
    """Put addresses into the frontier that were not met before, as far as there is room."""
    room = most_addresses(source) - (
        await session.scalar(select(func.count()).where(KnowledgeSourcePage.source_id == source.id))
        or 0
    )
    rows = [
        {"id": new_id(), "source_id": source.id, "url": str(link), "depth": depth, "hops": hops}
        for link in links[: max(0, room)]
    ]
    if rows:
        await session.execute(insert(KnowledgeSourcePage).values(rows).on_conflict_do_nothing())


def most_addresses(source: KnowledgeSource) -> int:
    """How many addresses a source may meet: more than it may read, since some are skipped."""
    return 1 if source.kind == "page" else source.max_pages * 4 + 20


async def note_scope(session: AsyncSession, source: KnowledgeSource) -> None:
    """Where the start was found in the end."""
    await session.execute(
        update(KnowledgeSource)
        .where(KnowledgeSource.id == source.id)
        .values(scope_url=source.scope_url)
    )


async def note_sitemap(session: AsyncSession, source: KnowledgeSource) -> None:
    """What the site lists itself was read in this run."""
    source.sitemap_run = source.run
    await session.execute(
        update(KnowledgeSource)
        .where(KnowledgeSource.id == source.id)
        .values(sitemap_run=source.run)
    )


async def count_request(session: AsyncSession, source_id: UUID, size: int) -> None:
    """One address more was tried in this run, and gave so many bytes."""
    await session.execute(
        update(KnowledgeSource)
        .where(KnowledgeSource.id == source_id)
        .values(
            run_requests=KnowledgeSource.run_requests + 1,
            run_bytes=KnowledgeSource.run_bytes + size,
            interruptions=0,
        )
    )


async def same_text(
    session: AsyncSession, page: KnowledgeSourcePage, content_hash: str
) -> str | None:
    """Another address of the source that gave the same text in this run."""
    query = (
        select(KnowledgeSourcePage.url)
        .where(
            KnowledgeSourcePage.source_id == page.source_id,
            KnowledgeSourcePage.text_hash == content_hash,
            KnowledgeSourcePage.state.in_(_READ),
            KnowledgeSourcePage.id != page.id,
        )
        .limit(1)
    )
    return await session.scalar(query)


async def change_page(session: AsyncSession, page: KnowledgeSourcePage, **values: object) -> None:
    """Write down what came of an address."""
    await session.execute(
        update(KnowledgeSourcePage).where(KnowledgeSourcePage.id == page.id).values(**values)
    )


async def end_frontier(
    session: AsyncSession, source_id: UUID, reason: str, *, gone: bool
) -> Sequence[UUID]:
    """Let nothing wait any more. The files of what is ``gone``, to be removed."""
    found = await session.scalars(
        _END_FRONTIER, {"source_id": source_id, "reason": reason, "gone": gone}
    )
    files = [file_id for file_id in found if file_id is not None]
    return files if gone else ()


async def abandoned(session: AsyncSession, *, patience: float, most: int) -> Sequence[UUID]:
    """Sources nobody works on, marked as told again."""
    return (await session.scalars(_ABANDONED, {"patience": patience, "most": most})).all()


def _lease_end() -> ColumnElement[object]:
    return func.now() + literal_column(f"interval '{LEASE_SECONDS} seconds'")
