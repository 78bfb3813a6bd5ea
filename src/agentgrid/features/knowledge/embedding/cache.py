"""Vectors of questions that were asked before, kept where every process finds them."""

import hashlib
from collections import OrderedDict
from typing import Final, Literal

import numpy as np
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from agentgrid.creator_studio.core import Vector

SECONDS: Final = 24 * 3600
IN_PROCESS: Final = 512
"""Vectors that one process keeps for itself: at most 6 MB."""

_log = structlog.get_logger(__name__)


class QueryVectors:
    """A cache in Redis, with a small one in front of it.

    A key says everything a vector depends on. What does not look like that vector is taken
    for absent, and so is everything while Redis is away.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._near: OrderedDict[str, Vector] = OrderedDict()

    async def get(self, key: str, dimension: int) -> Vector | None:
        near = self._near.get(key)
        if near is not None:
            self._near.move_to_end(key)
            return near
        try:
            stored = await self._redis.get(key)
        except (RedisError, OSError) as error:
            _log.warning("embedding_cache_unavailable", error=type(error).__name__)
            return None
        vector = _vector(stored, dimension)
        if vector is not None:
            self._keep(key, vector)
        return vector

    async def put(self, key: str, vector: Vector) -> None:
        self._keep(key, vector)
        try:
            await self._redis.set(key, vector.astype("<f4").tobytes(), ex=SECONDS)
        except (RedisError, OSError) as error:
            _log.warning("embedding_cache_unavailable", error=type(error).__name__)

    def _keep(self, key: str, vector: Vector) -> None:
        self._near[key] = vector
        self._near.move_to_end(key)
        while len(self._near) > IN_PROCESS:
            self._near.popitem(last=False)


def query_key(
    *, vectors_named: str, dimension: int, text: str, purpose: Literal["query"] = "query"
) -> str:
    """``embedding:{hash}``; ``vectors_named`` holds provider, model and address."""
    digest = hashlib.sha256()
    for part in (vectors_named, str(dimension), purpose, text):
        # With its length, so that no two lists of parts read the same.
        data = part.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return f"embedding:{digest.hexdigest()}"


def _vector(stored: bytes | str | None, dimension: int) -> Vector | None:
    if not isinstance(stored, bytes) or len(stored) != 4 * dimension:
        return None
    vector = np.frombuffer(stored, "<f4").astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector if abs(length - 1) < 1e-3 else None
