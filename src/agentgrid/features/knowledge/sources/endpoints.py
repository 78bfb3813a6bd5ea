"""Web sources over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends

from agentgrid.features.auth.deps import PrincipalDep
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.features.knowledge.sources.schemas import SourceCreate, SourceView
from agentgrid.features.knowledge.sources.service import SourceService
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter(prefix="/agents/{agent_id}/sources", tags=["knowledge"])

_ADD_PROBLEMS: dict[int | str, dict[str, Any]] = {
    409: {"description": "This address is there already."},
    422: {"description": "Not an address that may be read from here."},
}


async def get_sources(services: ServicesDep, session: SessionDep) -> SourceService:
    return SourceService(services, session)


SourcesDep = Annotated[SourceService, Depends(get_sources)]


@router.post("", status_code=202, responses=_ADD_PROBLEMS)
async def add_source(
    agent_id: UUID, wanted: SourceCreate, principal: PrincipalDep, sources: SourcesDep
) -> SourceView:
    """Read a page or a site of the web. Each page becomes a document.

    It is read in the background: follow it with `files/events`, where each change is an
    event `source`, and the end of one an event `source_removed` with its id.
    """
    return await sources.add(principal, agent_id, wanted)


@router.get("")
async def list_sources(
    agent_id: UUID, principal: PrincipalDep, sources: SourcesDep, page: PageDep
) -> Page[SourceView]:
    """The agent's web sources, newest first."""
    return await sources.list(principal, agent_id, page)


@router.get("/{source_id}")
async def get_source(
    agent_id: UUID, source_id: UUID, principal: PrincipalDep, sources: SourcesDep
) -> SourceView:
    return await sources.get(principal, agent_id, source_id)


@router.post("/{source_id}/sync", status_code=202, responses={409: {"description": "Busy."}})
async def sync_source(
    agent_id: UUID, source_id: UUID, principal: PrincipalDep, sources: SourcesDep
) -> SourceView:
    """Read it again: changed pages replace their documents, vanished ones are removed."""
    return await sources.sync(principal, agent_id, source_id)


@router.post("/{source_id}/cancel", status_code=202, responses={409: {"description": "Idle."}})
async def cancel_source(
    agent_id: UUID, source_id: UUID, principal: PrincipalDep, sources: SourcesDep
) -> SourceView:
    """Stop reading it. What was read so far stays; syncing goes on from there."""
    return await sources.cancel(principal, agent_id, source_id)


@router.delete("/{source_id}", status_code=204)
async def remove_source(
    agent_id: UUID, source_id: UUID, principal: PrincipalDep, sources: SourcesDep
) -> None:
    """Forget it and take its documents away. Older versions keep them."""
    await sources.remove(principal, agent_id, source_id)
