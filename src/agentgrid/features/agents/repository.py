"""Every statement on agents and their versions, starting from the agents one may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    FromClause,
    Select,
    Text,
    Uuid,
    column,
    func,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.errors import AgentNotFound, AgentReadOnly, VersionNotFound
from agentgrid.features.agents.models import Agent, AgentVersion
from agentgrid.features.agents.schemas import FileCounts
from agentgrid.features.auth.models import User
from agentgrid.features.auth.principal import Principal
from agentgrid.kit.pagination import PageQuery

# Two tables of features that stand above this one, as far as an agent's listing reads them:
# importing their models would turn the order of the features round.
_files = table(
    "knowledge_files",
    column("agent_id", Uuid()),
    column("name", Text()),
    column("status", Text()),
    column("added_seq", BigInteger()),
    column("removed_seq", BigInteger()),
)
_chats = table(
    "chat_sessions",
    column("agent_id", Uuid()),
    column("user_id", Uuid()),
    column("updated_at", DateTime(timezone=True)),
)


@dataclass(frozen=True, slots=True)
class ListedAgent:
    """An agent with its active version and what a listing says about it."""

    agent: Agent
    version: AgentVersion
    files: FileCounts
    last_used_at: datetime | None
    """When the asker last talked to it."""


@dataclass(frozen=True, slots=True)
class ListedVersion:
    version: AgentVersion
    parent_number: int | None
    author: User | None


def may_write(principal: Principal, agent: Agent) -> bool:
    """Its owner and admins may change an agent."""
    return principal.is_admin or agent.owner_id == principal.user_id


def _may_read(principal: Principal) -> ColumnElement[bool]:
    """Its owner, admins and, when it is shared, everybody may see and use an agent."""
    if principal.is_admin:
        return true()
    return or_(Agent.owner_id == principal.user_id, Agent.visibility == "shared")


class AgentRepository:
    """Agents as one person may see them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def readable(self, principal: Principal, agent_id: UUID) -> Agent:
        """The agent, if this person may use it. Raises ``AgentNotFound``."""
        found = await self._session.scalar(self._readable(principal).where(Agent.id == agent_id))
        if found is None:
            raise AgentNotFound
        return found

    async def writable(self, principal: Principal, agent_id: UUID) -> Agent:
        """The agent, if this person may change it.

        Raises ``AgentNotFound``, or ``AgentReadOnly`` when they may only use it.
        """
        return self._checked(principal, await self.readable(principal, agent_id))

    async def locked(self, principal: Principal, agent_id: UUID) -> Agent:
        """Like ``writable``, fresh, and held until the transaction ends."""
        found = await self._session.scalar(
            self._readable(principal)
            .where(Agent.id == agent_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if found is None:
            raise AgentNotFound
        return self._checked(principal, found)

    async def listed(self, principal: Principal, agent_id: UUID) -> ListedAgent:
        """Raises ``AgentNotFound``."""
        query = self._listing(principal).where(Agent.id == agent_id)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise AgentNotFound
        return self._listed(*row)

    async def list(self, principal: Principal, text: str, page: PageQuery) -> list[ListedAgent]:
        """Newest first; ``limit + 1`` rows, so that the caller sees whether more follow."""
        query = self._listing(principal).order_by(Agent.id.desc()).limit(page.limit + 1)
        if text.strip():
            query = query.where(
                or_(
                    Agent.name.icontains(text.strip(), autoescape=True),
                    Agent.description.icontains(text.strip(), autoescape=True),
                )
            )
        if page.after_id is not None:
            query = query.where(Agent.id < page.after_id)
        return [self._listed(*row) for row in (await self._session.execute(query)).all()]

    async def free_slug(self, wanted: str) -> str:
        """``wanted``, or with the first free number behind it.

        Two that want the same one take turns until the first has committed.
        """
        await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(wanted))))
        query = select(Agent.slug).where(Agent.slug.startswith(wanted, autoescape=True))
        taken = set((await self._session.scalars(query)).all())
        if wanted not in taken:
            return wanted
        number = 2
        while f"{wanted}-{number}" in taken:
            number += 1
        return f"{wanted}-{number}"

    async def add(self, agent: Agent, version: AgentVersion) -> None:
        """Store a new agent with its first version; their keys point at each other."""
        self._session.add(agent)
        await self._session.flush([agent])
        self._session.add(version)
        await self._session.flush()

    async def demo(self) -> UUID | None:
        """The id of the demo agent, unless it is not made yet or deleted."""
        query = select(Agent.id).where(Agent.is_demo, Agent.deleted_at.is_(None))
        return await self._session.scalar(query)

    @staticmethod
    def _checked(principal: Principal, agent: Agent) -> Agent:
        if not may_write(principal, agent):
            raise AgentReadOnly
        return agent

    @staticmethod
    def _readable(principal: Principal) -> Select[Agent]:
        return select(Agent).where(_may_read(principal), Agent.deleted_at.is_(None))

    @staticmethod
    def _listing(
        principal: Principal,
    ) -> Select[Agent, AgentVersion, int, int, int, datetime | None]:
        files = _file_counts()
        used = (
            select(func.max(_chats.c.updated_at))
            .where(_chats.c.agent_id == Agent.id, _chats.c.user_id == principal.user_id)
            .scalar_subquery()
        )
        return (
            select(Agent, AgentVersion, files.c.total, files.c.ready, files.c.failed, used)
            .join(AgentVersion, AgentVersion.id == Agent.active_version_id)
            .join(files, true())
            .where(_may_read(principal), Agent.deleted_at.is_(None))
        )

    @staticmethod
    def _listed(
        agent: Agent,
        version: AgentVersion,
        total: int,
        ready: int,
        failed: int,
        last_used_at: datetime | None,
    ) -> ListedAgent:
        processing = total - ready - failed
        files = FileCounts(total=total, ready=ready, processing=processing, failed=failed)
        return ListedAgent(agent, version, files, last_used_at)


def _file_counts() -> FromClause:
    return (
        select(
            func.count().label("total"),
            func.count().filter(_files.c.status == "ready").label("ready"),
            func.count().filter(_files.c.status == "failed").label("failed"),
        )
        .where(_files.c.agent_id == Agent.id, _files.c.removed_seq.is_(None))
        .lateral("files")
    )


class VersionRepository:
    """The versions of one agent that the caller was allowed to read."""

    def __init__(self, session: AsyncSession, agent: Agent) -> None:
        self._session = session
        self._agent = agent

    async def get(self, version_id: UUID) -> ListedVersion:
        """Raises ``VersionNotFound``."""
        query = self._listing().where(AgentVersion.id == version_id)
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            raise VersionNotFound
        return ListedVersion(*row)

    async def active(self) -> AgentVersion:
        return await self._session.get_one(AgentVersion, self._agent.active_version_id)

    async def list(self, page: PageQuery) -> Sequence[ListedVersion]:
        """Newest first; ``limit + 1`` rows."""
        query = self._listing().order_by(AgentVersion.number.desc()).limit(page.limit + 1)
        if page.after_number is not None:
            query = query.where(AgentVersion.number < page.after_number)
        return [ListedVersion(*row) for row in (await self._session.execute(query)).all()]

    async def add(self, version: AgentVersion) -> None:
        """Store the version under the next number.

        Hold the agent's row (``locked``): then numbers have no gaps and no rivals.
        """
        last = await self._session.scalar(
            select(func.max(AgentVersion.number)).where(AgentVersion.agent_id == self._agent.id)
        )
        version.number = (last or 0) + 1
        self._session.add(version)
        await self._session.flush()

    async def file_names(self, version: AgentVersion) -> set[str]:
        """Names of the documents this version reads."""
        sequence = version.knowledge_sequence
        if sequence is None:
            sequence = self._agent.knowledge_sequence
        query = select(_files.c.name).where(
            _files.c.agent_id == self._agent.id,
            _files.c.added_seq <= sequence,
            or_(_files.c.removed_seq.is_(None), _files.c.removed_seq > sequence),
        )
        return set((await self._session.scalars(query)).all())

    def _listing(self) -> Select[AgentVersion, int, User]:
        parent = select(AgentVersion.id, AgentVersion.number).subquery()
        return (
            select(AgentVersion, parent.c.number, User)
            .outerjoin(parent, parent.c.id == AgentVersion.parent_id)
            .outerjoin(User, User.id == AgentVersion.author_id)
            .where(AgentVersion.agent_id == self._agent.id)
        )
