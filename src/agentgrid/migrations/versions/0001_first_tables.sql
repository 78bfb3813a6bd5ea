-- Frozen: the tables of version 2.0. Statements end with a semicolon at the end of a line.

create table installation_settings (
  id integer not null,
  registration_open boolean not null,
  demo_seeded boolean not null,
  default_model text not null,
  updated_at timestamptz not null default now(),
  constraint pk_installation_settings primary key (id),
  constraint ck_installation_settings_one_row check (id = 1)
);
insert into installation_settings (id, registration_open, demo_seeded, default_model)
  values (1, false, false, 'local/smollm2-135m-instruct');

create table users (
  id uuid not null,
  email text not null,
  name text not null,
  password_hash text not null,
  role text not null,
  active boolean not null,
  monthly_budget numeric(14, 6),
  timezone text not null default 'UTC',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pk_users primary key (id),
  constraint ck_users_role check (role in ('admin', 'maker', 'member'))
);
create unique index uq_users_email_lower on users (lower(email));

create table refresh_tokens (
  id uuid not null,
  user_id uuid not null,
  family_id uuid not null,
  token_hash bytea not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint pk_refresh_tokens primary key (id),
  constraint fk_refresh_tokens_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint uq_refresh_tokens_token_hash unique (token_hash)
);
create index ix_refresh_tokens_family_id on refresh_tokens (family_id);
create index ix_refresh_tokens_user_id on refresh_tokens (user_id);

create table api_keys (
  id uuid not null,
  user_id uuid not null,
  name text not null,
  prefix text not null,
  key_hash bytea not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  constraint pk_api_keys primary key (id),
  constraint fk_api_keys_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint uq_api_keys_key_hash unique (key_hash)
);
create index ix_api_keys_user_id on api_keys (user_id);

create table audit_log (
  id uuid not null,
  actor_id uuid,
  action text not null,
  subject_type text not null,
  subject_id uuid not null,
  details jsonb not null default '{}',
  created_at timestamptz not null default now(),
  constraint pk_audit_log primary key (id),
  constraint fk_audit_log_actor_id_users
    foreign key (actor_id) references users (id) on delete set null
);
create index ix_audit_log_subject on audit_log (subject_type, subject_id, created_at);

create table provider_connections (
  id uuid not null,
  name text not null,
  provider text not null,
  base_url text not null,
  key_encrypted bytea,
  key_hint text,
  enabled boolean not null,
  revision integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pk_provider_connections primary key (id),
  constraint uq_provider_connections_name unique (name)
);

create table agents (
  id uuid not null,
  owner_id uuid,
  slug text not null,
  name text not null,
  description text not null,
  emblem text not null,
  visibility text not null,
  is_demo boolean not null,
  active_version_id uuid not null,
  knowledge_sequence bigint not null,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pk_agents primary key (id),
  constraint ck_agents_visibility check (visibility in ('private', 'shared')),
  constraint fk_agents_owner_id_users foreign key (owner_id) references users (id),
  constraint uq_agents_slug unique (slug)
);
create index ix_agents_owner_id on agents (owner_id);
create unique index uq_agents_demo on agents (is_demo) where is_demo;

create table agent_versions (
  id uuid not null,
  agent_id uuid not null,
  number integer not null,
  parent_id uuid,
  author_id uuid,
  change_summary text not null,
  spec jsonb not null,
  content_hash text not null,
  knowledge_sequence bigint,
  created_at timestamptz not null default now(),
  constraint pk_agent_versions primary key (id),
  constraint uq_agent_versions_agent_id_number unique (agent_id, number),
  constraint fk_agent_versions_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade,
  constraint fk_agent_versions_parent_id_agent_versions
    foreign key (parent_id) references agent_versions (id),
  constraint fk_agent_versions_author_id_users
    foreign key (author_id) references users (id) on delete set null
);

create table knowledge_files (
  id uuid not null,
  agent_id uuid not null,
  uploaded_by uuid,
  name text not null,
  title text not null,
  media_type text not null,
  size bigint not null,
  content_hash text not null,
  storage_key text not null,
  status text not null,
  progress double precision not null,
  error_code text,
  error_reason text,
  error_advice text,
  warning text,
  pages integer,
  chunk_count integer,
  language text not null,
  attempts integer not null,
  interruptions integer not null,
  lease_owner text,
  lease_until timestamptz,
  enqueued_at timestamptz,
  added_seq bigint,
  removed_seq bigint,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pk_knowledge_files primary key (id),
  constraint ck_knowledge_files_status
    check (status in ('queued', 'extracting', 'chunking', 'embedding', 'ready', 'failed')),
  constraint fk_knowledge_files_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade,
  constraint fk_knowledge_files_uploaded_by_users
    foreign key (uploaded_by) references users (id) on delete set null
);
create index ix_knowledge_files_agent_id_created_at on knowledge_files (agent_id, created_at);
create index ix_knowledge_files_unfinished
  on knowledge_files (status) where status not in ('ready', 'failed') and removed_seq is null;
create unique index uq_knowledge_files_agent_id_name_content_hash
  on knowledge_files (agent_id, name, content_hash) where removed_seq is null;

create table knowledge_chunks (
  id uuid not null,
  agent_id uuid not null,
  file_id uuid not null,
  position integer not null,
  text text not null,
  page integer,
  heading_path jsonb not null,
  char_start integer not null,
  char_end integer not null,
  token_count integer not null,
  content_hash text not null,
  embedding_model text,
  embedding_dimension integer,
  embedding vector,
  lexemes tsvector,
  constraint pk_knowledge_chunks primary key (id),
  constraint uq_knowledge_chunks_file_id_position unique (file_id, position),
  constraint fk_knowledge_chunks_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade,
  constraint fk_knowledge_chunks_file_id_knowledge_files
    foreign key (file_id) references knowledge_files (id) on delete cascade
);
-- Inline: an exact scan reads every vector of an agent.
alter table knowledge_chunks alter column embedding set storage main;
-- Uncompressed: unpacking costs more than all that BM25 does with them.
alter table knowledge_chunks alter column lexemes set storage external;
create index ix_knowledge_chunks_agent_id on knowledge_chunks (agent_id);
create index ix_knowledge_chunks_content_hash
  on knowledge_chunks (content_hash) where embedding is not null;
create index ix_knowledge_chunks_embedding_hnsw
  on knowledge_chunks using hnsw ((embedding::vector(384)) vector_cosine_ops)
  where embedding_dimension = 384;
create index ix_knowledge_chunks_lexemes
  on knowledge_chunks using gin (lexemes) with (fastupdate = off);

create table knowledge_lexemes (
  agent_id uuid not null,
  lexeme text not null,
  chunks integer not null,
  constraint pk_knowledge_lexemes primary key (agent_id, lexeme),
  constraint fk_knowledge_lexemes_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade
);

create table knowledge_statistics (
  agent_id uuid not null,
  chunks integer not null,
  tokens bigint not null,
  languages jsonb not null,
  constraint pk_knowledge_statistics primary key (agent_id),
  constraint fk_knowledge_statistics_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade
);

create table chat_sessions (
  id uuid not null,
  agent_id uuid not null,
  user_id uuid not null,
  title text not null,
  title_source text not null,
  pinned boolean not null,
  version_id uuid,
  last_seq integer not null,
  message_count integer not null,
  leaf_message_id uuid,
  running_message_id uuid,
  running_until timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint pk_chat_sessions primary key (id),
  constraint ck_chat_sessions_title_source
    check (title_source in ('none', 'generated', 'person')),
  constraint fk_chat_sessions_agent_id_agents
    foreign key (agent_id) references agents (id) on delete cascade,
  constraint fk_chat_sessions_user_id_users
    foreign key (user_id) references users (id) on delete cascade,
  constraint fk_chat_sessions_version_id_agent_versions
    foreign key (version_id) references agent_versions (id)
);
create index ix_chat_sessions_running
  on chat_sessions (running_until) where running_message_id is not null;
create index ix_chat_sessions_user_id_agent_id_updated_at
  on chat_sessions (user_id, agent_id, updated_at);

create table chat_messages (
  id uuid not null,
  session_id uuid not null,
  seq integer not null,
  parent_id uuid,
  role text not null,
  content text not null,
  status text not null,
  version_id uuid,
  citations jsonb not null default '[]',
  steps jsonb not null default '[]',
  coverage text,
  confidence double precision,
  provider text,
  model text,
  prompt_tokens integer,
  completion_tokens integer,
  cost_usd numeric(20, 10),
  latency_ms integer,
  first_token_ms integer,
  error_code text,
  error_message text,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  constraint pk_chat_messages primary key (id),
  constraint uq_chat_messages_session_id_seq unique (session_id, seq),
  constraint ck_chat_messages_role check (role in ('user', 'assistant')),
  constraint ck_chat_messages_status
    check (status in ('streaming', 'complete', 'stopped', 'failed')),
  constraint fk_chat_messages_session_id_chat_sessions
    foreign key (session_id) references chat_sessions (id) on delete cascade,
  constraint fk_chat_messages_parent_id_chat_messages
    foreign key (parent_id) references chat_messages (id) on delete cascade,
  constraint fk_chat_messages_version_id_agent_versions
    foreign key (version_id) references agent_versions (id)
);
create index ix_chat_messages_parent_id on chat_messages (parent_id);

create table message_feedback (
  message_id uuid not null,
  user_id uuid not null,
  rating text,
  text text not null,
  updated_at timestamptz not null default now(),
  constraint pk_message_feedback primary key (message_id, user_id),
  constraint ck_message_feedback_rating check (rating in ('up', 'down')),
  constraint fk_message_feedback_message_id_chat_messages
    foreign key (message_id) references chat_messages (id) on delete cascade,
  constraint fk_message_feedback_user_id_users
    foreign key (user_id) references users (id) on delete cascade
);

create table llm_usage (
  id uuid not null,
  user_id uuid,
  agent_id uuid,
  version_id uuid,
  session_id uuid,
  message_id uuid,
  purpose text not null,
  provider text not null,
  model text not null,
  prompt_tokens integer not null,
  cached_tokens integer not null,
  reasoning_tokens integer not null,
  completion_tokens integer not null,
  tokens_estimated boolean not null,
  prompt_price numeric(20, 10),
  completion_price numeric(20, 10),
  cost_usd numeric(20, 10),
  latency_ms integer not null,
  first_token_ms integer,
  attempts integer not null,
  error_code text,
  created_at timestamptz not null default now(),
  constraint pk_llm_usage primary key (id, created_at)
) partition by range (created_at);
create index ix_llm_usage_agent_id_created_at on llm_usage (agent_id, created_at);
create index ix_llm_usage_user_id_created_at on llm_usage (user_id, created_at);
