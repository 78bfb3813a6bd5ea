"""Titles of conversations, written by a model that can.

A conversation is named after its first question at once. When the agent's model is capable
of more, a better title replaces that one shortly after; a person's own title stays.
"""

from uuid import UUID

from sqlalchemy import select, update

from agentgrid.creator_studio.core import ChatMessage as ModelMessage
from agentgrid.creator_studio.core import ChatRequest, ModelError, ModelNotConfigured
from agentgrid.features.agents.models import Agent, AgentVersion
from agentgrid.features.agents.schemas import AgentSpec
from agentgrid.features.chat.models import ChatMessage, ChatSession
from agentgrid.features.deps import Services
from agentgrid.features.usage.ledger import INSERT_ROWS, CallSubject, encode_rows
from agentgrid.features.usage.metering import collect_calls, rows_of
from agentgrid.kit.db import unit_of_work

MAX_TITLE = 80
EXCERPT = 2000
_INSTRUCTION = (
    "Name this conversation in at most six words, in its own language. "
    "Answer with the title alone: no quotation marks, no full stop."
)


async def write_title(services: Services, session_id: UUID) -> None:
    """Name a conversation after its first exchange; does nothing when it has a title."""
    async with unit_of_work(services.sessions) as session:
        row = (
            await session.execute(
                select(ChatSession, AgentVersion.spec, AgentVersion.id)
                .join(Agent, Agent.id == ChatSession.agent_id)
                .join(AgentVersion, AgentVersion.id == Agent.active_version_id)
                .where(ChatSession.id == session_id, ChatSession.title_source == "none")
            )
        ).one_or_none()
        if row is None:
            return
        chat, raw_spec, version_id = row
        messages = (
            await session.scalars(
                select(ChatMessage)
                .where(ChatMessage.session_id == session_id)
                .order_by(ChatMessage.seq)
                .limit(2)
            )
        ).all()
    spec = AgentSpec.model_validate(raw_spec)
    subject = CallSubject(
        purpose="title",
        user_id=chat.user_id,
        agent_id=chat.agent_id,
        version_id=version_id,
        session_id=session_id,
    )
    excerpt = "\n\n".join(f"{m.role}: {m.content[:EXCERPT]}" for m in messages)
    with collect_calls() as calls:
        title = await _ask(services, spec, excerpt)
    async with services.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            INSERT_ROWS.format(rows="$1"), encode_rows(rows_of(calls, subject))
        )
    if title:
        async with unit_of_work(services.sessions) as session:
            await session.execute(
                update(ChatSession)
                .where(ChatSession.id == session_id, ChatSession.title_source == "none")
                .values(title=title, title_source="generated", updated_at=ChatSession.updated_at)
            )


async def _ask(services: Services, spec: AgentSpec, excerpt: str) -> str:
    """A title, or an empty string when the model is too small or does not answer."""
    try:
        profile = await services.models.profile(spec.model)
        if profile.small:
            return ""
        result = await services.models.complete(
            spec.model,
            spec.fallbacks,
            ChatRequest(
                model="",
                messages=(ModelMessage("system", _INSTRUCTION), ModelMessage("user", excerpt)),
                max_tokens=40,
            ),
        )
    except (ModelError, ModelNotConfigured):
        return ""  # the first question is a good enough title
    return " ".join(result.text.split()).strip("\"'“”„«»`*# .")[:MAX_TITLE]
