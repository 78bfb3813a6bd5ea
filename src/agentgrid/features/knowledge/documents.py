"""The text of documents as the extractor found it, kept beside the originals."""

import hashlib
from uuid import UUID

import msgspec

from agentgrid.creator_studio.core import ExtractedDocument
from agentgrid.kit.storage import ObjectMissing, Storage

EXTRACTOR_VERSION = 2
"""Raise it when the extractor reads documents differently: then they are read again."""


def original_key(agent_id: UUID, file_id: UUID) -> str:
    return f"knowledge/{agent_id}/{file_id}"


def text_key(content_hash: str, name: str) -> str:
    """Where a document's text is kept: the same for the same bytes under the same name.

    The name counts, because it tells Markdown from plain text and is the title of
    documents that have none.
    """
    named = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"texts/v{EXTRACTOR_VERSION}/{content_hash}-{named}.json"


class DocumentTexts:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, content_hash: str, name: str) -> ExtractedDocument | None:
        """The document, or None when it was not read yet."""
        try:
            data = await self._storage.get(text_key(content_hash, name))
        except ObjectMissing:
            return None
        return msgspec.json.decode(data, type=ExtractedDocument)

    async def put(self, content_hash: str, name: str, document: ExtractedDocument) -> None:
        await self._storage.put(text_key(content_hash, name), msgspec.json.encode(document))
