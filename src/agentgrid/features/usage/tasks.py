"""Upkeep of the ledger's partitions."""

from celery import shared_task

from agentgrid.features.deps import Services, run_in_worker
from agentgrid.features.usage.partitions import ensure_partitions


@shared_task(name="usage.ensure_partitions")
def ensure_ledger_partitions() -> None:
    """Daily: make the partitions of the months ahead. Running twice changes nothing."""

    async def work(services: Services) -> None:
        await ensure_partitions(services.pool)

    run_in_worker(work)
