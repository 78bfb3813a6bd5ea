"""Conversations: made, listed, renamed, deleted, rated. Turns are ``turn.py``'s."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.repository import AgentRepository
from agentgrid.features.auth.principal import Principal
from agentgrid.features.chat.errors import MessageNotFound
from agentgrid.features.chat.models import ChatSession
from agentgrid.features.chat.repository import ChatRepository, SessionFilter
from agentgrid.features.chat.schemas import (
    CreateSession,
    GiveFeedback,
    MessageView,
    SessionView,
    SessionWithHistory,
    UpdateSession,
)
from agentgrid.features.chat.views import session_view, stored_view
from agentgrid.kit.errors import Invalid
from agentgrid.kit.pagination import Page, PageQuery, page_of


class ChatService:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._agents = AgentRepository(session)
        self._chats = ChatRepository(session)

    async def create(
        self, principal: Principal, agent_id: UUID, wanted: CreateSession
    ) -> SessionView:
        """Start a conversation. Raises ``AgentNotFound``, or ``Invalid`` for a strange version."""
        agent = await self._agents.readable(principal, agent_id)
        version_id = wanted.version_id
        if version_id is not None and not await self._chats.version_exists(agent.id, version_id):
            raise Invalid(
                "This agent has no such version; leave version_id out for the active one."
            )
        session = ChatSession(
            agent_id=agent.id,
            user_id=principal.user_id,
            title=wanted.title,
            title_source="person" if wanted.title else "none",
            version_id=version_id,
        )
        self._chats.add(session)
        await self._session.flush()
        await self._session.refresh(session)
        return session_view(session)

    async def list(
        self, principal: Principal, wanted: SessionFilter, page: PageQuery
    ) -> Page[SessionView]:
        await self._agents.readable(principal, wanted.agent_id)
        rows = await self._chats.sessions(principal, wanted, page)
        return page_of(
            rows,
            page,
            key=lambda row: (row.updated_at.isoformat(), str(row.id)),
            item=session_view,
        )

    async def get(self, principal: Principal, session_id: UUID) -> SessionWithHistory:
        session = await self._chats.session(principal, session_id)
        messages = await self._chats.messages(principal, session.id)
        return SessionWithHistory(
            **session_view(session).model_dump(),
            messages=[stored_view(message) for message in messages],
            running=session.running_message_id,
        )

    async def update(
        self, principal: Principal, session_id: UUID, change: UpdateSession
    ) -> SessionView:
        session = await self._chats.session(principal, session_id)
        if change.title is not None:
            session.title, session.title_source = change.title, "person"
        if change.pinned is not None:
            session.pinned = change.pinned
        await self._session.flush()
        await self._session.refresh(session)
        return session_view(session)

    async def delete(self, principal: Principal, session_id: UUID) -> None:
        session = await self._chats.session(principal, session_id)
        session.deleted_at = datetime.now(UTC)

    async def rate(
        self, principal: Principal, message_id: UUID, feedback: GiveFeedback
    ) -> MessageView:
        stored = await self._chats.message(principal, message_id)
        if stored.row.role != "assistant":
            raise MessageNotFound("Only answers can be rated.")
        await self._chats.rate(principal, message_id, feedback.rating, feedback.text)
        return stored_view(await self._chats.message(principal, message_id))

    async def running(self, principal: Principal, session_id: UUID) -> UUID | None:
        """The message being written in this conversation right now, if any."""
        return (await self._chats.session(principal, session_id)).running_message_id
