"""The first tables: people, agents, knowledge, conversations and the ledger."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic import op

revision: str = "0001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# An agent points at its active version and a version at its agent: this side waits for the
# end of the transaction, so that both rows can be made in one.
ACTIVE_VERSION = """
alter table agents
  add constraint fk_agents_active_version_id_agent_versions
  foreign key (active_version_id) references agent_versions (id)
  deferrable initially deferred
"""

# Rows of a month without a partition land in the default one. Later months are made by the
# upkeep of the ledger, under the same names.
USAGE_PARTITIONS = """
do $$
declare
  first_day date;
begin
  create table llm_usage_default partition of llm_usage default;
  for i in 0..3 loop
    first_day := (date_trunc('month', now() at time zone 'utc') + make_interval(months => i));
    execute format(
      'create table %I partition of llm_usage for values from (%L) to (%L)',
      'llm_usage_' || to_char(first_day, 'YYYY_MM'),
      first_day::timestamp at time zone 'utc',
      (first_day + interval '1 month')::timestamp at time zone 'utc'
    );
  end loop;
end $$
"""

TABLES_NEWEST_FIRST = (
    "message_feedback",
    "chat_messages",
    "chat_sessions",
    "knowledge_statistics",
    "knowledge_lexemes",
    "knowledge_chunks",
    "knowledge_files",
    "agent_versions",
    "agents",
    "llm_usage",
    "provider_connections",
    "audit_log",
    "api_keys",
    "refresh_tokens",
    "users",
    "installation_settings",
)


def _statements() -> Iterator[str]:
    script = Path(__file__).with_suffix(".sql").read_text()
    for statement in script.split(";\n"):
        if statement.strip():
            yield statement


def upgrade() -> None:
    op.execute("create extension if not exists vector")
    for statement in _statements():
        op.execute(statement)
    op.execute(ACTIVE_VERSION)
    op.execute(USAGE_PARTITIONS)


def downgrade() -> None:
    # The extension stays: it may serve others in this database.
    op.execute("alter table agents drop constraint fk_agents_active_version_id_agent_versions")
    for table in TABLES_NEWEST_FIRST:
        op.execute(f"drop table {table}")
