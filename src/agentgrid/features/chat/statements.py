"""The statements of a turn. Constants all: values travel as parameters only."""

from agentgrid.features.usage.ledger import INSERT_ROWS

LEASE_SECONDS = 60
HISTORY_MESSAGES = 60
"""Older messages are never read: no window of a model that answers quickly holds more."""

# `for update of s` makes a second request for the same session wait here and then see the
# first one's claim; the claim itself is the row's running_message_id.
_TARGET = """
with recursive target as (
  select s.id, s.agent_id, s.leaf_message_id, s.title = '' as untitled,
         s.running_message_id is not null and s.running_until >= now() as busy,
         v.id as version_id, v.number, v.spec, a.knowledge_sequence as head,
         coalesce(v.knowledge_sequence, a.knowledge_sequence) as sequence,
         a.knowledge_sequence = 0 and exists (
           select from knowledge_files f
           where f.agent_id = a.id and f.removed_seq is null
             and f.status not in ('ready', 'failed')
         ) as still_reading
  from chat_sessions s
  join agents a on a.id = s.agent_id and a.deleted_at is null
  join users u on u.id = s.user_id and u.active
  join agent_versions v on v.id = coalesce(s.version_id, a.active_version_id)
  where s.id = $1 and s.user_id = $2 and s.deleted_at is null
  for update of s
),
"""

_HISTORY = f"""
path as (
  select m.id, m.parent_id, m.role, m.content, m.status, 1 as depth
  from chat_messages m where m.id = (select {{leaf}})
  union all
  select m.id, m.parent_id, m.role, m.content, m.status, path.depth + 1
  from chat_messages m join path on m.id = path.parent_id
  where path.depth < {HISTORY_MESSAGES}
)
"""

_RESULT = """
select t.agent_id, t.busy, t.untitled, t.version_id, t.number, t.spec::text, t.sequence,
       t.still_reading,
       c.last_seq, {parent} as parent_id,
       {question_at} as question_at, answer.created_at as started_at,
       (select coalesce(json_agg(json_build_object('role', role, 'content', content)
                                 order by depth desc), '[]')::text
        from path where content <> '') as history
from target t left join claim c on true left join answer on true {more}
"""

SEND = (
    _TARGET
    + _HISTORY.format(leaf="leaf_message_id from target")
    + f"""
, claim as (
  update chat_sessions s
  set last_seq = s.last_seq + 2, message_count = s.message_count + 2, leaf_message_id = $4,
      running_message_id = $4, updated_at = now(),
      running_until = now() + interval '{LEASE_SECONDS} seconds'
  from target t where s.id = t.id and not t.busy
  returning s.last_seq
),
ask as (
  insert into chat_messages
    (id, session_id, seq, parent_id, role, content, filter, status, finished_at)
  select $3, t.id, c.last_seq - 1, t.leaf_message_id, 'user', $5, $6::jsonb, 'complete', now()
  from target t, claim c
  returning created_at
),
answer as (
  insert into chat_messages (id, session_id, seq, parent_id, role, status, version_id, content)
  select $4, t.id, c.last_seq, $3, 'assistant', 'streaming', t.version_id, ''
  from target t, claim c
  returning created_at
)
"""
    + _RESULT.format(
        parent="t.leaf_message_id", question_at="ask.created_at", more="left join ask on true"
    )
)

AGAIN = (
    _TARGET
    + """
old as (
  select m.id, m.parent_id, m.created_at from chat_messages m, target t
  where m.id = $3 and m.session_id = t.id and m.role = 'assistant' and m.id = t.leaf_message_id
),
question as (
  select q.id, q.parent_id, q.content, q.filter, q.created_at from chat_messages q
  join old on q.id = old.parent_id
),
"""
    + _HISTORY.format(leaf="parent_id from question")
    + f"""
, claim as (
  update chat_sessions s
  set last_seq = s.last_seq + 1, message_count = s.message_count + 1, leaf_message_id = $4,
      running_message_id = $4, updated_at = now(),
      running_until = now() + interval '{LEASE_SECONDS} seconds'
  from target t, question q where s.id = t.id and not t.busy
  returning s.last_seq
),
answer as (
  insert into chat_messages (id, session_id, seq, parent_id, role, status, version_id, content)
  select $4, t.id, c.last_seq, q.id, 'assistant', 'streaming', t.version_id, ''
  from target t, claim c, question q
  returning created_at
)
"""
    + _RESULT.format(
        parent="q.parent_id", question_at="q.created_at", more="left join question q on true"
    ).replace(
        "select t.agent_id",
        "select q.id as question_id, q.content as question, q.filter::text, t.agent_id",
    )
)

FINISH = f"""
with done as (
  update chat_messages set
    status = $2, content = $3, citations = $4::jsonb, steps = $5::jsonb, coverage = $6,
    confidence = $7, provider = $8, model = $9, prompt_tokens = $10, completion_tokens = $11,
    cost_usd = $12, latency_ms = $13, first_token_ms = $14, error_code = $15,
    error_message = $16, finished_at = now()
  where id = $1 and status = 'streaming'
  returning session_id
),
release as (
  update chat_sessions s
  set running_message_id = null, running_until = null, updated_at = now(),
      title = case when s.title = '' then $17 else s.title end
  from done where s.id = done.session_id and s.running_message_id = $1
),
ledger as ({INSERT_ROWS.format(rows="$18")})
select count(*) from done
"""

RENEW = f"""
update chat_sessions set running_until = now() + interval '{LEASE_SECONDS} seconds'
where running_message_id = any($1)
"""
