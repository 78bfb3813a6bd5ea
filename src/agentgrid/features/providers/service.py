"""Connections to language models, kept by admins; the installation's settings."""

from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.creator_studio.llm.catalog import PROVIDERS, ProviderRow
from agentgrid.creator_studio.llm.connection import checked_base_url
from agentgrid.creator_studio.llm.providers import make_chat_model
from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import AuditLog
from agentgrid.features.deps import Services
from agentgrid.features.installation.models import InstallationSettings
from agentgrid.features.installation.repository import InstallationRepository
from agentgrid.features.providers.errors import (
    BaseUrlInvalid,
    KeyNeededAgain,
    NameTaken,
    ProviderUnknown,
)
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.providers.repository import ConnectionRepository
from agentgrid.features.providers.schemas import (
    CatalogEntry,
    ConnectionView,
    CreateConnection,
    InstallationView,
    UpdateConnection,
    UpdateInstallation,
)
from agentgrid.features.providers.source import LOCAL, engine_connection
from agentgrid.kit.db import after_commit
from agentgrid.kit.pagination import Page, PageQuery, page_of

_HINT_LENGTH = 4
_SHORTEST_HINTED = 12
"""Of a shorter key the end would give too much away."""


def catalog() -> list[CatalogEntry]:
    """The providers a connection can be made to; the bundled model needs none."""
    return [
        CatalogEntry(
            provider=row.id,
            label=row.label,
            wire=row.wire,
            default_base_url=row.default_base_url,
            needs_key=row.needs_key,
        )
        for row in PROVIDERS.values()
        if row.id != LOCAL
    ]


class ConnectionService:
    def __init__(self, services: Services, session: AsyncSession) -> None:
        self._services = services
        self._session = session
        self._connections = ConnectionRepository(session)
        self._audit = AuditLog(session)

    async def list(self, page: PageQuery) -> Page[ConnectionView]:
        rows = await self._connections.list(page)
        return page_of(rows, page, key=lambda row: [str(row.id)], item=connection_view)

    async def create(self, admin: Principal, wanted: CreateConnection) -> ConnectionView:
        """Raises ``ProviderUnknown``, ``BaseUrlInvalid``, ``NameTaken``, or
        ``ModelNotConfigured`` when the key is missing or cannot be one."""
        row = _provider(wanted.provider)
        connection = ProviderConnection(
            name=wanted.name or wanted.provider,
            provider=wanted.provider,
            base_url=_checked_url(wanted.base_url, row),
            enabled=wanted.enabled,
        )
        self._set_key(connection, wanted.api_key)
        await self._check(connection)
        self._connections.add(connection)
        return await self._saved(admin, connection, "provider.created")

    async def update(
        self, admin: Principal, connection_id: UUID, change: UpdateConnection
    ) -> ConnectionView:
        """Like ``create``; raises ``KeyNeededAgain`` when the stored key would change hosts."""
        connection = await self._connections.locked(connection_id)
        if change.base_url is not None:
            url = _checked_url(change.base_url, _provider(connection.provider))
            moved = _origin(url) != _origin(connection.base_url)
            if moved and connection.key_encrypted and "api_key" not in change.model_fields_set:
                raise KeyNeededAgain
            connection.base_url = url
        if "api_key" in change.model_fields_set:
            self._set_key(connection, change.api_key)
        connection.name = change.name or connection.name
        if change.enabled is not None:
            connection.enabled = change.enabled
        await self._check(connection)
        connection.revision += 1
        return await self._saved(admin, connection, "provider.changed")

    async def delete(self, admin: Principal, connection_id: UUID) -> None:
        connection = await self._connections.locked(connection_id)
        await self._connections.delete(connection)
        self._note(admin, connection, "provider.deleted")

    def _set_key(self, connection: ProviderConnection, key: str | None) -> None:
        secrets = self._services.secrets
        connection.key_encrypted = secrets.encrypt(key) if key is not None else None
        connection.key_hint = key[-_HINT_LENGTH:] if key and len(key) >= _SHORTEST_HINTED else None

    async def _check(self, connection: ProviderConnection) -> None:
        make_chat_model(engine_connection(connection, self._services.secrets), self._services.http)
        with self._session.no_autoflush:
            taken = await self._connections.name_taken(connection.name, except_id=connection.id)
        if taken or connection.name == LOCAL:
            raise NameTaken(connection.name)

    async def _saved(
        self, admin: Principal, connection: ProviderConnection, action: str
    ) -> ConnectionView:
        await self._session.flush()
        await self._session.refresh(connection)
        self._note(admin, connection, action)
        return connection_view(connection)

    def _note(self, admin: Principal, connection: ProviderConnection, action: str) -> None:
        self._audit.write(
            admin.user_id, action, "provider_connection", connection.id, name=connection.name
        )
        _forget_after_commit(self._services, self._session)


class InstallationService:
    def __init__(self, services: Services, session: AsyncSession) -> None:
        self._services = services
        self._session = session
        self._installation = InstallationRepository(session)

    async def get(self) -> InstallationView:
        return _installation_view(await self._installation.get())

    async def update(self, change: UpdateInstallation) -> InstallationView:
        """Raises ``ModelNotConfigured`` when the new default model cannot be reached."""
        if change.default_model:
            await self._services.models.profile(change.default_model)
        settings = await self._installation.locked()
        if change.registration_open is not None:
            settings.registration_open = change.registration_open
        if change.default_model is not None:
            settings.default_model = change.default_model
        _forget_after_commit(self._services, self._session)
        return _installation_view(settings)


def connection_view(row: ProviderConnection) -> ConnectionView:
    hint = f"…{row.key_hint or ''}" if row.key_encrypted is not None else None
    return ConnectionView(
        id=row.id,
        name=row.name,
        provider=row.provider,
        base_url=row.base_url,
        key_hint=hint,
        enabled=row.enabled,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _installation_view(row: InstallationSettings) -> InstallationView:
    return InstallationView(
        registration_open=row.registration_open, default_model=row.default_model
    )


def _forget_after_commit(services: Services, session: AsyncSession) -> None:
    async def forget() -> None:
        services.connections.forget()

    after_commit(session, forget)


def _provider(provider: str) -> ProviderRow:
    row = PROVIDERS.get(provider)
    if row is None or provider == LOCAL:
        known = ", ".join(entry.provider for entry in catalog())
        raise ProviderUnknown(f"There is no provider {provider!r}; choose one of {known}.")
    return row


def _checked_url(base_url: str, row: ProviderRow) -> str:
    try:
        return checked_base_url(base_url, row)
    except ValueError as error:
        raise BaseUrlInvalid(str(error)) from error


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
