"""Pages and sites of the web give documents: what was asked for, and how far each page is."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | Sequence[str] | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SOURCES = """
create table knowledge_sources (
  id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  agent_id uuid not null,
  created_by uuid,
  url text not null,
  kind text not null,
  max_depth integer not null,
  max_pages integer not null,
  tags text[] not null default '{}',
  scope_url text,
  status text not null default 'queued',
  run integer not null default 1,
  run_started_at timestamptz,
  run_requests integer not null default 0,
  run_bytes bigint not null default 0,
  sitemap_run integer not null default 0,
  interruptions integer not null default 0,
  error_code text,
  error_reason text,
  error_advice text,
  last_crawled_at timestamptz,
  lease_owner text,
  lease_until timestamptz,
  enqueued_at timestamptz,
  constraint pk_knowledge_sources primary key (id),
  constraint uq_knowledge_sources_agent_id_url unique (agent_id, url),
  constraint ck_knowledge_sources_kind check (kind in ('page', 'site')),
  constraint ck_knowledge_sources_status
    check (status in ('queued', 'crawling', 'ready', 'failed')),
  constraint fk_knowledge_sources_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade,
  constraint fk_knowledge_sources_created_by_users
    foreign key (created_by) references users (id) on delete set null
)
"""

PAGES = """
create table knowledge_source_pages (
  id uuid not null,
  source_id uuid not null,
  url text not null,
  depth integer not null,
  hops integer not null default 0,
  state text not null default 'waiting',
  reason text,
  attempts integer not null default 0,
  not_before timestamptz,
  etag text,
  last_modified text,
  text_hash text,
  file_id uuid,
  constraint pk_knowledge_source_pages primary key (id),
  constraint uq_knowledge_source_pages_source_id_url unique (source_id, url),
  constraint ck_knowledge_source_pages_state
    check (state in ('waiting', 'read', 'unchanged', 'moved', 'skipped')),
  constraint fk_knowledge_source_pages_source_id_knowledge_sources
    foreign key (source_id) references knowledge_sources (id) on delete cascade,
  constraint fk_knowledge_source_pages_file_id_knowledge_files
    foreign key (file_id) references knowledge_files (id) on delete set null
)
"""


def upgrade() -> None:
    op.execute(SOURCES)
    op.execute(
        "create index ix_knowledge_sources_unfinished on knowledge_sources (status)"
        " where status in ('queued', 'crawling')"
    )
    op.execute(PAGES)
    op.execute(
        "create index ix_knowledge_source_pages_source_id_state"
        " on knowledge_source_pages (source_id, state)"
    )
    op.execute("create index ix_knowledge_source_pages_file_id on knowledge_source_pages (file_id)")
    op.execute(
        "alter table knowledge_files"
        " add constraint fk_knowledge_files_source_id_knowledge_sources"
        " foreign key (source_id) references knowledge_sources (id) on delete set null"
    )


def downgrade() -> None:
    op.execute(
        "alter table knowledge_files drop constraint fk_knowledge_files_source_id_knowledge_sources"
    )
    op.execute("drop table knowledge_source_pages")
    op.execute("drop table knowledge_sources")
