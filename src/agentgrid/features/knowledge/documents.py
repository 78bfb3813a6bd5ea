"""The text of documents as the extractor found it, kept beside the originals."""

import hashlib
from typing import Final

import msgspec

from agentgrid.creator_studio.core import ExtractedDocument
from agentgrid.features.knowledge.models import KnowledgeFile
from agentgrid.kit.storage import ObjectMissing, Storage

EXTRACTOR_VERSION = 2
"""Raise it when the extractor reads documents differently: then they are read again."""


def text_key(content_hash: str, name: str, *, ocr: bool) -> str:
    """Where a document's text is kept: the same for the same bytes under the same name.

    The name counts, because it tells Markdown from plain text and is the title of
    documents that have none. So does ``ocr``, whether scans could be read: a file that
    comes again once they can is read again.
    """
    named = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"texts/v{EXTRACTOR_VERSION}/{content_hash}-{named}{'-ocr' if ocr else ''}.json"


class DocumentTexts:
    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def get(self, key: str) -> ExtractedDocument | None:
        """The document, or None when it was not read yet."""
        try:
            data = await self._storage.get(key)
        except ObjectMissing:
            return None
        return msgspec.json.decode(data, type=ExtractedDocument)

    async def put(self, key: str, document: ExtractedDocument) -> None:
        await self._storage.put(key, msgspec.json.encode(document))


_WEB_SUFFIXES: Final = {"text/markdown": ".md", "text/html": ".html"}


def reading_name(file: KnowledgeFile) -> str:
    """What the reader is told the file is called: it tells kinds of text apart by the name.

    A page of the web is called by its title, which may end like a program's name ("Node.js").
    """
    if file.source_url is None:
        return file.name
    return file.name + _WEB_SUFFIXES.get(file.media_type, "")
