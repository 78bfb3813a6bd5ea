"""The two statements of a turn, on the raw driver: one round trip each.

Everything else in this feature goes through the ORM. These two are the hot path of the
product, where the ORM costs several times the statement itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec

from agentgrid.creator_studio.core import Coverage
from agentgrid.features.agents.schemas import AgentSpec
from agentgrid.features.chat.errors import (
    MessageNotFound,
    NothingToRegenerate,
    SessionNotFound,
    TurnRunning,
)
from agentgrid.features.chat.statements import AGAIN, FINISH, RENEW, SEND
from agentgrid.features.knowledge.filters import Filter
from agentgrid.features.usage.ledger import LedgerRow, encode_rows
from agentgrid.kit.db import new_id

TurnStatus = Literal["complete", "stopped", "failed"]


class PastMessage(msgspec.Struct, frozen=True):
    """A message of the branch, oldest first."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class TurnStart:
    """What the first statement found and stored."""

    session_id: UUID
    agent_id: UUID
    user_id: UUID
    user_message_id: UUID
    message_id: UUID
    seq: int
    parent_id: UUID | None
    question: str
    filter: Filter | None
    question_at: datetime
    started_at: datetime
    version_id: UUID
    version_number: int
    spec: AgentSpec
    knowledge_sequence: int
    still_reading: bool
    """The agent's first documents are on their way, and none can be searched yet."""
    history: list[PastMessage]
    untitled: bool


class TurnEnd(msgspec.Struct, frozen=True, kw_only=True):
    """What the second statement stores."""

    message_id: UUID
    status: TurnStatus
    content: str
    citations: list[dict[str, object]]
    steps: list[dict[str, object]]
    coverage: Coverage | None
    confidence: float | None
    latency_ms: int
    first_token_ms: int | None
    error_code: str | None
    error_message: str | None
    title: str
    calls: list[LedgerRow]
    """Every call of the turn, for the ledger."""

    @property
    def answer_call(self) -> LedgerRow | None:
        """The call that wrote the answer: the message's own usage."""
        return next((call for call in reversed(self.calls) if call.purpose == "chat"), None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The question of a turn, as it is stored."""

    id: UUID
    question: str
    filter: Filter | None


class TurnStore:
    """Stores turns. Each method is one statement, and so one transaction."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool
        self._specs: dict[UUID, AgentSpec] = {}

    async def send(
        self, session_id: UUID, user_id: UUID, question: str, wanted: Filter | None = None
    ) -> TurnStart:
        """Check, claim the session, store the question and the empty answer.

        Raises ``SessionNotFound`` or ``TurnRunning``.
        """
        ask_id, answer_id = new_id(), new_id()
        stored = wanted.model_dump_json(exclude_defaults=True) if wanted is not None else None
        row = await self._pool.fetchrow(
            SEND, session_id, user_id, ask_id, answer_id, question, stored
        )
        if row is None:
            raise SessionNotFound()
        asked = _Asked(ask_id, question, wanted)
        return self._started(row, session_id, user_id, asked, answer_id)

    async def again(self, session_id: UUID, user_id: UUID, message_id: UUID) -> TurnStart:
        """Claim the session for another answer to the question of ``message_id``.

        Raises ``SessionNotFound``, ``TurnRunning`` or ``NothingToRegenerate``.
        """
        answer_id = new_id()
        row = await self._pool.fetchrow(AGAIN, session_id, user_id, message_id, answer_id)
        if row is None:
            raise SessionNotFound()
        if row["question_id"] is None:
            raise NothingToRegenerate()
        stored = row["filter"]
        wanted = Filter.model_validate_json(stored) if stored is not None else None
        asked = _Asked(row["question_id"], row["question"], wanted)
        return self._started(row, session_id, user_id, asked, answer_id)

    async def session_of(self, message_id: UUID, user_id: UUID) -> UUID:
        """The session a message belongs to, if it is this person's. Raises MessageNotFound."""
        found = await self._pool.fetchval(
            """select m.session_id from chat_messages m join chat_sessions s on s.id = m.session_id
               where m.id = $1 and s.user_id = $2 and s.deleted_at is null""",
            message_id,
            user_id,
        )
        if found is None:
            raise MessageNotFound()
        return found

    async def finish(self, end: TurnEnd) -> bool:
        """Store the answer, its ledger rows, and release the session; False if done before."""
        last = end.answer_call
        count = await self._pool.fetchval(
            FINISH,
            end.message_id,
            end.status,
            end.content,
            msgspec.json.encode(end.citations).decode(),
            msgspec.json.encode(end.steps).decode(),
            end.coverage,
            end.confidence,
            last.provider if last else None,
            last.model if last else None,
            last.prompt_tokens if last else None,
            last.completion_tokens if last else None,
            last.cost_usd if last else None,
            end.latency_ms,
            end.first_token_ms,
            end.error_code,
            end.error_message,
            end.title,
            encode_rows(end.calls),
        )
        return count == 1

    async def renew(self, message_ids: list[UUID]) -> None:
        """Keep the claims of running turns alive for another ``LEASE_SECONDS``."""
        await self._pool.execute(RENEW, message_ids)

    def _started(
        self,
        row: asyncpg.Record,
        session_id: UUID,
        user_id: UUID,
        asked: _Asked,
        answer_id: UUID,
    ) -> TurnStart:
        if row["busy"]:
            raise TurnRunning("Wait for the answer, or stop it, before you send another message.")
        return TurnStart(
            session_id=session_id,
            agent_id=row["agent_id"],
            user_id=user_id,
            user_message_id=asked.id,
            message_id=answer_id,
            seq=row["last_seq"],
            parent_id=row["parent_id"],
            question=asked.question,
            filter=asked.filter,
            question_at=row["question_at"],
            started_at=row["started_at"],
            version_id=row["version_id"],
            version_number=row["number"],
            spec=self._spec(row["version_id"], row["spec"]),
            knowledge_sequence=row["sequence"],
            still_reading=row["still_reading"],
            history=msgspec.json.decode(row["history"], type=list[PastMessage]),
            untitled=row["untitled"],
        )

    def _spec(self, version_id: UUID, raw: str) -> AgentSpec:
        """Versions never change, so a parsed one is good for ever; the cache stays small."""
        spec = self._specs.get(version_id)
        if spec is None:
            spec = AgentSpec.model_validate_json(raw)
            if len(self._specs) >= 1024:
                self._specs.clear()
            self._specs[version_id] = spec
        return spec
