"""API keys this process saw a moment ago."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from agentgrid.features.auth.principal import Principal
from agentgrid.features.auth.repository import KnownKey


@dataclass(frozen=True, slots=True)
class _Remembered:
    principal: Principal
    until: float
    """On the monotonic clock."""


class RecentKeys:
    """API keys that were found valid a moment ago, so that a busy key costs no statement.

    A key revoked in another process works here for at most ``SECONDS`` more.
    """

    SECONDS = 10.0
    CAPACITY = 10_000

    def __init__(self) -> None:
        self._known: dict[bytes, _Remembered] = {}

    def get(self, key_hash: bytes) -> Principal | None:
        remembered = self._known.get(key_hash)
        if remembered is None or remembered.until <= time.monotonic():
            return None
        return remembered.principal

    def remember(self, key_hash: bytes, key: KnownKey) -> None:
        seconds = self.SECONDS
        if key.expires_at is not None:
            seconds = min(seconds, (key.expires_at - datetime.now(UTC)).total_seconds())
        if len(self._known) >= self.CAPACITY:
            self._known.clear()
        self._known[key_hash] = _Remembered(key.principal, time.monotonic() + seconds)

    def forget(self, key_hash: bytes) -> None:
        self._known.pop(key_hash, None)


recent_keys = RecentKeys()
"""Of this process. Hashes are unique everywhere, so applications may share it."""
