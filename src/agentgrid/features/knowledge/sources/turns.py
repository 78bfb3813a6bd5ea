"""One request at a time to each host, and a pause after it, whatever worker asks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agentgrid.kit.db import new_id

_HELD_MS: Final = 90_000
"""Longer than a request may take; a worker that died is waited for no longer."""

_SHORTEST_LOOK: Final = 0.05
_LONGEST_LOOK: Final = 0.5

# Only one's own turn is turned into a pause: another's must not be cut short.
_PAUSE: Final = """
if redis.call('get', KEYS[1]) == ARGV[1] then
  if tonumber(ARGV[2]) > 0 then return redis.call('pexpire', KEYS[1], ARGV[2]) end
  return redis.call('del', KEYS[1])
end
return 0
"""


class HostTurns:
    """Turns at hosts, shared by all workers of the installation."""

    def __init__(self, redis: Redis, *, pause: float) -> None:
        self._redis = redis
        self._pause = pause

    @asynccontextmanager
    async def turn(self, origin: str, *, delay: float = 0.0) -> AsyncGenerator[None]:
        """Wait for the turn; afterwards the server is left alone for the pause or ``delay``.

        By origin, not by host: who follows a redirect from http to https holds the one turn
        while it takes the other.
        """
        key, mine = f"agentgrid:web:turn:{origin}", new_id().hex
        try:
            while not await self._redis.set(key, mine, nx=True, px=_HELD_MS):
                left = await self._redis.pttl(key) / 1000
                await asyncio.sleep(min(max(_SHORTEST_LOOK, left), _LONGEST_LOOK))
        except RedisError:
            # Politeness across workers is lost for a moment; the pause of this one is kept.
            await asyncio.sleep(max(self._pause, delay))
        try:
            yield
        finally:
            pause = round(max(self._pause, delay) * 1000)
            await self._end(key, mine, pause)

    async def _end(self, key: str, mine: str, pause_ms: int) -> None:
        try:
            await self._redis.eval(_PAUSE, 1, key, mine, str(pause_ms))
        except RedisError:
            return
