"""Vectors leave the passages for a table of their own; files know tags, stages and sources.

A passage may have vectors of several models: one that is searched, and one that is made to
follow it. Stored objects are listed, so that what no file needs any more can be removed.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | Sequence[str] | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

VECTORS = """
create table knowledge_vectors (
  chunk_id uuid not null,
  model text not null,
  agent_id uuid not null,
  file_id uuid not null,
  dimension integer not null,
  embedding vector not null,
  constraint pk_knowledge_vectors primary key (chunk_id, model),
  constraint fk_knowledge_vectors_chunk_id_knowledge_chunks
    foreign key (chunk_id) references knowledge_chunks (id) on delete cascade
)
"""

# Inline: an exact scan reads every vector of an agent.
INLINE = "alter table {table} alter column embedding set storage main"

MOVE = """
insert into knowledge_vectors (chunk_id, model, agent_id, file_id, dimension, embedding)
select id, embedding_model, agent_id, file_id, embedding_dimension, embedding
from knowledge_chunks where embedding is not null
"""

MOVE_BACK = """
update knowledge_chunks c
set embedding_model = v.model, embedding_dimension = v.dimension, embedding = v.embedding
from (
  select distinct on (chunk_id) * from knowledge_vectors
  order by chunk_id, model <> 'all-MiniLM-L6-v2', model
) v
where v.chunk_id = c.id
"""

# Dimension and the type its graph is built over; pgvector's graphs hold up to 2,000
# dimensions of four bytes, or 4,000 of two.
GRAPHS = (
    (384, "vector"),
    (512, "vector"),
    (768, "vector"),
    (1024, "vector"),
    (1536, "vector"),
    (3072, "halfvec"),
)

FILE_COLUMNS = (
    "tags text[] not null default '{}'",
    "tag_keys text[] not null default '{}'",
    "stages jsonb not null default '[]'",
    "failed_stage text",
    "pages_read integer",
    "source_url text",
    "source_id uuid",
    "text_key text",
    "replaces_older boolean not null default false",
)

TEXT_KEYS = """
update knowledge_files
set text_key = 'texts/v1/' || content_hash || '-'
  || substr(encode(sha256(convert_to(name, 'UTF8')), 'hex'), 1, 16) || '.json',
  pages_read = case when status = 'ready' then pages end
where chunk_count is not null
"""

# Done before this was written down; what is under way writes it with its next step.
STAGES = """
update knowledge_files
set stages = (
  select jsonb_agg(jsonb_build_object(
    'name', s.name, 'state', 'done', 'progress', 1, 'time_ms', null, 'detail', null)
    order by s.place)
  from unnest(array['extracting', 'chunking', 'embedding', 'indexing'])
    with ordinality s(name, place))
where status = 'ready'
"""

OBJECTS = """
create table knowledge_objects (
  key text not null,
  touched_at timestamptz not null default now(),
  constraint pk_knowledge_objects primary key (key)
)
"""

KNOWN_OBJECTS = """
insert into knowledge_objects (key)
select storage_key from knowledge_files where storage_key <> ''
union select text_key from knowledge_files where text_key is not null
"""


def upgrade() -> None:
    op.execute(VECTORS)
    op.execute(INLINE.format(table="knowledge_vectors"))
    op.execute(MOVE)
    op.execute("create index ix_knowledge_vectors_agent_id on knowledge_vectors (agent_id)")
    op.execute("create index ix_knowledge_vectors_file_id on knowledge_vectors (file_id)")
    for dimension, kind in GRAPHS:
        op.execute(
            f"create index ix_knowledge_vectors_hnsw_{dimension} on knowledge_vectors"
            f" using hnsw ((embedding::{kind}({dimension})) {kind}_cosine_ops)"
            f" where dimension = {dimension}"
        )
    op.execute("drop index ix_knowledge_chunks_embedding_hnsw")
    op.execute("drop index ix_knowledge_chunks_content_hash")
    op.execute("create index ix_knowledge_chunks_content_hash on knowledge_chunks (content_hash)")
    for column in ("embedding_model", "embedding_dimension", "embedding"):
        op.execute(f"alter table knowledge_chunks drop column {column}")
    for column in FILE_COLUMNS:
        op.execute(f"alter table knowledge_files add column {column}")
    op.execute(TEXT_KEYS)
    op.execute(STAGES)
    op.execute("create index ix_knowledge_files_storage_key on knowledge_files (storage_key)")
    op.execute("create index ix_knowledge_files_text_key on knowledge_files (text_key)")
    op.execute("create index ix_knowledge_files_source_id on knowledge_files (source_id)")
    op.execute(OBJECTS)
    op.execute(KNOWN_OBJECTS)


def downgrade() -> None:
    op.execute("drop table knowledge_objects")
    for column in FILE_COLUMNS:
        op.execute(f"alter table knowledge_files drop column {column.partition(' ')[0]}")
    op.execute("drop index ix_knowledge_files_storage_key")
    op.execute("alter table knowledge_chunks add column embedding_model text")
    op.execute("alter table knowledge_chunks add column embedding_dimension integer")
    op.execute("alter table knowledge_chunks add column embedding vector")
    op.execute(INLINE.format(table="knowledge_chunks"))
    op.execute(MOVE_BACK)
    op.execute("drop index ix_knowledge_chunks_content_hash")
    op.execute(
        "create index ix_knowledge_chunks_content_hash on knowledge_chunks (content_hash)"
        " where embedding is not null"
    )
    op.execute(
        "create index ix_knowledge_chunks_embedding_hnsw on knowledge_chunks"
        " using hnsw ((embedding::vector(384)) vector_cosine_ops)"
        " where embedding_dimension = 384"
    )
    op.execute("drop table knowledge_vectors")
