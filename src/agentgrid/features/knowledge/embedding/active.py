"""The embedder of the installation: whichever model is in use at the moment."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

import aiohttp
from redis.asyncio import Redis
from sqlalchemy import select

from agentgrid.creator_studio.core import Embedder, Vector
from agentgrid.creator_studio.llm.wrappers import CallRecord
from agentgrid.creator_studio.rag.embeddings import MiniLmEmbedder, embedder_of
from agentgrid.creator_studio.rag.embeddings.api import ApiEmbedder
from agentgrid.features.knowledge.embedding.cache import QueryVectors, query_key
from agentgrid.features.knowledge.embedding.models import EmbeddingIndex
from agentgrid.features.knowledge.embedding.source import BUNDLED, Known, target_of
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.kit.db import SessionFactory, unit_of_work
from agentgrid.kit.secrets import SecretBox

SECONDS: Final = 3.0
"""How long a process goes on with what it knows: a swap is seen that much later."""


class InstallationEmbedder:
    """An ``Embedder`` and an ``EmbedderSource``.

    Embeds with the active model, which is looked up again every few seconds. ``model`` and
    ``dimension`` are what was last seen; whoever needs them to fit a vector asks
    ``current``. Tokens are those of the bundled model, whatever is active: passages are cut
    by them (see the package).
    """

    def __init__(
        self,
        bundled: MiniLmEmbedder,
        *,
        sessions: SessionFactory,
        secrets: SecretBox,
        redis: Redis,
        http: aiohttp.ClientSession,
        on_call: Callable[[CallRecord], None],
    ) -> None:
        self._bundled = bundled
        self._sessions = sessions
        self._secrets = secrets
        self._http = http
        self._on_call = on_call
        self._cache = QueryVectors(redis)
        self._reading = asyncio.Lock()
        self._until = 0.0
        self._known: Known | None = None
        self._last: Embedder = bundled
        self._built: dict[str, Embedder] = {}

    @property
    def model(self) -> str:
        return self._last.model

    @property
    def dimension(self) -> int:
        return self._last.dimension

    @property
    def max_tokens(self) -> int:
        return self._bundled.max_tokens

    @property
    def bundled(self) -> MiniLmEmbedder:
        """The model that ships with the product."""
        return self._bundled

    def count_tokens(self, text: str) -> int:
        return self._bundled.count_tokens(text)

    def count_tokens_batch(self, texts: Sequence[str]) -> list[int]:
        return self._bundled.count_tokens_batch(texts)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        return await (await self.current()).embed_passages(texts)

    async def embed_query(self, text: str) -> Vector:
        return await (await self.current()).embed_query(text)

    async def current(self) -> Embedder:
        """The active model's embedder. Raises ``ModelError`` when its key is gone."""
        if time.monotonic() >= self._until:
            await self._look()
        self._last = self.of(self._known) if self._known is not None else self._bundled
        return self._last

    def of(self, known: Known) -> Embedder:
        """The embedder of one index; built once for each revision, its circuit with it."""
        if known.index.provider == BUNDLED:
            return self._bundled
        built = self._built.get(known.revision)
        if built is None:
            target = target_of(known, self._secrets)
            built = CachedQueries(
                embedder_of(target, self._http, on_call=self._on_call), self._cache
            )
            if len(self._built) >= _MOST_BUILT:
                self._built.clear()
            self._built[known.revision] = built
        return built

    def forget(self) -> None:
        """Look again before the next call: something was changed."""
        self._until = 0.0

    async def _look(self) -> None:
        async with self._reading:
            if time.monotonic() < self._until:
                return
            async with unit_of_work(self._sessions) as session:
                query = (
                    select(EmbeddingIndex, ProviderConnection)
                    .outerjoin(
                        ProviderConnection,
                        (ProviderConnection.id == EmbeddingIndex.connection_id)
                        & ProviderConnection.enabled,
                    )
                    .where(EmbeddingIndex.slot == "active")
                )
                found = (await session.execute(query)).one_or_none()
            self._known = Known(found[0], found[1]) if found is not None else None
            self._until = time.monotonic() + SECONDS


_MOST_BUILT: Final = 8


class CachedQueries:
    """An embedder whose questions are paid for once.

    Only for services. The bundled model costs nothing and needs 3 to 10 ms for a question; the
    two round trips to the cache (0.4 ms each) would be added to every question that was not
    asked before in the very same words, which is nearly all of them.
    """

    def __init__(self, inner: ApiEmbedder, cache: QueryVectors) -> None:
        self._inner = inner
        self._cache = cache

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def dimension(self) -> int:
        return self._inner.dimension

    @property
    def max_tokens(self) -> int:
        return self._inner.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._inner.count_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        return await self._inner.embed_passages(texts)

    async def embed_query(self, text: str) -> Vector:
        key = query_key(vectors_named=self.model, dimension=self.dimension, text=text)
        known = await self._cache.get(key, self.dimension)
        if known is not None:
            return known
        vector = await self._inner.embed_query(text)
        await self._cache.put(key, vector)
        return vector
