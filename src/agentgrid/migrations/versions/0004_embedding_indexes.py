"""The embedding model is chosen by an admin; a passage keeps the table header it begins under.

The header is part of what is embedded, so a passage can be embedded again by another model
without reading its document again.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0004"
down_revision: str | Sequence[str] | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = """
create table embedding_indexes (
  id uuid not null,
  created_at timestamptz not null default now(),
  slot text,
  provider text not null,
  model text not null,
  dimension integer not null,
  shortened boolean not null,
  vectors_named text not null,
  base_url text not null,
  connection_id uuid,
  key_encrypted bytea,
  revision integer not null,
  chosen_by uuid,
  chunks_done integer not null,
  chunks_total integer not null,
  error text,
  attempts integer not null,
  lease_owner text,
  lease_until timestamptz,
  enqueued_at timestamptz,
  activated_at timestamptz,
  retired_at timestamptz,
  constraint pk_embedding_indexes primary key (id),
  constraint uq_embedding_indexes_slot unique (slot),
  constraint ck_embedding_indexes_slot check (slot in ('active', 'next')),
  constraint fk_embedding_indexes_connection_id_provider_connections
    foreign key (connection_id) references provider_connections (id) on delete set null,
  constraint fk_embedding_indexes_chosen_by_users
    foreign key (chosen_by) references users (id) on delete set null
)
"""


def upgrade() -> None:
    op.execute(INDEXES)
    op.execute("alter table knowledge_chunks add column table_header text not null default ''")


def downgrade() -> None:
    op.execute("alter table knowledge_chunks drop column table_header")
    op.execute("drop table embedding_indexes")
