"""The steps of a turn, as they are kept with the answer and shown under "how I found this"."""

import time
from collections.abc import Sequence
from typing import TypeAlias

from agentgrid.creator_studio.core import Citation, Retrieval, RetrievedChunk
from agentgrid.creator_studio.rag.citations.matching import CheckedAnswer

Step: TypeAlias = dict[str, object]


class Steps:
    """Steps in the order they ended."""

    def __init__(self) -> None:
        self.done: list[Step] = []

    def add(
        self,
        step: Step,
        *,
        began: float | None = None,
        spent_ms: float = 0.0,
        without: Retrieval | None = None,
    ) -> None:
        """Keep a step; with ``began`` (of ``time.perf_counter``) its time is measured here.

        ``spent_ms`` is added to that, and the time of a search ``without`` taken off: it is
        a step of its own.
        """
        if began is not None:
            elapsed = (time.perf_counter() - began) * 1000 + spent_ms
            if without is not None:
                elapsed -= without.retrieval_ms + without.rerank_ms
            name = step["name"]
            rest = {key: value for key, value in step.items() if key != "name"}
            step = {"name": name, "time_ms": max(0, round(elapsed)), **rest}
        self.done.append(step)


def sources_step(sources: Sequence[RetrievedChunk], cited: Sequence[Citation]) -> Step:
    """What the model was shown, by the numbers that the answer uses."""
    numbers = {citation.number for citation in cited}
    return {
        "name": "rag_sources",
        "time_ms": 0,
        "sources": [
            {
                "number": number,
                "chunk_id": source.chunk.chunk_id,
                "file_id": source.chunk.file_id,
                "file_name": source.chunk.file_name,
                "page": source.chunk.page,
                "confidence": round(source.confidence, 4),
                "dense_score": source.chunk.dense_score,
                "lexical_score": source.chunk.lexical_score,
                "cited": number in numbers,
            }
            for number, source in enumerate(sources, start=1)
        ],
    }


def check_step(checked: CheckedAnswer, began: float) -> Step:
    return {
        "name": "rag_check",
        "time_ms": round((time.perf_counter() - began) * 1000),
        "claims": checked.claims,
        "supported": checked.supported,
        "removed": checked.removed,
    }
