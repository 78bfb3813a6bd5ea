"""The index in the database keeps the contract, with and without the approximate search."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

import numpy as np
import pytest

from agentgrid.creator_studio.core import ChunkIndex, IndexedChunk, KnowledgeView, Vector
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.index import EXACT_UP_TO, PostgresChunkIndex
from agentgrid.features.knowledge.models import KnowledgeChunk
from agentgrid.features.knowledge.tags import tag_key
from tests.contracts.chunk_index_contract import MODEL, ChunkIndexContract
from tests.features.knowledge.conftest import make_shelf
from tests.features.knowledge.writer import Writer
from tests.people import Person


class TestPostgresIndex(ChunkIndexContract):
    exact_up_to = EXACT_UP_TO
    services: Services
    owner: Person

    @pytest.fixture
    def index(self, services: Services, maker: Person) -> ChunkIndex:
        self.services, self.owner = services, maker
        return PostgresChunkIndex(services.pool, exact_up_to=self.exact_up_to)

    async def store(
        self,
        index: ChunkIndex,
        view: KnowledgeView,
        chunks: Sequence[IndexedChunk],
        vectors: Sequence[Vector],
        *,
        model: str = MODEL,
        added_at: datetime | None = None,
    ) -> None:
        writer = Writer(self.services, view.agent_id)
        pairs = sorted(zip(chunks, vectors, strict=True), key=lambda pair: pair[0].file_id)
        for file_id, group in groupby(pairs, key=lambda pair: pair[0].file_id):
            mine = list(group)
            await writer.publish_passages(
                file_id,
                mine[0][0].file_name,
                [as_row(chunk) for chunk, _ in mine],
                np.stack([vector for _, vector in mine]),
                model=model,
            )
            await self.services.pool.execute(
                """update knowledge_files set added_seq = $2, tags = $3, tag_keys = $4,
                     created_at = coalesce($5, now()) where id = $1""",
                *(file_id, view.sequence, list(mine[0][0].tags)),
                *([tag_key(tag) for tag in mine[0][0].tags], added_at),
            )

    async def remove(self, index: ChunkIndex, view: KnowledgeView, chunk: IndexedChunk) -> None:
        await self.services.pool.execute(
            "update knowledge_files set removed_seq = $2 where id = $1",
            chunk.file_id,
            view.sequence,
        )

    async def new_agent(self, index: ChunkIndex) -> UUID:
        return (await make_shelf(self.owner, self.services)).agent_id


class TestPostgresIndexAlongTheGraph(TestPostgresIndex):
    exact_up_to = 0


def as_row(chunk: IndexedChunk) -> KnowledgeChunk:
    return KnowledgeChunk(
        id=chunk.chunk_id,
        position=chunk.position,
        text=chunk.text,
        page=chunk.page,
        heading_path=list(chunk.heading_path),
        char_start=chunk.char_start,
        char_end=chunk.char_end,
        token_count=max(1, len(chunk.text.split())),
        content_hash=hashlib.sha256(chunk.text.encode()).hexdigest(),
    )
