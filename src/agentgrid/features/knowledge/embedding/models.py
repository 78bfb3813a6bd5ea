"""The table of embedding indexes."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified

Slot = Literal["active", "next"]


class EmbeddingIndex(Identified, Created, Base):
    """The vectors of all passages by one model: the active ones, those being made, old ones."""

    __tablename__ = "embedding_indexes"

    slot: Mapped[str | None] = mapped_column(unique=True)
    """``active`` or ``next``, each at most once; null when its vectors are to be deleted."""
    provider: Mapped[str]
    """``local`` for the bundled model."""
    model: Mapped[str]
    dimension: Mapped[int]
    shortened: Mapped[bool] = mapped_column(default=False)
    """Whether the service is asked for the dimension, because the model's own is another."""
    vectors_named: Mapped[str]
    """What its vectors are stored under: service, model, dimension and address in one name."""
    base_url: Mapped[str] = mapped_column(default="")
    connection_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("provider_connections.id", ondelete="SET NULL")
    )
    """Whose key is used; null when it has a key of its own, or needs none."""
    key_encrypted: Mapped[bytes | None] = mapped_column(LargeBinary)
    revision: Mapped[int] = mapped_column(default=1)
    """Grows when its key changes, so that every process drops what it built from the old."""
    chosen_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    chunks_done: Mapped[int] = mapped_column(default=0)
    chunks_total: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    """Why building has ended, in words."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Failed attempts in a row; any progress sets it back to 0."""
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    """A worker builds it until then; afterwards another may take over."""
    enqueued_at: Mapped[datetime | None]
    """When a worker was last told of it, or is to be."""
    activated_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("slot in ('active', 'next')", name="slot"),)
