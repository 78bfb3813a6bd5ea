"""Rows of the ledger: written once, in the transaction of what they paid for."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from agentgrid.creator_studio.core import TokenUsage
from agentgrid.features.usage.prices import cost_of
from agentgrid.kit.db import new_id

Purpose = Literal["chat", "title", "embedding", "queries", "rerank"]


@dataclass(frozen=True, slots=True)
class CallSubject:
    """Whom and what a model call was made for."""

    purpose: Purpose
    """Of calls that do not say themselves what they are, as embeddings do."""
    user_id: UUID | None = None
    agent_id: UUID | None = None
    version_id: UUID | None = None
    session_id: UUID | None = None
    message_id: UUID | None = None


class LedgerRow(msgspec.Struct, frozen=True):
    """One ``llm_usage`` row; field names are column names."""

    id: UUID
    purpose: str
    provider: str
    model: str
    user_id: UUID | None
    agent_id: UUID | None
    version_id: UUID | None
    session_id: UUID | None
    message_id: UUID | None
    prompt_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    completion_tokens: int
    tokens_estimated: bool
    prompt_price: Decimal | None
    completion_price: Decimal | None
    cost_usd: Decimal | None
    latency_ms: int
    first_token_ms: int | None
    attempts: int
    error_code: str | None


def ledger_row(
    subject: CallSubject,
    *,
    provider: str,
    model: str,
    usage: TokenUsage,
    latency_ms: float,
    first_token_ms: float | None,
    attempts: int,
    error_code: str | None,
    purpose: str = "",
) -> LedgerRow:
    """Price one call. A call that failed before it used tokens costs what its tokens cost: 0."""
    cost = cost_of(provider, model, usage)
    return LedgerRow(
        id=new_id(),
        purpose=purpose or subject.purpose,
        provider=provider,
        model=model,
        user_id=subject.user_id,
        agent_id=subject.agent_id,
        version_id=subject.version_id,
        session_id=subject.session_id,
        message_id=subject.message_id,
        prompt_tokens=usage.prompt,
        cached_tokens=usage.cached,
        reasoning_tokens=usage.reasoning,
        completion_tokens=usage.completion,
        tokens_estimated=usage.estimated,
        prompt_price=cost.prompt_price if cost else None,
        completion_price=cost.completion_price if cost else None,
        cost_usd=cost.total if cost else None,
        latency_ms=round(latency_ms),
        first_token_ms=None if first_token_ms is None else round(first_token_ms),
        attempts=attempts,
        error_code=error_code,
    )


INSERT_ROWS = """
insert into llm_usage (
  id, purpose, provider, model, user_id, agent_id, version_id, session_id, message_id,
  prompt_tokens, cached_tokens, reasoning_tokens, completion_tokens, tokens_estimated,
  prompt_price, completion_price, cost_usd, latency_ms, first_token_ms, attempts, error_code
)
select
  id, purpose, provider, model, user_id, agent_id, version_id, session_id, message_id,
  prompt_tokens, cached_tokens, reasoning_tokens, completion_tokens, tokens_estimated,
  prompt_price, completion_price, cost_usd, latency_ms, first_token_ms, attempts, error_code
from jsonb_to_recordset({rows}::jsonb) as row (
  id uuid, purpose text, provider text, model text, user_id uuid, agent_id uuid,
  version_id uuid, session_id uuid, message_id uuid, prompt_tokens int, cached_tokens int,
  reasoning_tokens int, completion_tokens int, tokens_estimated bool, prompt_price numeric,
  completion_price numeric, cost_usd numeric, latency_ms int, first_token_ms int,
  attempts int, error_code text
)
where not exists (
  select from llm_usage known
  where known.id = row.id and known.created_at > now() - interval '1 hour'
)
"""
"""SQL that writes rows given as JSON; ``{rows}`` is the statement's own parameter mark.

A fragment, so that it can be one part of a statement that also stores what was paid for.
Rows that are there already are left alone: a statement whose answer was lost is sent again.
"""


def encode_rows(rows: list[LedgerRow]) -> str:
    return msgspec.json.encode(rows).decode()
