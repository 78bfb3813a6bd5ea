"""The ledger: one row a model call, never changed."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, new_id


class LlmUsage(Base):
    """One call of a model. Partitioned by month of ``created_at``.

    No foreign keys: the ledger outlives the users, agents and sessions it speaks of.
    """

    __tablename__ = "llm_usage"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[datetime] = mapped_column(primary_key=True, server_default=func.now())
    user_id: Mapped[UUID | None]
    agent_id: Mapped[UUID | None]
    version_id: Mapped[UUID | None]
    session_id: Mapped[UUID | None]
    message_id: Mapped[UUID | None]
    purpose: Mapped[str]
    """``chat``, ``title``, ``embedding``, ..."""
    provider: Mapped[str]
    model: Mapped[str]
    prompt_tokens: Mapped[int] = mapped_column(default=0)
    cached_tokens: Mapped[int] = mapped_column(default=0)
    reasoning_tokens: Mapped[int] = mapped_column(default=0)
    completion_tokens: Mapped[int] = mapped_column(default=0)
    tokens_estimated: Mapped[bool] = mapped_column(default=False)
    prompt_price: Mapped[Decimal | None] = mapped_column(Numeric(20, 10))
    """US dollars per 1,000 tokens, as used; null when the price is unknown."""
    completion_price: Mapped[Decimal | None] = mapped_column(Numeric(20, 10))
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(20, 10))
    """Null when the model's price is unknown: never silently zero."""
    latency_ms: Mapped[int] = mapped_column(default=0)
    first_token_ms: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(default=1)
    error_code: Mapped[str | None]

    __table_args__ = (
        Index("ix_llm_usage_agent_id_created_at", "agent_id", "created_at"),
        Index("ix_llm_usage_user_id_created_at", "user_id", "created_at"),
        {"postgresql_partition_by": "RANGE (created_at)"},
    )
