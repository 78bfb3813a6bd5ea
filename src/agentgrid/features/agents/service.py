"""Agents: made, changed, versioned, rolled back, deleted."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.errors import VersionConflict
from agentgrid.features.agents.models import Agent, AgentVersion
from agentgrid.features.agents.repository import AgentRepository, VersionRepository
from agentgrid.features.agents.schemas import (
    AgentSpec,
    AgentView,
    CreateAgent,
    CreateVersion,
    FileChanges,
    UpdateAgent,
    VersionDiff,
    VersionView,
)
from agentgrid.features.agents.versions import (
    changed_spec,
    content_hash,
    differences,
    slug_of,
    spec_json,
    summary,
)
from agentgrid.features.agents.views import agent_view, version_view
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import AuditLog
from agentgrid.kit.db import new_id
from agentgrid.kit.pagination import Page, PageQuery, page_of

_FACE = ("name", "description", "emblem")
"""What people see of an agent; it is not part of a version."""


class AgentService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._agents = AgentRepository(session)
        self._audit = AuditLog(session)

    async def create(self, principal: Principal, wanted: CreateAgent) -> AgentView:
        """Make an agent of one's own, with version 1."""
        agent = await self._create(wanted, principal.user_id)
        self._audit.write(principal.user_id, "agent.created", "agent", agent.id, name=agent.name)
        return await self.get(principal, agent.id)

    async def create_demo(self, wanted: CreateAgent) -> Agent:
        """Make the agent that belongs to the installation and is shared with everybody."""
        return await self._create(wanted, None, visibility="shared", is_demo=True)

    async def get(self, principal: Principal, agent_id: UUID) -> AgentView:
        """Raises ``AgentNotFound``."""
        return agent_view(await self._agents.listed(principal, agent_id))

    async def list(self, principal: Principal, text: str, page: PageQuery) -> Page[AgentView]:
        rows = await self._agents.list(principal, text, page)
        return page_of(rows, page, key=lambda row: [str(row.agent.id)], item=agent_view)

    async def update(self, principal: Principal, agent_id: UUID, change: UpdateAgent) -> AgentView:
        """Save a change; a new version is made when the change is of what versions keep.

        Saves of one agent take turns: each builds on the one before. Raises
        ``VersionConflict`` when ``base_version`` is not the active one any more.
        """
        agent = await self._agents.locked(principal, agent_id)
        versions = VersionRepository(self._session, agent)
        active = await versions.active()
        if change.base_version is not None and change.base_version != active.number:
            raise VersionConflict(edited=change.base_version, active=active.number)
        self._change_face(principal, agent, change)
        before = AgentSpec.model_validate(active.spec)
        after = changed_spec(before, change)
        if content_hash(after) != active.content_hash:
            text = change.change_summary or summary(before, after)
            version = _successor(active, after, principal, text)
            await versions.add(version)
            _activate(agent, active, version)
        await self._session.flush()
        return await self.get(principal, agent_id)

    async def delete(self, principal: Principal, agent_id: UUID) -> None:
        """Take the agent out of sight for good; its address becomes free."""
        agent = await self._agents.locked(principal, agent_id)
        agent.deleted_at = datetime.now(UTC)
        agent.slug = f"{agent.slug}--{agent.id.hex}"
        self._audit.write(principal.user_id, "agent.deleted", "agent", agent.id, name=agent.name)

    async def versions(
        self, principal: Principal, agent_id: UUID, page: PageQuery
    ) -> Page[VersionView]:
        agent = await self._agents.readable(principal, agent_id)
        rows = await VersionRepository(self._session, agent).list(page)
        return page_of(
            rows,
            page,
            key=lambda row: [str(row.version.number)],
            item=lambda row: version_view(agent, row),
        )

    async def version(self, principal: Principal, agent_id: UUID, version_id: UUID) -> VersionView:
        """Raises ``VersionNotFound``."""
        agent = await self._agents.readable(principal, agent_id)
        return version_view(agent, await VersionRepository(self._session, agent).get(version_id))

    async def snapshot(
        self, principal: Principal, agent_id: UUID, wanted: CreateVersion
    ) -> VersionView:
        """Keep the agent as it is now, documents included; the active version stays active."""
        agent = await self._agents.locked(principal, agent_id)
        versions = VersionRepository(self._session, agent)
        active = await versions.active()
        spec = AgentSpec.model_validate(active.spec)
        text = wanted.change_summary or f"Snapshot of version {active.number}"
        version = _successor(active, spec, principal, text)
        version.knowledge_sequence = agent.knowledge_sequence
        await versions.add(version)
        return version_view(agent, await versions.get(version.id))

    async def activate(self, principal: Principal, agent_id: UUID, version_id: UUID) -> AgentView:
        """Let another version answer from now on. Nothing happens when it already does."""
        agent = await self._agents.locked(principal, agent_id)
        versions = VersionRepository(self._session, agent)
        outgoing = await versions.active()
        incoming = (await versions.get(version_id)).version
        if incoming.id != outgoing.id:
            _activate(agent, outgoing, incoming)
            self._audit.write(
                principal.user_id,
                "agent.version_activated",
                "agent",
                agent.id,
                before=outgoing.number,
                after=incoming.number,
            )
            await self._session.flush()
        return await self.get(principal, agent_id)

    async def diff(
        self, principal: Principal, agent_id: UUID, before_id: UUID, after_id: UUID
    ) -> VersionDiff:
        agent = await self._agents.readable(principal, agent_id)
        versions = VersionRepository(self._session, agent)
        before = (await versions.get(before_id)).version
        after = (await versions.get(after_id)).version
        had, has = await versions.file_names(before), await versions.file_names(after)
        return VersionDiff(
            from_number=before.number,
            to_number=after.number,
            changes=differences(
                AgentSpec.model_validate(before.spec), AgentSpec.model_validate(after.spec)
            ),
            files=FileChanges(added=sorted(has - had), removed=sorted(had - has)),
        )

    async def _create(
        self,
        wanted: CreateAgent,
        owner_id: UUID | None,
        *,
        visibility: str = "private",
        is_demo: bool = False,
    ) -> Agent:
        agent_id, spec = new_id(), changed_spec(AgentSpec(), wanted)
        version = _version(agent_id, spec, owner_id, "Created the agent")
        agent = Agent(
            id=agent_id,
            owner_id=owner_id,
            slug=await self._agents.free_slug(slug_of(wanted.name)),
            name=wanted.name,
            description=wanted.description,
            emblem=wanted.emblem,
            visibility=visibility,
            is_demo=is_demo,
            active_version_id=version.id,
        )
        await self._agents.add(agent, version)
        return agent

    def _change_face(self, principal: Principal, agent: Agent, change: UpdateAgent) -> None:
        details: dict[str, object] = {}
        for field in _FACE:
            new = getattr(change, field)
            if new is not None and new != getattr(agent, field):
                details[field] = {"before": getattr(agent, field), "after": new}
                setattr(agent, field, new)
        if details:
            self._audit.write(principal.user_id, "agent.changed", "agent", agent.id, **details)


def _version(agent_id: UUID, spec: AgentSpec, author_id: UUID | None, text: str) -> AgentVersion:
    return AgentVersion(
        id=new_id(),
        agent_id=agent_id,
        number=1,
        author_id=author_id,
        change_summary=text,
        spec=spec_json(spec),
        content_hash=content_hash(spec),
    )


def _successor(parent: AgentVersion, spec: AgentSpec, author: Principal, text: str) -> AgentVersion:
    version = _version(parent.agent_id, spec, author.user_id, text)
    version.parent_id = parent.id
    return version


def _activate(agent: Agent, outgoing: AgentVersion, incoming: AgentVersion) -> None:
    """The incoming version follows the documents; the outgoing one keeps those it had."""
    outgoing.knowledge_sequence = agent.knowledge_sequence
    incoming.knowledge_sequence = None
    agent.active_version_id = incoming.id
