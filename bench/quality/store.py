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
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# Rows can be written once all tables are known.
import agentgrid.models  # noqa: F401  # pyright: ignore[reportUnusedImport]
from agentgrid.creator_studio.core import Embedder
from agentgrid.embedded.postgres import EmbeddedPostgres
from agentgrid.features.knowledge import passages
from agentgrid.features.knowledge.lexemes import agent_mark, detect_language, tokens
from agentgrid.features.knowledge.models import KnowledgeChunk, KnowledgeFile
from agentgrid.kit.db import (
    SessionFactory,
    asyncpg_dsn,
    make_engine,
    make_sessions,
    new_id,
    unit_of_work,
)
from bench.quality.library import Cut

CONNECTIONS = 4
BATCH = 100
"""Documents stored in one transaction."""

_COUNT_LEXEMES = text("""
insert into knowledge_lexemes (agent_id, lexeme, chunks)
select c.agent_id, substr(u.lexeme, :after_mark), count(*)
from knowledge_chunks c cross join lateral unnest(c.lexemes) u
where c.agent_id = :agent_id group by 1, 2
""")
_COUNT_PASSAGES = text("""
insert into knowledge_statistics (agent_id, chunks, tokens, languages)
select f.agent_id, count(*), sum(c.token_count), jsonb_agg(distinct f.language)
from knowledge_chunks c join knowledge_files f on f.id = c.file_id
where f.agent_id = :agent_id group by 1
""")


@dataclass(frozen=True, slots=True)
class Database:
    pool: asyncpg.Pool
    sessions: SessionFactory


@asynccontextmanager
async def open_database(folder: Path) -> AsyncGenerator[Database]:
    """The embedded PostgreSQL in ``folder``, migrated; ended when left."""
    async with AsyncExitStack() as stack:
        postgres = stack.enter_context(EmbeddedPostgres(folder, durable=False))
        url = postgres.ensure_database("bench")
        environment = dict(os.environ, DATABASE_URL=url)
        command = [sys.executable, "-m", "agentgrid.migrations"]
        await asyncio.to_thread(subprocess.run, command, env=environment, check=True)
        engine = make_engine(url, pool_size=CONNECTIONS)
        stack.push_async_callback(engine.dispose)
        pool = await stack.enter_async_context(
            asyncpg.create_pool(asyncpg_dsn(url), min_size=2, max_size=CONNECTIONS)
        )
        yield Database(pool, make_sessions(engine))


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
    """Store each document as a file that is ready. Returns the documents' names by file.

    Rows and lexemes are what ingestion makes of the same passages; only the steps between
    (leases, stages, a number for each file) are left out, which take most of its time.
    """
    names: dict[UUID, str] = {}
    for start in range(0, len(cuts), BATCH):
        batch = [each for each in cuts[start : start + BATCH] if each.chunks]
        async with unit_of_work(database.sessions) as session:
            for each in batch:
                names[await _add(session, agent_id, each, embedder)] = each.document.identifier
    async with unit_of_work(database.sessions) as session:
        after_mark = len(agent_mark(agent_id)) + 1
        await session.execute(_COUNT_LEXEMES, {"agent_id": agent_id, "after_mark": after_mark})
        await session.execute(_COUNT_PASSAGES, {"agent_id": agent_id})
    await database.pool.execute("vacuum analyze", timeout=600)
    return names


async def _add(session: AsyncSession, agent_id: UUID, each: Cut, embedder: Embedder) -> UUID:
    document = each.document
    file = KnowledgeFile(
        id=new_id(),
        agent_id=agent_id,
        name=document.title or "document",
        title=document.title,
        media_type="text/plain",
        size=len(document.text),
        content_hash=document.identifier,
        storage_key="",
        status="ready",
        progress=1.0,
        chunk_count=len(each.chunks),
        language=detect_language(document.text),
        added_seq=1,
    )
    rows = [
        KnowledgeChunk(
            id=new_id(),
            agent_id=agent_id,
            file_id=file.id,
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
    words = [" ".join(tokens(each_text)) for each_text in each.texts]
    vectors = await embedder.embed_passages(each.texts)
    session.add(file)
    await session.flush()
    session.add_all(rows)
    await session.flush()
    await passages.store_words(session, file, ids, words)
    await passages.store_vectors(session, file, ids, vectors, model=embedder.model)
    return file.id
