"""Messages as the API shows them, from a running turn and from stored rows."""

from dataclasses import dataclass
from decimal import Decimal

from agentgrid.creator_studio.core import Citation, Coverage
from agentgrid.features.chat.models import ChatMessage, ChatSession, MessageFeedback
from agentgrid.features.chat.schemas import (
    CitationView,
    FeedbackView,
    MessageError,
    MessageView,
    SessionView,
    UsageView,
)
from agentgrid.features.chat.store import TurnEnd, TurnStart
from agentgrid.features.usage.ledger import LedgerRow


def money(amount: Decimal | None) -> str | None:
    """A decimal in plain notation with no trailing zeros; None stays None (unknown)."""
    if amount is None:
        return None
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def usage_view(call: LedgerRow) -> UsageView:
    return UsageView(
        provider=call.provider,
        model=call.model,
        prompt_tokens=call.prompt_tokens,
        completion_tokens=call.completion_tokens,
        cost_usd=money(call.cost_usd),
    )


def citation_view(citation: Citation) -> CitationView:
    return CitationView(
        number=citation.number,
        chunk_id=citation.chunk_id,
        file_id=citation.file_id,
        file_name=citation.file_name,
        page=citation.page,
        heading_path=list(citation.heading_path),
        char_start=citation.char_start,
        char_end=citation.char_end,
        quote=citation.quote,
        confidence=round(citation.confidence, 4),
    )


def question_view(start: TurnStart) -> MessageView:
    """The person's message, as the turn has just stored it."""
    return MessageView(
        id=start.user_message_id,
        session_id=start.session_id,
        seq=start.seq - 1,
        parent_id=start.parent_id,
        role="user",
        content=start.question,
        filter=start.filter,
        status="complete",
        created_at=start.question_at,
    )


def answer_view(start: TurnStart, end: TurnEnd) -> MessageView:
    """The answer, as the turn has just stored it."""
    return MessageView(
        id=start.message_id,
        session_id=start.session_id,
        seq=start.seq,
        parent_id=start.user_message_id,
        role="assistant",
        content=end.content,
        status=end.status,
        citations=[CitationView.model_validate(c) for c in end.citations],
        coverage=end.coverage,
        confidence=end.confidence,
        usage=usage_view(end.answer_call) if end.answer_call is not None else None,
        version=start.version_number,
        latency_ms=end.latency_ms,
        first_token_ms=end.first_token_ms,
        error=error_view(end.error_code, end.error_message),
        steps=end.steps,
        created_at=start.started_at,
    )


def error_view(code: str | None, message: str | None) -> MessageError | None:
    return MessageError(code=code, message=message or "") if code else None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A row with what belongs to it."""

    row: ChatMessage
    version: int | None
    feedback: MessageFeedback | None


_COVERAGE: dict[str | None, Coverage] = {"full": "full", "partial": "partial", "none": "none"}


def stored_view(stored: StoredMessage) -> MessageView:
    row = stored.row
    usage = None
    if row.provider and row.model:
        usage = UsageView(
            provider=row.provider,
            model=row.model,
            prompt_tokens=row.prompt_tokens or 0,
            completion_tokens=row.completion_tokens or 0,
            cost_usd=money(row.cost_usd),
        )
    feedback = None
    if stored.feedback is not None:
        feedback = FeedbackView.model_validate(stored.feedback, from_attributes=True)
    return MessageView.model_validate(
        {
            "id": row.id,
            "session_id": row.session_id,
            "seq": row.seq,
            "parent_id": row.parent_id,
            "role": row.role,
            "content": row.content,
            "filter": row.filter,
            "status": row.status,
            "citations": row.citations,
            "coverage": _COVERAGE.get(row.coverage),
            "confidence": row.confidence,
            "usage": usage,
            "version": stored.version,
            "latency_ms": row.latency_ms,
            "first_token_ms": row.first_token_ms,
            "error": error_view(row.error_code, row.error_message),
            "feedback": feedback,
            "steps": row.steps,
            "created_at": row.created_at,
        }
    )


def session_view(session: ChatSession) -> SessionView:
    return SessionView.model_validate(session, from_attributes=True)


def title_from(question: str, limit: int = 60) -> str:
    """A title from the question's first line, cut between words."""
    first = next((line.strip() for line in question.splitlines() if line.strip()), "")
    if len(first) <= limit:
        return first
    cut = first[:limit].rsplit(" ", 1)[0] if " " in first[:limit] else first[:limit]
    return cut.rstrip(",.;:-") + "…"
