"""Tables of documents, their passages and the vectors of those."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pgvector.sqlalchemy import Vector
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    literal_column,
    text,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from agentgrid.creator_studio.core import Vector as VectorArray
from agentgrid.kit.db import Base, Created, Identified, Updated

GRAPHS: Final = {
    384: "vector",
    512: "vector",
    768: "vector",
    1024: "vector",
    1536: "vector",
    3072: "halfvec",
}
"""Dimensions with an approximate index, and the type it is built over.

Those of the models people use. Vectors of another dimension are compared one by one.
pgvector's graphs hold up to 2,000 dimensions of four bytes, or 4,000 of two.
"""


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
    tags: Mapped[list[str]] = mapped_column(ARRAY(TextType), server_default=text("'{}'"))
    tag_keys: Mapped[list[str]] = mapped_column(ARRAY(TextType), server_default=text("'{}'"))
    """The tags as they are compared: without case."""
    stages: Mapped[list[dict[str, object]]] = mapped_column(server_default=text("'[]'"))
    """How far each stage is; see ``progress.Stage``."""
    failed_stage: Mapped[str | None]
    pages_read: Mapped[int | None]
    """Of ``pages``, those that gave text."""
    source_url: Mapped[str | None]
    source_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("knowledge_sources.id", ondelete="SET NULL")
    )
    """The web source that brought it."""
    text_key: Mapped[str | None]
    """Where the text is stored that its passages were cut from."""
    replaces_older: Mapped[bool] = mapped_column(server_default=text("false"))
    """Publishing it removes the agent's older files of the same name."""

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
        Index("ix_knowledge_files_storage_key", "storage_key"),
        Index("ix_knowledge_files_text_key", "text_key"),
        Index("ix_knowledge_files_source_id", "source_id"),
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
    table_header: Mapped[str] = mapped_column(server_default="")
    """Of a passage that begins inside a table: the table's header rows, embedded with it."""
    lexemes: Mapped[str | None] = mapped_column(TSVECTOR)
    """Each lexeme after its agent's mark (``lexemes.agent_mark``)."""

    __table_args__ = (
        UniqueConstraint("file_id", "position"),
        Index("ix_knowledge_chunks_agent_id", "agent_id"),
        Index("ix_knowledge_chunks_content_hash", "content_hash"),
        # fastupdate would keep new entries in a list that every search reads through.
        Index(
            "ix_knowledge_chunks_lexemes",
            "lexemes",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )


def graph_type(dimension: int) -> str | None:
    """The type an approximate index over vectors of a dimension needs; None if there is none."""
    if dimension > 4_000:
        return None
    return "vector" if dimension <= 2_000 else "halfvec"


def graph_name(dimension: int) -> str:
    return f"ix_knowledge_vectors_hnsw_{dimension}"


def _graph(dimension: int) -> Index:
    kind = GRAPHS[dimension]
    return Index(
        graph_name(dimension),
        literal_column(f"(embedding::{kind}({dimension}))").label("fixed"),
        postgresql_using="hnsw",
        postgresql_ops={"fixed": f"{kind}_cosine_ops"},
        postgresql_where=literal_column(f"dimension = {dimension}"),
    )


class KnowledgeVector(Base):
    """A passage as one embedding model sees it.

    A passage may have several: of the model that is searched, and of one that is to follow.
    Agent and file stand here too, so that a search reads this table alone.
    """

    __tablename__ = "knowledge_vectors"

    chunk_id: Mapped[UUID] = mapped_column(
        ForeignKey("knowledge_chunks.id", ondelete="CASCADE"), primary_key=True
    )
    model: Mapped[str] = mapped_column(primary_key=True)
    agent_id: Mapped[UUID]
    file_id: Mapped[UUID]
    dimension: Mapped[int]
    embedding: Mapped[VectorArray] = mapped_column(Vector())

    __table_args__ = (
        Index("ix_knowledge_vectors_agent_id", "agent_id"),
        Index("ix_knowledge_vectors_file_id", "file_id"),
        *(_graph(dimension) for dimension in GRAPHS),
    )


class KnowledgeObject(Base):
    """An object in the storage that belongs to documents: an original, or a text read from one.

    Written before the object is; so a sweep knows all there are, and may remove one that no
    file has named for a day while it holds this row.
    """

    __tablename__ = "knowledge_objects"

    key: Mapped[str] = mapped_column(primary_key=True)
    touched_at: Mapped[datetime] = mapped_column(server_default=func.now())


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
