"""Tables of web sources: what was asked for, and how far each page of it is."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.kit.db import Base, Created, Identified, Updated


class KnowledgeSource(Identified, Created, Updated, Base):
    """A page or a site that an agent reads. Reading all of it once is a run."""

    __tablename__ = "knowledge_sources"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    url: Mapped[str]
    kind: Mapped[str]
    max_depth: Mapped[int]
    max_pages: Mapped[int]
    tags: Mapped[list[str]] = mapped_column(ARRAY(TextType), server_default=text("'{}'"))
    scope_url: Mapped[str | None]
    """Where the start was found in the end; links are followed below it."""
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    run: Mapped[int] = mapped_column(server_default=text("1"))
    run_started_at: Mapped[datetime | None]
    run_requests: Mapped[int] = mapped_column(server_default=text("0"))
    run_bytes: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sitemap_run: Mapped[int] = mapped_column(server_default=text("0"))
    """The last run for which the site's own list of pages was read."""
    interruptions: Mapped[int] = mapped_column(server_default=text("0"))
    """Workers lost in a row while they read it; any progress sets it back to 0."""
    error_code: Mapped[str | None]
    error_reason: Mapped[str | None]
    error_advice: Mapped[str | None]
    last_crawled_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    """A worker reads it until then; afterwards another may go on with it."""
    enqueued_at: Mapped[datetime | None]
    """When a worker was last told of it, or is to be told next."""

    __table_args__ = (
        CheckConstraint("kind in ('page', 'site')", name="kind"),
        CheckConstraint("status in ('queued', 'crawling', 'ready', 'failed')", name="status"),
        UniqueConstraint("agent_id", "url"),
        Index(
            "ix_knowledge_sources_unfinished",
            "status",
            postgresql_where=text("status in ('queued', 'crawling')"),
        ),
    )


class KnowledgeSourcePage(Identified, Base):
    """An address of a source: the frontier of a run, and the memory between runs."""

    __tablename__ = "knowledge_source_pages"

    source_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_sources.id", ondelete="CASCADE"))
    url: Mapped[str]
    depth: Mapped[int]
    hops: Mapped[int] = mapped_column(server_default=text("0"))
    """Redirects that led here from a link."""
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    """``waiting``; ``read`` or ``unchanged``: its text is a document; ``moved``: it leads to
    another page of the source; ``skipped``, with a reason."""
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    not_before: Mapped[datetime | None]
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    text_hash: Mapped[str | None]
    """SHA-256, hexadecimal, of the document made of it."""
    file_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("knowledge_files.id", ondelete="SET NULL")
    )

    __table_args__ = (
        UniqueConstraint("source_id", "url"),
        CheckConstraint(
            "state in ('waiting', 'read', 'unchanged', 'moved', 'skipped')", name="state"
        ),
        Index("ix_knowledge_source_pages_source_id_state", "source_id", "state"),
        Index("ix_knowledge_source_pages_file_id", "file_id"),
    )
