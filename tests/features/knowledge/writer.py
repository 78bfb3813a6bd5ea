"""Publishes given passages with given vectors, through the statements of ingestion."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

from agentgrid.creator_studio.core import Vector
from agentgrid.features.deps import Services
from agentgrid.features.knowledge.ingest_store import IngestStore
from agentgrid.features.knowledge.lexemes import detect_language
from agentgrid.features.knowledge.live import FileEvents
from agentgrid.features.knowledge.models import KnowledgeChunk
from agentgrid.kit.db import new_id

MODEL = "model-a"


def new_passage(text: str, position: int) -> KnowledgeChunk:
    """A passage that is not in the database yet."""
    return KnowledgeChunk(
        id=new_id(),
        position=position,
        text=text,
        page=None,
        heading_path=["Heading"],
        char_start=0,
        char_end=len(text),
        token_count=len(text.split()),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
    )


class Writer:
    """Adds files to one agent; each gets the agent's next sequence number."""

    def __init__(self, services: Services, agent_id: UUID) -> None:
        self._services = services
        self._agent_id = agent_id

    async def publish(
        self, name: str, texts: Sequence[str], vectors: Vector, *, model: str = MODEL
    ) -> UUID:
        """The id of a new file with these passages."""
        file_id = new_id()
        passages = [new_passage(text, position) for position, text in enumerate(texts)]
        await self.publish_passages(file_id, name, passages, vectors, model=model)
        return file_id

    async def publish_passages(
        self,
        file_id: UUID,
        name: str,
        passages: Sequence[KnowledgeChunk],
        vectors: Vector,
        *,
        model: str,
    ) -> None:
        await self._services.pool.execute(
            """insert into knowledge_files (id, agent_id, name, title, media_type, size,
                 content_hash, storage_key, status, progress, language, attempts, interruptions)
               values ($1, $2, $3, '', 'text/plain', 1, $4, '', 'queued', 0, $5, 0, 0)""",
            file_id,
            self._agent_id,
            name,
            file_id.hex,
            detect_language(" ".join(passage.text for passage in passages)),
        )
        store = IngestStore(
            self._services.sessions, FileEvents(self._services.redis), f"writer of {name}"
        )
        file = await store.acquire(file_id)
        assert file is not None
        for passage in passages:
            passage.agent_id, passage.file_id = self._agent_id, file_id
        # The rows belong to a session from here on.
        ids = [passage.id for passage in passages]
        await store.replace_chunks(file, passages)
        while await store.index_words(file, most=1000):
            pass
        file = await store.publish(file)
        await store.store_vectors(file, ids, vectors, model=model)
        assert await store.finish(file, model=model)
