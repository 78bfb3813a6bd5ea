"""What a new visitor needs to know, over HTTP."""

from fastapi import APIRouter

from agentgrid.features.deps import SessionDep
from agentgrid.features.setup.schemas import SetupView
from agentgrid.features.setup.service import SetupService

public_router = APIRouter(tags=["setup"])


@public_router.get("/setup")
async def get_setup(session: SessionDep) -> SetupView:
    """Where a new visitor goes: to register, to sign in, or to the demo agent."""
    return await SetupService(session).state()
