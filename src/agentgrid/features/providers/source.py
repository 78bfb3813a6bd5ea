"""Connections as the engine asks for them, read from the database."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from agentgrid.creator_studio.core import ModelNotConfigured
from agentgrid.creator_studio.llm.connection import ProviderConnection as EngineConnection
from agentgrid.creator_studio.llm.router import KnownConnection
from agentgrid.features.installation.repository import InstallationRepository
from agentgrid.features.providers.models import ProviderConnection
from agentgrid.features.providers.repository import ConnectionRepository
from agentgrid.kit.db import SessionFactory, unit_of_work
from agentgrid.kit.secrets import SecretBox, SecretUnreadable

LOCAL = "local"
"""The name of the bundled model's connection, which is no row of the database."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    rows: Sequence[ProviderConnection]
    default_model: str
    until: float
    """On the monotonic clock."""

    def find(self, name: str) -> ProviderConnection | None:
        named = (row for row in self.rows if row.name == name)
        of_provider = (row for row in self.rows if row.provider == name)
        return next(named, None) or next(of_provider, None)


class DatabaseConnectionSource:
    """The engine's ``ConnectionSource``, which also lists.

    What it read is good for ``SECONDS``, or until ``forget``: a change made by another
    process is seen that much later.
    """

    SECONDS = 3.0

    def __init__(
        self, sessions: SessionFactory, secrets: SecretBox, *, local: EngineConnection | None
    ) -> None:
        self._sessions = sessions
        self._secrets = secrets
        self._local = KnownConnection(LOCAL, "1", local) if local is not None else None
        self._snapshot: _Snapshot | None = None
        self._reading = asyncio.Lock()

    async def get(self, name: str) -> KnownConnection | None:
        """The usable connection called ``name``, or the oldest of the provider ``name``.

        Raises ``ModelNotConfigured`` when its key cannot be read.
        """
        if name == LOCAL:
            return self._local
        row = (await self._current()).find(name)
        return self._known(row) if row is not None else None

    async def default_model(self) -> str:
        return (await self._current()).default_model

    async def usable(self) -> Sequence[KnownConnection]:
        """All enabled ones whose keys can be read; the bundled model's first."""
        found = [self._local] if self._local is not None else []
        for row in (await self._current()).rows:
            try:
                found.append(self._known(row))
            except ModelNotConfigured:
                continue
        return found

    def forget(self) -> None:
        self._snapshot = None

    async def _current(self) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and snapshot.until > time.monotonic():
            return snapshot
        async with self._reading:
            snapshot = self._snapshot
            if snapshot is None or snapshot.until <= time.monotonic():
                snapshot = self._snapshot = await self._read()
            return snapshot

    async def _read(self) -> _Snapshot:
        async with unit_of_work(self._sessions) as session:
            rows = await ConnectionRepository(session).enabled()
            installation = await InstallationRepository(session).get()
        return _Snapshot(rows, installation.default_model, time.monotonic() + self.SECONDS)

    def _known(self, row: ProviderConnection) -> KnownConnection:
        return KnownConnection(
            str(row.id), str(row.revision), engine_connection(row, self._secrets)
        )


def engine_connection(row: ProviderConnection, secrets: SecretBox) -> EngineConnection:
    """The row as the engine takes it. Raises ``ModelNotConfigured`` for an unreadable key."""
    try:
        key = secrets.decrypt(row.key_encrypted) if row.key_encrypted is not None else None
    except SecretUnreadable as error:
        raise ModelNotConfigured(f"The connection {row.name!r} cannot be used. {error}") from error
    return EngineConnection(
        provider=row.provider, base_url=row.base_url, api_key=key, name=row.name
    )
