"""Embedders behind HTTP APIs: one class per wire format.

Batching, checks and failures are shared; a subclass writes a request and reads an answer.
Failures become the error tree of the engine exactly as they do for language models.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

import aiohttp
import msgspec
import numpy as np
from yarl import URL

from agentgrid.creator_studio.core import ModelTimeout, ResponseMalformed, Vector
from agentgrid.creator_studio.llm.failures import Subject
from agentgrid.creator_studio.llm.transport import Transport
from agentgrid.creator_studio.rag.tokens import estimate_tokens

Purpose: TypeAlias = Literal["passage", "query"]

TIMEOUT_SECONDS = 60.0
BATCH_TOKENS = 60_000
"""Estimated tokens of one call; the strictest provider here takes 120,000."""


@dataclass(frozen=True, slots=True)
class EmbeddingTarget:
    """Which model is asked where. ``base_url`` has no trailing slash."""

    provider: str
    label: str
    """What messages to people call it."""
    base_url: str
    model: str
    dimension: int
    max_tokens: int
    api_key: str | None = None


class ApiEmbedder(ABC):
    """See ``Embedder``. Calls of one list follow one another; order is kept.

    ``count_tokens`` is an estimate on the high side.
    """

    batch_size: ClassVar[int] = 96
    """Most texts the provider takes in one call."""

    def __init__(
        self,
        target: EmbeddingTarget,
        http: aiohttp.ClientSession,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._target = target
        self._timeout = timeout_seconds
        self._transport = Transport(http, self.headers(target.api_key) if target.api_key else {})
        self._subject = Subject(
            target.provider, target.label, model=target.model, secret=target.api_key
        )

    @property
    def model(self) -> str:
        return self._target.model

    @property
    def dimension(self) -> int:
        return self._target.dimension

    @property
    def max_tokens(self) -> int:
        return self._target.max_tokens

    def count_tokens(self, text: str) -> int:
        return estimate_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        start = 0
        for batch in self._batches(texts):
            vectors[start : start + len(batch)] = await self._call(batch, "passage")
            start += len(batch)
        return vectors

    async def embed_query(self, text: str) -> Vector:
        vectors = await self._call([text], "query")
        return vectors[0]

    def headers(self, api_key: str) -> Mapping[str, str]:
        """How the provider wants the key."""
        return {"authorization": f"Bearer {api_key}"}

    @abstractmethod
    def url(self) -> URL: ...

    @abstractmethod
    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct: ...

    @abstractmethod
    def vectors(self, body: bytes) -> list[list[float]]:
        """Read the answer, in the order of the texts. May raise ``msgspec`` errors."""

    def _batches(self, texts: Sequence[str]) -> list[list[str]]:
        batches: list[list[str]] = []
        size = 0
        for text in texts:
            tokens = estimate_tokens(text)
            full = not batches or len(batches[-1]) == self.batch_size
            if full or size + tokens > BATCH_TOKENS:
                batches.append([])
                size = 0
            # An empty text is refused by most providers, and has no meaning to embed.
            batches[-1].append(text or " ")
            size += tokens
        return batches

    async def _call(self, texts: Sequence[str], purpose: Purpose) -> Vector:
        body = msgspec.json.encode(self.request(texts, purpose))
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._transport.post(self.url(), body, self._subject)
        except TimeoutError as error:
            raise ModelTimeout(
                f"{self._target.label} did not embed in {self._timeout:g} seconds; try again.",
                provider=self._target.provider,
                model=self.model,
            ) from error
        return self._checked(answer, len(texts))

    def _checked(self, answer: bytes, expected: int) -> Vector:
        try:
            vectors = np.array(self.vectors(answer), np.float32)
        except (msgspec.MsgspecError, ValueError) as error:
            raise self._malformed("sent vectors that could not be understood") from error
        if vectors.shape != (expected, self.dimension):
            raise self._malformed(
                f"sent vectors of shape {vectors.shape} where ({expected}, {self.dimension}) "
                "was expected"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise self._malformed("sent a vector without direction")
        return vectors / lengths

    def _malformed(self, what: str) -> ResponseMalformed:
        return ResponseMalformed(
            f"{self._target.label} {what}; check the model's name and dimension.",
            provider=self._target.provider,
            model=self.model,
        )


# --- OpenAI, and everything that speaks its format --------------------------------------


class _OpenAiRequest(msgspec.Struct, omit_defaults=True):
    model: str
    input: list[str]
    encoding_format: str = ""
    input_type: str = ""


class _Item(msgspec.Struct):
    index: int
    embedding: list[float]


class _OpenAiAnswer(msgspec.Struct):
    data: list[_Item]


class OpenAiEmbedder(ApiEmbedder):
    """``/embeddings`` of OpenAI, Ollama, vLLM and others."""

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/embeddings")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        del purpose
        return _OpenAiRequest(self.model, list(texts), encoding_format="float")

    def vectors(self, body: bytes) -> list[list[float]]:
        items = msgspec.json.decode(body, type=_OpenAiAnswer).data
        return [item.embedding for item in sorted(items, key=lambda item: item.index)]


class VoyageEmbedder(OpenAiEmbedder):
    """Voyage AI: OpenAI's format, with the purpose of the text."""

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        kind = "query" if purpose == "query" else "document"
        return _OpenAiRequest(self.model, list(texts), input_type=kind)


# --- Cohere ---------------------------------------------------------------------------


class _CohereRequest(msgspec.Struct):
    model: str
    texts: list[str]
    input_type: str
    embedding_types: list[str]


class _CohereVectors(msgspec.Struct):
    float_: list[list[float]] = msgspec.field(name="float")


class _CohereAnswer(msgspec.Struct):
    embeddings: _CohereVectors


class CohereEmbedder(ApiEmbedder):
    """``/v2/embed`` of Cohere."""

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/embed")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        kind = "search_query" if purpose == "query" else "search_document"
        return _CohereRequest(self.model, list(texts), kind, ["float"])

    def vectors(self, body: bytes) -> list[list[float]]:
        return msgspec.json.decode(body, type=_CohereAnswer).embeddings.float_


# --- Google ---------------------------------------------------------------------------


class _Part(msgspec.Struct):
    text: str


class _Content(msgspec.Struct):
    parts: list[_Part]


class _GoogleText(msgspec.Struct, rename="camel"):
    model: str
    content: _Content
    task_type: str


class _GoogleRequest(msgspec.Struct):
    requests: list[_GoogleText]


class _Values(msgspec.Struct):
    values: list[float]


class _GoogleAnswer(msgspec.Struct):
    embeddings: list[_Values]


class GoogleEmbedder(ApiEmbedder):
    """``batchEmbedContents`` of the Gemini API."""

    def headers(self, api_key: str) -> Mapping[str, str]:
        return {"x-goog-api-key": api_key}

    def url(self) -> URL:
        return URL(f"{self._target.base_url}/models/{self.model}:batchEmbedContents")

    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct:
        kind = "RETRIEVAL_QUERY" if purpose == "query" else "RETRIEVAL_DOCUMENT"
        name = f"models/{self.model}"
        return _GoogleRequest([_GoogleText(name, _Content([_Part(text)]), kind) for text in texts])

    def vectors(self, body: bytes) -> list[list[float]]:
        return [each.values for each in msgspec.json.decode(body, type=_GoogleAnswer).embeddings]
