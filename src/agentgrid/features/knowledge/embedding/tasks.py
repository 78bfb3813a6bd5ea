"""Background work on embedding indexes."""

from typing import Final
from uuid import UUID

from celery import shared_task

from agentgrid.features.deps import Services, run_in_worker
from agentgrid.features.knowledge.embedding.build import BUILD_TASK, build
from agentgrid.features.knowledge.embedding.repository import EmbeddingRepository
from agentgrid.features.knowledge.embedding.retire import GRACE_SECONDS, delete_retired
from agentgrid.kit.db import unit_of_work

DELETE_TASK: Final = "knowledge.delete_embedding"

PATIENCE_SECONDS: Final = 60
"""How long building may wait in the queue before a worker is told of it once more."""


@shared_task(name=BUILD_TASK, acks_late=True)
def build_embedding(index_id: str) -> None:
    """Work on an index for some seconds. Running it twice, or at once, changes nothing."""
    run_in_worker(lambda services: build(services, UUID(index_id)))


@shared_task(name=DELETE_TASK, acks_late=True)
def delete_embedding(index_id: str) -> None:
    """Delete the vectors of an index that is no longer used."""
    run_in_worker(lambda services: delete_retired(services, UUID(index_id)))


@shared_task(name="knowledge.sweep_embeddings")
def sweep_embeddings() -> None:
    """Every half minute: building that nobody does, and vectors that nobody needs."""

    async def work(services: Services) -> None:
        async with unit_of_work(services.sessions) as session:
            indexes = EmbeddingRepository(session)
            left = await indexes.abandoned(patience=PATIENCE_SECONDS)
            behind = await indexes.left_behind()
            retired = await indexes.due_for_deletion(grace=GRACE_SECONDS)
        for index_id in {*left, *behind}:
            await services.queue.enqueue(BUILD_TASK, str(index_id))
        for index_id in retired:
            await services.queue.enqueue(DELETE_TASK, str(index_id))

    run_in_worker(work)
