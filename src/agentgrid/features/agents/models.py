"""Tables of agents and their versions: one aggregate."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified, Updated


class Agent(Identified, Created, Updated, Base):
    __tablename__ = "agents"

    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"), index=True)
    """Null: it belongs to the installation (the demo agent), and admins look after it."""
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    emblem: Mapped[str] = mapped_column(default="")
    visibility: Mapped[str] = mapped_column(default="private")
    """``private``: its owner and admins; ``shared``: everybody signed in may chat with it."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    active_version_id: Mapped[UUID] = mapped_column(
        ForeignKey("agent_versions.id", use_alter=True, deferrable=True, initially="DEFERRED")
    )
    knowledge_sequence: Mapped[int] = mapped_column(BigInteger, default=0)
    """Number of the last change of the agent's documents; see ``KnowledgeView``."""
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("visibility in ('private', 'shared')", name="visibility"),
        Index("uq_agents_demo", "is_demo", unique=True, postgresql_where=text("is_demo")),
    )


class AgentVersion(Identified, Created, Base):
    """The whole agent as it was. Rows are never updated, but for ``knowledge_sequence``."""

    __tablename__ = "agent_versions"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    number: Mapped[int]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("agent_versions.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    change_summary: Mapped[str]
    spec: Mapped[dict[str, object]]
    """An ``AgentSpec`` as JSON."""
    content_hash: Mapped[str]
    """SHA-256, hexadecimal, over the canonical JSON of ``spec``."""
    knowledge_sequence: Mapped[int | None] = mapped_column(BigInteger)
    """The view it kept when another version took over; null follows the agent's head."""

    __table_args__ = (UniqueConstraint("agent_id", "number"),)
