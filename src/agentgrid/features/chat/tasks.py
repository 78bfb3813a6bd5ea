"""Upkeep of conversations: turns whose process died, and titles."""

from uuid import UUID

from celery import shared_task

from agentgrid.features.chat.live import Mirror
from agentgrid.features.chat.repository import ChatRepository
from agentgrid.features.chat.titles import write_title
from agentgrid.features.deps import Services, run_in_worker
from agentgrid.kit.db import unit_of_work

SWEEP_BATCH = 100
INTERRUPTED = "AgentGrid was interrupted while it wrote this answer. Ask again to get a new one."


@shared_task(name="chat.sweep")
def sweep_abandoned_turns() -> None:
    """Every half minute: keep what dead processes had written, and free their sessions."""

    async def work(services: Services) -> None:
        mirror = Mirror(services.redis)
        async with unit_of_work(services.sessions) as session:
            chats = ChatRepository(session)
            for session_id, message_id in await chats.abandoned(SWEEP_BATCH):
                text = await mirror.text_so_far(message_id)
                await chats.abandon(session_id, message_id, text, INTERRUPTED)

    run_in_worker(work)


@shared_task(name="chat.title")
def title_session(session_id: str) -> None:
    """Once, after a conversation's first answer. Running twice writes one title."""
    run_in_worker(lambda services: write_title(services, UUID(session_id)))
