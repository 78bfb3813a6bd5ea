"""One turn: from a stored question to a stored answer.

Between the two statements of ``store.py`` no database connection is held while a model
talks. A turn always ends in its second statement: complete, stopped, or failed.
"""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import aclosing
from dataclasses import dataclass, field

import structlog

from agentgrid.creator_studio.core import (
    ChatMessage,
    ChatRequest,
    ChatResult,
    ModelProfile,
    Retrieval,
    StudioError,
    TextDelta,
)
from agentgrid.creator_studio.rag.citations.matching import CheckedAnswer
from agentgrid.creator_studio.rag.context_builder.builder import BuiltContext, build_context, cite
from agentgrid.creator_studio.rag.context_builder.large_prompt import AnswerRules
from agentgrid.creator_studio.rag.context_builder.replies import still_reading
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.features.chat.live import Channel
from agentgrid.features.chat.reading import DocumentReader
from agentgrid.features.chat.steps import Steps, check_step, sources_step
from agentgrid.features.chat.store import TurnEnd, TurnStart, TurnStatus
from agentgrid.features.chat.views import citation_view, title_from
from agentgrid.features.chat.writing import AnswerWriter
from agentgrid.features.deps import Services
from agentgrid.features.usage.calls import TurnCalls
from agentgrid.features.usage.ledger import CallSubject
from agentgrid.kit.errors import ProductError

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class _Progress:
    """What is known so far: kept even when the turn is stopped or fails."""

    writer: AnswerWriter
    steps: Steps = field(default_factory=Steps)
    calls: TurnCalls = field(default_factory=TurnCalls)
    retrieval: Retrieval | None = None
    context: BuiltContext | None = None
    first_token_ms: int | None = None


class Turn:
    """Answers one question. ``stream``: whether somebody watches the answer being written."""

    def __init__(
        self,
        services: Services,
        retriever: Retriever,
        start: TurnStart,
        channel: Channel,
        *,
        stream: bool,
    ) -> None:
        self._services = services
        self._retriever = retriever
        self._start = start
        self._channel = channel
        self._stream = stream
        self._began = time.perf_counter()
        self._progress = _Progress(AnswerWriter(channel))
        self._stopped = False
        self._work: asyncio.Task[None] | None = None

    def stop(self) -> None:
        """The person asked to stop: what is written so far becomes the answer."""
        self._stopped = True
        self.interrupt()

    def interrupt(self) -> None:
        """End the answering, but not the storing: that is no part of the cancelled task."""
        if self._work is not None:
            self._work.cancel()

    async def run(self) -> TurnEnd:
        """Answer, and say how it ended. Cancel it through ``stop`` or ``interrupt`` only."""
        status: TurnStatus = "complete"
        error: tuple[str, str] | None = None
        try:
            self._work = asyncio.create_task(self._answer())
            await self._work
        except asyncio.CancelledError:
            status, error = self._cancelled()
        except (StudioError, ProductError) as failure:
            status, error = "failed", (failure.code, str(failure))
        except Exception:  # noqa: BLE001
            # The edge of the process: whatever went wrong, the turn is stored as failed.
            _log.exception("turn_failed", session=str(self._start.session_id))
            status, error = "failed", ("internal_error", "Something went wrong on our side.")
        self._progress.writer.end()
        checked = self._checked(status)
        retrieval = self._progress.retrieval
        return TurnEnd(
            message_id=self._start.message_id,
            status=status,
            content=checked.text,
            citations=[citation_view(c).model_dump(mode="json") for c in checked.citations],
            steps=self._progress.steps.done,
            coverage=retrieval.coverage if retrieval else None,
            confidence=round(retrieval.confidence, 4) if retrieval else None,
            latency_ms=self._elapsed(),
            first_token_ms=self._progress.first_token_ms,
            error_code=error[0] if error else None,
            error_message=error[1] if error else None,
            title=title_from(self._start.question) if self._start.untitled else "",
            calls=self._progress.calls.rows(self._subject()),
        )

    def _cancelled(self) -> tuple[TurnStatus, tuple[str, str] | None]:
        if self._stopped:
            return "stopped", None
        return "failed", ("interrupted", "AgentGrid was stopped while it wrote this answer.")

    def _subject(self) -> CallSubject:
        start = self._start
        return CallSubject(
            purpose="chat",
            user_id=start.user_id,
            agent_id=start.agent_id,
            version_id=start.version_id,
            session_id=start.session_id,
            message_id=start.message_id,
        )

    async def _answer(self) -> None:
        spec = self._start.spec
        model_id = spec.model
        profile = await self._services.models.profile(model_id)
        if spec.retrieval.enabled and self._start.still_reading:
            self._progress.writer.write(still_reading(self._start.question))
            return
        context = self._context(profile, *await self._read(profile))
        if context.reply is not None:
            self._progress.writer.write(context.reply)
            return
        request = self._request(profile, context)
        began = time.perf_counter()
        with self._progress.calls.collecting("chat"):
            if self._stream:
                await self._write(model_id, request, began)
            else:
                result = await self._services.models.complete(model_id, spec.fallbacks, request)
                self._progress.writer.write(result.text)
        step: dict[str, object] = {
            "name": "model",
            "first_token_ms": self._progress.first_token_ms,
        }
        self._progress.steps.add(step, began=began)

    async def _write(self, model_id: str, request: ChatRequest, began: float) -> None:
        progress = self._progress
        stream = self._services.models.stream(model_id, self._start.spec.fallbacks, request)
        async with aclosing(stream) as events:
            async for event in events:
                if isinstance(event, TextDelta) and event.text:
                    if progress.first_token_ms is None:
                        progress.first_token_ms = round((time.perf_counter() - began) * 1000)
                    progress.writer.write(event.text)

    async def _read(self, profile: ModelProfile) -> tuple[Retrieval | None, str]:
        """What was found, and the question as it was searched for.

        Nothing when there is nothing to read: no documents, or reading is switched off.
        """
        start, progress = self._start, self._progress
        if not start.spec.retrieval.enabled or start.knowledge_sequence == 0:
            return None, ""
        reader = DocumentReader(
            self._retriever, self._ask, start, profile, progress.steps, progress.calls
        )
        with progress.calls.collecting("embedding"):
            progress.retrieval = await reader.read()
        return progress.retrieval, reader.standalone

    def _ask(self, request: ChatRequest) -> Awaitable[ChatResult]:
        spec = self._start.spec
        return self._services.models.complete(spec.model, spec.fallbacks, request)

    def _context(
        self, profile: ModelProfile, retrieval: Retrieval | None, standalone: str
    ) -> BuiltContext:
        spec = self._start.spec
        context = build_context(
            instruction=spec.instruction,
            question=self._start.question,
            history=[ChatMessage(m.role, m.content) for m in self._start.history],
            retrieval=retrieval,
            profile=profile,
            max_tokens=spec.max_tokens,
            rules=AnswerRules(
                spec.retrieval.answer_from,
                spec.retrieval.citations,
                spec.retrieval.not_found_reply,
            ),
            standalone=standalone,
        )
        self._progress.context = context
        self._progress.writer.expect(context)
        return context

    def _request(self, profile: ModelProfile, context: BuiltContext) -> ChatRequest:
        spec = self._start.spec
        temperature = spec.temperature
        if temperature is None and profile.small:
            temperature = 0.0  # a small model reads best when it does not improvise
        return ChatRequest(
            model="",
            messages=context.messages,
            # A capable model may write as much as it likes, unless the version says otherwise.
            max_tokens=context.max_tokens if profile.small else spec.max_tokens,
            temperature=temperature,
        )

    def _checked(self, status: TurnStatus) -> CheckedAnswer:
        """The answer with its citations; one that was cut short keeps what is sure."""
        content, context = self._progress.writer.text, self._progress.context
        if context is None or context.reply is not None or status == "failed" or not content:
            return CheckedAnswer(content)
        began = time.perf_counter()
        checked = cite(content, context)
        if self._progress.retrieval is not None:
            self._progress.steps.done += [
                sources_step(context.sources, checked.citations),
                check_step(checked, began),
            ]
        return checked

    def _elapsed(self) -> int:
        return round((time.perf_counter() - self._began) * 1000)
