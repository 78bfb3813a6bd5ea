"""Statements on conversations. Each starts from the sessions this person may read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from agentgrid.features.agents.models import AgentVersion
from agentgrid.features.auth.principal import Principal
from agentgrid.features.chat.errors import MessageNotFound, SessionNotFound
from agentgrid.features.chat.models import ChatMessage, ChatSession, MessageFeedback
from agentgrid.features.chat.views import StoredMessage
from agentgrid.kit.pagination import PageQuery

MAX_MESSAGES = 2000
"""A longer conversation shows its newest."""


@dataclass(frozen=True, slots=True)
class SessionFilter:
    agent_id: UUID
    text: str = ""
    pinned: bool | None = None


class ChatRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @staticmethod
    def _readable(principal: Principal) -> Select[ChatSession]:
        """Conversations are their owner's alone: an admin has no view into them."""
        return select(ChatSession).where(
            ChatSession.user_id == principal.user_id, ChatSession.deleted_at.is_(None)
        )

    async def session(self, principal: Principal, session_id: UUID) -> ChatSession:
        """Raises ``SessionNotFound``."""
        found = await self._session.scalar(
            self._readable(principal).where(ChatSession.id == session_id)
        )
        if found is None:
            raise SessionNotFound()
        return found

    async def sessions(
        self, principal: Principal, wanted: SessionFilter, page: PageQuery
    ) -> Sequence[ChatSession]:
        """Newest first; ``limit + 1`` rows, so that the caller sees whether more follow."""
        query = self._readable(principal).where(ChatSession.agent_id == wanted.agent_id)
        if wanted.pinned is not None:
            query = query.where(ChatSession.pinned == wanted.pinned)
        if wanted.text:
            pattern = f"%{_escaped(wanted.text)}%"
            said = (
                select(ChatMessage.id)
                .where(ChatMessage.session_id == ChatSession.id, ChatMessage.content.ilike(pattern))
                .exists()
            )
            query = query.where(or_(ChatSession.title.ilike(pattern), said))
        if page.after is not None:
            moment, last_id = page.after
            query = query.where(
                tuple_(ChatSession.updated_at, ChatSession.id)
                < (datetime.fromisoformat(moment), UUID(last_id))
            )
        query = query.order_by(ChatSession.updated_at.desc(), ChatSession.id.desc())
        return (await self._session.scalars(query.limit(page.limit + 1))).all()

    def add(self, session: ChatSession) -> None:
        self._session.add(session)

    async def version_exists(self, agent_id: UUID, version_id: UUID) -> bool:
        found = await self._session.scalar(
            select(AgentVersion.id).where(
                AgentVersion.id == version_id, AgentVersion.agent_id == agent_id
            )
        )
        return found is not None

    async def messages(self, principal: Principal, session_id: UUID) -> list[StoredMessage]:
        """All messages of a conversation, other answers to one question included, by number."""
        query = (
            self._messages(principal)
            .where(ChatMessage.session_id == session_id)
            .order_by(ChatMessage.seq.desc())
            .limit(MAX_MESSAGES)
        )
        rows = (await self._session.execute(query)).all()
        return [StoredMessage(*row) for row in reversed(rows)]

    async def message(self, principal: Principal, message_id: UUID) -> StoredMessage:
        """Raises ``MessageNotFound``."""
        query = (
            self._messages(principal)
            .join(ChatSession, ChatSession.id == ChatMessage.session_id)
            .where(
                ChatMessage.id == message_id,
                ChatSession.user_id == principal.user_id,
                ChatSession.deleted_at.is_(None),
            )
        )
        # Feedback is written past the session's own objects: what it holds may be older.
        fresh = query.execution_options(populate_existing=True)
        row = (await self._session.execute(fresh)).one_or_none()
        if row is None:
            raise MessageNotFound()
        return StoredMessage(*row)

    async def rate(
        self, principal: Principal, message_id: UUID, rating: str | None, text: str
    ) -> None:
        values = {"rating": rating, "text": text}
        await self._session.execute(
            insert(MessageFeedback)
            .values(message_id=message_id, user_id=principal.user_id, **values)
            .on_conflict_do_update(
                index_elements=["message_id", "user_id"],
                set_={**values, "updated_at": func.now()},
            )
        )

    async def abandoned(self, limit: int) -> Sequence[tuple[UUID, UUID]]:
        """(session, message) of turns whose process is gone: nobody renewed their claim."""
        rows = await self._session.execute(
            select(ChatSession.id, ChatSession.running_message_id)
            .where(
                ChatSession.running_message_id.is_not(None),
                ChatSession.running_until < func.now(),
            )
            .with_for_update(skip_locked=True)
            .limit(limit)
        )
        return [(sid, mid) for sid, mid in rows if mid is not None]

    async def abandon(self, session_id: UUID, message_id: UUID, text: str, reason: str) -> None:
        """Keep what was written of a dead turn, and let the conversation go on."""
        await self._session.execute(
            update(ChatMessage)
            .where(ChatMessage.id == message_id, ChatMessage.status == "streaming")
            .values(
                status="failed",
                content=text,
                error_code="interrupted",
                error_message=reason,
                finished_at=func.now(),
            )
        )
        await self._session.execute(
            update(ChatSession)
            .where(ChatSession.id == session_id, ChatSession.running_message_id == message_id)
            .values(running_message_id=None, running_until=None)
        )

    @staticmethod
    def _messages(
        principal: Principal,
    ) -> Select[ChatMessage, int, MessageFeedback]:
        return (
            select(ChatMessage, AgentVersion.number, MessageFeedback)
            .outerjoin(AgentVersion, AgentVersion.id == ChatMessage.version_id)
            .outerjoin(
                MessageFeedback,
                and_(
                    MessageFeedback.message_id == ChatMessage.id,
                    MessageFeedback.user_id == principal.user_id,
                ),
            )
        )


def _escaped(text: str) -> str:
    """The text as a literal inside a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
