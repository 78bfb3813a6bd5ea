"""The brake on guessing passwords."""

import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from redis.asyncio import Redis

from agentgrid.features.auth.errors import TooManyAttempts

ATTEMPTS_PER_MINUTE = 10


class SignInBrake:
    """Counts attempts to sign in for each address and account, in Redis.

    When Redis is away its error passes through: nobody signs in uncounted.
    """

    def __init__(self, redis: Redis) -> None:
        storage = RedisStorage(
            "async+redis://",
            implementation="redispy",
            connection_pool=redis.connection_pool,  # pyright: ignore[reportArgumentType]
        )
        self._limiter = MovingWindowRateLimiter(storage)
        self._limit = RateLimitItemPerMinute(ATTEMPTS_PER_MINUTE, namespace="sign-in")

    async def count(self, address: str, email: str) -> None:
        """Raises ``TooManyAttempts`` for one attempt too many within a minute."""
        if await self._limiter.hit(self._limit, address, email):
            return
        window = await self._limiter.get_window_stats(self._limit, address, email)
        raise TooManyAttempts(max(1.0, window.reset_time - time.time()))
