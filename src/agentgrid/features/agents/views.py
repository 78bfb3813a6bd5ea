"""Rows as the API shows them."""

from agentgrid.features.agents.models import Agent
from agentgrid.features.agents.repository import ListedAgent, ListedVersion
from agentgrid.features.agents.schemas import (
    AgentSpec,
    AgentView,
    AuthorRef,
    VersionRef,
    VersionView,
)


def agent_view(row: ListedAgent) -> AgentView:
    agent, version = row.agent, row.version
    return AgentView(
        id=agent.id,
        slug=agent.slug,
        name=agent.name,
        description=agent.description,
        emblem=agent.emblem,
        owner_id=agent.owner_id,
        is_demo=agent.is_demo,
        active_version=VersionRef(
            id=version.id, number=version.number, created_at=version.created_at
        ),
        spec=AgentSpec.model_validate(version.spec),
        files=row.files,
        last_used_at=row.last_used_at,
        created_at=agent.created_at,
        updated_at=agent.updated_at,
    )


def version_view(agent: Agent, row: ListedVersion) -> VersionView:
    version, author = row.version, row.author
    return VersionView(
        id=version.id,
        agent_id=version.agent_id,
        number=version.number,
        parent_number=row.parent_number,
        author=AuthorRef(id=author.id, name=author.name) if author else None,
        change_summary=version.change_summary,
        spec=AgentSpec.model_validate(version.spec),
        content_hash=version.content_hash,
        knowledge_sequence=version.knowledge_sequence,
        active=version.id == agent.active_version_id,
        created_at=version.created_at,
    )
