"""What an installation needs next."""

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid import __version__
from agentgrid.features.agents.repository import AgentRepository
from agentgrid.features.auth.repository import UserRepository
from agentgrid.features.installation.repository import InstallationRepository
from agentgrid.features.setup.schemas import SetupView


class SetupService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def state(self) -> SetupView:
        needs_admin = await UserRepository(self._session).nobody_yet()
        installation = await InstallationRepository(self._session).get()
        return SetupView(
            needs_admin=needs_admin,
            registration_open=needs_admin or installation.registration_open,
            demo_agent_id=await AgentRepository(self._session).demo(),
            version=__version__,
        )
