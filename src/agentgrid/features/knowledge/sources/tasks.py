"""Background work on web sources."""

import multiprocessing
from uuid import UUID

from celery import shared_task, signals

from agentgrid.features.deps import Services, run_in_worker
from agentgrid.features.knowledge.sources.crawl import crawl_source
from agentgrid.features.knowledge.sources.crawl_store import abandoned
from agentgrid.features.knowledge.sources.service import CRAWL_TASK
from agentgrid.kit.db import unit_of_work

SWEEP_BATCH = 100
PATIENCE_SECONDS = 180
"""How long a source may wait in the queue before a worker is told of it once more."""

# Celery tells its main process alone that it shuts down; the processes that work were
# forked from it and share this.
_stopping = multiprocessing.Event()


@signals.worker_shutting_down.connect
def _stop_working(**_: object) -> None:
    _stopping.set()


@shared_task(name=CRAWL_TASK, acks_late=True)
def crawl(source_id: str) -> None:
    """Read one source for a while. Running it twice, or at once, changes nothing."""

    async def work(services: Services) -> None:
        await crawl_source(services, UUID(source_id), stopping=_stopping.is_set)

    run_in_worker(work)


@shared_task(name="knowledge.sweep_sources")
def sweep() -> None:
    """Every half minute: tell workers of sources that nobody works on."""

    async def work(services: Services) -> None:
        async with unit_of_work(services.sessions) as session:
            found = await abandoned(session, patience=PATIENCE_SECONDS, most=SWEEP_BATCH)
        for source_id in found:
            await services.queue.enqueue(CRAWL_TASK, str(source_id))

    run_in_worker(work)
