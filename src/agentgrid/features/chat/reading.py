"""What a turn reads before it answers: searched, ordered, within a time budget.

A model may be asked twice, for queries and for the order of what they found. It is asked
only where that can help, and what is not back in time is left out; the turn's steps say so.
"""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

import structlog

from agentgrid.creator_studio.core import (
    ChatMessage,
    KnowledgeView,
    ModelError,
    ModelNotConfigured,
    ModelProfile,
    Retrieval,
    RetrievedChunk,
)
from agentgrid.creator_studio.rag.queries import planner as queries
from agentgrid.creator_studio.rag.queries.followups import leans
from agentgrid.creator_studio.rag.queries.planner import Ask, QueryPlan, plain_plan
from agentgrid.creator_studio.rag.reranking import model as model_reranking
from agentgrid.creator_studio.rag.retrieval.retriever import Retriever
from agentgrid.features.chat.steps import Step, Steps
from agentgrid.features.chat.store import TurnStart
from agentgrid.features.knowledge.filters import knowledge_filter
from agentgrid.features.usage.calls import TurnCalls

T = TypeVar("T")

_log = structlog.get_logger(__name__)


class DocumentReader:
    """Reads for one question; what it did goes to ``steps``, what it spent to ``calls``."""

    def __init__(
        self,
        retriever: Retriever,
        ask: Ask,
        start: TurnStart,
        profile: ModelProfile,
        steps: Steps,
        calls: TurnCalls,
    ) -> None:
        self._retriever = retriever
        self._ask = ask
        self._question = start.question
        self._history = [ChatMessage(m.role, m.content) for m in start.history]
        self._settings = start.spec.retrieval
        self._view = KnowledgeView(
            start.agent_id,
            start.knowledge_sequence,
            knowledge_filter(start.filter, self._settings.tags),
        )
        self._profile = profile
        self._steps = steps
        self._calls = calls
        self._deadline = time.monotonic() + self._settings.time_budget_ms / 1000
        self.standalone = start.question
        """The question in words that need no history: what was searched for."""

    async def read(self) -> Retrieval:
        """A question that cannot be embedded is searched for by its words alone."""
        plan, found = await self._planned()
        self.standalone = plan.main
        found = found or await self._search(plan)
        self._steps.add(_retrieval_step(found))
        return await self._ordered(found)

    # --- queries ----------------------------------------------------------------------

    async def _planned(self) -> tuple[QueryPlan, Retrieval | None]:
        """What to search for; with what the plain question found, where that is enough."""
        began = time.perf_counter()
        why, found = await self._why_no_model()
        if why is not None:
            plan = plain_plan(self._question, self._history, why)
        else:
            plan, found = await self._model_plan(), None
        self._steps.add(_queries_step(plan), began=began, without=found)
        return plan, found

    async def _why_no_model(self) -> tuple[str | None, Retrieval | None]:
        mode, plain = self._settings.queries, plain_plan(self._question, self._history, "")
        asked = partial(
            queries.why_not, self._question, self._history, profile=self._profile, mode=mode
        )
        if self._profile.small or mode == "single":
            return asked(passages=1, coverage=None), None
        passages = await self._retriever.size(self._view)
        first_search = mode == "auto" and not (self._history and leans(self._question))
        if not first_search or passages <= queries.SMALL_SET:
            why = asked(passages=passages, coverage=None)
            if why is not None or not first_search:
                return why, None
        found = await self._search(plain)
        return asked(passages=passages, coverage=found.coverage), found

    async def _model_plan(self) -> QueryPlan:
        with self._calls.collecting("queries"):
            planned = queries.model_plan(self._question, self._history, self._ask, self._profile)
            plan, failure = await self._in_time(planned, queries.TOO_LATE, queries.NO_ANSWER)
        return plan or plain_plan(self._question, self._history, failure)

    async def _search(self, plan: QueryPlan) -> Retrieval:
        limit = self._settings.limit
        if not self._profile.small and self._settings.rerank != "fast":
            limit = max(limit, model_reranking.SHOWN)
        return await self._retriever.retrieve(
            plan.main,
            self._view,
            limit=limit,
            variants=plan.others,
            budget_ms=self._search_ms(),
        )

    def _search_ms(self) -> float:
        """What is left for a search: never so little that a late plan leaves nothing."""
        left = (self._deadline - time.monotonic()) * 1000
        return max(left, self._settings.time_budget_ms / 2)

    # --- order ------------------------------------------------------------------------

    async def _ordered(self, found: Retrieval) -> Retrieval:
        began = time.perf_counter()
        step: Step = {
            "name": "rag_rerank",
            "method": "scores",
            "model": None,
            "passages": len(found.chunks),
            "skipped": model_reranking.why_not(self._settings.rerank, self._profile, found),
        }
        if step["skipped"] is None:
            found, more = await self._judged(found)
            step |= more
        self._steps.add(step, began=began, spent_ms=found.rerank_ms)
        return replace(found, chunks=_best(found.chunks, self._settings.limit))

    async def _judged(self, found: Retrieval) -> tuple[Retrieval, Step]:
        with self._calls.collecting("rerank"):
            judging = model_reranking.judged(
                self.standalone, found.chunks, self._ask, self._profile
            )
            judgement, failure = await self._in_time(
                judging, model_reranking.TOO_LATE, model_reranking.NO_ANSWER
            )
        if judgement is None:
            return found, {"skipped": failure or model_reranking.NO_JUDGEMENT}
        ordered = replace(
            found,
            chunks=judgement.chunks,
            coverage=judgement.coverage,
            confidence=judgement.confidence,
        )
        return ordered, {"method": "model", "model": judgement.model}

    # --- time -------------------------------------------------------------------------

    async def _in_time(
        self, work: Awaitable[T], too_late: str, no_answer: str
    ) -> tuple[T | None, str]:
        """The result, or None and why there is none."""
        try:
            async with asyncio.timeout(max(0.0, self._deadline - time.monotonic())):
                return await work, ""
        except TimeoutError:
            return None, too_late
        except (ModelError, ModelNotConfigured) as error:
            _log.info("rag_model_failed", error=error.code)
            return None, no_answer


def _best(chunks: Sequence[RetrievedChunk], limit: int) -> tuple[RetrievedChunk, ...]:
    """The first ``limit`` that were found, and what completes one of them."""
    found = [chunk for chunk in chunks if not chunk.neighbour][:limit]
    places = {(each.chunk.file_id, each.chunk.position) for each in found}
    behind = [
        each
        for each in chunks
        if each.neighbour
        and any((each.chunk.file_id, each.chunk.position + step) in places for step in (-1, 1))
    ]
    return (*found, *behind)


def _queries_step(plan: QueryPlan) -> Step:
    return {
        "name": "rag_queries",
        "queries": [{"text": query.text, "kind": query.kind} for query in plan.queries],
        "model": plan.model,
        "skipped": plan.skipped,
    }


def _retrieval_step(found: Retrieval) -> Step:
    return {
        "name": "rag_retrieval",
        "time_ms": round(found.retrieval_ms),
        "queries": list(found.queries),
        "legs": [
            {
                "query": leg.query,
                "leg": leg.leg,
                "found": leg.found,
                "time_ms": round(leg.time_ms, 1),
                "weight": round(leg.weight, 3),
                "failed": leg.failed,
            }
            for leg in found.legs
        ],
        "passages": len(found.chunks),
    }
