"""The list of routers, under /api/v1. Every route is guarded unless it stands in ``public``."""

from fastapi import APIRouter, Depends

from agentgrid.features.agents.endpoints import router as agents
from agentgrid.features.auth.deps import current_principal
from agentgrid.features.auth.endpoints import public_router as auth_public
from agentgrid.features.auth.endpoints import router as auth
from agentgrid.features.chat.endpoints import router as chat
from agentgrid.features.knowledge.embedding.endpoints import router as embedding
from agentgrid.features.knowledge.endpoints import router as knowledge
from agentgrid.features.knowledge.sources.endpoints import router as sources
from agentgrid.features.providers.endpoints import router as providers
from agentgrid.features.setup.endpoints import public_router as setup_public

api_router = APIRouter()

for public in (auth_public, setup_public):
    api_router.include_router(public)

for guarded in (auth, agents, knowledge, sources, embedding, chat, providers):
    api_router.include_router(guarded, dependencies=[Depends(current_principal)])
