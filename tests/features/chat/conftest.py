"""People who talk: straight in the database, and over HTTP with a provider that listens."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

import aiohttp
import asyncpg
import pytest
from fastapi import FastAPI

from agentgrid.features.chat.store import TurnStore
from agentgrid.features.deps import Services
from agentgrid.kit.db import new_id
from tests.features.chat.gated import GatedServer
from tests.features.chat.talking import Conversation
from tests.people import People
from tests.serving import serving


@dataclass(frozen=True)
class Talker:
    """A person, an agent of theirs with one version, and a way to make conversations."""

    pool: asyncpg.Pool
    user_id: UUID
    agent_id: UUID
    version_id: UUID

    async def session(self) -> UUID:
        session_id = new_id()
        await self.pool.execute(
            """insert into chat_sessions (id, agent_id, user_id, title, title_source, pinned,
                                          last_seq, message_count)
               values ($1, $2, $3, '', 'none', false, 0, 0)""",
            session_id,
            self.agent_id,
            self.user_id,
        )
        return session_id

    async def message(self, message_id: UUID) -> asyncpg.Record:
        row = await self.pool.fetchrow("select * from chat_messages where id = $1", message_id)
        assert row is not None
        return row


@pytest.fixture
def pool(services: Services) -> asyncpg.Pool:
    return services.pool


@pytest.fixture
def store(pool: asyncpg.Pool) -> TurnStore:
    return TurnStore(pool)


@pytest.fixture
async def talker(pool: asyncpg.Pool) -> Talker:
    talker = Talker(pool, new_id(), new_id(), new_id())
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            """insert into users (id, email, name, password_hash, role, active)
               values ($1, 'ann@example.com', 'Ann', 'x', 'maker', true)""",
            talker.user_id,
        )
        await connection.execute(
            """insert into agents (id, owner_id, slug, name, description, emblem, visibility,
                                   is_demo, active_version_id, knowledge_sequence)
               values ($1, $2, 'ann', 'Ann''s', '', '', 'private', false, $3, 0)""",
            talker.agent_id,
            talker.user_id,
            talker.version_id,
        )
        await connection.execute(
            """insert into agent_versions (id, agent_id, number, change_summary, spec, content_hash)
               values ($1, $2, 1, 'First', '{"instruction": "Be kind."}', 'hash')""",
            talker.version_id,
            talker.agent_id,
        )
    return talker


@pytest.fixture
async def provider() -> AsyncGenerator[GatedServer]:
    server = GatedServer()
    async with server:
        yield server


@pytest.fixture
async def talk(app: FastAPI, people: People, provider: GatedServer) -> AsyncGenerator[Conversation]:
    admin = await people("admin")
    created = await admin.post(
        "/providers",
        json={"provider": "openai", "base_url": provider.url, "api_key": "sk-test-1234"},
    )
    assert created.status_code == 201, created.text
    maker = await people("maker")
    agent = await maker.post("/agents", json={"name": "Tester", "model": "openai/gpt-4"})
    assert agent.status_code == 201, agent.text
    session = await maker.post(f"/agents/{agent.json()['id']}/sessions", json={})
    assert session.status_code == 201, session.text
    headers = {"Authorization": maker.headers["Authorization"]}
    async with (
        serving(app) as url,
        aiohttp.ClientSession(url, headers=headers) as http,
    ):
        yield Conversation(http, maker, session.json()["id"], provider)
