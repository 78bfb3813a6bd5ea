"""A real installation's database with the documents of data sets, one agent for each set."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from redis.asyncio import Redis

from agentgrid.creator_studio.core import Embedder
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.embedded.valkey import EmbeddedValkey
from agentgrid.features.knowledge.ingest_store import IngestStore
from agentgrid.features.knowledge.lexemes import detect_language
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeChunk
from agentgrid.kit.db import SessionFactory, asyncpg_dsn, make_engine, make_sessions, new_id
from bench.quality.library import Cut

WRITERS = 4
"""Files written beside each other; they are published one after another."""


@dataclass(frozen=True, slots=True)
class Database:
    pool: asyncpg.Pool
    sessions: SessionFactory
    events: FileEvents


@asynccontextmanager
async def open_database(folder: Path) -> AsyncGenerator[Database]:
    """The embedded PostgreSQL and Valkey in ``folder``, migrated; ended when left."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(folder, durable=False))
        valkey = stack.enter_context(EmbeddedValkey(folder, durable=False))
        url = postgres.ensure_database("bench")
        environment = dict(os.environ, DATABASE_URL=url)
        command = [sys.executable, "-m", "agentgrid.migrations"]
        await asyncio.to_thread(subprocess.run, command, env=environment, check=True)
        engine = make_engine(url, pool_size=WRITERS)
        stack.push_async_callback(engine.dispose)
        pool = await stack.enter_async_context(
            asyncpg.create_pool(asyncpg_dsn(url), min_size=2, max_size=WRITERS)
        )
        redis = Redis.from_url(valkey.url)
        stack.push_async_callback(redis.aclose)
        yield Database(pool, make_sessions(engine), FileEvents(redis))


async def add_agent(database: Database) -> UUID:
    """An agent without documents, written as few rows as it takes."""
    agent_id, version_id = new_id(), new_id()
    async with database.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "insert into agents (id, slug, name, description, emblem, visibility, is_demo,"
            " active_version_id, knowledge_sequence)"
            " values ($1, $2, 'Bench', '', '', 'private', false, $3, 0)",
            *(agent_id, agent_id.hex, version_id),
        )
        await connection.execute(
            "insert into agent_versions (id, agent_id, number, change_summary, spec, content_hash)"
            " values ($1, $2, 1, '', '{}', '')",
            *(version_id, agent_id),
        )
    return agent_id


async def add_documents(
    database: Database, agent_id: UUID, cuts: Sequence[Cut], embedder: Embedder
) -> dict[UUID, str]:
    """Store and publish each document as a file. Returns the documents' names by file."""
    gate = asyncio.Semaphore(WRITERS)

    async def add(each: Cut) -> tuple[UUID, str]:
        async with gate:
            return await _add(database, agent_id, each, embedder), each.document.identifier

    added = dict(await asyncio.gather(*(add(each) for each in cuts if each.chunks)))
    await database.pool.execute("vacuum analyze", timeout=600)
    return added


async def _add(database: Database, agent_id: UUID, each: Cut, embedder: Embedder) -> UUID:
    file_id = new_id()
    await database.pool.execute(
        """insert into knowledge_files (id, agent_id, name, title, media_type, size,
             content_hash, storage_key, status, progress, language, attempts, interruptions)
           values ($1, $2, $3, $4, 'text/plain', 1, $5, '', 'queued', 0, $6, 0, 0)""",
        *(file_id, agent_id, each.document.title or "document", each.document.title),
        *(file_id.hex, detect_language(each.document.text)),
    )
    store = IngestStore(database.sessions, database.events, f"writer of {file_id}")
    file = await store.acquire(file_id)
    if file is None:
        raise RuntimeError("somebody else works on a file of this database")
    rows = [
        KnowledgeChunk(
            id=new_id(),
            agent_id=agent_id,
            file_id=file_id,
            position=chunk.position,
            text=chunk.text,
            page=chunk.page,
            heading_path=list(chunk.heading_path),
            char_start=chunk.char_start,
            char_end=chunk.char_end,
            token_count=chunk.token_count,
            content_hash=chunk.content_hash,
            table_header=chunk.table_header,
        )
        for chunk in each.chunks
    ]
    ids = [row.id for row in rows]
    vectors = await embedder.embed_passages(each.texts)
    await store.replace_chunks(file, rows)
    while await store.index_words(file, most=1000):
        pass
    file = await store.publish(file)
    await store.store_vectors(file, ids, vectors, model=embedder.model)
    await store.finish(file, model=embedder.model)
    return file_id
