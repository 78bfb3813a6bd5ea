"""Embedders behind HTTP APIs: what all services have in common.

Batching, checks and failures are shared; the classes of ``wires`` write a request and read
an answer. Failures become the error tree of the engine exactly as they do for language
models.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import aiohttp
import msgspec
import numpy as np
from yarl import URL

from agentgrid.creator_studio.core import ModelTimeout, ResponseMalformed, TokenUsage, Vector
from agentgrid.creator_studio.llm.failures import Subject
from agentgrid.creator_studio.llm.transport import Transport
from agentgrid.creator_studio.rag.embeddings.guard import (
    Caller,
    CallGuard,
    Embedded,
    Purpose,
)
from agentgrid.creator_studio.rag.text.tokens import estimate_tokens

BATCH_TOKENS = 60_000
"""Estimated tokens of one call; the strictest provider here takes 120,000."""

TRIAL_SECONDS = 20.0
"""How long somebody who chooses a model waits for its first vector."""


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
    api_key: str | None = field(default=None, repr=False)
    shortened: bool = False
    """Ask the service for ``dimension``, because the model's own is another."""
    vectors_named: str = ""
    """What ``Embedder.model`` says; empty for the model's plain name."""


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
        guard: CallGuard | None = None,
    ) -> None:
        self._target = target
        self._guard = guard or CallGuard(Caller(target.provider, target.label, target.model))
        self._transport = Transport(http, self.headers(target.api_key) if target.api_key else {})
        self._subject = Subject(
            target.provider, target.label, model=target.model, secret=target.api_key
        )

    @property
    def model(self) -> str:
        return self._target.vectors_named or self._target.model

    @property
    def target(self) -> EmbeddingTarget:
        return self._target

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
        vectors = await self._call([text or " "], "query")
        return vectors[0]

    async def natural_dimension(self) -> int:
        """Embed one short text, once, and say how long its vector is. Raises ``ModelError``."""
        body = msgspec.json.encode(self.request(["Hello"], "passage"))
        try:
            async with asyncio.timeout(TRIAL_SECONDS):
                answer = await self._transport.post(self.url(), body, self._subject)
        except TimeoutError:
            raise ModelTimeout(
                f"{self._target.label} did not embed in {TRIAL_SECONDS:g} seconds; try again.",
                provider=self._target.provider,
                model=self._target.model,
            ) from None
        vectors, _ = self._read(answer)
        if vectors.ndim != 2 or vectors.shape[0] != 1 or not vectors.shape[1]:
            raise self._malformed("sent vectors that could not be understood")
        return vectors.shape[1]

    def headers(self, api_key: str) -> Mapping[str, str]:
        """How the provider wants the key."""
        return {"authorization": f"Bearer {api_key}"}

    @abstractmethod
    def url(self) -> URL: ...

    @abstractmethod
    def request(self, texts: Sequence[str], purpose: Purpose) -> msgspec.Struct: ...

    @abstractmethod
    def vectors(self, body: bytes) -> tuple[list[list[float]], int | None]:
        """Read the answer: vectors in the order of the texts, and the tokens it cost.

        None where the service does not say. May raise ``msgspec`` errors.
        """

    @property
    def _asked_dimension(self) -> int | None:
        """What to ask the service for; None leaves the model its own."""
        return self.dimension if self._target.shortened else None

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

        async def ask() -> Embedded:
            answer = await self._transport.post(self.url(), body, self._subject)
            return self._checked(answer, texts)

        return (await self._guard.run(ask, purpose)).vectors

    def _checked(self, answer: bytes, texts: Sequence[str]) -> Embedded:
        vectors, tokens = self._read(answer)
        if vectors.shape != (len(texts), self.dimension):
            raise self._malformed(
                f"sent vectors of shape {vectors.shape} where ({len(texts)}, {self.dimension}) "
                "was expected"
            )
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.isfinite(lengths).all() or (lengths == 0).any():
            raise self._malformed("sent a vector without direction")
        usage = (
            TokenUsage(prompt=tokens)
            if tokens is not None
            else TokenUsage(prompt=sum(map(estimate_tokens, texts)), estimated=True)
        )
        return Embedded(vectors / lengths, usage)

    def _read(self, answer: bytes) -> tuple[Vector, int | None]:
        try:
            vectors, tokens = self.vectors(answer)
            return np.array(vectors, np.float32), tokens
        except (msgspec.MsgspecError, ValueError) as error:
            raise self._malformed("sent vectors that could not be understood") from error

    def _malformed(self, what: str) -> ResponseMalformed:
        return ResponseMalformed(
            f"{self._target.label} {what}; check the model's name and dimension.",
            provider=self._target.provider,
            model=self._target.model,
        )
