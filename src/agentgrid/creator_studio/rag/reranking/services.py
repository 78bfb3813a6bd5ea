"""Rerankers behind HTTP APIs: cross-encoders that compare a question with each passage.

One wire format with small differences: Cohere's ``/v2/rerank``, Voyage's and Jina's
``/v1/rerank``, which llama.cpp, vLLM and others speak too. Services that differ only in
configuration are rows of data.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeAlias

import aiohttp
import msgspec
from yarl import URL

from agentgrid.creator_studio.core import (
    IndexedChunk,
    ModelError,
    ModelTimeout,
    Reranker,
    ResponseMalformed,
    RetrievedChunk,
)
from agentgrid.creator_studio.llm.failures import Subject
from agentgrid.creator_studio.llm.transport import Transport

RerankProvider: TypeAlias = Literal["cohere", "voyage", "jina", "openai_compatible"]

TIMEOUT_SECONDS = 5.0
"""A search waits for it; what takes longer is worth less than the local order at once."""
MOST_PASSAGES = 50
PASSAGE_CHARACTERS = 4000
"""Cross-encoders read about 512 tokens; more is cut there anyway, and paid for."""


@dataclass(frozen=True, slots=True)
class _Format:
    label: str
    base_url: str
    limit_field: str
    """How the request says how many results are wanted."""
    results_field: str


_FORMATS: Final[dict[RerankProvider, _Format]] = {
    "cohere": _Format("Cohere", "https://api.cohere.com/v2", "top_n", "results"),
    "voyage": _Format("Voyage AI", "https://api.voyageai.com/v1", "top_k", "data"),
    "jina": _Format("Jina AI", "https://api.jina.ai/v1", "top_n", "results"),
    "openai_compatible": _Format("The rerank server", "", "top_n", "results"),
}


@dataclass(frozen=True, slots=True)
class RerankTarget:
    """Which model is asked where; an empty ``base_url`` is the provider's own."""

    provider: RerankProvider
    model: str
    api_key: str | None = None
    base_url: str = ""


class PassageScorer(Protocol):
    """Compares a question with passages."""

    @property
    def model(self) -> str:
        """``provider/model``, for the steps of a turn."""
        ...

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        """One score each, in the order given; higher is better. Raises ``ModelError``."""
        ...


class RerankService:
    """See ``PassageScorer``: one call for all passages."""

    def __init__(
        self,
        target: RerankTarget,
        http: aiohttp.ClientSession,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._format = _FORMATS[target.provider]
        self._target = target
        self._timeout = timeout_seconds
        base = (target.base_url or self._format.base_url).rstrip("/")
        self._url = URL(f"{base}/rerank")
        key = target.api_key
        self._transport = Transport(http, {"authorization": f"Bearer {key}"} if key else {})
        self._subject = Subject(target.provider, self._format.label, model=target.model, secret=key)

    @property
    def model(self) -> str:
        return f"{self._target.provider}/{self._target.model}"

    async def scores(self, query: str, passages: Sequence[str]) -> list[float]:
        if not passages:
            return []
        body = msgspec.json.encode(self._request(query, passages))
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._transport.post(self._url, body, self._subject)
        except TimeoutError as error:
            raise ModelTimeout(
                f"{self._format.label} did not answer in {self._timeout:g} seconds.",
                provider=self._target.provider,
                model=self._target.model,
            ) from error
        return self._read(answer, len(passages))

    def _request(self, query: str, passages: Sequence[str]) -> dict[str, object]:
        request: dict[str, object] = {
            "model": self._target.model,
            "query": query,
            "documents": [passage[:PASSAGE_CHARACTERS] or " " for passage in passages],
            self._format.limit_field: len(passages),
        }
        if self._target.provider == "jina":
            request["return_documents"] = False
        return request

    def _read(self, answer: bytes, expected: int) -> list[float]:
        try:
            body = msgspec.json.decode(answer, type=dict[str, msgspec.Raw])
            results = msgspec.json.decode(body[self._format.results_field], type=list[_Result])
        except (msgspec.MsgspecError, KeyError) as error:
            raise self._malformed() from error
        by_index = {each.index: each.relevance_score for each in results}
        if set(by_index) != set(range(expected)) or not all(map(math.isfinite, by_index.values())):
            raise self._malformed()
        return [by_index[index] for index in range(expected)]

    def _malformed(self) -> ResponseMalformed:
        return ResponseMalformed(
            f"{self._format.label} sent no score for each passage; check the address and model.",
            provider=self._target.provider,
            model=self._target.model,
        )


class _Result(msgspec.Struct):
    index: int
    relevance_score: float


class ServiceReranker:
    """A ``Reranker`` that asks a service after the local one.

    The confidence stays the local one, which is calibrated; scores of services are not.
    Where the service fails, the local order stays.
    """

    def __init__(self, local: Reranker, service: PassageScorer) -> None:
        self._local = local
        self._service = service

    async def rerank(
        self, query: str, candidates: Sequence[IndexedChunk], *, limit: int
    ) -> list[RetrievedChunk]:
        """See ``Reranker``; passages beyond ``MOST_PASSAGES`` keep their place behind."""
        ranked = await self._local.rerank(query, candidates, limit=len(candidates))
        shown, rest = ranked[:MOST_PASSAGES], ranked[MOST_PASSAGES:]
        try:
            scores = await self._service.scores(query, [_text(each.chunk) for each in shown])
        except ModelError:
            return ranked[:limit]
        scored = [
            replace(each, rerank_score=score) for each, score in zip(shown, scores, strict=True)
        ]
        scored.sort(key=lambda each: -(each.rerank_score or 0.0))
        return [*scored, *rest][:limit]


def _text(chunk: IndexedChunk) -> str:
    return "\n".join((" / ".join((chunk.file_name, *chunk.heading_path)), chunk.text))
