"""Agents and their versions over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import StringConstraints

from agentgrid.features.agents.schemas import (
    AgentView,
    CreateAgent,
    CreateVersion,
    UpdateAgent,
    VersionDiff,
    VersionView,
)
from agentgrid.features.agents.service import AgentService
from agentgrid.features.auth.deps import MakerDep, PrincipalDep
from agentgrid.features.deps import SessionDep
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter(prefix="/agents", tags=["agents"])


async def get_agents(session: SessionDep) -> AgentService:
    return AgentService(session)


AgentsDep = Annotated[AgentService, Depends(get_agents)]
SearchText = Annotated[
    str, StringConstraints(max_length=200), Query(description="Part of the name or description.")
]


@router.post("", status_code=201)
async def create_agent(wanted: CreateAgent, maker: MakerDep, agents: AgentsDep) -> AgentView:
    """Make an agent; its first version is number 1."""
    return await agents.create(maker, wanted)


@router.get("")
async def list_agents(
    principal: PrincipalDep, agents: AgentsDep, page: PageDep, q: SearchText = ""
) -> Page[AgentView]:
    """Your agents and the shared ones, newest first; an admin sees all."""
    return await agents.list(principal, q, page)


@router.get("/{agent_id}")
async def get_agent(agent_id: UUID, principal: PrincipalDep, agents: AgentsDep) -> AgentView:
    return await agents.get(principal, agent_id)


@router.patch("/{agent_id}")
async def update_agent(
    agent_id: UUID, change: UpdateAgent, principal: PrincipalDep, agents: AgentsDep
) -> AgentView:
    """Save a change. What versions keep makes a new version, which becomes the active one."""
    return await agents.update(principal, agent_id, change)


@router.delete("/{agent_id}", status_code=204)
async def delete_agent(agent_id: UUID, principal: PrincipalDep, agents: AgentsDep) -> None:
    await agents.delete(principal, agent_id)


@router.get("/{agent_id}/versions")
async def list_versions(
    agent_id: UUID, principal: PrincipalDep, agents: AgentsDep, page: PageDep
) -> Page[VersionView]:
    """All versions, newest first."""
    return await agents.versions(principal, agent_id, page)


@router.post("/{agent_id}/versions", status_code=201)
async def snapshot_agent(
    agent_id: UUID, wanted: CreateVersion, principal: PrincipalDep, agents: AgentsDep
) -> VersionView:
    """Keep the agent as it is now, documents included. The active version stays active."""
    return await agents.snapshot(principal, agent_id, wanted)


@router.get("/{agent_id}/versions/{version_id}")
async def get_version(
    agent_id: UUID, version_id: UUID, principal: PrincipalDep, agents: AgentsDep
) -> VersionView:
    return await agents.version(principal, agent_id, version_id)


@router.post("/{agent_id}/versions/{version_id}/activate")
async def activate_version(
    agent_id: UUID, version_id: UUID, principal: PrincipalDep, agents: AgentsDep
) -> AgentView:
    """Let this version answer from now on."""
    return await agents.activate(principal, agent_id, version_id)


@router.get("/{agent_id}/versions/{before_id}/diff/{after_id}")
async def diff_versions(
    agent_id: UUID,
    before_id: UUID,
    after_id: UUID,
    principal: PrincipalDep,
    agents: AgentsDep,
) -> VersionDiff:
    """What changed from the first version to the second: settings and documents."""
    return await agents.diff(principal, agent_id, before_id, after_id)
