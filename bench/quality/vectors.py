"""Vectors kept between runs: embedding a set takes minutes, searching it seconds."""

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from agentgrid.creator_studio.core import Embedder, Vector

BATCH = 256


def default_cache() -> Path:
    """The person's own cache folder (``XDG_CACHE_HOME``, else ``~/.cache``)."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "agentgrid" / "bench"


class CachedEmbedder:
    """An embedder that remembers, by model and text. See ``Embedder``.

    Queries and passages are kept apart: some models embed them differently.
    """

    def __init__(self, embedder: Embedder, folder: Path) -> None:
        self._embedder = embedder
        folder.mkdir(parents=True, exist_ok=True)
        self._store = sqlite3.connect(folder / "vectors.sqlite")
        self._store.execute("create table if not exists vectors (key blob primary key, v blob)")

    @property
    def model(self) -> str:
        return self._embedder.model

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def count_tokens(self, text: str) -> int:
        return self._embedder.count_tokens(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        """Only what is not known yet is embedded; each batch is kept at once."""
        keys = [self._key("passage", text) for text in texts]
        known = {key: vector for key in keys if (vector := self._get(key)) is not None}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        items = list(missing.items())
        for start in range(0, len(items), BATCH):
            batch = items[start : start + BATCH]
            made = await self._embedder.embed_passages([text for _, text in batch])
            for (key, _), vector in zip(batch, made, strict=True):
                known[key] = vector
                self._put(key, vector)
            self._store.commit()
        return np.stack([known[key] for key in keys])

    async def embed_query(self, text: str) -> Vector:
        key = self._key("query", text)
        vector = self._get(key)
        if vector is None:
            vector = await self._embedder.embed_query(text)
            self._put(key, vector)
            self._store.commit()
        return vector

    def close(self) -> None:
        self._store.close()

    def _key(self, kind: str, text: str) -> bytes:
        return hashlib.sha256(f"{self.model}\0{kind}\0{text}".encode()).digest()

    def _get(self, key: bytes) -> Vector | None:
        row = self._store.execute("select v from vectors where key = ?", (key,)).fetchone()
        return np.frombuffer(row[0], np.float32) if row else None

    def _put(self, key: bytes, vector: Vector) -> None:
        data = np.asarray(vector, np.float32).tobytes()
        self._store.execute("insert or replace into vectors values (?, ?)", (key, data))
