"""The index in memory keeps the contract: other tests may rely on it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

import numpy as np
import pytest

from agentgrid.creator_studio.core import ChunkIndex, IndexedChunk, KnowledgeView, Vector
from tests.contracts.chunk_index_contract import MODEL, ChunkIndexContract
from tests.fakes.memory_index import MemoryIndex


class TestMemoryIndex(ChunkIndexContract):
    @pytest.fixture
    def index(self) -> ChunkIndex:
        return MemoryIndex()

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
        assert isinstance(index, MemoryIndex)
        index.add(view, chunks, np.stack(vectors), model=model, added_at=added_at)

    async def remove(self, index: ChunkIndex, view: KnowledgeView, chunk: IndexedChunk) -> None:
        assert isinstance(index, MemoryIndex)
        index.remove(view, chunk)

    async def new_agent(self, index: ChunkIndex) -> UUID:
        return uuid4()
