"""Every statement on connections. Only admins get as far as here, or the product itself."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.providers.errors import ConnectionNotFound
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.kit.pagination import PageQuery


class ConnectionRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def enabled(self) -> Sequence[ProviderConnection]:
        """Oldest first."""
        query = select(ProviderConnection).where(ProviderConnection.enabled)
        return (await self._session.scalars(query.order_by(ProviderConnection.id))).all()

    async def get(self, connection_id: UUID) -> ProviderConnection:
        """Raises ``ConnectionNotFound``."""
        return self._found(await self._session.get(ProviderConnection, connection_id))

    async def locked(self, connection_id: UUID) -> ProviderConnection:
        """Like ``get``, and held until the transaction ends."""
        found = await self._session.get(ProviderConnection, connection_id, with_for_update=True)
        return self._found(found)

    async def list(self, page: PageQuery) -> Sequence[ProviderConnection]:
        """Oldest first; ``limit + 1`` rows."""
        query = select(ProviderConnection).order_by(ProviderConnection.id).limit(page.limit + 1)
        if page.after_id is not None:
            query = query.where(ProviderConnection.id > page.after_id)
        return (await self._session.scalars(query)).all()

    async def name_taken(self, name: str, *, except_id: UUID | None = None) -> bool:
        query = select(ProviderConnection.id).where(ProviderConnection.name == name)
        return await self._session.scalar(query) not in (None, except_id)

    def add(self, connection: ProviderConnection) -> None:
        self._session.add(connection)

    async def delete(self, connection: ProviderConnection) -> None:
        await self._session.delete(connection)

    @staticmethod
    def _found(connection: ProviderConnection | None) -> ProviderConnection:
        if connection is None:
            raise ConnectionNotFound
        return connection
