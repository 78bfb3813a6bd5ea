"""The installation's embedding model over HTTP. For admins."""

from typing import Annotated

from fastapi import APIRouter, Depends

from agentgrid.features.auth.deps import AdminDep
from agentgrid.features.deps import ServicesDep, SessionDep
from agentgrid.features.knowledge.embedding.choice import trial, try_choice
from agentgrid.features.knowledge.embedding.schemas import (
    ChooseEmbedding,
    EmbeddingIndexView,
    EmbeddingOverview,
    EmbeddingTrial,
)
from agentgrid.features.knowledge.embedding.service import EmbeddingService
from agentgrid.kit.db import unit_of_work

router = APIRouter(prefix="/admin/embedding", tags=["admin"])


async def get_embedding_service(services: ServicesDep, session: SessionDep) -> EmbeddingService:
    return EmbeddingService(services, session)


EmbeddingDep = Annotated[EmbeddingService, Depends(get_embedding_service)]


@router.get("")
async def get_embedding(_admin: AdminDep, embedding: EmbeddingDep) -> EmbeddingOverview:
    """The model in use, the one being prepared, and those that can be chosen."""
    return await embedding.overview()


@router.post("", status_code=202)
async def choose_embedding(
    wanted: ChooseEmbedding, admin: AdminDep, services: ServicesDep
) -> EmbeddingIndexView:
    """Try a model and, if it works, embed all documents with it; then it takes over.

    Questions are answered with the model in use until that is done.
    """
    choice = await try_choice(services, wanted)
    # A unit of work of its own: no connection is held while the provider answers.
    async with unit_of_work(services.sessions) as session:
        return await EmbeddingService(services, session).choose(admin, choice)


@router.post("/test")
async def try_embedding(
    wanted: ChooseEmbedding, _admin: AdminDep, services: ServicesDep
) -> EmbeddingTrial:
    """Embed one short text with a model, and say how it went. Changes nothing."""
    return await trial(services, wanted)


@router.post("/next/retry", status_code=202)
async def retry_embedding(admin: AdminDep, embedding: EmbeddingDep) -> EmbeddingIndexView:
    """Go on with a model whose preparation failed, from where it stopped."""
    return await embedding.retry(admin)


@router.delete("/next", status_code=204)
async def cancel_embedding(admin: AdminDep, embedding: EmbeddingDep) -> None:
    """Give up the model that is being prepared; the one in use stays."""
    await embedding.cancel(admin)
