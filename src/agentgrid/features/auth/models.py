"""Tables of people and their credentials."""

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Numeric, func
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified, Updated

UserRole = Literal["admin", "maker", "member"]


class User(Identified, Created, Updated, Base):
    __tablename__ = "users"

    email: Mapped[str] = mapped_column()
    name: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="maker")
    active: Mapped[bool] = mapped_column(default=True)
    monthly_budget: Mapped[Decimal | None] = mapped_column(Numeric(14, 6))
    """US dollars a month; null means the installation's default."""
    timezone: Mapped[str] = mapped_column(default="UTC", server_default="UTC")

    __table_args__ = (
        CheckConstraint("role in ('admin', 'maker', 'member')", name="role"),
        Index("uq_users_email_lower", func.lower(email), unique=True),
    )


class RefreshToken(Identified, Created, Base):
    """One link of a rotation chain; ``family_id`` is the login all links descend from."""

    __tablename__ = "refresh_tokens"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    family_id: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKey(Identified, Created, Base):
    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    prefix: Mapped[str]
    """The first characters, to recognise a key by."""
    key_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Identified, Created, Base):
    """Who did what to what. Never changed, never deleted with its subject."""

    __tablename__ = "audit_log"

    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    action: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    details: Mapped[dict[str, object]] = mapped_column(default=dict, server_default="{}")

    __table_args__ = (Index("ix_audit_log_subject", "subject_type", "subject_id", "created_at"),)
