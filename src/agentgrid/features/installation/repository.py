"""Every statement on the installation's settings."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.installation.models import InstallationSettings

_ONLY = 1


class InstallationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self) -> InstallationSettings:
        """The settings; the row is made with its defaults when it is not there yet."""
        return await self._row(locked=False)

    async def locked(self) -> InstallationSettings:
        """The settings, held until the transaction ends."""
        return await self._row(locked=True)

    async def _row(self, *, locked: bool) -> InstallationSettings:
        found = await self._session.get(InstallationSettings, _ONLY, with_for_update=locked)
        if found is None:
            await self._session.execute(
                insert(InstallationSettings).values(id=_ONLY).on_conflict_do_nothing()
            )
            found = await self._session.get_one(InstallationSettings, _ONLY, with_for_update=locked)
        return found
