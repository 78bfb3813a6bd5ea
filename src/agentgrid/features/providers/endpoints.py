"""Connections, models and the installation's settings over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from agentgrid.features.auth.deps import AdminDep, PrincipalDep
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.features.providers.listing import choosable_models, probe
from agentgrid.features.providers.repository import ConnectionRepository
from agentgrid.features.providers.schemas import (
    CatalogEntry,
    ConnectionView,
    CreateConnection,
    InstallationView,
    ModelView,
    ProbeConnection,
    ProbeOutcome,
    UpdateConnection,
    UpdateInstallation,
)
from agentgrid.features.providers.service import ConnectionService, InstallationService, catalog
from agentgrid.features.providers.source import engine_connection
from agentgrid.kit.db import unit_of_work
from agentgrid.kit.pagination import Page, PageDep

router = APIRouter()


async def get_connections(services: ServicesDep, session: SessionDep) -> ConnectionService:
    return ConnectionService(services, session)


async def get_installation(services: ServicesDep, session: SessionDep) -> InstallationService:
    return InstallationService(services, session)


ConnectionsDep = Annotated[ConnectionService, Depends(get_connections)]
InstallationDep = Annotated[InstallationService, Depends(get_installation)]


@router.get("/providers/catalog", tags=["providers"])
async def provider_catalog(_admin: AdminDep) -> list[CatalogEntry]:
    """The providers a connection can be made to."""
    return catalog()


@router.get("/providers", tags=["providers"])
async def list_connections(
    _admin: AdminDep, connections: ConnectionsDep, page: PageDep
) -> Page[ConnectionView]:
    return await connections.list(page)


@router.post("/providers", status_code=201, tags=["providers"])
async def create_connection(
    wanted: CreateConnection, admin: AdminDep, connections: ConnectionsDep
) -> ConnectionView:
    """Connect to a provider. The key is stored encrypted and never shown again."""
    return await connections.create(admin, wanted)


@router.patch("/providers/{connection_id}", tags=["providers"])
async def update_connection(
    connection_id: UUID,
    change: UpdateConnection,
    admin: AdminDep,
    connections: ConnectionsDep,
) -> ConnectionView:
    return await connections.update(admin, connection_id, change)


@router.delete("/providers/{connection_id}", status_code=204, tags=["providers"])
async def delete_connection(
    connection_id: UUID, admin: AdminDep, connections: ConnectionsDep
) -> None:
    await connections.delete(admin, connection_id)


@router.post("/providers/{connection_id}/test", tags=["providers"])
async def probe_connection(
    connection_id: UUID,
    _admin: AdminDep,
    services: ServicesDep,
    wanted: ProbeConnection | None = None,
) -> ProbeOutcome:
    """Ask the provider for its models, and say how it went."""
    # A unit of work of its own: no database connection is held while the provider answers.
    async with unit_of_work(services.sessions) as session:
        row = await ConnectionRepository(session).get(connection_id)
    connection = engine_connection(row, services.secrets)
    return await probe(connection, services, model=wanted.model if wanted else "")


@router.get("/models", tags=["providers"])
async def list_models(_principal: PrincipalDep, services: ServicesDep) -> list[ModelView]:
    """The models an agent may use."""
    return await choosable_models(services)


@router.get("/admin/settings", tags=["admin"])
async def get_settings(_admin: AdminDep, installation: InstallationDep) -> InstallationView:
    return await installation.get()


@router.patch("/admin/settings", tags=["admin"])
async def update_settings(
    change: UpdateInstallation, _admin: AdminDep, installation: InstallationDep
) -> InstallationView:
    return await installation.update(change)
