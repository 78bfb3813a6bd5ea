"""Tables of conversations."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified, Updated


class ChatSession(Identified, Created, Updated, Base):
    __tablename__ = "chat_sessions"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(default="")
    title_source: Mapped[str] = mapped_column(default="none")
    """``none`` until one is generated; ``generated`` or ``person``."""
    pinned: Mapped[bool] = mapped_column(default=False)
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_versions.id"))
    """Set when the session is pinned to one version; null follows the active one."""
    last_seq: Mapped[int] = mapped_column(default=0)
    message_count: Mapped[int] = mapped_column(default=0)
    leaf_message_id: Mapped[UUID | None]
    """The end of the branch that is shown; the path to the root runs over ``parent_id``."""
    running_message_id: Mapped[UUID | None]
    running_until: Mapped[datetime | None]
    """The running turn renews this; when it passes, the turn is taken for dead."""
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("title_source in ('none', 'generated', 'person')", name="title_source"),
        Index("ix_chat_sessions_user_id_agent_id_updated_at", "user_id", "agent_id", "updated_at"),
        Index(
            "ix_chat_sessions_running",
            "running_until",
            postgresql_where=text("running_message_id is not null"),
        ),
    )


class ChatMessage(Identified, Created, Base):
    __tablename__ = "chat_messages"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"))
    seq: Mapped[int]
    parent_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("chat_messages.id", ondelete="CASCADE")
    )
    role: Mapped[str]
    content: Mapped[str] = mapped_column(default="")
    filter: Mapped[dict[str, object] | None]
    """Of a question: the documents it was asked of; null for all that the agent reads."""
    status: Mapped[str] = mapped_column(default="complete")
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_versions.id"))
    citations: Mapped[list[dict[str, object]]] = mapped_column(default=list, server_default="[]")
    steps: Mapped[list[dict[str, object]]] = mapped_column(default=list, server_default="[]")
    coverage: Mapped[str | None]
    confidence: Mapped[float | None]
    provider: Mapped[str | None]
    model: Mapped[str | None]
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(20, 10))
    latency_ms: Mapped[int | None]
    first_token_ms: Mapped[int | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("session_id", "seq"),
        CheckConstraint("role in ('user', 'assistant')", name="role"),
        CheckConstraint("status in ('streaming', 'complete', 'stopped', 'failed')", name="status"),
        Index("ix_chat_messages_parent_id", "parent_id"),
    )


class MessageFeedback(Updated, Base):
    __tablename__ = "message_feedback"

    message_id: Mapped[UUID] = mapped_column(
        ForeignKey("chat_messages.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    rating: Mapped[str | None]
    text: Mapped[str] = mapped_column(default="")

    __table_args__ = (CheckConstraint("rating in ('up', 'down')", name="rating"),)
