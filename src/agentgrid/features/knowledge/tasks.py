"""Background work on documents."""

import multiprocessing
from uuid import UUID

from celery import shared_task, signals

from agentgrid.features.deps import Services, run_in_worker
from agentgrid.features.knowledge.cleaning import clean
from agentgrid.features.knowledge.ingest_store import abandoned
from agentgrid.features.knowledge.ingestion import process_file
from agentgrid.features.knowledge.service import PROCESS_TASK
from agentgrid.kit.db import unit_of_work

SWEEP_BATCH = 500
PATIENCE_SECONDS = 120
"""How long a file may wait in the queue before a worker is told of it once more."""

# Celery tells its main process alone that it shuts down; the processes that work were
# forked from it and share this.
_stopping = multiprocessing.Event()


@signals.worker_shutting_down.connect
def _stop_working(**_: object) -> None:
    _stopping.set()


@shared_task(name=PROCESS_TASK, acks_late=True)
def process(file_id: str) -> None:
    """Bring one file to ``ready`` or ``failed``. Running it twice, or at once, changes nothing."""
    run_in_worker(lambda services: process_file(services, UUID(file_id), stopping=_stopping.is_set))


@shared_task(name="knowledge.sweep")
def sweep() -> None:
    """Every half minute: tell workers of files that nobody works on."""

    async def work(services: Services) -> None:
        async with unit_of_work(services.sessions) as session:
            found = await abandoned(session, patience=PATIENCE_SECONDS, most=SWEEP_BATCH)
        for file_id in found:
            await services.queue.enqueue(PROCESS_TASK, str(file_id))

    run_in_worker(work)


@shared_task(name="knowledge.clean")
def clean_up() -> None:
    """Every ten minutes: remove for good what nobody can read any more."""
    run_in_worker(clean)
