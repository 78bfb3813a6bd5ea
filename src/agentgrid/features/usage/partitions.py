"""Monthly partitions of ``llm_usage``.

Rows of a month without a partition land in the default one: nothing is lost when the
upkeep was late. A partition whose month already has rows in the default one is then not
made, because PostgreSQL would refuse it.
"""

from typing import Protocol

ENSURE = """
do $$
declare
  start date;
begin
  for i in 0..3 loop
    start := (date_trunc('month', now() at time zone 'utc') + make_interval(months => i))::date;
    if to_regclass('llm_usage_' || to_char(start, 'YYYY_MM')) is null
      and not exists (
        select from llm_usage_default
        where created_at >= start::timestamp at time zone 'utc'
          and created_at < (start + interval '1 month')::timestamp at time zone 'utc'
      )
    then
      execute format(
        'create table %I partition of llm_usage for values from (%L) to (%L)',
        'llm_usage_' || to_char(start, 'YYYY_MM'),
        start::timestamp at time zone 'utc',
        (start + interval '1 month')::timestamp at time zone 'utc'
      );
    end if;
  end loop;
end $$
"""


class Executes(Protocol):
    async def execute(self, query: str, /) -> object: ...


async def ensure_partitions(connection: Executes) -> None:
    """Make the partitions of this month and the next three, where they are missing."""
    await connection.execute(ENSURE)
