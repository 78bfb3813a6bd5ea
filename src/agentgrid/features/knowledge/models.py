"""Tables of documents and their passages."""

from datetime import datetime
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.creator_studio.core import Vector as VectorArray
from agentgrid.kit.db import Base, Created, Identified, Updated

HNSW_DIMENSION = 384
"""Dimension of the bundled embedding model, the only one with an approximate index."""


class KnowledgeFile(Identified, Created, Updated, Base):
    __tablename__ = "knowledge_files"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    content_hash: Mapped[str]
    """SHA-256 of the bytes, hexadecimal."""
    storage_key: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)
    error_code: Mapped[str | None]
    error_reason: Mapped[str | None]
    error_advice: Mapped[str | None]
    warning: Mapped[str | None]
    pages: Mapped[int | None]
    chunk_count: Mapped[int | None]
    language: Mapped[str] = mapped_column(default="simple")
    """The text search configuration its lexemes were made with."""
    attempts: Mapped[int] = mapped_column(default=0)
    """Failed attempts in a row; any progress sets it back to 0."""
    interruptions: Mapped[int] = mapped_column(default=0)
    """Workers lost in a row while they worked on it; any progress sets it back to 0."""
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    """A worker works on the file until then; afterwards another may take it over."""
    enqueued_at: Mapped[datetime | None]
    """When a worker was last told of it; the sweeper tells again when nothing came of it."""
    added_seq: Mapped[int | None] = mapped_column(BigInteger)
    removed_seq: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        CheckConstraint(
            "status in ('queued', 'extracting', 'chunking', 'embedding', 'ready', 'failed')",
            name="status",
        ),
        Index("ix_knowledge_files_agent_id_created_at", "agent_id", "created_at"),
        Index(
            "uq_knowledge_files_agent_id_name_content_hash",
            "agent_id",
            "name",
            "content_hash",
            unique=True,
            postgresql_where=text("removed_seq is null"),
        ),
        Index(
            "ix_knowledge_files_unfinished",
            "status",
            postgresql_where=text("status not in ('ready', 'failed') and removed_seq is null"),
        ),
    )


class KnowledgeChunk(Identified, Base):
    """A passage of a file; seen by a view when its file is.

    The sequence numbers stand on the file alone: publishing or removing ten thousand
    passages is one row, and no index entry is written twice.
    """

    __tablename__ = "knowledge_chunks"

    agent_id: Mapped[UUID] = mapped_column(ForeignKey("agents.id", ondelete="CASCADE"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey("knowledge_files.id", ondelete="CASCADE"))
    position: Mapped[int]
    text: Mapped[str]
    page: Mapped[int | None]
    heading_path: Mapped[list[str]]
    char_start: Mapped[int]
    char_end: Mapped[int]
    token_count: Mapped[int]
    content_hash: Mapped[str]
    embedding_model: Mapped[str | None]
    embedding_dimension: Mapped[int | None]
    embedding: Mapped[VectorArray | None] = mapped_column(Vector())
    lexemes: Mapped[str | None] = mapped_column(TSVECTOR)
    """Each lexeme after its agent's mark (``lexemes.agent_mark``); written with the embedding."""

    __table_args__ = (
        UniqueConstraint("file_id", "position"),
        Index("ix_knowledge_chunks_agent_id", "agent_id"),
        Index(
            "ix_knowledge_chunks_content_hash",
            "content_hash",
            postgresql_where=literal_column("embedding is not null"),
        ),
        # fastupdate would keep new entries in a list that every search reads through.
        Index(
            "ix_knowledge_chunks_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_knowledge_chunks_embedding_hnsw",
            literal_column(f"(embedding::vector({HNSW_DIMENSION}))").label("fixed"),
            postgresql_using="hnsw",
            postgresql_ops={"fixed": "vector_cosine_ops"},
            postgresql_where=literal_column(f"embedding_dimension = {HNSW_DIMENSION}"),
        ),
    )


class KnowledgeLexeme(Base):
    """In how many of an agent's passages a lexeme occurs: what BM25 weighs it by.

    Counted when a file is published; removal leaves it, since older versions still read.
    """

    __tablename__ = "knowledge_lexemes"

    agent_id: Mapped[UUID] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    lexeme: Mapped[str] = mapped_column(primary_key=True)
    chunks: Mapped[int]


class KnowledgeStatistics(Base):
    """Totals over the passages an agent ever published."""

    __tablename__ = "knowledge_statistics"

    agent_id: Mapped[UUID] = mapped_column(
        ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True
    )
    chunks: Mapped[int]
    tokens: Mapped[int] = mapped_column(BigInteger)
    languages: Mapped[list[str]]
    """The text search configurations its files were read with."""
